"""Documents about the Six Parishes Chess League: champions by year, rules that replaced others."""

DOCUMENTS = {
    "chess/champions.csv": """\
year,team champion,points,runner-up,individual champion,best under 18
1951,Nether Stow,17,Over Stow,Miriam Falk,
1952,Over Stow,19,Nether Stow,Miriam Falk,Peter Lunt
1953,Nether Stow,18,Cold Harding,Leonard Aske,Peter Lunt
1954,Cold Harding,21,Nether Stow,Miriam Falk,Jean Tolley
1955,Cold Harding,20,Over Stow,Leonard Aske,Jean Tolley
1956,not held,,,Leonard Ashe,
1957,Over Stow,16,Cold Harding,Miriam Falk,Brian Ogle
""",
    "chess/rules-1958.md": """\
# Rules of the Six Parishes Chess League, 1958

These rules replace those of 1952.

## Teams

A team has six boards. Under the rules of 1952 it had eight. A parish may enter two teams. A player
may not play for two parishes in one season.

## Time

Each player has two hours for 36 moves. It was two and a half hours for 40 moves. A player who comes
more than 30 minutes late loses the game; this used to be an hour. An adjourned game is played on
within three weeks.

## Points

A win counts two points, a draw one. A win by default counts two points for the match but is not
counted for the best score prize. Captains send the result by postcard within four days; the fine
for lateness is 2s 6d.

## Smoking

Smoking is allowed, except where the opponent is under 18. There is no rule about talking to
spectators.

## Subscription

The subscription of a team is 30 shillings. It is due on 1 September. The subscription of 1952 was
one pound.
""",
    "chess/minutes-1958.docx": """\
# Present

The annual meeting took place at the Reading Room in Over Stow on 6 May 1958. Nineteen delegates
came; there were to have been twenty-four. The chair was taken by Dr Enid Barlow in place of
Mr Enoch Barlow, who had mumps.

# Accounts

The treasurer, Miss Rhoda Keen, showed an income of £48 and costs of £53. The deficit is to be made
good by a raffle. The largest cost was the hire of halls, £22; the clocks cost £14.

# Elections

| Office | Elected | Votes for | Votes against |
| President | Enid Barlow | 17 | 2 |
| Secretary | Hugh Sallow | 12 | 7 |
| Treasurer | Rhoda Keen | 19 | 0 |
| Keeper of the clocks | Hugo Sallows | 10 | 9 |

# Motions

The motion to admit a seventh parish, Long Dray, was lost by eight votes to eleven. The motion to
buy six new clocks was carried. A motion to forbid knitting was withdrawn. The next annual meeting
was fixed for 12 May 1959 in Cold Harding.
""",
    "chess/bulletin-17.txt": """\
SIX PARISHES CHESS LEAGUE, BULLETIN 17, FEBRUARY 1957

Over Stow beat Nether Stow by four and a half to one and a half on 2 February. The longest game took
71 moves, between Miriam Falk and Ralph Dene, and was drawn.

Cold Harding beat Little Quint by five to one on 9 February. The only Quint win was by Brian Ogle,
who is 15, in 24 moves.

The match between Great Quint and Nether Stow was put off because of snow, from 9 February to 2
March. It has not been played yet.

The problem prize of January was won by Mrs Olive Tarn. There were 23 answers, of which nine were
right. For the problem of December there had been 31 answers and none was right.

The travelling clock is with Great Quint. It was lent to Little Quint in November and came back with
one hand.

The telephone number of the secretary is Stow 214 and not, as we printed it, Stow 241.
""",
    "chess/history.html": """\
# Fifty years of the Six Parishes

The league was founded in 1908 by the vicar of Nether Stow, Canon Piers Hallow, with five parishes;
Little Quint came in 1911. The name Six Parishes was used from the beginning, out of hope.

# Between the wars

From 1915 to 1919 no league was played. The Hallow Cup was given in 1923 by the Canon's widow. It
weighs 47 ounces. The Hollow Cup, made of a hollowed turnip, was given in 1924 by his nephew for the
team that comes last; the present one is of wood.

# Records

| Record | Who | When | What |
| Longest game | Falk against Aske | 1954 | 118 moves |
| Shortest game | Lunt against Dene | 1953 | 6 moves |
| Most wins in a season | Miriam Falk | 1954 | 13 |
| Most wins in a row | Leonard Aske | 1955 | 19 |
| Youngest player | Jean Tolley | 1950 | 9 years |

# Women in the league

Women were admitted in 1921. The first to play was Clara Venn of Great Quint, who lost. The first to
win was her sister Flora, a week later. No woman was president before 1958.
""",
    "chess/tournament-report.pdf": """\
# The Whitsun tournament of 1956

In place of the league, a tournament was held in the Corn Hall of Great Quint from 19 to 21 May
1956. Forty-four players entered and forty-one finished. Seven rounds had been announced; five were
played, because the hall was needed for a wedding.

Leonard Ashe of Cold Harding won with four and a half points. Leonard Aske, who is often taken for
him, came sixth with three.

@break

# Prizes

The first prize was £10, the second £6 and the third £3. The prize for the best game, a ham, went to
Ralph Dene. The prize for the best lady, a hat, was not given, since Miriam Falk refused to be one
of two. Entrance was 5 shillings for members and 8 for others. The tournament had been expected to
lose £12 and made a profit of £4.
""",
    "chess/secretary-dictation.wav": """\
This is the secretary of the chess league, speaking on the third of April.
The match at Long Barn will begin at seven, and not at half past six.
We need twelve chairs from the school and a new light for the hall.
The winner of the spring prize is Martin Green, with nine points.
The next letter will be sent to all members in June.
""",
}
