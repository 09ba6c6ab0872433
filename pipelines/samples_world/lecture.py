"""talks/closing-lecture-1974.pptx: seven slides whose speaker notes say what the slides do not."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pptx import Presentation
from pptx.dml.color import RGBColor
from pptx.enum.shapes import MSO_SHAPE
from pptx.enum.text import PP_ALIGN
from pptx.slide import Slide
from pptx.util import Cm, Pt

from samples_world.places import Place

SOURCE = "talks/closing-lecture-1974.pptx"

NIGHT, SNOW, ICE, RUST = (
    RGBColor(0x1F, 0x2F, 0x46),
    RGBColor(0xF6, 0xF4, 0xEE),
    RGBColor(0x8F, 0xB3, 0xCC),
    RGBColor(0xB3, 0x54, 0x2E),
)


@dataclass(frozen=True)
class Page:
    """One slide: title, points, notes, and at most one of a table or a row of bars."""

    title: str
    points: tuple[str, ...]
    notes: str
    table: tuple[tuple[str, ...], ...] = ()
    bars: tuple[tuple[str, float], ...] = ()


PAGES = (
    Page(
        "Forty-three winters",
        (
            "A farewell to the Vindhammar Mountain Weather Station",
            "Ingrid Sandberg, last Observer in Charge",
            "Folkets hus, Tallvik, 28 June 1974",
        ),
        "Wait for the bus from Björkede before beginning. Ring the bell. Say where it comes "
        "from: it was cast in 1889 for the lake steamer Alma, and when she was broken up the "
        "smith gave it to Edith Marlowe for the porch, so that people could find the door in "
        "fog. Then tell the story of the ink. Do not tell the one about Ekström and the bishop; "
        "his daughter is in the second row.",
    ),
    Page(
        "What was done",
        (
            "About 125,000 observations, eight a day",
            "Seventeen observations missed in all",
            "Thirty-one observers, and twelve of them came back for a second term",
            "One dog, three cats, and no fatal accident",
        ),
        "Of the seventeen that were missed, nine belong to a single week in March 1957, when the "
        "whole house lay with influenza and Karin Nyberg, alone on her feet, read the "
        "instruments for four days. The longest stretch without a gap is from May 1957 to "
        "October 1968. Somebody will ask who missed the fewest: it was Gustav Ekström, who "
        "missed none, but he once made the observation of 13 hours twice.",
    ),
    Page(
        "Those who were in charge",
        ("Four people in forty-three years",),
        "Marlowe went home to Harrogate and kept bees; she died in 1969, and asked that the hand "
        "anemometer of 1928 should be given to the first girl from Tallvik who took a degree in "
        "physics. It was handed to Anna Lindqvist, granddaughter of the carpenter, in 1971. "
        "Ekström has a bakery in Uppsala and sells a loaf called Stake H. Oakley sends her "
        "greetings from Aberdeen and regrets that she cannot climb stairs any more.",
        table=(
            ("Name", "In charge", "Came as", "From"),
            ("Edith Marlowe", "1931 to 1946", "founder", "Harrogate"),
            ("Gustav Ekström", "1946 to 1952", "student, 1938", "Uppsala"),
            ("Margaret Oakley", "1952 to 1963", "observer, 1949", "Edinburgh"),
            ("Ingrid Sandberg", "1963 to 1974", "observer, 1960", "Luleå"),
        ),
    ),
    Page(
        "Has the mountain grown warmer?",
        ("Mean temperature of the year, by decades, in degrees",),
        "The honest answer is that it has not, in our time: the sixties were the coldest decade "
        "of the four. Say that the screen was moved forty metres in 1948 and that this alone is "
        "worth two tenths of a degree, so that nobody should print the difference between the "
        "first two bars in the newspaper. The warmest single year was 1938. The reporter from "
        "Östersund always asks about the warmest day; it was 24 July 1933, and the observers sat "
        "in the tarn up to their necks with the logbook on a plank.",
        bars=(
            ("1932 to 1941", -2.9),
            ("1942 to 1951", -3.3),
            ("1952 to 1961", -3.2),
            ("1962 to 1971", -3.8),
        ),
    ),
    Page(
        "Snow at the stakes",
        (
            "Twelve stakes of rowan, read since the autumn of 1947",
            "Deepest mean: 318 cm, on 2 April 1967",
            "Shallowest mean on the same date: 94 cm, in 1963",
            "Last snow to melt: the hollow below stake K",
        ),
        "Pass the piece of stake C round. It was gnawed through by a hare in 1955, and "
        "Lindqvist's spliced repair is still in it. Stake F was split by lightning in 1970 and "
        "is the only one that has been replaced from top to bottom. Mention that the "
        "schoolchildren of Björkede guess the date on which the hollow below K is bare, and that "
        "the prize is a cheese. The latest date was 29 August 1968, and in 1951 the snow there "
        "never melted at all.",
    ),
    Page(
        "What the Box can and cannot do",
        (
            "Sends pressure, temperature and wind every three hours",
            "Needs neither coffee nor coal",
            "Cannot see cloud, rime, or a ring round the moon",
            "Costs less than a fifth of what the house costs",
        ),
        "Be fair to it. It was built in Trondheim, its battery weighs seventy-four kilograms and "
        "has to be changed twice a year, in June and in September. In January 1973 it reported "
        "plus fifty-eight degrees for five days, and the fault was a mouse that had eaten the "
        "insulation. Lars Wikner cured it with a tin lid. Over the two winters the Box was right "
        "about the pressure every single time, and about the wind whenever it was not iced, "
        "which was sixty-one per cent of the time.",
    ),
    Page(
        "What becomes of it all",
        (
            "The instruments go to the museum in Tallvik",
            "The logbooks go to the university in Uppsala",
            "The house goes to the ski club, for one krona",
            "The mountain stays",
        ),
        "The last observation is made tonight at 19 hours by Lars Wikner, and it will be written "
        "in pencil, as the first one was. Henrik Dahl will read it out over the radio from his "
        "kitchen. Afterwards there is coffee, and Karin Nyberg has baked six hundred cakes of "
        "flat bread. Ask for hands to carry the piano down to the bus.",
    ),
)


def build(folder: Path) -> list[Place]:
    """Write the presentation; a slide with its points is one place and its notes are another."""
    show = Presentation()
    about = show.core_properties
    about.author = about.last_modified_by = "Ingrid Sandberg"
    about.comments, about.title = "", PAGES[0].title
    about.created = about.modified = datetime(1974, 6, 28)
    show.slide_width, show.slide_height = Cm(33.867), Cm(19.05)
    places = []
    for number, page in enumerate(PAGES, start=1):
        slide = show.slides.add_slide(show.slide_layouts[5])
        _ground(slide, dark=number == 1)
        _words(slide, page, dark=number == 1)
        if page.table:
            _table(slide, page.table)
        if page.bars:
            _bars(slide, page.bars)
        slide.notes_slide.notes_text_frame.text = page.notes
        shown = " ".join(
            [page.title, *page.points, *(cell for row in page.table for cell in row)]
            + [f"{name} {value}" for name, value in page.bars]
        )
        places += [Place(SOURCE, shown, number), Place(SOURCE, page.notes, number)]
    show.save(str(folder / SOURCE))
    return places


def _ground(slide: Slide, *, dark: bool) -> None:
    """Paint the background, with a ridge line at the foot of the slide."""
    slide.background.fill.solid()
    slide.background.fill.fore_color.rgb = NIGHT if dark else SNOW
    ridge = slide.shapes.build_freeform(0, int(Cm(19.05)))
    profile = ((0, 18), (5, 17.2), (9, 17.6), (14, 16.4), (17, 15.6), (19, 16.6), (23, 16.1))
    lift = 2.6 if dark else 0
    for x, y in (*profile, (28, 17.4), (33.867, 16.9), (33.867, 19.05 + lift)):
        ridge.add_line_segments([(int(Cm(x)), int(Cm(y - lift)))], close=False)
    shape = ridge.convert_to_shape()
    shape.fill.solid()
    shape.fill.fore_color.rgb = ICE if dark else RGBColor(0xD9, 0xE4, 0xEA)
    shape.line.fill.background()


def _words(slide: Slide, page: Page, *, dark: bool) -> None:
    """Set the title and the points."""
    low = 5.4 if dark else 3.9
    title = slide.shapes.title
    title.left, title.top, title.width, title.height = Cm(2), Cm(low - 2.7), Cm(29.8), Cm(2.6)
    title.text_frame.text = page.title
    paragraph = title.text_frame.paragraphs[0]
    paragraph.alignment = PP_ALIGN.LEFT
    paragraph.font.size, paragraph.font.bold = Pt(54 if dark else 36), True
    paragraph.font.color.rgb = SNOW if dark else NIGHT
    rule = slide.shapes.add_shape(MSO_SHAPE.RECTANGLE, Cm(2.25), Cm(low), Cm(4), Cm(0.14))
    rule.fill.solid()
    rule.fill.fore_color.rgb = RUST
    rule.line.fill.background()
    box = slide.shapes.add_textbox(Cm(2), Cm(low + 0.8), Cm(29.8), Cm(9)).text_frame
    box.word_wrap = True
    for number, point in enumerate(page.points):
        paragraph = box.paragraphs[0] if number == 0 else box.add_paragraph()
        paragraph.text = point
        paragraph.font.size, paragraph.space_after = Pt(28), Pt(16)
        paragraph.font.color.rgb = SNOW if dark else NIGHT


def _table(slide: Slide, rows: tuple[tuple[str, ...], ...]) -> None:
    """Draw the rows as a table below the points."""
    frame = slide.shapes.add_table(
        len(rows), len(rows[0]), Cm(2.2), Cm(7), Cm(29), Cm(1.5 * len(rows))
    )
    for number, row in enumerate(rows):
        for cell, words in zip(frame.table.rows[number].cells, row, strict=True):
            cell.text = words
            cell.text_frame.paragraphs[0].font.size = Pt(20)
            cell.fill.solid()
            cell.fill.fore_color.rgb = NIGHT if number == 0 else RGBColor(0xFF, 0xFF, 0xFF)
            cell.text_frame.paragraphs[0].font.color.rgb = SNOW if number == 0 else NIGHT


def _bars(slide: Slide, bars: tuple[tuple[str, float], ...]) -> None:
    """Draw falling bars by hand; a native chart carries a workbook that differs at each run."""
    for number, (name, value) in enumerate(bars):
        left, depth = 3 + number * 7.2, abs(value) * 1.65
        bar = slide.shapes.add_shape(MSO_SHAPE.RECTANGLE, Cm(left), Cm(8.1), Cm(4.4), Cm(depth))
        bar.fill.solid()
        bar.fill.fore_color.rgb = ICE
        bar.line.fill.background()
        for words, top in ((name, 6.8), (f"{value:.1f}".replace("-", "−"), 8.1 + depth)):
            label = slide.shapes.add_textbox(Cm(left - 1), Cm(top), Cm(6.4), Cm(1.2))
            paragraph = label.text_frame.paragraphs[0]
            paragraph.text, paragraph.alignment = words, PP_ALIGN.CENTER
            paragraph.font.size, paragraph.font.color.rgb = Pt(20), NIGHT
