"""reports/observers-handbook-1961.md: the house rules, rich in procedures and limits."""

from pathlib import Path

from samples_world.places import Place

SOURCE = "reports/observers-handbook-1961.md"

TEXT = """\
# Handbook for Observers

Fourth edition, November 1961. Margaret Oakley, Observer in Charge. To hang on the nail beside the
barometer and to be returned to the nail.

## Observing

### Hours

Eight observations are made each day: at 01, 04, 07, 10, 13, 16, 19 and 22 hours. Those of 07, 13
and 19 are full observations with cloud, visibility and state of the ground; the others may be
short. The observer begins to read ten minutes before the hour and ends with the barometer on the
hour. An observation that was forgotten is left blank. It is never filled in from its neighbours,
and nobody will be scolded for an honest blank.

### Temperature

The thermometers hang in the screen two metres above the ground, and the screen is raised on its
pegs when the snow grows. Open the door with your back to the wind, read the tenths before the
whole degrees, and shut it again within twenty seconds. The wet bulb needs a new muslin every other
Sunday and rain water, never water from the tarn, which leaves a skin. Below minus thirty-eight
trust only the spirit thermometer with the blue thread, because mercury will have stopped listening.

### Pressure

Tap the glass of the barometer twice with a fingernail before you set the vernier, because the
mercury hangs. Read the attached thermometer first: your breath will warm it. Read to a tenth of a
millibar. The barograph is only a witness to what happened between readings; when the two
disagree, the mercury is right. Its chart is changed on Monday after the observation of 07 hours.

### Wind

The wind that goes into the telegram is the mean over ten minutes, taken from the trace of the
pressure-tube anemograph. If the head of the anemograph is iced, use the cup anemometer, and say
so in the column of remarks. A gust is entered only when it exceeds the mean by five metres per
second or more. Direction is given to sixteen points. Never estimate the wind from the noise in
the chimney. The chimney exaggerates.

### Cloud

Amount is given in eighths. Look at the whole of the sky and not at the handsomest part of it. When
the station itself is in cloud the amount is nine, which means that the sky cannot be seen, and not
eight, which means that it can be seen and is grey. The book of cloud pictures lies in the drawer
under the telegraph forms. Whoever sees mother-of-pearl cloud wakes the others; this is the only
matter, apart from fire, for which the house may be woken before six.

### Snow

Read the stakes in order from A to L on the way out, and read them again on the way back. Write
both. If they differ by more than three centimetres, somebody has trodden in the hollow. Stake H,
at the Ox Stone, always stands in a drift and is left out of the mean. New snow is measured on the
white board behind the porch, which is swept after the observation of 07 hours and at no other
time.

### Rime

The Marlowe gauge is a steel rod one metre long and thirty millimetres thick that turns on a
bearing, so that the rime grows round it evenly. At 13 hours the rod is lifted out, carried
indoors in its tin trough and weighed with its rime; a clean rod is put in its place. Do not knock
the rime off outside. The pieces that fall into the snow are the pieces that we want.

### Visibility

The marks are the Ox Stone at 400 metres, Trestle 6 at 1.3 kilometres, the Lower Hut at 2.3, the
chimney of the sawmill at 9.7 and the church of Tallvik at 14.2. At night use the lamp on Trestle
6, which is lit from dusk, and the street lamps of the village. When the Ox Stone cannot be seen
it is fog, whatever you may feel about it.

### Sunshine

The sunshine recorder takes three sorts of card: the long curved card from the middle of April to
the end of August, the short curved card from the middle of October to the end of February, and
the straight card in between. Change the card after sunset, and write the date on its back before
you put it in, not after. A card that has been wet is dried flat under the dictionary.

## Safety

### Going out

When the mean wind is above 20 metres per second nobody goes beyond stake D alone. Above 25 nobody
leaves the house without the rope. Above 35 nobody leaves it at all, and the observation is made
from the door. Write your name and the hour on the slate before you go, and wipe it off yourself
when you come back; nobody else may wipe it off for you.

### When somebody is late

An observer who is fifteen minutes late is called with the whistle: three long blasts, a minute of
silence, three long blasts. At forty minutes the person in charge wakes the house and tells the
valley by radio. The search goes out in pairs on the rope, with the dog, and turns back when the
leader says so, not when the others agree.

### Fire

There are four sand buckets: in the kitchen, in the porch, in the generator shed and on the
stairs. They are for sand and not for cigarette ends. The flue of the generator is swept on the
first Saturday of each month, and the sweep signs the card. We have burned one shed already.

### Lightning

When the hair rises or the stays begin to hum, come in, shut the damper of the stove and sit away
from the instrument room. Pull the aerial switch down to earth before the first thunder, not after.
The tarn end of the earth wire is inspected on the first of June by a person who can swim. No kite
is to be flown from the ridge, whatever the visitor may say about Franklin.

## The house

### Watches

The night watch runs from 21 to 07 hours and is kept by turns, three nights at a time. The night
watch minds the stove, bakes nothing, and does not play the gramophone. Whoever has had the watch
is excused from carrying water on the following day.

### The logbook

What was observed is written in black ink; what was corrected is written in red, with initials,
and the black figure must still be legible under the stroke. Pencil is allowed below minus ten
degrees in the instrument room. The log is copied on the last day of the month, and the copy goes
down to the bank in Tallvik, because the shed taught us to keep two.

### Visitors

Visitors are welcome between ten and four. They sign the book, and they may look at everything and
touch the globe. They may not sit on the chart table, warm their hands at the thermograph, or ask
the night watch when he sleeps. A visitor who arrives in fog stays until it lifts and is given a
broom. A bed costs three kronor, soup included, to be put in the tin shaped like a lighthouse.

### Baths and letters

The tub is heated on Saturday, in the order of the list on the door. The post goes down on
Wednesday with the cableway and comes up on Friday. Parcels for the kitchen go before parcels for
persons, and glass for instruments goes before both.
"""


def build(folder: Path) -> list[Place]:
    """Write the Markdown file."""
    (folder / SOURCE).write_text(TEXT, encoding="utf-8")
    return [Place(SOURCE, TEXT)]
