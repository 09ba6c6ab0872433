"""The 45 questions of the dev split; asked_test.py holds the others and asks nothing twice.

A block is: kind and language, "?" the question, "=" accepted answers divided by ";", and one "@"
for each passage needed: file, then a quotation that finds it there. An indented line runs on.
"""

BLOCKS = """\
fact en
? How many horses dragged the timber for the house as far as the tree line?
= fourteen
@ reports/station-history.md | snow by fourteen horses

fact en
? What call sign did the station use when it first talked to the valley by radio?
= VHM 4
@ reports/station-history.md | under the call sign VHM 4

fact en
? How late must an observer be before the whole house is roused and the valley informed?
= forty minutes
@ reports/observers-handbook-1961.md | At forty minutes the person in charge wakes the house

fact en
? What did Thomas Pell dig his snow hole with?
= notebook box
@ letters/pell-letters.md | I had my notebook box, and it makes a fair shovel

fact en
? What did they call the cat that climbed up to the station after the avalanche of 1966?
= Lawina
@ logbooks/daybook-1966.txt | has named her Lawina

fact en
? What material was used for the bearing of the second cup anemometer when steel balls were not to
  be had?
= bone; reindeer's shin
@ reports/instrument-catalogue.html | its bearing was of bone

table en
? Which maker supplied the lamp that was used for looking at clouds by night?
= Lux; Lux, Malmö
@ reports/instrument-catalogue.html | Lux, Malmö

fact en
? For how long did ice stop the pressure-tube anemograph from writing during the great storm of
  February 1956?
= fourteen minutes; 14 minutes
@ reports/storm-report-1956.pdf | one gap of fourteen minutes

fact en
? What price did Margaret Oakley give for a heated anemograph head, with everything that it would
  take?
= 3,200 kronor; 3,200; 3200
@ reports/storm-report-1956.pdf | the whole change would cost 3,200 kronor

table en
? How far could the observer see at seven in the evening on 12 February 1956?
= 120 m; 120
@ reports/storm-report-1956.pdf | 12 Feb 19.00

figure en
? In the chart of hourly gusts of the 1956 storm, what was the strongest gust in the hour that
  ended at eight in the evening of 11 February?
= 41.5
@ reports/storm-report-1956.pdf | hour 20: 41.5

fact en
? How much of the rime, on average, was caught by the sheet of sailcloth in the lee of the gauge?
= seven per cent; 7 per cent; 7%
@ reports/rime-study-1963.docx | the sheet held seven per cent of the load

table en
? How dense was the rime on average in the season of 1959 to 1960?
= 350
@ reports/rime-study-1963.docx | 1959 to 1960 109

fact en
? What was the greatest mean depth of snow ever found along the line of stakes?
= 318 cm; 318
@ talks/closing-lecture-1974.pptx | Deepest mean: 318 cm

notes en
? The bell that was rung at the closing lecture in 1974: on what ship had it hung before it came
  to the station?
= Alma; the lake steamer Alma
@ talks/closing-lecture-1974.pptx | cast in 1889 for the lake steamer Alma

notes en
? Why did the automatic station report a heat of 58 degrees in the middle of a winter?
= mouse; a mouse had eaten the insulation
@ talks/closing-lecture-1974.pptx | the fault was a mouse

table en
? How many days with fog were there in May 1958?
= 22
@ tables/climate-and-checks.xlsx | 1958 May

table en
? What was in the way inside the pressure tube when it was checked in the spring of 1958?
= wasps' nest; wasp nest
@ tables/climate-and-checks.xlsx | Wasps' nest removed from the tube

table en
? Why did the coal run of 25 September 1953 stand still for forty minutes on its way up?
= rope off its wheel
@ tables/cableway-loads-1953-1954.csv | rope off its wheel

table en
? How heavy was the iron frame of the piano when it went up by cableway?
= 176
@ tables/cableway-loads-1953-1954.csv | iron frame of the piano

scan en
? How far from the house was the stovepipe found after the gale of January 1937?
= 340 metres; 340
@ letters/letter-1937-scan.png | 340 metres to the east

poster en
? What did visitors to the open day pay for going up and down with the cableway?
= 4 kronor
@ posters/open-day-1968.jpg | Cableway from the Lower Hut, 4 kronor return

poster sv
? Vad kostade det för skolungdom att gå på Henrik Dahls föredrag?
= 50 öre; 50 ore
@ posters/foredrag-1962.jpg | skolungdom 50 öre

swedish sv
? Hur mycket kornmjöl bar man upp till stationen för vintern?
= 90 kilo
@ letters/vinterforradet-1951.md | 90 kilo kornmjöl

swedish sv
? Vad hängde kokerskan upp köttet i, så att räven inte skulle komma åt det?
= ståltråd
@ letters/vinterforradet-1951.md | hänger köttet i ståltråd

speech en
? How many hens did Karin Nyberg keep, according to what she told the interviewer?
= seven; 7
@ sound/interview-karin-nyberg.ogg | We kept seven chickens

speech en
? Until when did the radio say that people could not use the road up to the Lower Hut?
= Thursday evening; Thursday
@ sound/radio-bulletin-1959.mp3 | closed until Thursday evening

speech en
? Where did Ingrid Sandberg find the spare spring for the stopped clock in October 1963?
= green box
@ sound/log-entry-1963.wav | spare spring from the green box

picture en
? Is there a picture of a small house in the snow with light in its windows as the evening comes?
= mountain-hut-at-dusk
@ pictures/mountain-hut-at-dusk.jpg | hut

picture en
? Which picture shows whirling cups on a pole under a blue sky with white clouds?
= anemometer-against-the-sky
@ pictures/anemometer-against-the-sky.jpg | anemometer

two_sources en
? What had the station paid for the thermograph that read too warm in the storm of February 1956
  because its screen had filled with snow?
= 198; 198 kronor
@ reports/storm-report-1956.pdf | The thermograph by Richter read 1.2 degrees too warm
@ reports/instrument-catalogue.html | Thermograph No. 212

two_sources en
? In which month and year did the man who gave the lecture "Vinden på fjället" first come to the
  station?
= November 1950
@ posters/foredrag-1962.jpg | Henrik Dahl
@ reports/station-history.md | Henrik Dahl arrived in November 1950

two_sources en
? On what date had the person who speaks in the recorded log entry been put in charge of the
  station?
= 1 August 1963
@ sound/log-entry-1963.wav | Ingrid Sandberg speaking
@ reports/station-history.md | took charge on 1 August 1963

two_sources en
? Until which year did the cat live that took so poor a view of Thomas Pell when he arrived?
= 1961
@ letters/pell-letters.md | a cat who disapproves
@ reports/station-history.md | The cat, called Ampere, lived until 1961

unanswerable en
? What was the strongest gust at Vindhammar in the winter of 1944?

unanswerable en
? Of what breed was the dog Tuss?

unanswerable en
? What wages did Olof Berg receive for running the cableway?

unanswerable en
? How many days with fog did the station count in June 1960?

unanswerable en
? Which carpenter took over from Anders Lindqvist when he left in 1958?

unanswerable sv
? Vad hette Karin Nybergs mor, som kom upp och hjälpte till med tunnbrödet?

unanswerable en
? How do I change the toner cartridge of an office printer?

unanswerable en
? Which country won the football world cup in 1966?

unanswerable en
? What are the common side effects of ibuprofen?

unanswerable en
? At what temperature does pure ethanol boil?

unanswerable sv
? Hur lagar man en punktering på en cykel?
"""
