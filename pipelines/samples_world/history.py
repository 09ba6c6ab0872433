"""reports/station-history.md: the chronicle that names most people and events."""

from pathlib import Path

from samples_world.places import Place

SOURCE = "reports/station-history.md"

TEXT = """\
# The Vindhammar Mountain Weather Station, 1931 to 1973

A short history, put together by Ingrid Sandberg from the logbooks, the letters and the memory of
those who were there. Printed for the subscribers of the Northern Mountain Weather Trust, Leeds.

## Beginnings

### Choosing the place

Edith Marlowe walked the ridge of Vindhammaren in the summers of 1928 and 1929 with a hand
anemometer, a tent and a boy from Tallvik who carried the thermometers. She compared three places:
the summit itself at 1,486 metres, the saddle called Hanging Gap, and the north shoulder. The summit
had the cleanest wind but no water. The gap was sheltered from the west, which is where the weather
comes from. The north shoulder, at 1,342 metres, lost about a sixth of the wind speed, but it had
flat rock to build on and Mirror Tarn a short walk away. She chose the shoulder, and wrote to the
Trust that "a thirsty observer is a poor observer".

### Building the hut

The timber was cut at the Tallvik sawmill in March 1931 and drawn to the tree line over the crust of
the snow by fourteen horses. From there it was carried. Anders Lindqvist, a carpenter who had meant
to stay one summer and stayed until 1958, put up the house with five men in sixty-one days. The
outer wall is of three-inch plank, the inner wall of tongued board, and the space between, as wide
as a hand, is stuffed with peat moss. Twelve steel cables hold the roof to the rock. The whole cost
18,400 kronor, of which the parish of Tallvik paid a quarter.

### The first observation

The first observation was made on 4 September 1931 at seven in the morning: fog, wind south-west
at six metres per second, temperature 3.4 degrees. Marlowe wrote it in pencil, because the ink had
been left behind at the Lower Hut. The page hangs framed in the instrument room, and every new
observer is told the story of the ink on the first evening.

### The first winter

Four people wintered in the house from 1931 to 1932, and none of them had wintered on a mountain
before. The stove had been set on the wrong wall, so that the instrument room was warm and the
bedrooms were not; it was moved in January, still burning, on two iron bars. The water froze in the
kitchen pump on 11 November and did not run again until May. They melted snow in a copper wash
boiler that held forty litres, and found that a full boiler of snow gives a tenth of a boiler of
water. In March a fox walked in and slept behind the stove for two days, and was not disturbed.

## The Marlowe years, 1931 to 1946

### Lightning

On 2 July 1934 lightning struck the mast, ran down the stay and came into the instrument room by the
stovepipe. The cup anemometer was melted to a lump that is still used as a paperweight. Lindqvist,
who had been splitting wood in the porch, was deaf in one ear for a week. The new mast was a single
larch trunk of nine and a half metres. It was set up thirty metres higher on the slope, away from
the house, and a copper wire was led from its foot into the tarn.

### The winter of 1937

The winter of 1937 is remembered for one night in January. What the anemograph wrote that night is
told in Miss Marlowe's letter to the Trust, which has been kept, and no gust since has beaten it.
The spring that followed was so late that the tarn did not open until 9 July, and the observers
bathed among floes of ice at midsummer in order to be able to say that they had.

### The war

Between 1940 and 1945 letters from Leeds took up to five months. The Trust could send no money after
May 1940, and the parish lent the station 6,000 kronor, which was paid back in 1948. Paraffin was
rationed to thirty-five litres a month. Marlowe took no leave for four years. In the two coldest
winters everyone slept in the instrument room, the only room that was heated, and the night observer
stepped over the sleepers to reach the barometer. Not one observation was missed.

## The Ekström years, 1946 to 1952

### A student who stayed

Gustav Ekström came from Uppsala in 1938 to collect figures for a thesis on drifting snow, and
stayed for fourteen years. The thesis was never finished. When Marlowe went home in the autumn of
1946, the Trust put him in charge. In the autumn of 1947 he set out the line of twelve stakes,
lettered A to L, that runs from the hut down the ridge, and the snow has been read there ever
since. The stakes are of rowan wood, because rowan bends before it breaks.

### Letters from the weather services

Between 1947 and 1949 eleven weather services asked for copies of the Vindhammar figures, the first
of them from Buenos Aires. Ekström answered every letter by hand, and asked in return for a postage
stamp and a description of the snow. The answers fill two boxes. Ceylon wrote that it had none, and
sent a packet of tea instead. The album of stamps was sold in 1954 to pay for a new kitchen floor.

### The fire

On 9 November 1949 the generator shed burned to the ground. Soot in the flue was to blame. Nobody
was hurt, but the logbooks of 1940 and 1941, which had been taken there to be copied under the
electric lamp, were lost. Only the monthly sums, sent to Leeds at the time, survive. For the
following ten weeks the station worked by candle.

### The radio

Henrik Dahl arrived in November 1950 with two crates of radio apparatus and a cat. From 1 December
1950 the station called the valley twice a day, at 06.40 and at 18.40, under the call sign VHM 4.
Before that, the figures had gone down on skis once a week, and the forecasters had them when the
weather was long past. The cat, called Ampere, lived until 1961.

### The aeroplane

On the night of 7 October 1951 an aeroplane with a cargo of newspapers flew into the west face in
cloud, two hundred metres below the summit. Both pilots lived. They had seen the lamp in the window
of the instrument room, which was lit because Ekström was repairing a boot, and they walked towards
it for five hours. The newspapers lay on the slope until the spring, and the ravens lined their
nests with them. One engine is still there, and the children of Tallvik write their names on it.

## The Oakley years, 1952 to 1963

### The cableway

Margaret Oakley had come from Edinburgh in 1949 as an observer and took charge on 1 June 1952. Her
first act was to ask for a cableway. It was designed by Olof Berg, a mining engineer, and opened
on 12 August 1953. The rope is 2,310 metres long and runs over eleven trestles from the Lower Hut
to the station. A load of 180 kilograms is the most that it may carry, and the journey takes
twenty-six minutes. Before the cableway everything went up on horses in summer and on backs in
winter, and a carrying man was allowed 25 kilograms.

### The storm and the search

The storm of February 1956 and the search for Thomas Pell are described in a printed report. Here
it is enough to say that Pell lived, that the cableway stood, and that from that spring a rope has
run along the stakes. The Trust gave the dog Tuss a collar with a brass plate. Tuss is the only
member of the staff whose portrait hangs in the office in Leeds.

### Schoolchildren

From 1957 each fourth form of the valley spent two nights in June at the station. They read the
instruments themselves, at one in the morning as at one in the afternoon, and Miss Oakley compared
their readings with hers. She held that children under eleven read a thermometer better than
students do, since they do not yet know what it ought to say. Of the present three observers, two
came up for the first time in that way.

### Rime

From 1957 Miss Oakley and Karin Nyberg, who had been cook since 1947 and snow observer as well
since 1954, weighed the rime on the Marlowe gauge every day of the cold season. Their paper of
1963 is the work by which the station is best known abroad. It was translated into Japanese and
into Russian, and a power company in Norway built its pylons by it.

## The years since 1963

### A new head

Ingrid Sandberg, who writes this, came in 1960 and took charge on 1 August 1963, when Miss Oakley
left for a chair at Aberdeen. A telephone cable was laid in the summer of 1965, and the morning
call by radio was given up. Dahl stayed for the evening call, and for the sake of the radio, until
1967. The dog Tuss died in 1964 at the age of fourteen.

### The avalanche

On 3 March 1966, at ten minutes to five in the morning, an avalanche from the east slope swept
away the Lower Hut. Olof Berg, who slept there five nights of the week, had gone down to Tallvik
the evening before to be at a christening. The hut was built up again in 1967, sixty metres
farther east, behind a wedge of stone that parts the snow. The first trestle of the cableway had
to be moved as well.

### The summer of the fire watch

In the dry summer of 1969 the forest below Björkede burned for nine days. The station was asked to
keep a fire watch, and did so from 2 July to 18 August, with a bearing board screwed to the rail of
the porch. Forty-one columns of smoke were reported. Seven of them were fires, and the rest were
picnics, locomotives and, once, Karin Nyberg's oven. The county sent a cake shaped like a bucket.

### The end in sight

Since 1972 an automatic station, which we call the Box, has stood beside the screen. In November
of that year the Trust decided, by seven votes to four, to close the house when the Box had been
compared with us for two winters. The house costs 214,000 kronor a year and the Box 38,000. The
observers do not quarrel with the sum. They only point out that the Box has never yet seen a ring
round the moon.
"""


def build(folder: Path) -> list[Place]:
    """Write the Markdown file."""
    (folder / SOURCE).write_text(TEXT, encoding="utf-8")
    return [Place(SOURCE, TEXT)]
