"""Documents about the beekeepers of Tovey: yields by apiary and year, rules, a disease."""

DOCUMENTS = {
    "bees/yields.csv": """\
apiary,year,hives in spring,hives in autumn,honey in kilos,heather honey in kilos,keeper
Upper Lea,1962,14,17,312,0,J. Farrow
Upper Lea,1963,9,12,148,0,J. Farrow
Upper Lea,1964,12,15,405,22,J. Farrow
Lower Lea,1962,8,8,171,0,J. Farrar
Lower Lea,1963,3,5,40,0,J. Farrar
Lower Lea,1964,6,9,220,0,J. Farrar
Moor Gate,1962,20,21,260,190,P. Dunning
Moor Gate,1963,11,13,95,61,P. Dunning
Moor Gate,1964,14,19,330,248,S. Dunning
""",
    "bees/diary-1964.txt": """\
DIARY OF JOAN FARROW, UPPER LEA, 1964

4 April. Opened all twelve hives. Eleven have queens and hive 7 has none. United hive 7 with hive 3.

19 May. First swarm, from hive 2, in the postman's basket. He had expected to be stung and was not.
Second swarm at three o'clock from hive 9, lost over the church.

11 June. The new extractor came. It was ordered for 1 May. It holds eight frames; the old one held
four. It cost £31, which is £5 more than the catalogue said.

30 July. Took 212 kilos from the lime trees. Last year it was 80 in the same week. Hive 5 alone gave
38.

22 August. Three hives to the heather at Moor Gate on Sam Dunning's lorry. Peter Dunning has given
up the bees and taken up the accordion.

9 September. Wasps. Narrowed the doors of all hives except hive 11, which needs no help.

3 October. Fed 6 kilos of sugar to each hive. No candy this year. Fifteen hives go into the winter.
""",
    "bees/newsletter-spring.md": """\
# Newsletter of the Tovey beekeepers, spring 1965

## Meetings

The meeting of 7 March will be at the Institute and not at the school. Mrs Agnes Roe will speak on
wax. The talk on mead by Mrs Agnes Rowe, announced for February, was cancelled and has no new date.

## Sugar

Sugar for members is 58 shillings a sack, down from 63. Each member may have two sacks; last autumn
it was three. Orders go to Ted Munn by 20 March.

## The winter

Members reported 188 hives, of which 23 died. In the winter of 1963 it was 119 of 204. Moor Gate
lost one hive and Lower Lea lost none.

## Queens

The breeding station on Thorn Island sells queens at 25 shillings. They are of the dark race. It
does not sell yellow ones. Last year it sold 40 queens; it had hoped for 100.

## Spraying

From 1 April farmers must give 48 hours' warning before they spray; the agreement of 1961 said 24.
""",
    "bees/swarm-rules.html": """\
# Rules on swarms

A swarm belongs to whoever has followed it from the hive and not lost sight of it. Otherwise it
belongs to the owner of the land on which it settles, unless he does not want it.

# Who is called

| Area | Collector | Telephone | From |
| Tovey village | Ted Munn | Tovey 35 | 1958 |
| The Leas | Joan Farrow | Tovey 53 | 1961 |
| Moor side | Sam Dunning | Carrick 12 | 1964 |
| Railway and station | nobody | | |

# What it costs

To collect a swarm costs 5 shillings, or 10 if a ladder of more than twenty feet is needed. Chimneys
are not done. Until 1960 it was free.

# Reward

Who reports a swarm of the association gets a jar of honey. A swarm in July is not rewarded.
""",
    "bees/disease-report.pdf": """\
# Report on foul brood in the parish of Tovey, 1963

In May 1963 the inspector, Mr Owen Laird, examined 204 hives in 31 apiaries. European foul brood was
found in nine hives of two apiaries. American foul brood was not found.

Seven of the nine hives were at Moor Gate and two at Chapel Farm. Lower Lea was suspected and was
found to be clean.

@break

# What was done

Four of the hives at Moor Gate were burnt and three were treated. Both hives at Chapel Farm were
burnt. The owners got 50 shillings for each hive that was burnt; they had asked for 80. Nothing was
paid for treated hives.

A second inspection was planned for August and took place on 17 September. It found one new case, at
Moor Gate. The standstill order was lifted on 30 October 1963. Mr Owen Laird was followed as
inspector by Mr Ewan Laird on 1 January 1964.
""",
    "bees/members.docx": """\
# Membership

The association had 31 members in 1962, 27 in 1963 and 34 in 1964. Nine of the members of 1964 are
women. There are four honorary members, who do not pay.

# Subscription

The subscription was 10 shillings until 1963. It is 12 shillings and sixpence from 1964. Juniors pay
4 shillings. The insurance against stings to third parties is included; insurance of hives is not.

# Officers

| Office | 1963 | 1964 |
| President | Lady Maud Tovey | Lady Maud Tovey |
| Secretary | Peter Dunning | Joan Farrow |
| Treasurer | Ted Munn | Ted Munn |
| Librarian | vacant | Agnes Roe |

# Property

The association owns one extractor, two smokers and 64 books. It used to own a lantern for slides,
which was lent to the choir.
""",
    "bees/honey-show-1965.png": """\
TOVEY HONEY SHOW
Saturday 4 September 1965
The Institute, Station Road
Entries by 28 August to Joan Farrow
Entry fee 2 shillings a jar
First prize 3 pounds
Judge Mrs Laura Finch
Live bees behind glass
""",
    "bees/talk-queens.mp3": """\
Good evening, my name is Susan Clay, and I want to talk about raising queens.
A young queen comes out of her cell after sixteen days.
A worker needs twenty one days, and a drone needs twenty four.
I mark my queens with white paint this year, and last year it was blue.
My best queen lived for five years and never left a swarm.
You should not open the hive in the first week after the wedding flight.
""",
}
