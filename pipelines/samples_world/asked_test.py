"""The 55 questions of the test split, in the block format that asked_dev.py explains."""

BLOCKS = """\
fact en
? How high was the larch mast that was put up after the lightning of 1934?
= nine and a half metres
@ reports/station-history.md | single larch trunk of nine and a half metres

fact en
? How did the vote go when the Trust resolved to give up the staffed house?
= seven votes to four
@ reports/station-history.md | by seven votes to four

fact en
? Which of the snow stakes does not count when the mean is worked out?
= Stake H
@ reports/observers-handbook-1961.md | Stake H, at the Ox Stone

fact en
? How far away is the church of Tallvik, which observers used as a mark for visibility?
= 14.2
@ reports/observers-handbook-1961.md | the church of Tallvik at 14.2

fact en
? What employer did Thomas Pell leave the mountain for in 1957?
= Northern Lighthouse
@ letters/pell-letters.md | the Northern Lighthouse people have a place for me

fact en
? How much money did Olof Berg think was needed to put up the lost hut and its trestle again?
= 52,000 kronor; 52,000
@ logbooks/daybook-1966.txt | OB says 52,000 kronor

fact en
? What was the longest time that a pilot balloon could be followed with the theodolite?
= one hour and fifty-two minutes
@ reports/instrument-catalogue.html | one hour and fifty-two minutes

table en
? What had the first sunshine recorder cost, the one with the brass bowl?
= 305
@ reports/instrument-catalogue.html | Sunshine recorder, brass bowl

fact en
? How wrong was the station's clock at the time of the 1956 storm?
= eleven seconds slow; eleven seconds; 11 seconds
@ reports/storm-report-1956.pdf | found to be eleven seconds slow

fact en
? What was Mr Pell to be given to drink, on the doctor's advice over the radio?
= warm sweet milk
@ reports/storm-report-1956.pdf | warm sweet milk

fact en
? From what did Henrik Dahl take wire for a makeshift aerial after the old one had broken in the
  storm?
= mattress; the mattress of his own bed
@ reports/storm-report-1956.pdf | the wire out of the mattress of his own bed

table en
? What did the barometer show at ten in the morning of 12 February 1956?
= 831.0 mb; 831.0; 831
@ reports/storm-report-1956.pdf | 12 Feb 10.00

figure en
? According to the chart in the report on the 1956 storm, how strong was the highest gust in the
  hour up to nine in the morning?
= 49.2
@ reports/storm-report-1956.pdf | 09: 49.2

fact en
? What was tied to the front of the empty carriage that kept the cableway free of rime?
= birch broom; broom
@ reports/rime-study-1963.docx | birch broom tied to its front

table en
? On how many days was there rime on the gauge in the season of 1961 to 1962?
= 137
@ reports/rime-study-1963.docx | 1961 to 1962 137

fact en
? What price did the new owner pay for the house when the station closed?
= one krona; 1 krona
@ talks/closing-lecture-1974.pptx | to the ski club, for one krona

notes en
? Why did the station miss so many observations in one week of March 1957?
= influenza; flu
@ talks/closing-lecture-1974.pptx | the whole house lay with influenza

notes en
? Who received the hand anemometer that Edith Marlowe left to a young physicist from the village?
= Anna Lindqvist
@ talks/closing-lecture-1974.pptx | It was handed to Anna Lindqvist

table en
? How much rain and snow fell in August 1957, in millimetres?
= 104
@ tables/climate-and-checks.xlsx | 1957 August

table en
? What error did Henrik Dahl find in the barograph in January 1960?
= -1.2 mb; -1.2; 1.2
@ tables/climate-and-checks.xlsx | Slate slab hung level again

table en
? Who travelled up on the cableway on 24 November 1953 and went down the same day?
= dentist; the dentist with his drill
@ tables/cableway-loads-1953-1954.csv | the dentist with his drill

table en
? For what sum was the load of cards and thermometers insured that went up in September 1954?
= 900 kronor; 900
@ tables/cableway-loads-1953-1954.csv | insured for 900 kronor

scan en
? At what time of day did the anemograph's pen reach the top of the chart in the gale of January
  1937?
= 21.40; 21:40
@ letters/letter-1937-scan.png | At 21.40 the pen

scan en
? What had become of the chess board that Edith Marlowe wanted replaced?
= stove; gone into the stove
@ letters/letter-1937-scan.png | ours having gone into the stove

poster en
? If the weather was foggy, to which date was the open day to be moved?
= 21 July; Sunday 21 July
@ posters/open-day-1968.jpg | In fog: Sunday 21 July

poster en
? At what time did the bus for the open day leave the church?
= 9.15; 9:15
@ posters/open-day-1968.jpg | Bus from Tallvik church at 9.15

poster sv
? När gick den sista bussen till Björkede den kväll då föredraget hölls?
= 22.10; 22:10
@ posters/foredrag-1962.jpg | Sista bussen till Björkede

poster en
? At what time in the evening did Henrik Dahl's lecture of November 1962 begin?
= 19.30; 19:30
@ posters/foredrag-1962.jpg | klockan 19.30

swedish sv
? Vad händer om äpplena får ligga tillsammans med potatisen i källaren?
= gror
@ letters/vinterforradet-1951.md | Äpplen får inte ligga bredvid potatisen. Då gror den

swedish sv
? Hur mycket kaffe fick var och en i huset på en vecka?
= femtio gram
@ letters/vinterforradet-1951.md | Varje person får femtio gram i veckan

speech en
? Which single thing would Karin Nyberg carry home from the station if she could choose?
= copper kettle; the big copper kettle
@ sound/interview-karin-nyberg.ogg | the big copper kettle

speech en
? What was Karin Nyberg's work before she became cook on the mountain?
= schoolteacher; school teacher; teacher
@ sound/interview-karin-nyberg.ogg | I had been a schoolteacher

speech en
? How much later than usual did the evening train leave, according to the weather report of March
  1959?
= half an hour; 30 minutes; thirty minutes
@ sound/radio-bulletin-1959.mp3 | half an hour late

speech en
? How deep did the snow lie by the house when the log was spoken in October 1963?
= 37 centimetres; thirty seven centimetres; 37 cm; 37
@ sound/log-entry-1963.wav | thirty seven centimetres deep

picture en
? Do you have a view of the white peak at sunset with stars coming out and a hut in front?
= mountain-hut-at-dusk
@ pictures/mountain-hut-at-dusk.jpg | hut

picture en
? Which picture shows the wind instrument with one red cup?
= anemometer-against-the-sky
@ pictures/anemometer-against-the-sky.jpg | anemometer

two_sources en
? By how many metres per second did the gust that Marlowe wrote to Leeds about in 1937 exceed the
  strongest gust of the 1956 storm?
= 4.6
@ letters/letter-1937-scan.png | and make the gust 63.2 metres per second
@ reports/storm-report-1956.pdf | The highest gust, 58.6 metres per second

two_sources en
? Going by the age that she gives in the interview, how old was Karin Nyberg in the year in which
  the generator shed burned?
= 25; twenty-five; twenty five
@ sound/interview-karin-nyberg.ogg | I was twenty three years old
@ reports/station-history.md | had been cook since 1947

two_sources en
? What had been the price of the instrument whose stand came up by cableway, uncovered and wet, in
  August 1953?
= 2,450
@ tables/cableway-loads-1953-1954.csv | theodolite stand and boxes
@ reports/instrument-catalogue.html | Pilot-balloon theodolite

two_sources en
? From which town had the person come who led the walk to the summit on the open day?
= Luleå; Lulea
@ posters/open-day-1968.jpg | Walk to the summit with Ingrid Sandberg
@ talks/closing-lecture-1974.pptx | Ingrid Sandberg 1963 to 1974

two_sources en
? What food did the kitchen buy in half-barrels from the shopkeeper who gave the paraffin for the
  rime study?
= salt sill; salt herring; herring
@ reports/rime-study-1963.docx | The paraffin was given by the shop of Mr Åström
@ letters/vinterforradet-1951.md | Salt sill köper vi i två halvtunnor

two_sources en
? How many days with fog were counted in the month in which the radio said that snow in the tunnel
  delayed the evening train?
= 10; ten
@ sound/radio-bulletin-1959.mp3 | the tenth of March
@ tables/climate-and-checks.xlsx | 1959 March

unanswerable en
? What was the lowest temperature at the station in the winter of 1942?

unanswerable en
? How many kilometres of telephone cable were laid to the station in 1965?

unanswerable en
? At which university had Edith Marlowe studied physics?

unanswerable en
? How many people came to the open day in 1968?

unanswerable en
? What was the purchase price of the automatic station?

unanswerable en
? Who was the first doctor in Tallvik after Dr Hallgren retired?

unanswerable sv
? Vilket år föddes Henrik Dahl?

unanswerable en
? How many moons does the planet Jupiter have?

unanswerable en
? Do I need a visa to travel to Brazil as a tourist?

unanswerable en
? How should climbing roses be pruned in spring?

unanswerable en
? How do I reset the password of my mail account?

unanswerable en
? What is the capital of Mongolia?

unanswerable sv
? Hur mycket kostar en färjebiljett till Gotland?
"""
