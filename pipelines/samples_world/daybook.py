"""logbooks/daybook-1966.txt: plain dated entries round the avalanche of March 1966."""

from pathlib import Path

from samples_world.places import Place

SOURCE = "logbooks/daybook-1966.txt"

TEXT = """\
VINDHAMMAR MOUNTAIN WEATHER STATION
DAYBOOK, 24 February to 19 March 1966
Kept by the watch. IS = Ingrid Sandberg, HD = Henrik Dahl, KN = Karin Nyberg,
LW = Lars Wikner, OB = Olof Berg (Lower Hut).

24 Feb  LW.  Clear and still, minus 26.4 at the morning observation. A halo round
the sun with two mock suns, drawn on the back of the page. KN dug a pit at stake E
and found a layer of cup crystals nine centimetres thick under the crust. She does
not like it. OB sent up coal, lamp glass and a sack of onions with the noon run.

25 Feb  LW.  High cloud from the west. The barograph pen was dry and was filled. HD
took the small receiver apart on the kitchen table and was asked to put it together
somewhere else. Four visitors on skis from the Tallvik ski club, who signed the book
and ate all the rusks.

26 Feb  IS.  Snow from 05 hours, at first fine, then in large flakes. New snow 21 cm on
the white board. Wind south, 9 m/s. The cableway ran twice. The telephone worked until
noon and not after. HD believes that the fault is in the box at Trestle 3.

27 Feb  IS.  Snow all day. 34 cm new. LW went along the rope to stake F and could not
see the stake until he had his hand on it. The mean of the stakes is 246 cm, the most
for the date since the line was set out. No cableway. KN baked flat bread from the
barley flour, since the wheat is at the Lower Hut and we are not.

28 Feb  HD.  A pause in the forenoon, and a strange yellow light. Called the valley by
radio at 18.40 as always, and told them that the telephone is dead. OB reports that he
can hear the slope above him settling, "like a cow lying down".

1 Mar  HD.  Wind rose to 24 m/s from the south-west in the evening. Drifting snow to the
height of the eaves. The window of the instrument room was broken by a piece of rime
from the mast and stopped with the lid of a flour bin.

2 Mar  KN.  Milder, minus 3. Wet snow, then dry again. KN measured the pit once more and
asked OB by radio to come up to us or to go down, but not to stay. OB answered that
his sister's child was to be christened on Thursday in any case, and that he would go
down now. He left the Lower Hut at 15.30 with the mare and the post.

3 Mar  IS.  At 04.50 a long dull noise and a pressure in the ears. The barograph shows a
tick of 0.6 millibars. At first light we saw that the Lower Hut is gone. The track is
some 300 metres wide and has crossed the stream. Trestle 1 leans, the rope has jumped
its wheel, and the loading shed lies on the ice of the stream with its roof upward. OB
was in Tallvik, thank God. HD told the sheriff at 06.40. No observation missed.

4 Mar  IS.  LW and IS went down on skis by the west ridge, four hours. Of the hut we found
the stove, the door and one boot. The mare's stable, which stood behind the great
boulder, is whole. The flour is buried. OB met us with two men and a sledge.

5 Mar  LW.  Clear. Counted the stores: flour for 19 days, paraffin for 33, coffee for six.
KN has put the coffee under lock.

6 Mar  LW.  A military aeroplane from Frösön came over at 11.15 and dropped two sacks. One
broke. We had fresh snow with oats in it for forty metres. In the other: yeast, coffee,
newspapers and a kind letter.

7 Mar  IS.  Squalls from the north all day, snow pellets the size of peas. IS went through
the store of glass: two spare thermometers, one of them with a bubble, and no spare ball for
the sunshine recorder. Read aloud in the evening from the newspapers that the aeroplane
dropped, the advertisements included. HD won at draughts against everybody.

8 Mar  HD.  The telephone line has been found torn off at Trestle 1, and the fault of the
26th is thus two faults. HD spoke with the Trust in Leeds by way of the valley; Miss
Rourke asks for an estimate. OB says 52,000 kronor for hut and trestle together, and
that he will not build it on the same spot for twice that.

9 Mar  LW.  Clear towards evening. Northern lights from 20.15 to 22.40, green, with a red
hem in the west for some minutes. The radio was useless for as long as they lasted. LW
photographed them on six plates with the door of the porch held open, and was asked by the
night watch to pay for the coal.

10 Mar  KN.  Wind north-west 17 m/s, minus 15. The cat of the Lower Hut walked in at the
porch, having come up 430 metres of mountain alone. She is thin and in bad temper. KN
has named her Lawina. She may stay.

11 Mar  HD.  Trestle 1 has been shored with railway sleepers by OB and four men from the
sawmill. One sleeper got away and was last seen crossing the stream. The telephone line lies
on the snow for the present and works as long as nobody skis over it. The schoolmistress in
Björkede rang to ask whether the cat was well.

12 Mar  IS.  The engineer from the power board came on skis to see the track. He measured
the broken edge on the east slope: 1.7 metres high and 410 metres long. He thinks that
some ninety thousand cubic metres came down.

13 Mar  KN.  Pit at stake E again: the cup crystals have gone from nine centimetres to four
and are bonded. KN lets people walk to stake L from today, two at a time. Baked with the last
wheat. Wind light, from every side by turns, and a smell of thaw at noon on the south wall.

14 Mar  LW.  Rime on the Marlowe gauge 6.2 kg. The spare rod is bent and LW straightened it
over the anvil. Ptarmigan at the porch for the first time this year.

15 Mar  IS.  Telegram from the Trust, read out over the telephone: no money before the meeting
in May, but the thanks of all eleven, and toffee to follow. IS has answered that one cannot
burn toffee, and that we have coal for eight days. The mean of the stakes is 271 cm. The door
of the vanished hut has been put up in the porch, as a table.

16 Mar  HD.  The rope is back on its wheel. A trial run with sand went to Trestle 7 and
stuck. OB filed the shoe of the carriage and it ran the second time. First coal for
seventeen days.

17 Mar  LW.  Paraffin, yeast and two live lambs with the first goods run. The lambs were meant
for the valley and had been put in at the wrong end. They were sent home with the empty sacks
and a bow each, tied by KN. Cloud at 16 hours so thin that the sun drew three rings.

18 Mar  HD.  Rain in the night, for the first time since October, freezing on everything. The
anemograph tube was thawed twice with the kettle. HD slid from the porch to the screen on the
seat of his trousers, read it, and could not get back until LW threw him a rope.

19 Mar  IS.  Equinox weather, squalls and sun by turns. The first post since the avalanche:
41 letters, of which 23 are bills. IS wrote the report to the Trust. End of this book.
"""


def build(folder: Path) -> list[Place]:
    """Write the text file."""
    (folder / SOURCE).write_text(TEXT, encoding="utf-8")
    return [Place(SOURCE, TEXT)]
