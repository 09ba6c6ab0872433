"""posters/: an English poster for an open day and a Swedish one for a lecture, printed flat."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from samples_world.drawing import font, fractal
from samples_world.places import Place

OPEN_DAY = "posters/open-day-1968.jpg"
LECTURE = "posters/foredrag-1962.jpg"

WIDTH, HEIGHT = 960, 1340
TWICE = (WIDTH * 2, HEIGHT * 2)

CREAM, INK, RED, TEAL = (244, 234, 212), (28, 44, 62), (200, 74, 46), (84, 146, 150)
NIGHT, AMBER, MIST = (21, 36, 66), (240, 180, 84), (150, 178, 200)


@dataclass(frozen=True)
class Line:
    """One line of lettering: words, height of its middle, size, colour, face."""

    text: str
    y: int
    size: int
    colour: tuple[int, int, int]
    face: str = "URWGothic-Book.otf"


GOTHIC = "URWGothic-Demi.otf"

OPEN_DAY_LINES = (
    Line("VINDHAMMAR MOUNTAIN WEATHER STATION", 76, 34, INK, GOTHIC),
    Line("OPEN DAY", 176, 132, INK, GOTHIC),
    Line("SUNDAY 14 JULY 1968", 280, 46, RED, GOTHIC),
    Line("10.30  Cableway from the Lower Hut, 4 kronor return", 950, 31, INK),
    Line("11.15  Balloon ascent with Lars Wikner", 996, 31, INK),
    Line("13.00  Walk to the summit with Ingrid Sandberg", 1042, 31, INK),
    Line("14.30  How we weigh the rime, by Karin Nyberg", 1088, 31, INK),
    Line("Waffles and coffee in the instrument room", 1142, 31, RED, GOTHIC),
    Line("Bus from Tallvik church at 9.15", 1198, 31, INK),
    Line("In fog: Sunday 21 July", 1242, 31, INK),
    Line("Bring windproof clothes. Dogs on a lead.", 1286, 31, INK),
)

LECTURE_LINES = (
    Line("FÖREDRAG", 92, 60, AMBER, GOTHIC),
    Line("Vinden på fjället", 190, 98, CREAM, GOTHIC),
    Line("Tolv år vid radion på Vindhammar", 280, 42, MIST),
    Line("Henrik Dahl, telegrafist", 890, 54, AMBER, GOTHIC),
    Line("Onsdagen den 21 november 1962 klockan 19.30", 962, 36, CREAM, GOTHIC),
    Line("Folkets hus i Tallvik", 1014, 36, CREAM),
    Line("Ljusbilder och ljud från stormen 1956", 1082, 32, MIST),
    Line("Inträde 2 kronor, skolungdom 50 öre", 1128, 32, MIST),
    Line("Kaffe med bröd från Karin Nybergs ugn", 1174, 32, MIST),
    Line("Sista bussen till Björkede går 22.10", 1220, 32, MIST),
    Line("Tallviks hembygdsförening", 1284, 26, AMBER, GOTHIC),
)


def build(folder: Path) -> list[Place]:
    """Write both posters; each line of lettering is a place."""
    return [
        *_letter(_open_day(), OPEN_DAY_LINES, folder, OPEN_DAY),
        *_letter(_lecture(), LECTURE_LINES, folder, LECTURE),
    ]


def _letter(
    picture: Image.Image, lines: tuple[Line, ...], folder: Path, source: str
) -> list[Place]:
    """Set the lines in the middle, add the grain of cheap paper, save, and say where they are."""
    pen = ImageDraw.Draw(picture)
    places = []
    for line in lines:
        face = font(line.face, line.size * 2)
        at = (WIDTH, line.y * 2)
        pen.text(at, line.text, font=face, fill=line.colour, anchor="mm")
        edges = pen.textbbox(at, line.text, font=face, anchor="mm")
        left, top, right, bottom = (
            edge / whole for edge, whole in zip(edges, (*TWICE, *TWICE), strict=True)
        )
        places.append(Place(source, line.text, 1, (left, top, right, bottom)))
    small = np.asarray(picture.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)).astype(float)
    grain = fractal(np.random.default_rng(1968), HEIGHT, WIDTH, 1.2)
    printed = np.clip(small + 1.5 * grain[..., None], 0, 255).astype(np.uint8)
    Image.fromarray(printed).save(folder / source, quality=80)
    return places


def _range(seed: int, base: float, height: float, points: int) -> list[tuple[float, float]]:
    """A jagged skyline from edge to edge, closed along the foot of the poster."""
    rng = np.random.default_rng(seed)
    x = np.linspace(0, TWICE[0], points)
    jag = rng.uniform(-1, 1, points) * np.where(np.arange(points) % 2, 1, -1)
    y = base - height * (0.5 + 0.5 * jag)
    return [*zip(x.tolist(), y.tolist(), strict=True), TWICE, (0, TWICE[1])]


def _open_day() -> Image.Image:
    """A red balloon over the peak, and the cableway across."""
    picture = Image.new("RGB", TWICE, (238, 214, 168))
    pen = ImageDraw.Draw(picture)
    for number in range(24):
        # Rays of the sun, as the travel posters of the time had them.
        turn = np.radians(number * 15 + 4)
        ends = [(560 + 3600 * np.cos(turn + d), 1080 + 3600 * np.sin(turn + d)) for d in (0, 0.13)]
        pen.polygon([(560, 1080), *ends], fill=(242, 224, 186))
    pen.ellipse([400, 920, 720, 1240], fill=(247, 238, 214))
    pen.polygon(_range(3, 1560, 330, 15), fill=(164, 190, 184))
    pen.polygon(_range(8, 1690, 300, 11), fill=(118, 166, 166))
    peak = [(600, 1860), (1090, 1010), (1170, 1090), (1230, 960), (1330, 1130), (1800, 1860)]
    pen.polygon(peak, fill=TEAL)
    pen.polygon([(1230, 960), (1330, 1130), (1800, 1860), (1250, 1860), (1290, 1400), (1200, 1240)],
                fill=(56, 112, 122))  # fmt: skip
    snow = [(1090, 1010), (1170, 1090), (1230, 960), (1330, 1130), (1392, 1226), (1318, 1196),
            (1270, 1290), (1210, 1180), (1150, 1270), (1090, 1170), (1030, 1230),
            (978, 1206)]  # fmt: skip
    pen.polygon(snow, fill=CREAM)
    pen.polygon([(1230, 960), (1330, 1130), (1392, 1226), (1318, 1196), (1270, 1290), (1225, 1200)],
                fill=(206, 214, 206))  # fmt: skip
    pen.polygon([(0, 1700), (500, 1640), (1100, 1730), (TWICE[0], 1620), TWICE, (0, TWICE[1])],
                fill=(38, 84, 92))  # fmt: skip
    pen.rectangle([0, 1800, *TWICE], fill=CREAM)
    pen.rectangle([0, 1800, TWICE[0], 1812], fill=RED)

    pen.line([(0, 1500), (1240, 1210)], fill=INK, width=5)
    pen.line([(520, 1380), (520, 1470)], fill=INK, width=6)
    pen.rounded_rectangle([450, 1462, 590, 1546], 14, fill=RED)
    for x in (466, 514, 556):
        pen.rectangle([x, 1476, x + 28, 1506], fill=CREAM)

    pen.line([(1500, 1030), (1500, 1240)], fill=INK, width=4)
    pen.ellipse([1330, 680, 1670, 1020], fill=RED)
    pen.ellipse([1410, 680, 1590, 1020], fill=CREAM)
    pen.ellipse([1460, 680, 1540, 1020], fill=RED)
    pen.polygon([(1474, 1012), (1526, 1012), (1516, 1046), (1484, 1046)], fill=RED)
    pen.rectangle([1468, 1240, 1532, 1300], fill=CREAM, outline=INK, width=4)
    return picture


def _lecture() -> Image.Image:
    """Night, wind in long lines, and the three cups of an anemometer."""
    picture = Image.new("RGB", TWICE, NIGHT)
    pen = ImageDraw.Draw(picture)
    x = np.linspace(-40, TWICE[0] + 40, 260)
    for number in range(13):
        swing = 90 * np.exp(-(((x - 960) / 520) ** 2)) * (1 if number < 7 else -1)
        y = 730 + number * 66 + 22 * np.sin(x / 260 + number * 0.7) - swing
        shade = (38 + number * 3, 62 + number * 4, 100 + number * 4)
        points = list(zip(x.tolist(), y.tolist(), strict=True))
        pen.line(points, fill=shade, width=9 + number % 3 * 5, joint="curve")
    pen.polygon([(930, 1130), (990, 1130), (1020, 1640), (900, 1640)], fill=CREAM)
    for turn in np.radians([-20, 100, 220]):
        tip = (960 + 330 * np.cos(turn), 1090 + 250 * np.sin(turn))
        pen.line([(960, 1090), tip], fill=CREAM, width=22)
        # Each cup is half a disc whose open side faces the same way round.
        start = np.degrees(turn)
        box = [tip[0] - 125, tip[1] - 125, tip[0] + 125, tip[1] + 125]
        pen.pieslice(box, start, start + 180, fill=AMBER)
        pen.line(
            [
                (tip[0] - 125 * np.cos(turn), tip[1] - 125 * np.sin(turn)),
                (tip[0] + 125 * np.cos(turn), tip[1] + 125 * np.sin(turn)),
            ],
            fill=RED,
            width=16,
        )
    pen.ellipse([905, 1035, 1015, 1145], fill=RED)
    pen.polygon([(0, 1600), (420, 1510), (800, 1590), (1300, 1500), (TWICE[0], 1600), TWICE,
                 (0, TWICE[1])], fill=(13, 24, 46))  # fmt: skip
    return picture
