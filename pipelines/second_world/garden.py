"""Texts of the second archive: a botanical garden, its houses, its seeds and its stokers."""

HISTORY = """\
# Hollin Garden, a history for its friends

Compiled by Ruth Abernathy for the hundredth birthday of the garden, from ledgers, gossip and the
labels of dead plants.

## The founding

### Doctor Fenn's bequest

Adela Fenn practised medicine in Carrow Quay for thirty years and treated the dockers without a fee
on Saturdays. When she inherited her uncle's brewery in 1872 she sold the vats, kept the meadow, and
let it be known that she would rather leave trees than beer. The meadow lay below the church, nine
acres of wet clay with a brook across it. The town council laughed until she handed over £6,200.
The garden was opened on 17 May 1874 with a band, and it rained so hard that the tubas filled.

### The first plan

The paths were laid out by Josiah Pike, who had been a ship's gardener and knew how to keep things
upright. He drained the clay with broken roof tiles and planted the long walk of limes; sixty-four
trees were set, and three of them were eaten by a cow before midsummer. His idea was that a visitor
should travel round the world clockwise, beginning with Patagonia at the gate. The order has been
kept ever since, although Australia was moved to the other side of the brook in 1902 because of the
frost there.

## The houses of glass

### The Palm House

It was put up between March and November 1881 by the ironworks of Gale and Sons from a kit of two
thousand and eighty panes. The dome stands nineteen metres high. A Chilean wine palm, brought as a
seedling in a hat box, touched the roof in 1924 and the lantern had to be raised by two metres so
that it would not have to be felled. Sailors used to come in on winter Sundays only to be warm.

### The Fern House

The Fern House is half sunk in the ground and lit through a roof of ribbed glass. Martha Quill
built it with the money from a lottery in which the first prize was a piano. Its oldest tenant, a
tree fern called the Bishop, is thought to be four hundred years old and is watered with rain only.
In the hard winter of 1947 the gardeners slept beside the boiler in shifts and burnt the benches of
the lecture room in order to keep the Bishop alive.

### The house that fell

The Orangery stood beside the gate from 1889 until a gale on 3 October 1911 laid it flat. Nobody
was in it apart from a peacock, which was dug out unhurt and lived for eleven more years. The lemon
trees were given to the hospital. Its brick floor can still be seen, and children play hopscotch on
it.

## The people

### Head gardeners

There have been four. Pike retired in 1899 and kept bees behind the potting shed; he is buried under
the weeping beech, against the rules. Martha Quill, who followed him, was the first woman to hold
such a post in the county, and her wage was set at two thirds of his until the under-gardeners went
on strike on her behalf in 1907. Leonard Voss came from Rotterdam in 1931 as a specialist in bulbs.
Ruth Abernathy has been in charge since 1958, and was for some years the only member of staff who
could drive.

### The stoker's family

Three generations of the family Brandreth looked after the boilers. The grandfather, Amos, could
tell the temperature of a pipe to within two degrees by laying his wrist on it. His son Percy lost
that wrist, and the hand with it, at the Somme, and learnt to do the same with his elbow. Percy's
daughter Winifred put in the oil burner in 1961 and threw the last shovel into the brook.

## War and water

In the spring of 1917 the lawns were dug up for potatoes, and the yield was forty-one tons, most of
which went to the naval hospital. The rose garden was spared because the admiral's wife had asked.
During the second war the glass of the Palm House was painted black from inside, and it took until
1949 before the last of it had been scraped off.

The brook has risen over its banks five times. The worst flood came in the night of 12 January 1928:
the water stood at a metre and a half in the seed store, and the collection of dried seeds, about
eleven thousand packets, floated out towards the harbour. For years afterwards strange melons came
up along the quay.

## Science

The herbarium holds thirty-eight thousand sheets. The most valuable of them, a meadow orchid from
the island of Skarn that has never been found again, was collected by the lighthouse keeper's
daughter Isobel Rae in 1896. She was twelve years old and had pressed it in a book of sermons. The
sheet travels to exhibitions in a steel case with its own seat on the train.

In 1934 Voss raised a yellow tulip with a green flame and named it after his mother, Geertruida. It
won a silver medal at Haarlem, was grown by every station master on the coast line, and died out in
the wet summer of 1956. A single bulb is said to survive in a window box in Leith.

## Today

The garden has about ninety thousand visitors a year and fourteen gardeners. Entry is free on the
birthday of Doctor Fenn, the second of June. Dogs are not admitted, a rule that goes back to an
incident with Pike's trousers. A new alpine house has been promised by the council for 1976.
"""

DIARY = """\
PROPAGATING SHED DIARY, KEPT BY THE UNDER-GARDENERS, HOLLIN GARDEN, SPRING 1933

JB is Jack Bowles, EM is Elsie Munn, TC is Tommy Cray, Mr V is the head gardener.

1 Mar  JB.  Frost on the inside of the panes, minus four in frame 2. Mr V came in wearing two
coats and asked for the orchids to be moved to the boiler end.

2 Mar  EM.  Pricked out 340 lobelias before dinner. My thumbs are green and will stay so.
A mouse has had the sweet peas, all but seven.

3 Mar  TC.  Trap set with cheese. No mouse. No cheese.

6 Mar  JB.  The van brought forty sacks of loam from Wetherby's farm, eleven of them nothing
but stones. Mr V has written a letter that he read to us twice because he was proud of it.

7 Mar  EM.  Giant water lily sown in the heated tank at thirty degrees. The seed is as big as a
pea and has to be filed at one end with a nail file. Used my own.

9 Mar  TC.  Fell into the tank. Lily unharmed. Sent home to dry.

13 Mar  JB.  Grafted the old Carrow pippin on to twelve stocks, with wax from Mr Pike's bees,
which are still going. If four take I shall be content.

14 Mar  EM.  Visit from the school for the blind. They knew the pelargoniums by smell, every one,
and told us that number nine had been labelled wrongly. They were right.

18 Mar  TC.  Mouse caught by the neck in the drawer of the potting bench, in a nest made from the
minutes of the Gooseberry Society.

20 Mar  JB.  The lily has sprouted. Mr V stood beside the tank for an hour with his hat off.
Temperature of the tank fell to 24 in the night since the stoker slept in. He says it was
his birthday.

22 Mar  EM.  Planted out 1,200 pansies on the roundabout by the station with TC. A horse ate
the letter Q of CARROW QUAY.

25 Mar  JB.  The London train brought a box from Kew: nine tree ferns, two of them dead, and a
note from a Miss Hallam, who asks for seed of the yellow poppy in return.

27 Mar  TC.  Painted the gutter of shed 3. Painted the cat, in part.

30 Mar  EM.  Greenfly on the calceolarias. We smoked the house with tobacco rag, locked the
door, and only then missed JB's bicycle, which was inside. It still smells.

3 Apr  JB.  Seven of the twelve pippin grafts have taken. Cake from Mr V's sister.

5 Apr  EM.  First leaf of the giant lily floats, the size of a saucer. The measuring begins: TC
has been told to note its width each morning before he does anything else.

8 Apr  TC.  Leaf 19 cm. 9 Apr, leaf 23 cm. 10 Apr, leaf 29 cm. It grows when you look away.

11 Apr  JB.  Hail for ten minutes at three o'clock, 63 panes gone in the cold frames. Glazier
sent for; he can come on Thursday, at fourpence the pane.

15 Apr  EM.  Found Elder, the tortoise, awake behind the flower pots. Weighed him: he has lost
ninety grams over the winter.

19 Apr  TC.  Leaf 61 cm. Put the shop baby on it for the newspaper. Baby dry, photographer wet.

21 Apr  JB.  Mr V's lecture on bulbs in the parish hall; forty people and a dog. He spoke for two
hours, mostly about his mother.
"""

GUIDE_ROWS = """\
H1|Palm House|1881|18 to 24 °C|Gale and Sons|Chilean wine palm
H2|Fern House|1903|10 to 14 °C|garden staff|tree fern called the Bishop
H3|Cactus House|1926|12 to 30 °C|Meller, Ghent|golden barrel, 85 cm across
H4|Lily Tank|1932|27 to 30 °C|Croft and Daughter|giant water lily
H5|Orchid Range|1937|16 to 22 °C|Meller, Ghent|a vanilla that flowers at Easter
H6|Bonsai Bench|1964|outdoor|club members|larch from 1898 in a soup bowl
H7|Butterfly Room|1969|25 to 28 °C|Croft and Daughter|owl butterflies at dusk
"""
GUIDE_HEAD = ("No.", "House", "Opened", "Kept at", "Builder", "Do not miss")

GUIDE_SECTIONS = (
    (
        "Before you come",
        "The garden opens at nine and closes an hour before sunset, but never later than eight. "
        "A day ticket costs 40 pence, and a season ticket 3 pounds. Children below the age of "
        "seven need no ticket. Wheelchairs can be borrowed at the south gate against a deposit of "
        "one shoe.",
    ),
    (
        "How to reach us",
        "Take bus 14 from the railway station as far as Fenn Street; it leaves every twenty "
        "minutes. By water, the ferry calls at Garden Stairs from April until the end of October. "
        "There is room for thirty bicycles behind the bandstand and no room at all for cars.",
    ),
    (
        "Eating and drinking",
        "The tea room is in the old pump house. Its nettle soup was invented in 1942 because of "
        "the rationing and has never left the menu. Mrs Okafor bakes the seed cake herself and "
        "has been offered money for the recipe by two hotels. Picnics are welcome on the lower "
        "lawn, but please do not feed the moorhens, who have grown too heavy to fly.",
    ),
    (
        "The scented walk",
        "Forty beds at the height of a table were built for visitors who cannot see. Labels are "
        "in Braille, cut into slate by the stonemason Gwen Harcastle. Begin with the curry plant "
        "and end with chocolate cosmos. The idea came from a school party that visited the "
        "propagating shed in the thirties.",
    ),
    (
        "Guided tours",
        "Tours in English start at eleven by the sundial, tours in French on the first Sunday of "
        "the month. A tour lasts seventy minutes and ends in the Butterfly Room. Night tours with "
        "lanterns are held in August, when the moonflowers open; these must be booked by post, "
        "and no more than sixteen people are taken.",
    ),
    (
        "Lost things",
        "Things found are kept for a year in the lodge, in alphabetical order. The collection "
        "includes a trombone, a wedding ring engraved with the word Perhaps, and eleven single "
        "gloves. Ask for Mr Deane.",
    ),
)

SEEDS_HEAD = ("Lot", "Species", "Collected", "Place", "Collector", "Grams", "Germination, %")
SEEDS = """\
S101|Yellow horned poppy|1957-08-19|Skarn, south beach|M. Deane|42.5|81
S102|Sea holly|1957-09-02|Skarn, dunes|M. Deane|118.0|37
S103|Carrow pippin|1957-10-11|Hollin orchard|T. Cray|260.0|12
S104|Bird's-eye primrose|1958-06-28|Upper Else, lime fen|R. Abernathy|3.2|64
S105|Spring gentian|1958-07-15|High Corrie|R. Abernathy|1.1|29
S106|Bog rosemary|1958-09-09|Latch Moss|I. Petrov|7.9|55
S107|Chilean wine palm|1959-01-30|Palm House|W. Brandreth|5400.0|8
S108|Field cow-wheat|1959-08-24|Wetherby's farm|T. Cray|14.6|19
S109|Oyster plant|1960-08-07|Skarn, north spit|I. Petrov|33.3|73
S110|Black poplar|1960-06-12|Garden Stairs|M. Deane|0.8|90
S111|Marsh saxifrage|1961-08-30|Latch Moss|R. Abernathy|0.4|46
S112|Giant water lily|1961-10-02|Lily Tank|T. Cray|96.0|77
S113|Night-scented stock|1962-07-21|Hollin, scented walk|G. Harcastle|51.7|88
S114|Curry plant|1962-08-02|Hollin, scented walk|G. Harcastle|12.2|69
S115|Dwarf birch|1963-09-15|High Corrie|I. Petrov|2.9|22
S116|Sea pea|1963-08-11|Skarn, south beach|M. Deane|204.0|34
"""

REPAIRS_HEAD = ("Date", "House", "Fault", "Mended by", "Hours", "Cost, £")
REPAIRS = """\
1961-02-06|Palm House|oil burner went out in the night|W. Brandreth|3|0
1961-04-17|Fern House|four ribs of the roof rusted through|Gale and Sons|46|212
1961-11-20|Lily Tank|leak at the drain, a coin in the valve|W. Brandreth|5|1
1962-03-05|Cactus House|burst pipe under bench 6|W. Brandreth|9|14
1962-09-13|Orchid Range|blinds torn by jackdaws|T. Cray|7|23
1963-01-21|Palm House|ninety panes cracked by frost|Harbour Glass Co.|31|164
1963-01-22|Fern House|thermostat frozen|W. Brandreth|2|6
1963-07-30|Lily Tank|pump swallowed a goldfish|T. Cray|4|0
1964-05-11|Bonsai Bench|woodworm in the trestles|Tarrant's Yard|12|38
1964-12-02|Palm House|spiral stair loose at the ninth step|Tarrant's Yard|16|55
1965-06-18|Cactus House|door lock changed after a theft of peyote|Mercer, locksmith|1|9
1965-10-04|Orchid Range|mains switch damp|Quay Electric|6|27
"""

REPORT_TITLE = "Report on the warming of the glasshouses"
REPORT_SUBTITLE = "Winters of 1959 to 1962, before and after the change from coke to oil"
REPORT_AUTHOR = "By Winifred Brandreth, stoker, and Ivan Petrov, botanist. Hollin Garden, May 1962."
REPORT = """\
# 1. Why we looked into it

In the winter of 1959 the three great houses burnt 412 tons of coke, which was more than the town
hospital used. The bill ate up a third of the garden's income. On two nights in February the Palm
House nevertheless fell below ten degrees, and a talipot palm that had been promised for the
coronation of nothing in particular lost its crown. The committee asked the stoker for her opinion,
probably for the first time, and she gave it at some length.

# 2. What was measured

Sixteen maximum and minimum thermometers were hung on strings, at knee height and under the roof,
and were read at six in the morning and six in the evening by whoever had the keys. Coke was weighed
on the scales of the fish market. Draughts were looked for with the smoke of a cigar, of which the
committee paid for two boxes. A night watch was kept on eleven nights, with cocoa.

The difference between floor and dome of the Palm House was found to be nine degrees on a still
night. Nearly half of the warmth was lost through the lantern, whose shutters had not closed since
the roof was raised. In the Fern House the loss was small, because it stands in the ground as far as
its shoulders.

# 3. The new burner

The oil burner, made by Hartmann of Kassel, was set up in August 1961 in place of boiler number two.
It takes nine litres in an hour when the frost is hard. Its noise, which is that of a contented
lion, disturbed the rector at his prayers, and a baffle of cork was added in October. The tank holds
eighteen thousand litres and lies under the rhododendrons, where it must not be dug.

@table

Gales cost more than frost. In the windy December of 1961 the burner used more oil than in the much
colder January, and the reason is the two thousand panes, each of which leaks a little where the
putty has gone. A pane that has been puttied afresh saves about two litres in a winter; a man can
putty thirty panes on a dry day. The sum is left to the committee.

@break

# 4. What went wrong

On 9 December 1961 the burner failed at twenty past two in the morning because a wasp had gone to
sleep in the nozzle. The alarm bell rang in the lodge, but Mr Deane believed that it was the
telephone and said good evening to it several times. The temperature fell to seven degrees before
the coke boiler, kept as a reserve, had been lit with a copy of the committee's own minutes. Four
hundred seedlings of the tree daisy were lost. The nozzle has had a collar of gauze since then.

# 5. Cost

The burner with its tank was bought for £1,940, and its setting in brick came to £310. Fuel for the
first winter cost £655, against £1,020 for coke in the winter before. At this rate the machine will
have paid for itself in the course of the seventh winter. No stoker has been dismissed; the two men
who carried coke now putty panes.

# 6. What we ask for

We ask for new shutters in the lantern, which the boatyard would make in larch for £88. We also ask
that the thermometers be left hanging. Finally the stoker asks for a chair.
"""
REPORT_TABLE_TITLE = "Table 1. Oil burnt and lowest temperatures, first winter"
REPORT_TABLE_HEAD = ("Month", "Oil, litres", "Palm House, °C", "Fern House, °C", "Frost nights")
REPORT_TABLE = """\
October 1961|1,460|14.5|9.8|2
November 1961|3,120|13.0|9.1|9
December 1961|5,870|7.0|8.4|15
January 1962|5,240|12.2|7.9|24
February 1962|4,410|12.9|8.3|17
March 1962|3,980|13.4|8.8|14
April 1962|1,150|15.1|10.2|3
"""
