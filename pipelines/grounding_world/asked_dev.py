"""The questions of the dev split, in the format that questions.py explains."""

BLOCKS = """\
before en
? What did a single ticket for the whole line cost from 1931 on the trams?
= 4d
@ trams/fares.html | Single, whole line 3d 4d
# Single, whole line 1931 | ticket

near.year en
? What did a single ticket for the whole line cost from 1940 on the trams?
~ trams/fares.html

negated en para
? Up to which weight may one take a parcel on one's knees for nothing?
= 28 pounds
@ trams/fares.html | Parcels up to 28 pounds go free
# parcels | pounds

near.negated en para
? Up to which weight may one take a bicycle along for nothing?
~ trams/fares.html

entity en
? What does it cost to have a lost season ticket replaced?
= 2s 6d
@ trams/fares.html | A lost season ticket is replaced once, for 2s 6d
# season ticket lost | replaced

near.entity en
? What does it cost to have a season ticket changed to another name?
~ trams/fares.html

superseded en
? How long is the meal break from 1 June 1928?
= 30 minutes
@ trams/staff-notices.docx | The meal break is 30 minutes from 1 June
# meal break 1928 | minutes

near.superseded en
? How long is the meal break from 1 June 1935?
~ trams/staff-notices.docx

superseded en para
? What do those who drive trams earn a week after the rise of 1930?
= 61 shillings
@ trams/staff-notices.docx | Wages of drivers go up from 58 to 61 shillings
# drivers 1930 | wages

near.entity en para
? What do those who inspect trams earn a week after the rise of 1930?
~ trams/staff-notices.docx

letter en
? Who follows Inspector Harriet Pim at the depot in Mill Road?
= Harold Pym
@ trams/staff-notices.docx | Inspector Harold Pym succeeds
# depot in Mill Road | inspector

near.letter en
? Who follows Inspector Harold Pym at the depot in Abbey Fields?
~ trams/staff-notices.docx

before en
? How many pots did Old Meg have after she was rebuilt?
= ten
@ glass/furnaces.md | six pots before she was rebuilt in 1898 and ten pots afterwards
# Old Meg after rebuilding | pots

near.entity en
? How many hands worked at Old Meg after she was rebuilt?
~ glass/furnaces.md

entity en para
? To what height did the chimney of the furnace from 1893 rise?
= 61 feet
@ glass/furnaces.md | chimney was 61 feet high
# Young Meg | chimney

near.entity en para
? To what height did the chimney of the furnace for bottles rise?
~ glass/furnaces.md

year en
? How many tons of coal did the glassworks buy in 1910?
= 1,120; 1120
@ glass/furnaces.md | In 1910 it was 1,120 tons
# coal 1910 | tons

near.year en
? How many tons of coal did the glassworks buy in 1920?
~ glass/furnaces.md

letter en
? Who was the manager of the glassworks in the strike?
= William Oger
@ glass/strike-report.pdf | The manager was William Oger
# manager | William

near.letter en
? Who was the doctor of the glassworks in the strike?
~ glass/strike-report.pdf

planned en para
? How many policemen actually came during the stoppage of 1906?
= three
@ glass/strike-report.pdf | asked for twenty constables
# constables | sent

near.planned en para
? How many strike-breakers actually came during the stoppage of 1906?
~ glass/strike-report.pdf

count en
? How much did the union pay a week to married hands in the strike?
= 8 shillings
@ glass/strike-report.pdf | The union paid 8
# married hands | union paid

near.count en
? How much did the union pay a week to apprentices in the strike?
~ glass/strike-report.pdf

picture en
? What is the price of a ruby goblet in the list for 1911?
= 32 pence
@ glass/price-list-1911.png | Goblet, ruby 32 pence
# Goblet, ruby | price

near.picture en
? What is the price of a blue goblet in the list for 1911?
~ glass/price-list-1911.png

picture en para
? What is charged for putting the glass into a crate?
= 1 shilling
@ glass/price-list-1911.png | Packing 1 shilling a crate
# packing | crate

near.picture en para
? What is charged for bringing the glass to the station?
~ glass/price-list-1911.png

year en
? Which team won the chess league in 1954?
= Cold Harding
@ chess/champions.csv | 1954,Cold Harding
# 1954 | team champion

near.year en
? Which team won the chess league in 1958?
~ chess/champions.csv

letter en para
? Who was the best single player in the year without a league?
= Leonard Ashe
@ chess/champions.csv | 1956,not held
# 1956 | individual champion

near.year en para
? Who was the best young player in the year without a league?
~ chess/champions.csv

letter en
? Who won the only game of Little Quint against Cold Harding?
= Brian Ogle
@ chess/bulletin-17.txt | The only Quint win was by Brian Ogle
# Little Quint win | Ogle

near.letter en
? Who won the only game of Great Quint against Nether Stow?
~ chess/bulletin-17.txt

count en para
? How many of those who wrote in about the January problem had solved it?
= nine
@ chess/bulletin-17.txt | There were 23 answers, of which nine were
# problem January answers | right

near.count en para
? How many of those who wrote in about the February problem had solved it?
~ chess/bulletin-17.txt

superseded en
? What is the right telephone number of the secretary of the chess league?
= 214
@ chess/bulletin-17.txt | is Stow 214 and not
# secretary | telephone

near.entity en
? What is the right telephone number of the treasurer of the chess league?
~ chess/bulletin-17.txt

speech en
? When will the match at Long Barn begin?
= seven; 7
@ chess/secretary-dictation.wav | The match at Long Barn will begin at seven
# match at Long Barn | begin

near.speech en
? When will the match at Long Barn end?
~ chess/secretary-dictation.wav

speech en para
? With what score did Martin Green come first in spring?
= nine points; 9 points
@ chess/secretary-dictation.wav | Martin Green, with nine points
# Martin Green | points

near.speech en para
? With what opening did Martin Green come first in spring?
~ chess/secretary-dictation.wav

planned en
? How many frames does the new extractor at Upper Lea hold?
= eight
@ bees/diary-1964.txt | It holds eight frames; the old one held
# new extractor | frames

near.entity en
? How many litres does the new extractor at Upper Lea hold?
~ bees/diary-1964.txt

entity en para
? What quantity did the fifth hive yield from the limes?
= 38
@ bees/diary-1964.txt | Hive 5 alone gave
# Hive 5 | gave

near.entity en para
? What quantity did the ninth hive yield from the limes?
~ bees/diary-1964.txt

count en
? How much sugar was fed to each hive on 3 October 1964?
= 6 kilos
@ bees/diary-1964.txt | Fed 6 kilos of sugar to each hive
# hive October | sugar

near.year en
? How much sugar was fed to each hive on 3 October 1963?
~ bees/diary-1964.txt

entity en
? What is the telephone number of the swarm collector for the Leas?
= 53
@ bees/swarm-rules.html | The Leas Joan Farrow
# The Leas | telephone

near.entity en
? What is the telephone number of the swarm collector for Chapel Farm?
~ bees/swarm-rules.html

superseded en para
? What has one to pay for the removal of a swarm that is out of reach without a long ladder?
= 10
@ bees/swarm-rules.html | or 10 if a ladder
# swarm ladder | costs

near.negated en para
? What has one to pay for the removal of a swarm from a steeple?
~ bees/swarm-rules.html

year en
? How many members did the beekeepers have in 1963?
= 27
@ bees/members.docx | 27 in 1963
# members 1963 | had

near.year en
? How many members did the beekeepers have in 1959?
~ bees/members.docx

superseded en para
? What do grown-ups pay every year to belong to the beekeepers from 1964 on?
= 12 shillings and sixpence
@ bees/members.docx | 12 shillings and sixpence from 1964
# subscription 1964 | shillings

near.entity en para
? What do families pay every year to belong to the beekeepers from 1964 on?
~ bees/members.docx

before en
? How long was the large pool before the rebuilding?
= 25 yards
@ baths/brochure.md | It was 25 yards long
# large pool before rebuilding | long

near.before en
? How deep was the large pool before the rebuilding?
~ baths/brochure.md

letter en para
? On which day does the lady instructor give her lessons?
= Thursday
@ baths/brochure.md | Miss Alice Strode. Mr Stroud teaches men on Tuesday
# Alice Strode | teaches

near.letter en para
? In which year did the lady instructor begin to give her lessons?
~ baths/brochure.md

planned en
? Who opened the baths again on 11 July 1936?
= Hilda Crane
@ baths/brochure.md | opened again on 11 July 1936 by the swimmer Hilda Crane
# baths 1936 | opened

near.planned en
? Who closed the baths in the autumn of 1935?
~ baths/brochure.md

table en
? What does a season ticket for the small pool cost?
= 22s
@ baths/rules.html | Season ticket 30s 22s none
# Season ticket small pool | cost

near.table en
? What does a family ticket for the small pool cost?
~ baths/rules.html

superseded en para
? On which days may men and women bathe together now?
= Wednesday and Saturday
@ baths/rules.html | Mixed bathing is on Wednesday and Saturday
# mixed bathing | Wednesday

near.superseded en para
? On which days may schools bathe together now?
~ baths/rules.html

speech en
? When does the large pool open again after it was closed?
= Friday
@ baths/announcement.ogg | opens again on Friday morning
# large pool | opens

near.speech en
? When do the slipper baths open again after they were closed?
~ baths/announcement.ogg

speech en para
? Which two things had been left behind by those who changed?
= umbrella
@ baths/announcement.ogg | A silver watch and a brown umbrella were found
# changing rooms | found

near.speech en para
? Which two things had been stolen from those who changed?
~ baths/announcement.ogg

off en
? How long must an egg be boiled to be soft?

off en
? What is the speed of light?

off en
? How do I change a tyre on the motorway?

off en
? Who is the president of France?

off en
? Which planets have no moons?

off en
? When was the printing press invented?

off en
? How do I install a printer driver?
"""
