"""The words and figures of the storm report; storm_report.py sets them on six pages."""

TITLE = "The storm of 11 to 13 February 1956"
SUBTITLE = "Report to the Northern Mountain Weather Trust"
AUTHOR = "Margaret Oakley, Observer in Charge. Vindhammar, 30 April 1956"

# A line that starts with "# " is a heading; "@table" and "@figure" mark where those two stand.
TEXT = """\
# 1. Summary

Between the evening of Saturday 11 February and the evening of Sunday 12 February 1956 the station
at Vindhammar stood in the longest storm since it was opened. The mean wind stayed above thirty
metres per second for twenty-three hours. The highest gust, 58.6 metres per second, was written by
the pressure-tube anemograph at 03.15 on 12 February. It does not equal the gust of January 1937,
but that storm was over in six hours, and this one was not.

The junior observer, Mr Thomas Pell, did not come back from reading the snow stakes on the
afternoon of 11 February and lay out for nineteen hours. He was found alive by Miss Nyberg and the
dog. Damage to the buildings, the cableway and the instruments came to 7,350 kronor. Two of the
104 observations that fell due in the thirteen days round the storm were made from the porch; none
was missed.

This report was asked for by Dr Ashby, the Secretary of the Trust, in his telegram of 20 February.
It sets down what happened in the order in which it happened, says what the instruments can and
cannot be trusted for, and ends with seven recommendations, three of which need money. The times
are those of the station clock, which was found to be eleven seconds slow when the radio time
signal could be heard again.

# 2. The days before

The first ten days of February were cold and quiet. A high lay over Finland, the ridge stood in
sunshine above a lake of valley cloud, and the snow on the stakes settled from 171 to 158
centimetres. On the eighth Mr Dahl heard from the coast that a deep low was expected west of
Iceland, and on the ninth the first bands of cirrus came over, thin and very fast. Miss Nyberg
remarked that the ravens had left the kitchen midden. I mention it because she was right and the
forecast was not: the low was then thought to be bound for Scotland.

On 10 February the barometer began to fall, slowly at first. It stood at 846.2 millibars at 19
hours. Through the night a swell of warm air arrived from the south-south-west, with a temperature
of minus four, and the snow on the south side of the house grew soft enough to take a footprint.
Mr Lindqvist spent the forenoon of the eleventh going over the roof cables with a spanner and
found one shackle, the third from the east, half undone. He also brought in the washing line,
which as it turned out was the most valuable thing that he did that day, since it was the only
light rope in the house that was dry.

No warning was received by radio. The bulletin of 06.40 on the eleventh spoke of fresh winds on
the mountains. I do not blame the bulletin, which had no station between us and the sea to go by.
But I had read it at breakfast, and it was in my mind when I let Mr Pell go out in the afternoon.

# 3. The course of the storm

The wind freshened from noon on the eleventh and had reached gale force by 16 hours. Snow began at
15.20. By 19 hours the Ox Stone could not be seen from the porch, and by 22 hours neither could
the steps of the porch. The lamp on Trestle 6 was seen for the last time at 18.35. From then on
the cloud, the falling snow and the drift were one thing, and the visibility column of the log is
a record of how far the observer could see his own hand.

The barometer reached its lowest reading, 821.4 millibars, at 02.50 on 12 February. This is 1.9
millibars below the lowest that had been read here in twenty-four winters. The highest mean over
ten minutes, 44.1 metres per second, was reached ten minutes after that. The house shook in a
manner that I can only compare with a railway carriage on poor track, and the lamp over the table
swung with a period of one and a quarter seconds.

Between 04.00 and 04.30 the wind veered from south-west to north-west, and the temperature fell by
four degrees in half an hour. This was the dangerous part of the storm, and I shall come back to
it, because a man who walked by the feel of the wind on his face would in that half hour have been
turned through a right angle without knowing it. The change had a forerunner in the afternoon, a
swing of some forty degrees that lasted only twelve minutes, at about ten minutes to five.

After the veer the storm became colder and drier, and the gusts were sharper. The worst of the
noise was over by noon. At 19.15 the mean wind fell below thirty metres per second for the first
time since the evening before, and at one in the morning of the thirteenth there were stars. Table
1 gives the three-hourly observations.

@table

The table shows a curious thing, to which Mr Dahl drew my attention. The pressure rose for nine
hours before the wind gave way at all. On the ridge we are used to saying that a rising glass
brings the worst gust; here the worst gust came within half an hour of the turn, and the long gale
that followed was only the emptying of the vessel. The steepest rise, 4.7 millibars in three
hours, was between 04 and 07 hours.

# 4. How the instruments behaved

The pressure-tube anemograph. The instrument worked throughout, with one gap of fourteen minutes,
from 05.06 to 05.20, when ice closed the mouth of the tube. It was cleared by Mr Lindqvist, who
went up the inside ladder with a kettle. The tube had last been calibrated in the Trust's wind
tunnel at Leeds in September 1955 and was found to read one and a half per cent high at fifty
metres per second. The figures in this report have been corrected. The pen itself, at its highest,
stood at 59.5.

@figure

The cup anemometer. The third Halden instrument lost one of its cups at 00.40 on the twelfth. It
went on turning, and comparison with the tube shows that it read twenty per cent low from then on.
Its figures after that minute should not be used. The cup was found on 22 April by a party of
schoolchildren, three kilometres away.

The barograph. The Corrigan barograph drew a line a finger wide, because the pressure in the house
was pumped up and down by the gusts through an amplitude of 1.8 millibars. At the lowest point the
pen touched the lower rim of the drum and scraped along it for a quarter of an hour. The mercury
barometer pumped also, and was read by taking the middle of ten settings; I put its error at three
tenths of a millibar.

The thermograph. The screen filled with snow through the louvres soon after midnight. A
thermometer in a box of snow is a very steady thermometer. The thermograph by Richter read 1.2
degrees too warm at seven in the morning, compared with a sling thermometer swung by Miss Nyberg
from the lee door, and the temperatures in Table 1 from 01 to 10 hours are therefore hers.

The sunshine recorder. The brass bowl was cracked by a flying piece of ice. The glass ball rolled
off the shelf, fell into drifted snow and was dug out unharmed on the fifteenth. The rime gauge
bore 11.4 kilograms when it could be reached, nearly all of it on the north-west side, which means
that the bearing had frozen and the rod no longer turned.

# 5. The search for Mr Pell

Mr Pell left the house at 16.10 on the eleventh to read the stakes. He wrote his name on the
slate. The mean wind was then just below twenty-two metres per second, which is more than I should
have allowed a man to go out in alone, and there was at that time no rule against it. He was
expected back at a quarter past five. At twenty past five we began to call with the whistle from
the porch, and at 17.25 Mr Lindqvist and I went out on the washing line. We reached stake D. There
the line came to its end and we could not stand upright, and at 18.05 I gave the order to turn.

At 23 hours Mr Lindqvist asked to be let out on the rope once more. I refused. It is the decision
of that night of which I have thought most, and I should make it again: the wind was forty, and I
had one man lost, not two. Mr Dahl reached the valley at the third attempt, at 19.50, and the
sheriff of Tallvik held eleven men ready at the Lower Hut from midnight. They could do nothing
until the wind fell. At 02.10 the aerial went, and for nine hours nobody knew whether we were
still there.

At 10.30 on the twelfth, with a mean wind of thirty-six and a visibility of some fifteen metres,
Miss Nyberg went out with the dog Tuss on a rope of sixty metres. She asked for nobody's leave.
She reasoned that Mr Pell, walking home with the wind on his right cheek, must have been turned to
the east when the wind swung at ten to five, and would have come up against the Ox Stone from
behind; and that if he had any sense he would have stayed there. She tied the rope to stake G, let
the dog go, and waited. Tuss barked at 11.20.

Mr Pell had dug a hole in the lee of the Ox Stone, thirty-five metres from stake H, and had closed
the mouth with his rucksack. He was asleep and could at first not be woken. He had eaten half a
bar of chocolate and kept the other half. Mr Lindqvist and Miss Nyberg brought him in on the bread
board from the kitchen, used as a sledge. Dr Hallgren, the doctor in Tallvik, gave advice by radio
as soon as the spare aerial was up: warm sweet milk, no rubbing, and no spirits. He came up
himself with the first run of the cableway on the fourteenth, and attended to the hand.

# 6. Damage and cost

The cableway stood better than its builder had promised. Trestles 4 and 9 were pushed out of line,
the second of them by eleven centimetres, and the rope had to be slackened for two days. The
repair cost 4,100 kronor. Fourteen sheets of roofing iron were torn from the north side of the
house, and nine of them have been found. With new battens and two men's wages the roof cost 1,900
kronor. The instruments, which is to say a new bowl, a new cup, a length of copper tube and the
aerial, cost 1,350 kronor.

The door of the thermometer screen has not been found, and I leave a blank here for the place. Not
counted in the sum are two panes of glass, which were in store; one gramophone, which is
regretted; and the hens' ladder, which Miss Nyberg has made anew out of the old shackle box. The
insurance company in Sundsvall has agreed to bear half of the cost of the cableway and nothing
else.

# 7. Recommendations

First, a fixed rope should run along the stakes from the house to stake F before next winter; this
costs 240 kronor, and Mr Lindqvist can do it. Second, nobody should go beyond stake D alone when
the mean wind is above twenty metres per second. This has been a rule of the house since 13
February. Third, a second transmitter should be kept at the Lower Hut, so that the loss of one
aerial does not silence the mountain; Mr Dahl puts the price at 900 kronor.

Fourth, the head of the anemograph should be heated. A coil of two hundred watts would be enough,
but the present generator cannot feed it at night, and the whole change would cost 3,200 kronor. I
ask the Trust to put this before all else. Fifth, every observer should carry a whistle and a
compass that has been tried on the day. Sixth, the screen should be turned so that its door faces
north-east. Seventh, the forecasters in Östersund should be sent our pressure every hour, and not
twice a day, whenever the fall is more than two millibars in three hours.

# 8. Acknowledgements

I wish to thank the sheriff and the eleven men, who sat up all night at the Lower Hut and drank
all the coffee in it; Mr Olof Berg, who walked the whole line of the cableway on the thirteenth
with an oil can; and the schoolchildren of Björkede, who sent back the cup. Mr Pell has asked me
to say that he is sorry about the readings from I to L. They are the only blanks in the snow book
this winter, and I have written beside them, in red, that they are excused.

# Appendix. From the log of the night

18.30. Supper, which nobody wanted. Snow is coming through the keyhole of the porch door and has
built a cone on the mat, eleven inches high. 20.15. The chimney of the kitchen has drawn the fire
up into itself, and we have put it out; from now on there is only the stove in the instrument
room. Mr Lindqvist has moved his bed against the north wall, to hear the cables.

22.40. The clock in the passage has stopped from the shaking. Mr Dahl is calling the valley every
quarter of an hour so that Mr Pell, if he should be near the house, may see the light of the valve
through the window. It is a small light. 23.30. Cocoa. Miss Nyberg has been into the loft to look
at the rafters. She says that four of them are speaking and the rest are quiet.

02.10. A crack like a rifle; the aerial. 02.50. Lowest glass. I read it three times and called Mr
Lindqvist to read it also, since I did not trust my eyes by the lantern. 03.15. I was standing
before the anemograph when the pen went up, and I saw it go. 04.20. The noise has moved from the
kitchen side to the stairs: the wind has veered. 05.10. The pen lies dead at zero. I have seldom
been so frightened by a quiet thing.

06.40. No call to the valley. 07.00. Observation from the porch. 08.50. Grey light. The drift on
the lee side reaches the sill of the upper window. Mr Dahl has taken the wire out of the mattress
of his own bed to make an aerial. 11.20. The dog. 11.45. Mr Pell is in the house. He asked whether
anybody had read stake I.

14.00. Everyone who is not on watch is asleep, some of them at the table. Mr Pell's hands are in
the bread trough, in lukewarm water, and Miss Nyberg is reading to him from the only novel in the
house, beginning at chapter nine, since the first eight went up the stovepipe in 1937. 19.15.
Thirty metres per second, and falling. We opened the porch door and could hear one another speak.

# Distribution

Twenty-three copies. One to each of the eleven trustees; two to the meteorological office in
Stockholm; one each to Bergen, Helsinki and Ben Nevis House; one to the sheriff of Tallvik; one to
Dr Hallgren; one to the parents of Mr Pell; one to the maker of the anemograph; and three to
remain at the station, of which one is for the dog's shelf.
"""

TABLE_TITLE = "Table 1. Observations every three hours, 11 to 13 February 1956"
TABLE_HEAD = (
    "Day and hour",
    "Pressure\nmb",
    "Temp.\n°C",
    "Wind\nfrom",
    "Mean wind\nm/s",
    "Highest gust\nm/s",
    "Visibility\nm",
)
TABLE_ROWS = """\
11 Feb 13.00|838.9|-4.2|SSW|17.3|24.0|900
11 Feb 16.00|835.1|-5.0|SSW|21.8|30.6|300
11 Feb 19.00|830.6|-5.9|SW|27.5|37.9|80
11 Feb 22.00|826.2|-6.6|SW|34.2|46.3|30
12 Feb 01.00|822.3|-7.4|SW|40.7|53.8|15
12 Feb 04.00|822.9|-9.8|SW|43.0|58.6|10
12 Feb 07.00|827.6|-14.1|NW|38.4|55.2|10
12 Feb 10.00|831.0|-17.3|NW|36.1|50.7|15
12 Feb 13.00|834.4|-19.6|NW|33.9|48.1|20
12 Feb 16.00|837.2|-21.2|NNW|32.6|45.0|40
12 Feb 19.00|840.8|-22.5|NNW|30.3|42.2|120
12 Feb 22.00|843.6|-23.3|NNW|26.7|36.5|400
13 Feb 01.00|846.0|-23.8|N|20.9|29.4|1,500
13 Feb 04.00|848.1|-23.1|N|14.2|20.1|4,000
"""

FIGURE_CAPTION = (
    "Figure 1. Highest gust in each hour, metres per second, from the pressure-tube anemograph. "
    "The hour given is the end of the hour."
)
FIGURE_HOURS = (
    ("19", 37.9),
    ("20", 41.5),
    ("21", 44.0),
    ("22", 46.3),
    ("23", 49.1),
    ("24", 51.6),
    ("01", 53.8),
    ("02", 55.9),
    ("03", 57.0),
    ("04", 58.6),
    ("05", 55.2),
    ("06", 53.4),
    ("07", 54.3),
    ("08", 50.7),
    ("09", 49.2),
    ("10", 50.1),
    ("11", 47.6),
    ("12", 48.1),
)
