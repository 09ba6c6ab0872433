"""The questions on the second archive, in the form of samples_world/asked_dev.py."""

BLOCKS = """\
fact en
? How much money did the founder of the garden give to the council before it stopped laughing?
= 6,200
@ garden/history.md | until she handed over £6,200

fact en
? What did the doctor who left the meadow to the town inherit and get rid of?
= brewery
@ garden/history.md | When she inherited her uncle's brewery in 1872

fact en
? What weather was there when the gates were first opened to the public?
= rained; tubas
@ garden/history.md | it rained so hard that the tubas filled

fact en
? How was the heavy ground of the meadow made dry?
= broken roof tiles; roof tiles
@ garden/history.md | He drained the clay with broken roof tiles

fact en
? Which animal destroyed some of the young limes along the walk?
= cow
@ garden/history.md | three of them were eaten by a cow

fact en
? Why did the plants from Australia change their place at the start of the century?
= frost
@ garden/history.md | Australia was moved to the other side of the brook in 1902

fact en
? How many sheets of glass did the kit for the house with the dome contain?
= two thousand and eighty
@ garden/history.md | from a kit of two

fact en
? In what had the wine palm travelled when it was still tiny?
= hat box
@ garden/history.md | seedling in a hat box

fact en
? What was done so that the tall palm could stay when it reached the roof?
= lantern had to be raised; raised by two metres
@ garden/history.md | the lantern had to be raised by two metres

fact en
? How did Martha Quill pay for the sunken house with the ribbed roof?
= lottery
@ garden/history.md | the money from a lottery

fact en
? What did they put into the fire in 1947 to save the old tree fern?
= benches
@ garden/history.md | burnt the benches of the

fact en
? Which bird survived the collapse of the building by the gate?
= peacock
@ garden/history.md | apart from a peacock

fact en
? Who received the lemon trees after the gale of 1911?
= hospital
@ garden/history.md | lemon trees were given to the hospital

fact en
? Where does the first head gardener lie, contrary to what is permitted?
= weeping beech
@ garden/history.md | buried under

fact en
? Why did the under-gardeners stop working in 1907?
= on her behalf; two thirds
@ garden/history.md | strike on her behalf in 1907

fact en
? From which city did the man who knew about bulbs come to take over the garden?
= Rotterdam
@ garden/history.md | Leonard Voss came from Rotterdam

fact en
? With which part of the body did Percy judge how hot a pipe was after he had lost his hand?
= elbow
@ garden/history.md | learnt to do the same with his elbow

fact en
? What weight of potatoes was dug from the lawns during the first war?
= forty-one tons
@ garden/history.md | the yield was forty-one tons

fact en
? On whose wish were the roses left in the ground in 1917?
= admiral's wife
@ garden/history.md | because the admiral's wife had asked

fact en
? How high did the water rise among the dried seeds in the flood of 1928?
= metre and a half
@ garden/history.md | the water stood at a metre and a half

fact en
? How old was the girl who found the orchid that nobody has seen since?
= twelve
@ garden/history.md | She was twelve years old

fact en
? What prize did the tulip with the green flame get?
= silver medal
@ garden/history.md | won a silver medal at Haarlem

fact en
? On which day of the year need nobody pay to come into the garden?
= second of June
@ garden/history.md | birthday of Doctor Fenn, the second of June

fact en
? What had eaten the sweet peas in the propagating shed?
= mouse
@ garden/shed-diary-1933.txt | A mouse has had the sweet peas

fact en
? What was wrong with the load of earth that the farm delivered?
= stones
@ garden/shed-diary-1933.txt | eleven of them nothing

fact en
? What tool did Elsie Munn use upon the seed of the water lily?
= nail file
@ garden/shed-diary-1933.txt | filed at one end with a nail file

fact en
? Who noticed that one of the pelargoniums bore a false name?
= school for the blind
@ garden/shed-diary-1933.txt | Visit from the school for the blind

fact en
? Why had the heated tank become too cool during the night?
= stoker slept in; birthday
@ garden/shed-diary-1933.txt | since the stoker slept in

fact en
? What did Miss Hallam want to have in exchange for the tree ferns?
= yellow poppy
@ garden/shed-diary-1933.txt | asks for seed of the yellow poppy

fact en
? What was forgotten in the house while it was being filled with tobacco smoke?
= bicycle
@ garden/shed-diary-1933.txt | JB's bicycle, which was inside

fact en
? How many of the grafts of the old apple were successful?
= Seven of the twelve
@ garden/shed-diary-1933.txt | Seven of the twelve pippin grafts

fact en
? How wide was the lily's leaf on the day when a baby was put on it?
= 61 cm
@ garden/shed-diary-1933.txt | Leaf 61 cm

fact en
? What price did the glazier ask for each piece of glass after the hail?
= fourpence
@ garden/shed-diary-1933.txt | at fourpence

fact en
? By how much had the tortoise become lighter when he woke up?
= ninety grams
@ garden/shed-diary-1933.txt | ninety grams over the winter

fact en
? How big was the audience when the head gardener talked about bulbs in the parish hall?
= forty people
@ garden/shed-diary-1933.txt | forty people and a dog

table en
? Which plant should a visitor be sure to look at in the house for orchids?
= vanilla
@ garden/visitor-guide.html | Orchid Range

table en
? Who put up the house where the cacti are kept?
= Meller
@ garden/visitor-guide.html | Cactus House

table en
? In which year did the room with the butterflies first admit visitors?
= 1969
@ garden/visitor-guide.html | H7 Butterfly Room

fact en
? What must be left behind by somebody who borrows a wheelchair?
= one shoe
@ garden/visitor-guide.html | deposit of one shoe

fact en
? What does it cost to come to the garden as often as one likes for a season?
= 3 pounds
@ garden/visitor-guide.html | season ticket 3 pounds

fact en
? Which bus goes from the trains to the street by the garden?
= bus 14
@ garden/visitor-guide.html | Take bus 14

fact en
? In which months can one arrive at the garden by boat?
= April until the end of October
@ garden/visitor-guide.html | from April until the end of October

fact en
? What dish has been served ever since food was rationed?
= nettle soup
@ garden/visitor-guide.html | Its nettle soup was invented in 1942

fact en
? Who carved the names of plants for visitors that cannot see them?
= Gwen Harcastle
@ garden/visitor-guide.html | stonemason Gwen Harcastle

fact en
? What is the largest number of people who may go on a walk by lantern light?
= sixteen
@ garden/visitor-guide.html | no more than sixteen people

fact en
? What word stands inside the ring that somebody lost in the garden?
= Perhaps
@ garden/visitor-guide.html | engraved with the word Perhaps

table en
? What share of the seeds of the sea holly came up?
= 37
@ garden/seeds-and-repairs.xlsx | Sea holly

table en
? Who gathered the seed of the gentian on High Corrie in 1958?
= R. Abernathy
@ garden/seeds-and-repairs.xlsx | Spring gentian

table en
? Where was the seed of the bog rosemary picked?
= Latch Moss
@ garden/seeds-and-repairs.xlsx | Bog rosemary

table en
? How heavy was the lot of seed from the black poplar?
= 0.8
@ garden/seeds-and-repairs.xlsx | Black poplar

table en
? Which lot number was given to the seeds of the oyster plant?
= S109
@ garden/seeds-and-repairs.xlsx | Oyster plant

table en
? On what date was the curry plant's seed taken from the scented walk?
= 1962-08-02; 2 August 1962
@ garden/seeds-and-repairs.xlsx | Curry plant

table en
? What blocked the drain valve of the heated tank in November 1961?
= coin
@ garden/seeds-and-repairs.xlsx | a coin in the valve

table en
? How much was paid for mending the blinds that the jackdaws had spoilt?
= 23
@ garden/seeds-and-repairs.xlsx | torn by jackdaws

table en
? Who put the spiral stair of the Palm House right?
= Tarrant's Yard
@ garden/seeds-and-repairs.xlsx | spiral stair loose

table en
? How many hours of work went into the rusted ribs of the fern roof?
= 46
@ garden/seeds-and-repairs.xlsx | four ribs of the roof

table en
? Why was a new lock fitted to the door of the cactus house?
= theft of peyote
@ garden/seeds-and-repairs.xlsx | theft of peyote

fact en
? How many tons of coke did the big houses swallow in the winter of 1959?
= 412
@ garden/warming-report-1962.pdf | burnt 412 tons of coke

fact en
? With what was the movement of air searched for in the glasshouses?
= cigar; smoke of a cigar
@ garden/warming-report-1962.pdf | smoke of a cigar

fact en
? Through which part of the dome did so much of the heat escape?
= lantern
@ garden/warming-report-1962.pdf | lost through the lantern

fact en
? Which firm manufactured the burner that replaced the second boiler?
= Hartmann
@ garden/warming-report-1962.pdf | made by Hartmann of Kassel

fact en
? Under what plants does the oil tank lie?
= rhododendrons
@ garden/warming-report-1962.pdf | lies under the rhododendrons

fact en
? How many panes can be puttied by one person in fine weather?
= thirty panes
@ garden/warming-report-1962.pdf | putty thirty panes

fact en
? What insect put the burner out of action in the middle of the night?
= wasp
@ garden/warming-report-1962.pdf | because a wasp had gone to

fact en
? What did Mr Deane take the alarm for when it sounded in the lodge?
= telephone
@ garden/warming-report-1962.pdf | believed that it was the

fact en
? What did the brickwork around the new burner cost?
= 310
@ garden/warming-report-1962.pdf | its setting in brick came to

fact en
? When will the oil burner have earned back what was spent on it?
= seventh winter
@ garden/warming-report-1962.pdf | in the course of the seventh winter

fact en
? What piece of furniture did the stoker want for herself?
= chair
@ garden/warming-report-1962.pdf | the stoker asks for a chair

table en
? How much oil was used up in November 1961?
= 3,120
@ garden/warming-report-1962.pdf | November 1961

table en
? On how many nights did it freeze in February 1962?
= 17
@ garden/warming-report-1962.pdf | February 1962

table en
? What was the lowest reading in the Fern House during March 1962?
= 8.8
@ garden/warming-report-1962.pdf | March 1962

table en
? Who ordered the hospital launch that was painted white two times?
= Admiralty
@ yard/boats-built.csv | Whimbrel

table en
? How long was the steam launch built for Lady Ormond?
= 46
@ yard/boats-built.csv | Halcyon

table en
? Of which wood is the yacht made that was Davy Croll's last?
= mahogany
@ yard/boats-built.csv | Osprey

table en
? What happened to the second of the colonel's racing yachts?
= sank at her moorings
@ yard/boats-built.csv | Shearwater

table en
? How many people owed their lives to the lifeboat of 1882?
= 57
@ yard/boats-built.csv | Gull,lifeboat

table en
? When did the little punt for weeding the lake go into the water?
= 1875-04-30; 30 April 1875
@ yard/boats-built.csv | Adela,garden punt

table en
? Which fishing boat was the first to be driven by diesel?
= Turnstone
@ yard/boats-built.csv | first with a diesel engine

table en
? What did the harbour pay for the tug with the steel frames?
= 8800
@ yard/boats-built.csv | Eider

fact en
? With what instrument did the inspector test the planking of the lifeboat?
= ivory hammer
@ yard/tarrant-letters.md | little ivory hammer

fact en
? What did Nora sell in order to buy a part for the machine that broke?
= canoe
@ yard/tarrant-letters.md | I have sold your canoe

fact en
? What illness had spread on the ship on which Edwin served in 1938?
= measles
@ yard/tarrant-letters.md | We have had measles on board

fact en
? What did the shipwright in Egypt ask for instead of payment?
= umbrella
@ yard/tarrant-letters.md | but wanted my umbrella

fact en
? How was the bottle broken in the end when the lifeboat was launched?
= mallet
@ yard/tarrant-letters.md | Davy broke it with a mallet

fact en
? What was hidden below the floor to make the new lifeboat lie level?
= scrap chain
@ yard/tarrant-letters.md | two hundredweight of scrap chain

fact en
? Where did the two boys go who gave up their apprenticeship?
= aircraft works
@ yard/tarrant-letters.md | left for the aircraft works

fact en
? How did Edwin come to be the first surgeon of his ship?
= fell down a hatch; fell down a
@ yard/tarrant-letters.md | because the old one fell down a

fact en
? How many soldiers did the foreman carry home over the sea in all?
= two hundred and eighteen
@ yard/tarrant-letters.md | two hundred and eighteen men

fact en
? What wood was used to stop up the holes after the boat's return?
= cedar
@ yard/tarrant-letters.md | plugged them with cedar

fact en
? Where in the yard were the kittens born?
= mould loft
@ yard/tarrant-letters.md | kittens in the mould loft

fact en
? What is the punishment for an apprentice who arrives six minutes after the bell?
= sweeps
@ yard/apprentice-rules.docx | Whoever comes later than five minutes

fact en
? How long is allowed for learning to put an edge on a plane?
= three weeks
@ yard/apprentice-rules.docx | three weeks are allowed

fact en
? In which year of the training is the art of drawing a boat at full size learnt?
= fourth
@ yard/apprentice-rules.docx | belongs to the fourth

fact en
? What injury did Walter Finch suffer?
= two toes
@ yard/apprentice-rules.docx | lost two toes

fact en
? How quickly must a hot plank be fixed to the hull?
= ninety seconds
@ yard/apprentice-rules.docx | within ninety seconds

fact en
? What was destroyed when the mould loft burnt at the end of the century?
= half models
@ yard/apprentice-rules.docx | half models of thirty boats

table en
? Who instructs the apprentices of the second year?
= Hugh Sallow
@ yard/apprentice-rules.docx | second 6 shillings

table en
? What does an apprentice earn in a week during his last year?
= 18 shillings
@ yard/apprentice-rules.docx | fifth 18 shillings

fact en
? How strong was the engine that drove the lost ferry?
= sixty horsepower
@ yard/avocet-inquiry-1953.pdf | diesel engine of sixty horsepower

fact en
? What unusual load besides a pram did the ferry have on board that night?
= coffin
@ yard/avocet-inquiry-1953.pdf | a pram and a coffin

fact en
? What did Kyle think he had struck in the middle of the river?
= drifting log; log
@ yard/avocet-inquiry-1953.pdf | which he took for a drifting

fact en
? With what did the engineer try to hold back the water?
= jacket
@ yard/avocet-inquiry-1953.pdf | tried to stop it with his jacket

fact en
? How much money was rescued in the cash box?
= four pounds and ninepence
@ yard/avocet-inquiry-1953.pdf | it held four pounds and ninepence

fact en
? On what had the council spent the money meant for lifting the old chain?
= fountain
@ yard/avocet-inquiry-1953.pdf | the money was spent on a fountain

fact en
? What did Ada Thorne say that she could not pardon?
= singing
@ yard/avocet-inquiry-1953.pdf | it was the singing she would never forgive

fact en
? What would it cost to buy another ferry rather than to mend the old one?
= 11,500
@ yard/avocet-inquiry-1953.pdf | a new ferry at

table en
? What was noted on the bridge at 21.48?
= lights stop
@ yard/avocet-inquiry-1953.pdf | 21.48

table en
? How hard did it blow when the last lamp came ashore?
= 33
@ yard/avocet-inquiry-1953.pdf | 22.47

poster en
? At what time of day did the school boat slide into the water?
= 3.25
@ yard/launching-1951.png | Launch at high water

poster en
? Which band played at the launching?
= Ropeworks
@ yard/launching-1951.png | Music by the Ropeworks

poster en
? What could a child win by climbing the slippery pole?
= ham
@ yard/launching-1951.png | Greasy pole

scan en
? What timber was to be used for the pegs that outlive the owner?
= locust
@ yard/offer-1903-scan.png | use trenails of locust wood

scan en
? How many men were needed to build the cutter that was offered in 1903?
= eleven
@ yard/offer-1903-scan.png | employ eleven men

scan en
? By what mark could the rat of the yard be recognised?
= white ear
@ yard/offer-1903-scan.png | a white ear

poster en
? What did a rider pay for borrowing a lamp?
= 9 pence
@ club/midnight-ride-1956.png | lamp hire 9 pence

poster en
? With whom did one have to put down one's name for the ride by lantern?
= Hetty Lamb
@ club/midnight-ride-1956.png | Sign up with Hetty Lamb

fact en
? Which animal was sent out of the annual meeting?
= goat
@ club/minutes-1952.docx | and a goat

fact en
? How many women belonged to the cycling club in 1952?
= 58
@ club/minutes-1952.docx | of whom 58 are women

fact en
? What did the club lay out most money for in that year?
= roof
@ club/minutes-1952.docx | largest expense was the roof

fact en
? Why did Mr Pym want to have low handlebars banned?
= beetles
@ club/minutes-1952.docx | riders the look of beetles

fact en
? Where do the riders stop for tea since Mrs Thackeray's proposal was accepted?
= Temperance Hotel
@ club/minutes-1952.docx | to the Temperance Hotel on account of the scones

fact en
? How often did Neville Croll's tyres go flat in the season?
= thirty-three
@ club/minutes-1952.docx | Neville Croll: thirty-three

table en
? Since when has the captain of the cyclists held her office?
= 1938
@ club/minutes-1952.docx | Captain Violet Marsh

notes en
? What was the profession of the man who started the cycling club?
= dentist
@ club/sixty-years-talk.pptx | Bram Osterly, was the dentist

notes en
? By whom was the first bicycle with gears taken away twice?
= vicar
@ club/sixty-years-talk.pptx | by the vicar

notes en
? What had the riders been following when they got lost in 1936?
= cow
@ club/sixty-years-talk.pptx | found that it hung

notes en
? On the back of what were the club's maps drawn?
= wallpaper
@ club/sixty-years-talk.pptx | wallpaper that was left over

table en
? What is the best time for the ride to Latch Moss and back?
= 8 h 12 min
@ club/sixty-years-talk.pptx | 8 h 12 min

notes en
? For how many days did the fountain of the council give water?
= eleven days
@ club/sixty-years-talk.pptx | it ran for eleven days

fact en
? With what was the second puncture on Skarn mended?
= limpet shell; plaster
@ club/skarn-tour-1952.md | with a plaster and a limpet shell

fact en
? How was Colin pulled along after his chain had come apart?
= butcher's van; sausages
@ club/skarn-tour-1952.md | towed by the butcher's van

fact en
? How many standing stones did Neville find in the north of the island?
= twenty-two
@ club/skarn-tour-1952.md | there are twenty-two

fact en
? What became of the place where the rare orchid had been found?
= car park for sheep
@ club/skarn-tour-1952.md | It is a car park for sheep

fact en
? How much did the boy spend on his whole journey round the island?
= three pounds and elevenpence
@ club/skarn-tour-1952.md | three pounds and elevenpence

fact en
? On which day of the week is nothing sold on Skarn?
= Mondays
@ club/skarn-tour-1952.md | shops are closed on Mondays

fact en
? When does Colin Sedge teach beginners how to ride?
= Wednesday
@ club/common-questions.html | on the promenade on Wednesday evenings

fact en
? How does one recognise the person who rides last on Sundays?
= yellow cape
@ club/common-questions.html | in a yellow cape

fact en
? What is the pace of the riders in the short group?
= nine
@ club/common-questions.html | the short group at nine

fact en
? On what evenings may members mend their bicycles below the boathouse?
= Tuesdays and Thursdays
@ club/common-questions.html | open on Tuesdays and Thursdays

swedish sv
? Vad kostade det att ta med en cykel på båten från Nynäshamn?
= tre kronor
@ club/gotland-1955.md | kostade tre kronor

swedish sv
? Vad spelade cirkusartisten på i hytten?
= dragspel
@ club/gotland-1955.md | övade på dragspel

swedish sv
? Vad fick smeden som tack för att han lagade växeln?
= päron
@ club/gotland-1955.md | en konservburk med päron

swedish sv
? Vad hette bonden som gav Peggy en ost?
= Evert
@ club/gotland-1955.md | som hette Evert

swedish sv
? Hur långt cyklade de tillsammans på resan?
= 480 kilometer
@ club/gotland-1955.md | sammanlagt 480 kilometer

speech en
? What did Winifred Brandreth bake for the gardeners in the ashes?
= potatoes
@ sound/interview-winifred-brandreth.ogg | We baked potatoes

speech en
? At what age was the stoker first allowed to open the furnace?
= nine
@ sound/interview-winifred-brandreth.ogg | I was nine years old

speech en
? Why is the bridge out of use, according to the harbour office?
= painting
@ sound/harbour-announcement.mp3 | closed for painting

speech en
? What was found on the pier?
= suitcase
@ sound/harbour-announcement.mp3 | A black suitcase

speech en
? At what time does the last boat sail to the island?
= half past seven
@ sound/harbour-announcement.mp3 | half past seven

speech en
? Where is the key to the new boathouse kept?
= picture of the queen
@ sound/club-dictation.wav | picture of the queen

speech en
? On what date is the club's outing to the island planned?
= fifteenth of August; 15
@ sound/club-dictation.wav | fifteenth of August

picture en
? Is there a picture of boats under sail as the sun goes down?
= three-sailing-boats
@ pictures/three-sailing-boats-at-sunset.jpg | boats

picture en
? Which picture shows red flowers planted in straight lines?
= red-tulips
@ pictures/red-tulips-in-rows.jpg | tulips

two_sources en
? What weekly wage had been laid down for the apprentices taught by the man who steered the Redshank
  to Dunkirk?
= 9 shillings
@ yard/apprentice-rules.docx | third 9 shillings
@ yard/tarrant-letters.md | Davy steered

two_sources en
? Which hill climb record is held by the girl whom Nora called the cleverest of the four?
= six minutes
@ club/minutes-1952.docx | went to Peggy Lunn
@ yard/tarrant-letters.md | The cleverest, Peggy Lunn

two_sources en
? What did the club's rowing boat cost that took the first people off the stranded ferry?
= 24
@ yard/boats-built.csv | Teal,dinghy
@ yard/avocet-inquiry-1953.pdf | had launched their picnic

two_sources en
? In which year did the stoker who asked the committee for a chair get something to sit on?
= nineteen sixty four; 1964
@ sound/interview-winifred-brandreth.ogg | My chair arrived
@ garden/warming-report-1962.pdf | the stoker asks for a chair

unanswerable en
? How much money did the founder of the garden pay for the tools of her gardeners?

unanswerable en
? What was the maiden name of the doctor who left the meadow to the town?

unanswerable en
? Which architect drew the plans for the house with the dome?

unanswerable en
? How many panes of glass were broken in the Fern House by the gale of 1911?

unanswerable en
? What was the yield of the potatoes that were grown on the lawns in 1943?

unanswerable en
? At which university had Leonard Voss learnt about bulbs?

unanswerable en
? How old was Amos Brandreth when he first looked after the boilers?

unanswerable en
? What did the silver medal for the tulip weigh?

unanswerable en
? To whom was the rare orchid sold after the exhibition in Paris?

unanswerable en
? What name had the cat whose fur was painted in the propagating shed?

unanswerable en
? How many letters did Miss Hallam write to the head gardener in 1934?

unanswerable en
? What did the farm charge for each of the sacks of loam?

unanswerable en
? Which newspaper printed the photograph of the baby on the leaf?

unanswerable en
? What is the telephone number of the tea room in the pump house?

unanswerable en
? How much does Mrs Okafor earn from the seed cake in a week?

unanswerable en
? In which year did the bandstand get its new roof?

unanswerable en
? What share of the seeds of the edelweiss came up?

unanswerable en
? Who gathered the seed of the giant water lily in 1968?

unanswerable en
? How many hours of work went into the fountain of the rose garden?

unanswerable en
? How much oil was used up in November 1964?

unanswerable en
? Which doctor treated the stoker after the explosion of the boiler?

unanswerable en
? On how many nights did it freeze in February 1955?

unanswerable en
? What was the colour of the doors in the lodge of Mr Deane?

unanswerable en
? Who ordered the submarine that was launched at the yard in 1917?

unanswerable en
? How deep was the draught of the pilot cutter Dunlin?

unanswerable en
? Who was the husband of Nora Tarrant?

unanswerable en
? What was the name of the ship on which Edwin served as a doctor in 1938?

unanswerable en
? In which hospital did Davy Croll recover after the crossing?

unanswerable en
? How many kittens did the cat of the yard have in 1940?

unanswerable en
? What is the punishment for an apprentice who has been drinking at work?

unanswerable en
? What weekly wage does the foreman receive in summer?

unanswerable en
? How long was the prison sentence of the ferryman after the inquiry?

unanswerable en
? For which undertaker was the empty coffin meant?

unanswerable en
? How hard did it blow at six in the morning after the ferry ran aground?

unanswerable en
? At what time did the fireworks begin after the launching of the school boat?

unanswerable en
? What was the first name of the secretary of the Harbour Board in 1903?

unanswerable en
? What did a rider pay for breakfast after the midnight ride?

unanswerable en
? How many women belonged to the cycling club in 1920?

unanswerable en
? Which rider won the Fenn Plate in the year 1949?

unanswerable en
? What is the title of the book that Ambrose Tull wrote on cribbage?

unanswerable en
? How many geese were killed on the roads of the county in 1904?

unanswerable sv
? Vad hette cirkusartisten som övade i hytten på båten?

unanswerable sv
? Hur många får hade bonden som gav Peggy en ost?

unanswerable sv
? Vilket år byggdes smedjan vid Lummelunda?

unanswerable en
? For how many years did Winifred Brandreth go to school?

unanswerable en
? What is inside the black suitcase that was found on the pier?

unanswerable en
? Is there a picture of an elephant in front of a circus tent?

unanswerable en
? Which recording has the sound of church bells at Easter?

unanswerable en
? What is the boiling point of liquid nitrogen at sea level?

unanswerable en
? Who painted the ceiling of the chapel in which popes are chosen?

unanswerable en
? How do I reset the password of my wireless router?

unanswerable en
? How many players are on the field in a game of rugby union?

unanswerable en
? Which vitamins does a person lack who gets scurvy?

unanswerable en
? What is the fastest way to remove red wine from a white carpet?

unanswerable en
? In which year did the first human being walk on the moon?

unanswerable en
? How is the interest on a mortgage with a fixed rate worked out?

unanswerable en
? Which planet of the solar system has the greatest number of moons?

unanswerable sv
? Hur länge ska ett mjukkokt ägg ligga i vattnet?

unanswerable sv
? Vilken är den längsta floden i Sydamerika?
"""
