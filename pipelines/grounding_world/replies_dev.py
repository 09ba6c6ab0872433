"""Scripted replies about documents of the dev split, in the format of replies.py."""

BLOCKS = """\
correct
? What did the whole line cost before and after 1931?
+ A single ticket for the whole line was 3d from 1926 and 4d from 1931.
@ trams/fares.html | Single, whole line 3d 4d

correct
? How high is the chimney of Old Meg?
+ Her chimney is 74 feet high.
@ glass/furnaces.md | Her chimney is 74

correct
? Who was the manager in the strike?
+ The leader of the blowers was William Odger.
@ glass/strike-report.pdf | The manager was William Oger
+ The manager was William Oger.
@ glass/strike-report.pdf | The manager was William Oger

correct
? Who opened the baths again?
+ The baths were opened again on 11 July 1936 by the swimmer Hilda Crane.
@ baths/brochure.md | opened again on 11 July 1936

paraphrase
? Are perambulators carried on the trams?
+ Perambulators are not taken on the trams, even if they are folded.
@ trams/fares.html | Perambulators are not carried

paraphrase
? Did the Peter Dunning of the diary keep his bees?
+ Peter Dunning stopped keeping bees and plays the accordion now.
@ bees/diary-1964.txt | Peter Dunning has given

paraphrase
? Is there a diving board at 10 metres?
+ A board at 10 metres was planned but not built.
@ baths/brochure.md | There are boards at 1, 3 and 5 metres

paraphrase
? How long is the meal break?
+ Since 1 June 1928 staff have 30 minutes for their meal.
@ trams/staff-notices.docx | The meal break is 30 minutes from 1 June

wrong_citation
? How many seats are on the gallery?
+ There are 410 seats on the gallery, against 260 before.
@ baths/brochure.md | Lessons are given by
^ baths/brochure.md | There are 410 seats

wrong_citation
? What is the reward for a swarm?
+ Who reports a swarm of the association gets a jar of honey.
@ bees/members.docx | The association owns one extractor
^ bees/swarm-rules.html | Who reports a swarm

wrong_citation
? Who won the problem prize of January?
+ The problem prize of January was won by Mrs Olive Tarn.
@ chess/champions.csv | 1957,Over Stow
^ chess/bulletin-17.txt | The problem prize of January

number
? How many constables came?
- The police were asked for twenty constables and sent five.
@ glass/strike-report.pdf | asked for twenty constables

number
? How long was the large pool before the rebuilding?
- The large pool was 33 yards long before the rebuilding.
@ baths/brochure.md | It was 25 yards long

number
? How many members were there in 1962?
- The association had 34 members in 1962.
@ bees/members.docx | 27 in 1963

number
? What do drivers earn since 1930?
+ Wages of drivers go up from 58 to 61 shillings a week.
@ trams/staff-notices.docx | Wages of drivers go up
- Wages of conductors go up to 58 shillings a week.
@ trams/staff-notices.docx | Wages of drivers go up

entity
? Which furnace went out in 1927?
- Old Meg went out on 3 February 1927.
@ glass/furnaces.md | She went out on 3 February 1927

entity
? Who was champion in 1956?
- Leonard Aske was the individual champion of 1956.
@ chess/champions.csv | 1956,not held

entity
? Who teaches women on Thursday?
- Mr Alec Stroud teaches women on Thursday.
@ baths/brochure.md | Lessons are given by

addition
? What does the association own?
+ The association owns one extractor, two smokers and 64 books.
@ bees/members.docx | The association owns one extractor
- The books were left to it by a retired sea captain.
@ bees/members.docx | The association owns one extractor

addition
? When is the meal break over?
- The break begins at noon in all depots.
@ trams/staff-notices.docx | The meal break is 30 minutes from 1 June

addition
? How many bottles could the Deacon make?
+ The Deacon could make 4,000 bottles in a day.
@ glass/furnaces.md | The Deacon was lit in 1905
- Most of them were sold to breweries in London.
@ glass/furnaces.md | The Deacon was lit in 1905

negation
? Was a window broken in the strike?
- A window was broken in the strike.
@ glass/strike-report.pdf | No window was broken

negation
? Are swarms in July rewarded?
- A swarm in July is rewarded.
@ bees/swarm-rules.html | A swarm in July is not

negation
? Does hive 11 need help against wasps?
- Hive 11 needs help against wasps.
@ bees/diary-1964.txt | Narrowed the doors of all hives

world
? What is foul brood?
- Foul brood is caused by the bacterium Melissococcus plutonius.
@ bees/members.docx | The association had 31 members

world
? How is glass coloured red?
- Gold chloride gives a red colour through tiny particles of gold.
@ glass/furnaces.md | Young Meg was lit

world
? How fast can one swim 100 metres?
- The world record for 100 metres freestyle is below 47 seconds.
@ baths/brochure.md | The large pool is 33
"""
