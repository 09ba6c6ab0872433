"""The questions of the test split, in the format that questions.py explains."""

BLOCKS = """\
planned en
? On what date did the Harbour line open?
= 19 September 1904
@ trams/lines.md | opened on 19 September 1904
# Harbour line | open

near.planned en
? On what date was the Abbey line electrified?
~ trams/lines.md

planned en para
? How many stopping places did the line to the quarry have when it began to run?
= seven
@ trams/lines.md | nine stops; it opened on 2 March 1913 with seven
# Quarry line | stops

near.count en para
? How many drivers did the line to the abbey have when it began to run?
~ trams/lines.md

before en
? How many cars did the depot in Mill Road hold before the fire?
= 30
@ trams/lines.md | Before the fire of 1917 the depot in Mill Road held 30
# depot in Mill Road before fire | hold

near.before en
? How many cars did the depot in Abbey Fields hold before the fire?
~ trams/lines.md

letter en para
? Which engineer built the line that was ready on its appointed day?
= Josiah Brandt
@ trams/lines.md | The engineer was Josiah Brandt, no relation
# Abbey line | engineer

near.letter en para
? Which engineer built the line on which stone was carried after dark?
~ trams/lines.md

entity en
? What was the price in pounds of car 18?
= 855
@ trams/fleet.csv | 18,Corder Brothers
# car 18 | price

near.entity en
? What was the price in pounds of car 19?
~ trams/fleet.csv

table en para
? When was the tram that people called the Dowager taken out of service?
= 1949
@ trams/fleet.csv | The Dowager
# Dowager | withdrawn

near.table en para
? When was the tram that people called the Dowager repainted?
~ trams/fleet.csv

entity en
? How many seats did car 12 have?
= 46
@ trams/fleet.csv | 12,Corder Brothers
# car 12 | seats

near.entity en
? How many wheels did car 12 have?
~ trams/fleet.csv

letter en
? Who drove car 4 in the collision at Tanner's Hill?
= Edwin Marsh
@ trams/inquiry-1929.pdf | The driver of car 4 was Edwin Marsh
# car 4 | driver

near.letter en
? Who was the conductor of car 4 in the collision at Tanner's Hill?
~ trams/inquiry-1929.pdf

superseded en para
? What speed was permitted on Tanner's Hill from the end of 1929?
= lowered to 8; 8
@ trams/inquiry-1929.pdf | it was lowered to 8 in December 1929
# hill December 1929 | limit

near.year en para
? What speed was permitted on Tanner's Hill in 1910?
~ trams/inquiry-1929.pdf

negated en
? Whom did the inquiry into the collision of 1929 blame?
= the company
@ trams/inquiry-1929.pdf | It blamed the company for the want of a test
# inquiry | blame

near.count en
? What did the inquiry into the collision of 1929 cost?
~ trams/inquiry-1929.pdf

count en para
? What sum was received by Miss Cole for her injuries?
= 400
@ trams/inquiry-1929.pdf | of which £400 went to Miss Ivy Cole
# Ivy Cole | paid

near.count en para
? What sum was received by Edmund March for his injuries?
~ trams/inquiry-1929.pdf

picture en
? At what time did the last car to the Abbey leave on the last day of the trams?
= 11.05
@ trams/last-day.png | Last car to the Abbey 11.05 pm
# last car to the Abbey | leave

near.entity en
? At what time did the last car to the Quarry leave on the last day of the trams?
~ trams/last-day.png

picture en para
? What did one pay for a keepsake ticket on the day the trams stopped?
= 6 pence
@ trams/last-day.png | Souvenir ticket 6 pence
# Souvenir ticket | cost

near.entity en para
? What did one pay for a seat in the procession on the day the trams stopped?
~ trams/last-day.png

speech en
? For how many years did Walter Grant drive trams?
= twenty six; twenty-six; 26
@ trams/interview-driver.ogg | I drove trams in this town for twenty six years
# Walter Grant | years

near.entity en
? For how many years did Rose Miller drive trams?
~ trams/interview-driver.ogg

speech en para
? What was done against cold feet by the tram driver who gave an interview?
= newspaper
@ trams/interview-driver.ogg | stuffed newspapers into our boots
# winter | boots

near.entity en para
? What was done against the rain by the tram driver who gave an interview?
~ trams/interview-driver.ogg

letter en
? In which year did Ada Renwyck leave the glassworks?
= 1906
@ glass/blowers.txt | Ada Renwyck came in 1901 and left in 1906
# Ada Renwyck | left

near.letter en
? In which year did Ada Renwyck die?
~ glass/blowers.txt

letter en para
? What did the woman who blew goblets earn every week in the end?
= 34 shillings
@ glass/blowers.txt | was paid 34 shillings a week
# Ada Renwick | paid

near.letter en para
? What did the man who was master of the second chair earn every week?
~ glass/blowers.txt

negated en
? How much was the pension that Denzil Tank took?
= 12 shillings
@ glass/blowers.txt | His brother Denzil took one of 12 shillings
# Denzil | pension

near.negated en
? How much was the pension that Bessie Hale took?
~ glass/blowers.txt

superseded en para
? For how long did one have to be an apprentice glass blower in the new century?
= five years
@ glass/blowers.txt | Apprentices served seven years until 1899 and five years after
# Apprentices after 1899 | served

near.count en para
? How much was an apprentice glass blower paid in the new century?
~ glass/blowers.txt

year en
? How many pieces of lamp lenses did the Great Southern Railway order in 1911?
= 410
@ glass/orders.csv | 1911,Great Southern Railway
# Great Southern Railway 1911 | pieces

near.year en
? How many pieces of lamp lenses did the Great Southern Railway order in 1908?
~ glass/orders.csv

entity en para
? How much money did the bank pay for its inkwells?
= 27
@ glass/orders.csv | 1912,Great Western Bank
# Great Western Bank inkwells | pounds

near.entity en para
? How much money did the asylum pay for its inkwells?
~ glass/orders.csv

entity en
? How much potash is taken for one pot of cobalt blue?
= 140
@ glass/recipe-book.docx | 420 pounds of sand, 140 of potash
# cobalt blue | potash

near.entity en
? How much potash is taken for one pot of opal?
~ glass/recipe-book.docx

superseded en para
? What has opal been made with since 1902?
= fluorspar
@ glass/recipe-book.docx | with fluorspar from 1902 on
# Opal from 1902 | made with

near.superseded en para
? What was ruby made with until 1902?
~ glass/recipe-book.docx

negated en para
? What has to be put in to get the colour of bottles?
= nothing
@ glass/recipe-book.docx | For bottle green nothing is added
# bottle green | added

near.negated en para
? What has to be put in to get the colour of amber?
~ glass/recipe-book.docx

entity en
? When is the last demonstration at the glass museum in October?
= 2.00
@ glass/museum-page.html | October Saturday and Sunday
# October | Last demonstration

near.entity en
? When is the first demonstration at the glass museum in October?
~ glass/museum-page.html

count en para
? For what sum did the ship of glass return to its makers in 1981?
= 2,400; 2400
@ glass/museum-page.html | bought back in 1981 for £2,400
# glass ship 1981 | bought

near.count en para
? For what sum was the ship of glass insured in 1981?
~ glass/museum-page.html

planned en
? In which building was the glass museum first meant to be?
= engine house
@ glass/museum-page.html | first meant to be in the engine house
# museum first | meant

near.planned en
? In which year was the glass museum first meant to open?
~ glass/museum-page.html

superseded en
? How many boards does a team have under the chess rules of 1958?
= six boards; six
@ chess/rules-1958.md | A team has six boards
# team 1958 | boards

near.superseded en
? How many reserves does a team have under the chess rules of 1958?
~ chess/rules-1958.md

superseded en para
? How late may somebody arrive nowadays without forfeiting the game?
= 30 minutes
@ chess/rules-1958.md | more than 30 minutes late loses
# player late 1958 | minutes

near.year en para
? How late could somebody arrive in 1908 without forfeiting the game?
~ chess/rules-1958.md

year en
? What was the subscription of a chess team under the rules of 1952?
= one pound
@ chess/rules-1958.md | The subscription of 1952 was one pound
# subscription 1952 | pound

near.year en
? What was the subscription of a chess team under the rules of 1946?
~ chess/rules-1958.md

letter en
? How many votes for did Hugo Sallows get?
= 10
@ chess/minutes-1958.docx | Keeper of the clocks
# Hugo Sallows | votes

near.letter en
? How many votes for did Miriam Falk get?
~ chess/minutes-1958.docx

planned en para
? Of the delegates who were awaited in 1958, how many turned up?
= Nineteen
@ chess/minutes-1958.docx | Nineteen delegates
# delegates 1958 | came

near.planned en para
? Of the delegates who were awaited in 1959, how many turned up?
~ chess/minutes-1958.docx

count en
? What did the clocks cost the chess league?
= 14
@ chess/minutes-1958.docx | the clocks cost £14
# clocks | cost

near.count en
? What did the raffle bring the chess league?
~ chess/minutes-1958.docx

letter en
? What was the Hollow Cup made of at first?
= turnip
@ chess/history.html | made of a hollowed turnip
# Hollow Cup | made of

near.letter en
? What is the Hallow Cup made of?
~ chess/history.html

table en para
? After how many moves was the quickest game in the league over?
= 6 moves
@ chess/history.html | Shortest game
# Shortest game | moves

near.table en para
? After how many moves was the quickest draw in the league agreed?
~ chess/history.html

entity en
? Who was the first woman to win a game in the chess league?
= Flora
@ chess/history.html | The first to win was her sister Flora
# first woman | win

near.entity en
? Who was the first woman to be treasurer of the chess league?
~ chess/history.html

planned en
? How many rounds were played in the Whitsun tournament of 1956?
= five
@ chess/tournament-report.pdf | Seven rounds had been announced; five were
# Whitsun tournament | rounds

near.year en
? How many rounds were played in the Whitsun tournament of 1957?
~ chess/tournament-report.pdf

letter en para
? What place did the man get who is so easily confused with the winner at Whitsun?
= sixth
@ chess/tournament-report.pdf | came sixth with three
# Leonard Aske | came

near.letter en para
? What place did the man get who had the shortest game at Whitsun?
~ chess/tournament-report.pdf

negated en
? Who won the prize for the best game at the Whitsun tournament?
= Ralph Dene
@ chess/tournament-report.pdf | a ham, went to Ralph Dene
# best game | prize

near.negated en
? Who won the second prize at the Whitsun tournament?
~ chess/tournament-report.pdf

year en
? How many kilos of honey did Lower Lea yield in 1964?
= 220
@ bees/yields.csv | Lower Lea,1964
# Lower Lea 1964 | honey

near.year en
? How many kilos of honey did Lower Lea yield in 1961?
~ bees/yields.csv

letter en para
? What amount from the heather was gathered at Moor Gate under S. Dunning?
= 248
@ bees/yields.csv | Moor Gate,1964
# Moor Gate 1964 | heather honey

near.entity en para
? What amount from the lime trees was gathered at Moor Gate under S. Dunning?
~ bees/yields.csv

superseded en
? What warning must farmers give from 1 April 1965 before they spray?
= 48 hours
@ bees/newsletter-spring.md | 48 hours' warning
# farmers 1965 | warning

near.superseded en
? What fine must farmers pay from 1 April 1965 if they spray without warning?
~ bees/newsletter-spring.md

letter en para
? About what will Mrs Roe talk at the Institute?
= wax
@ bees/newsletter-spring.md | will speak on
# Agnes Roe | speak

near.letter en para
? About what will Mr Munn talk at the Institute?
~ bees/newsletter-spring.md

year en para
? How many colonies were lost in the winter before spring 1965?
= 23
@ bees/newsletter-spring.md | 188 hives, of which 23 died
# hives 1965 | died

near.entity en para
? How many colonies were lost at Upper Lea in the winter before spring 1965?
~ bees/newsletter-spring.md

entity en
? In how many hives was European foul brood found in 1963?
= nine
@ bees/disease-report.pdf | European foul brood was found in nine hives
# European foul brood | found

near.year en
? In how many hives was European foul brood found in 1965?
~ bees/disease-report.pdf

planned en para
? On which day did the inspector really come for the second time?
= 17 September
@ bees/disease-report.pdf | planned for August and took place on 17 September
# second inspection | took place

near.planned en para
? On which day did the inspector really come for the third time?
~ bees/disease-report.pdf

count en
? How much did owners get for each hive that was burnt?
= 50 shillings
@ bees/disease-report.pdf | The owners got 50 shillings
# hive burnt | owners got

near.count en
? How much did owners get for each hive that was stolen?
~ bees/disease-report.pdf

picture en
? Who is the judge of the Tovey honey show in 1965?
= Laura Finch
@ bees/honey-show-1965.png | Judge Mrs Laura Finch
# honey show 1965 | judge

near.year en
? Who was the judge of the Tovey honey show in 1964?
~ bees/honey-show-1965.png

picture en para
? How much is given to the winner at the display of honey?
= 3 pounds
@ bees/honey-show-1965.png | First prize 3 pounds
# honey show | first prize

near.picture en para
? How much is given to the runner-up at the display of honey?
~ bees/honey-show-1965.png

speech en
? After how many days does a drone come out, according to Susan Clay?
= twenty four; twenty-four; 24
@ bees/talk-queens.mp3 | a drone needs twenty four
# drone | days

near.speech en
? After how many days does a young queen lay, according to Susan Clay?
~ bees/talk-queens.mp3

speech en para
? In what colour are the queens marked this year by the lady who gave the talk?
= white
@ bees/talk-queens.mp3 | white paint this year
# queens this year | paint

near.speech en para
? In what colour will the queens be marked next year by the lady who gave the talk?
~ bees/talk-queens.mp3

planned en
? How much was paid in pounds for the boiler house of the baths?
= 3480; 3,480
@ baths/rebuilding-accounts.csv | Boiler house,Thermal Works
# Boiler house | paid

near.planned en
? How much was paid in pounds for the café of the baths?
~ baths/rebuilding-accounts.csv

letter en para
? Which part of the rebuilding did J. Cutler complete?
= Changing rooms
@ baths/rebuilding-accounts.csv | Changing rooms,J. Cutler
# J. Cutler | part

near.letter en para
? Which part of the rebuilding did R. Fisk complete?
~ baths/rebuilding-accounts.csv

planned en para
? By when had the clock been supposed to be done?
= June 1936
@ baths/rebuilding-accounts.csv | Clock,Potts
# Clock | planned end

near.planned en para
? By when had the diving boards been supposed to be done?
~ baths/rebuilding-accounts.csv

before en
? How many tons of coal a week did the old boiler of the baths use?
= 16
@ baths/engineer-report.pdf | used 16 tons of coal a week
# old boiler | coal

near.before en
? How many pounds a week did the coal of the old boiler cost?
~ baths/engineer-report.pdf

planned en para
? In how much time does the water of the small pool really go through the filters?
= three
@ baths/engineer-report.pdf | that of the small pool in three
# small pool | filters

near.entity en para
? In how much time is the large pool emptied?
~ baths/engineer-report.pdf

letter en
? In which year did Reuben Fisk come to the baths?
= 1911
@ baths/engineer-report.pdf | The chief stoker is Reuben Fisk, who came in 1911
# Reuben Fisk | came

near.letter en
? In which year did Robin Fiske come to the baths?
~ baths/engineer-report.pdf

letter en
? In what time did Norma Bell swim 100 yards in 1938?
= 66.2
@ baths/season-1938.txt | swam 66.2 seconds
# Norma Bell | swam

near.letter en
? In what time did Norma Bell swim 220 yards in 1938?
~ baths/season-1938.txt

year en para
? How many people used the big pool in the year before 1938?
= 79,100; 79100
@ baths/season-1938.txt | 1937 the large pool had 79,100
# large pool 1937 | visitors

near.year en para
? How many people used the small pool in the year before 1938?
~ baths/season-1938.txt

count en para
? Of the matches at water polo in 1938, how many were victories?
= nine
@ baths/season-1938.txt | The water polo team won nine
# water polo team | won

near.count en para
? Of the goals at water polo in 1938, how many were scored by the captain?
~ baths/season-1938.txt

letter en
? Who signed the letters of the committee for the baths?
= Edith Mallory
@ baths/committee-letters.docx | asks for £13,000 for the rebuilding
# committee | signed

near.letter en
? Who signed the letters of the contractor for the baths?
~ baths/committee-letters.docx

planned en para
? What share of the extra £2,465 did the councillors agree to hand over?
= 1,200; 1200
@ baths/committee-letters.docx | The Council grants £1,200
# Council December 1936 | grants

near.planned en para
? What sum did the councillors agree to hand over for a library?
~ baths/committee-letters.docx

off en
? How do I reset the password of my e-mail account?

off en
? What is the capital of Mongolia?

off en
? Which vaccines does a puppy need in its first year?

off en
? How many bits are there in an IPv6 address?

off en
? Who painted the ceiling of the Sistine Chapel?

off en
? What is the boiling point of mercury?

off en
? When does the warranty of the dishwasher end?

off en
? How many strings does a cello have?

off en
? Who scored the winning goal in the final of 2014?

off en
? What did the archaeologists find under the car park in Leicester?

off en
? Where can I renew my passport?

off en
? In which year was the first satellite launched?
"""
