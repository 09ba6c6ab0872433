"""reports/rime-study-1963.docx: a paper with a table between its paragraphs."""

from datetime import datetime
from pathlib import Path

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt
from docx.table import Table

from samples_world.places import Place

SOURCE = "reports/rime-study-1963.docx"
TITLE = "Rime on the ridge: six seasons with the Marlowe gauge"

# A line that starts with "# " is a heading; "@table" marks where the table stands.
TEXT = """\
# The question

Rime is not snow and it is not ice. It grows against the wind, out of cloud that is colder than
freezing and has not frozen, and on the ridge of Vindhammaren it can make a rope as thick as a
tree in one night. Builders of masts ask how much of it there can be. Physicists ask why it is
sometimes as light as a feather and sometimes as hard as glass. We have tried to answer the first
question by weighing, every day for six cold seasons, and have something to say on the second by
accident.

# The gauge and its errors

All weights are from the gauge that Edith Marlowe made in 1934: a turning steel rod, one metre
long, carried in a fork above the porch roof. We used rods 1 and 3 by turns. Rod 2 was found to be
bent and rod 4 was lent to the university in Uppsala from 1958 to 1961. A load is given in
kilograms to the metre of rod. Repeated weighing of the same rod by the two of us differed by less
than forty grams, except once, when a jackdaw had begun to eat from it.

The chief error is loss. When the wind rises above thirty metres per second, pieces break from the
windward feathers faster than the cloud can replace them. We laid a sheet of sailcloth, four
metres square, in the lee of the gauge in the season of 1959 to 1960, and collected what fell. On
average the sheet held seven per cent of the load on the rod; on the worst day it held a third. No
correction has been made for this in what follows.

# Six seasons

The season is reckoned from the first of October to the last of May. A day with rime is a day on
which the rod bore more than a hundred grams at 13 hours. The table gives the number of such days,
the greatest load of the season with its date, and the mean density of the rime, found by dipping
pieces in cold paraffin and reading how far it rose.

@table

The season of 1960 to 1961 stands apart. The load of 28 November 1960 grew in fifty-one hours, in
a fog that never lifted, with a steady wind from the south-west of sixteen metres per second and a
temperature of minus three. It took the two of us and Mr Dahl to lift the rod out. The trough was
too short, the scale in the kitchen was too small, and the rime had to be weighed in four pieces
on the potato balance. We know of only one greater load in the literature, from a power line on
the coast of Norway.

The season of 1962 to 1963, by contrast, was cold, dry and clear, with the wind in the east for
weeks together. It shows that a cold winter is not a winter of rime. The greatest load came before
the winter had properly begun.

# Density

The heavy rime is the warm rime. Between minus two and minus five degrees the pieces sank deep in
the paraffin and were clear at the core; below minus twelve they were white, and could be crushed
in a glove. Wind counts for less than we had expected. When we sorted the 733 days by temperature
alone, the density followed it with a correlation of 0.81. When we sorted them by wind alone it
was 0.34. Miss Nyberg had told her co-author as much in 1957, from the sound that the pieces make
when they fall.

The diameter of the drops could be measured on sixty-two days with a glass slide smeared with
castor oil and exposed for half a second from the porch. The median drop was fourteen thousandths
of a millimetre across. In the fog of November 1960 it was twenty-three, the largest that we saw.

# Wires and ropes

Beside the gauge we hung three test wires, of six, twelve and twenty-four millimetres, each five
metres long, from March 1959. To our surprise the thin wire gathered nearly as much as the thick
one, and for the first hour it gathered more. Once the sleeves had grown as thick as an arm, it
made no difference what was inside. The twelve-millimetre wire broke on 9 February 1962 at a load
that we put at 124 kilograms for the whole length. The thin one never broke, because it twisted,
and the rime fell off it.

For the cableway Mr Berg has drawn his own conclusion. He runs an empty carriage every second hour
in fog, day and night, with a birch broom tied to its front, and has not had to stop for rime
since the autumn of 1961.

# What we should do next

A mast ought to be built for a whole winter of loads at three heights. It would cost about 5,600
kronor, and the Norwegian power company has offered half. A heated gauge, recording its own
weight, was tried in March 1963 and set fire to its box. We also recommend that the daily weighing
go on. Six seasons are few, and if we had stopped after three, we should have put the greatest
load at little more than half of what it is.

# Thanks

Edith Marlowe read these pages in Harrogate, in her eightieth year, and returned them with eleven
corrections and a drawing of a better bearing. Miss Ingrid Sandberg made the weighings in our
absence. The paraffin was given by the shop of Mr Åström in Tallvik, who never asked for it back.
"""

TABLE = """\
Season|Days with rime|Greatest load, kg/m|Date of greatest load|Mean density, kg/m³
1957 to 1958|131|19.6|22 December 1957|410
1958 to 1959|118|14.2|3 March 1959|365
1959 to 1960|109|12.8|17 January 1960|350
1960 to 1961|142|38.3|28 November 1960|455
1961 to 1962|137|24.9|9 February 1962|430
1962 to 1963|96|10.7|30 October 1962|338
"""
WIDTHS = (3.0, 2.6, 2.9, 4.3, 2.6)


def build(folder: Path) -> list[Place]:
    """Write the document; each paragraph and each table row is a place."""
    document = Document()
    about = document.core_properties
    about.author, about.comments, about.title = "Margaret Oakley and Karin Nyberg", "", TITLE
    about.created = about.modified = datetime(1963, 6, 15)
    page = document.sections[0]
    page.page_width, page.page_height = Cm(21), Cm(29.7)
    page.left_margin = page.right_margin = Cm(2.8)
    page.top_margin = page.bottom_margin = Cm(2.3)
    normal = document.styles["Normal"]
    normal.font.name, normal.font.size = "Georgia", Pt(10)
    normal.paragraph_format.space_after = Pt(7)
    normal.paragraph_format.line_spacing = 1.1

    document.add_heading(TITLE, level=0)
    byline = document.add_paragraph("Margaret Oakley and Karin Nyberg. Vindhammar, June 1963.")
    byline.runs[0].italic = True
    places = [Place(SOURCE, byline.text)]
    for block in TEXT.strip().split("\n\n"):
        words = " ".join(block.split())
        if words.startswith("# "):
            document.add_heading(words[2:], level=1)
        elif words == "@table":
            rows = [line.split("|") for line in TABLE.splitlines()]
            table = document.add_table(len(rows), len(rows[0]), style="Table Grid")
            table.autofit = False
            _fill(table, rows)
            document.add_paragraph().paragraph_format.space_after = Pt(2)
            places += [Place(SOURCE, " ".join(row)) for row in rows]
        else:
            document.add_paragraph(words)
            places.append(Place(SOURCE, words))
    document.save(str(folder / SOURCE))
    return places


def _fill(table: Table, rows: list[list[str]]) -> None:
    """Put the words into the table; the first row is marked as its header and repeats."""
    for number, row in enumerate(rows):
        for cell, words in zip(table.rows[number].cells, row, strict=True):
            paragraph = cell.paragraphs[0]
            paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
            paragraph.paragraph_format.space_after = Pt(2)
            # A row that keeps with the next one keeps the table on one page.
            paragraph.paragraph_format.keep_with_next = True
            run = paragraph.add_run(words)
            run.font.size, run.bold = Pt(9.5), number == 0
    for column, width in zip(table.columns, WIDTHS, strict=True):
        column.width = Cm(width)
        for cell in column.cells:
            cell.width = Cm(width)
    header = OxmlElement("w:tblHeader")
    header.set(qn("w:val"), "true")
    table.rows[0]._tr.get_or_add_trPr().append(header)
