"""letters/letter-1937-scan.png: a typewritten letter, laid a little askew on the scanner."""

from math import cos, radians, sin
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from samples_world.drawing import font, fractal
from samples_world.places import Box, Place

SOURCE = "letters/letter-1937-scan.png"

WIDTH, HEIGHT = 1120, 1584
ANGLE = 0.7
LEFT, TOP, PITCH, LEADING = 142, 150, 13.1, 31

LETTER = """\
VINDHAMMAR MOUNTAIN WEATHER STATION
Tallvik
                                        19th January 1937

Dr F. Ashby, Secretary
Northern Mountain Weather Trust, Leeds

Dear Dr Ashby,

On the evening of Sunday the 17th the wind rose as we have not
seen it rise before. At 21.40 the pen of the anemograph went
to the top of the chart and stayed there for as long as it
takes to say so. I have measured the trace twice by daylight
and make the gust 63.2 metres per second. Mr Lindqvist, who
does not care for figures, says that it was enough.

The stovepipe has gone. We found it on Monday in the birches,
340 metres to the east and as flat as a ruler. Two shutters
are broken, and the porch has moved four centimetres from the
house. Nobody is hurt, although Mr Hallin was blown over
between the screen and the door, and came in on his hands and
knees with the thermometer between his teeth.

I should be obliged if you would send by the February boat:

     200 charts for the anemograph
       6 pens, broad
       3 bottles of red ink
      40 feet of stovepipe, six inch
       1 chess board, ours having gone into the stove

Please do not print the figure before the instrument has been
tried. The slip that came with it from Hull promises that it
is good to fifty, and says nothing about sixty.

                                        Yours sincerely,
"""
SIGNATURE = "Edith Marlowe"


def build(folder: Path) -> list[Place]:
    """Write the page; each typed line is a place, boxed as it lies after the turn."""
    rng = np.random.default_rng(1937)
    ink = Image.new("L", (WIDTH * 2, HEIGHT * 2), 0)
    pen = ImageDraw.Draw(ink)
    type_face = font("NimbusMonoPS-Regular.otf", PITCH * 2 / 0.6)
    places = []
    for number, line in enumerate(LETTER.splitlines()):
        y = TOP + number * LEADING
        for column, letter in enumerate(line):
            # A typewriter strikes unevenly; a printer does not.
            at = ((LEFT + column * PITCH) * 2 + rng.normal(0, 0.7), y * 2 + rng.normal(0, 1.0))
            strength = int(np.clip(rng.normal(222, 16), 170, 255))
            pen.text(at, letter, font=type_face, fill=strength, stroke_width=1, anchor="ls")
        if line.strip():
            start = LEFT + (len(line) - len(line.lstrip())) * PITCH
            box = _turned(start, y - 19, LEFT + len(line) * PITCH, y + 6)
            places.append(Place(SOURCE, line.strip(), 1, box))
    foot = TOP + len(LETTER.splitlines()) * LEADING
    x = LEFT + 40 * PITCH
    hand = font("Z003-MediumItalic.otf", 92)
    pen.text((x * 2, (foot + 46) * 2), SIGNATURE, font=hand, fill=235, anchor="ls")
    wide = hand.getlength(SIGNATURE) / 2
    places.append(Place(SOURCE, SIGNATURE, 1, _turned(x, foot + 8, x + wide, foot + 56)))

    turned = ink.rotate(-ANGLE, Image.Resampling.BICUBIC)
    small = turned.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)
    darkness = np.asarray(small.filter(ImageFilter.GaussianBlur(0.35))) / 255
    paper = 229 + 3.0 * fractal(rng, HEIGHT, WIDTH, 3.0) + rng.normal(0, 1.6, (HEIGHT, WIDTH))
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    # The fold across the middle and the shadow of the scanner's lid at two edges.
    paper -= 12 * np.exp(-(((y - HEIGHT / 2 - 6) / 3.0) ** 2))
    paper -= 46 * np.exp(-x / 9) + 38 * np.exp(-(HEIGHT - y) / 8)
    grey = paper * (1 - 0.84 * darkness)
    levels = np.clip(np.round(grey / 255 * 21), 0, 21) * (255 / 21)
    page = Image.fromarray(levels.astype(np.uint8))
    page.save(folder / SOURCE, optimize=True)
    return places


def _turned(left: float, top: float, right: float, bottom: float) -> Box:
    """The box round the rectangle after the page was turned clockwise by ANGLE, as fractions."""
    turn, middle = radians(ANGLE), (WIDTH / 2, HEIGHT / 2)
    corners = [(x - middle[0], y - middle[1]) for x in (left, right) for y in (top, bottom)]
    across = [x * cos(turn) - y * sin(turn) + middle[0] for x, y in corners]
    down = [x * sin(turn) + y * cos(turn) + middle[1] for x, y in corners]
    return min(across) / WIDTH, min(down) / HEIGHT, max(across) / WIDTH, max(down) / HEIGHT
