"""Scripted replies about documents of the test split, in the format of replies.py."""

BLOCKS = """\
correct
? When was the Harbour line planned, and when did it open?
+ The Harbour line was planned for 1 April 1904 and opened on 19 September 1904.
@ trams/lines.md | The Harbour line was planned

correct
? How many cars does the depot in Mill Road hold now, and how many before the fire?
+ The depot in Mill Road holds 24 cars.
@ trams/lines.md | holds 24 cars
+ Before the fire of 1917 it held 30.
@ trams/lines.md | holds 24 cars

correct
? How many hives did J. Farrow have at Upper Lea in spring 1962?
+ Upper Lea had 14 hives in spring 1962, and its keeper was J. Farrow.
@ bees/yields.csv | Upper Lea,1962

correct
? When were the brakes of car 4 tested?
+ The hand brake of car 4 had been tested on 6 November and was in order.
@ trams/inquiry-1929.pdf | The hand brake had been tested
+ The magnetic brake had not been tested since July.
@ trams/inquiry-1929.pdf | The magnetic brake had not been tested

correct
? How many boards does a chess team have?
+ A team has six boards, and under the rules of 1952 it had eight.
@ chess/rules-1958.md | A team has six boards

correct
? What did the boiler house of the baths cost?
+ For the boiler house 2600 pounds were planned and 3480 pounds were paid.
@ baths/rebuilding-accounts.csv | Boiler house,Thermal Works

correct
? How many hives were examined in Tovey in 1963?
+ Mr Owen Laird examined 204 hives in 31 apiaries in May 1963.
@ bees/disease-report.pdf | examined 204 hives

paraphrase
? What happened to the Orchard line?
+ The Orchard line was never built, although it had been approved in 1914.
@ trams/lines.md | The Orchard line was approved

paraphrase
? Why did the Harbour line open late?
+ The Harbour line opened late since its rails had gone to Oxenford by mistake.
@ trams/lines.md | The Harbour line was planned

paraphrase
? Who is blamed for the collision at Tanner's Hill?
+ The company, not the driver, was held responsible, because the brake had not been tested.
@ trams/inquiry-1929.pdf | It blamed the company for the want of a test

paraphrase
? How did the water polo team do in 1938?
+ In 1938 the water polo team was victorious in nine of its fourteen matches.
@ baths/season-1938.txt | The water polo team won nine

paraphrase
? Does cobalt blue have to be warmed again?
+ Cobalt blue does not have to be warmed a second time.
@ glass/recipe-book.docx | For one pot of cobalt blue

paraphrase
? What became of the glass ship?
+ The museum got the glass ship back in 1981 for £2,400.
@ glass/museum-page.html | bought back in 1981

wrong_citation
? Who was the engineer of the Abbey line?
+ The engineer of the Abbey line was Josiah Brandt.
@ trams/lines.md | The Harbour line was planned
^ trams/lines.md | The Abbey line was planned

wrong_citation
? How much did the glass museum cost adults?
+ Adults pay £4.50 and children £2.
@ glass/recipe-book.docx | For one pot of ruby
^ glass/museum-page.html | Adults pay £4.50

wrong_citation
? Who won the Whitsun tournament of 1956?
+ Leonard Ashe of Cold Harding won with four and a half points.
@ chess/history.html | The Hallow Cup was given
^ chess/tournament-report.pdf | Leonard Ashe of Cold Harding

wrong_citation
? How hot is the water of the small pool?
+ The water of the small pool is kept at 80 degrees.
@ baths/season-1938.txt | The water polo team won nine
^ baths/engineer-report.pdf | The water of the large pool is kept

wrong_citation
? How many hives of the members died before spring 1965?
+ Members reported 188 hives, of which 23 died.
@ bees/disease-report.pdf | examined 204 hives
^ bees/newsletter-spring.md | 188 hives, of which 23 died

number
? How long is the Abbey line?
- The Abbey line is 6.4 miles long.
@ trams/lines.md | The Abbey line was planned

number
? How many kilos of honey did Lower Lea yield in 1964?
- Lower Lea yielded 405 kilos of honey in 1964.
@ bees/yields.csv | Lower Lea,1964

number
? What was the subscription of a chess team in 1952?
- The subscription of 1952 was 30 shillings.
@ chess/rules-1958.md | The subscription of 1952

number
? When did the inspector come for the second time?
- The second inspection took place on 17 August.
@ bees/disease-report.pdf | planned for August and took place on 17 September

number
? What did the rebuilding of the baths cost?
+ The rebuilding has cost £15,465.
@ baths/committee-letters.docx | The rebuilding has cost
- The Council had granted £13,000 as a loan.
@ baths/committee-letters.docx | The Council grants £11,500

number
? How many lamp lenses were ordered in 1911?
- The Great Southern Railway ordered 340 lamp lenses in 1911.
@ glass/orders.csv | 1911,Great Southern Railway

entity
? Who drove car 12 in the collision of 1929?
- The driver of car 12 was Edwin Marsh.
@ trams/inquiry-1929.pdf | The driver of car 4 was Edwin Marsh

entity
? Who blew goblets at Pellow?
- Ada Renwyck made goblets and was paid 34 shillings a week.
@ glass/blowers.txt | was paid 34 shillings a week

entity
? Who won the Whitsun tournament?
- Leonard Aske won with four and a half points.
@ chess/tournament-report.pdf | Leonard Ashe of Cold Harding

entity
? Which sand gives white glass?
- The sand of Porth Gwin has no iron and gives white glass.
@ glass/recipe-book.docx | For bottle green nothing is added

entity
? Who came to the baths in 1911?
- The engineer Robin Fiske came in 1911.
@ baths/engineer-report.pdf | The chief stoker is Reuben Fisk

entity
? Which pool passes the filters in three hours?
- All the water of the large pool passes the filters in three hours.
@ baths/engineer-report.pdf | that of the small pool in three

addition
? What nickname did car 17 have?
+ Car 17 had the nickname Granite Kate.
@ trams/fleet.csv | 17,Corder Brothers
- It was painted green and gold and is kept in a museum in Bristol.
@ trams/fleet.csv | 17,Corder Brothers

addition
? What is the smallest piece in the glass museum?
+ The smallest piece is a tear bottle of half an inch.
@ glass/museum-page.html | The smallest is a tear bottle
- It was a wedding present from a Russian princess.
@ glass/museum-page.html | The smallest is a tear bottle

addition
? Who gave the Hallow Cup?
+ The Hallow Cup was given in 1923 by the Canon's widow.
@ chess/history.html | The Hallow Cup was given
- She had won it in a lottery.
@ chess/history.html | The Hallow Cup was given

addition
? When were catch points laid on Tanner's Hill?
+ Catch points were laid in June 1930.
@ trams/inquiry-1929.pdf | Catch points were ordered
- After that no accident happened on the hill.
@ trams/inquiry-1929.pdf | Catch points were ordered

addition
? What was the most wins in a season?
+ Miriam Falk had the most wins in a season, 13 in 1954.
@ chess/history.html | Most wins in a season
- This earned her an invitation to the national championship.
@ chess/history.html | Most wins in a season

negation
? Did Jory Tank take the pension?
- Jory Tank did take the pension that was offered to him.
@ glass/blowers.txt | he did not take the

negation
? Was the fire in Mill Road dangerous?
- The fire in Mill Road destroyed six cars and hurt everybody.
@ trams/lines.md | holds 24 cars

negation
? Was American foul brood found?
- American foul brood was found in 1963.
@ bees/disease-report.pdf | American foul brood was not found

negation
? Was the motion to admit Long Dray carried?
- The motion to admit a seventh parish, Long Dray, was carried.
@ chess/minutes-1958.docx | The motion to admit a seventh parish

negation
? Is ozone used in the baths?
- Ozone is used in the baths since September 1936.
@ baths/engineer-report.pdf | Ozone is not used

negation
? Did the women's prize go to Miriam Falk?
- The prize for the best lady, a hat, was given to Miriam Falk.
@ chess/tournament-report.pdf | was not given, since Miriam Falk

world
? What is a drone?
- A drone is a male bee that develops from an unfertilised egg.
@ bees/newsletter-spring.md | The breeding station

world
? What gives cobalt glass its colour?
- Cobalt ions absorb yellow and red light, so that the glass looks blue.
@ glass/recipe-book.docx | For one pot of cobalt blue

world
? Who invented the chess clock?
- The chess clock was invented by Thomas Bright Wilson in Manchester in 1883.
@ chess/minutes-1958.docx | the clocks cost £14

world
? Why is chlorine used in pools?
- Chlorine kills bacteria by oxidising their cell walls.
@ baths/engineer-report.pdf | Chlorine was tried in 1934

world
? How does a magnetic brake work?
- A magnetic brake presses a steel shoe on the rail by the pull of an electromagnet.
@ trams/inquiry-1929.pdf | Car 4 was fitted with
"""
