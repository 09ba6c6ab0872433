"""reports/instrument-catalogue.html: a museum page with menu, table and footer."""

from pathlib import Path

from samples_world.places import Place

SOURCE = "reports/instrument-catalogue.html"

TABLE = """\
VM 01|Station barometer No. 112|Ashby & Crane, Leeds|1931|in use|640
VM 02|Barograph No. 7|Corrigan, Dublin|1931|1974|385
VM 03|Cup anemometer, first|Halden, Drammen|1931|1934|210
VM 04|Cup anemometer, second|Halden, Drammen|1934|1951|245
VM 05|Cup anemometer, third|Halden, Drammen|1951|1968|530
VM 06|Pressure-tube anemograph|Ridley & Son, Hull|1935|1974|1,120
VM 07|Thermograph No. 212|Richter, Jena|1933|1959|198
VM 08|Hair hygrograph|Richter, Jena|1933|1970|176
VM 09|Sunshine recorder, brass bowl|Crane, Leeds|1932|1956|305
VM 10|Sunshine recorder, iron bowl|Crane, Leeds|1956|1974|410
VM 11|Rime gauge, four rods|station workshop|1934|1974|55
VM 12|Snow stake H|station workshop|1947|1974|2
VM 13|Night-cloud lamp|Lux, Malmö|1938|1971|94
VM 14|Pilot-balloon theodolite|Brandt, Hamburg|1952|1969|2,450
"""

SECTIONS = (
    (
        "The three cup anemometers",
        "The station wore out three anemometers by Halden of Drammen. The first was melted by "
        "lightning after three summers and lies in case 2 beside its own drawing, looking like a "
        "burnt potato. The second turned for seventeen years; its bearing was of bone, cut by "
        "Anders Lindqvist from a reindeer's shin when no steel ball could be had in the war. The "
        "third, with wide cups, lost one of them in the storm of February 1956 and was given "
        "a new one of beaten copper, which is why one cup is red.",
    ),
    (
        "The pressure-tube anemograph",
        "The great anemograph by Ridley and Son of Hull stands as it stood in the instrument "
        "room, two metres high, with its float tank and its drum. Edith Marlowe bought it "
        "second-hand from a pier that was being pulled down, and it was carried up the mountain "
        "in nine pieces in September 1935. The water in the float tank was mixed with spirit "
        "against the frost. During the war the spirit was replaced with salt, and the stains can "
        "be seen on the brass. Visitors may turn the drum, but are asked not to blow into the "
        "tube.",
    ),
    (
        "Barograph No. 7",
        "The barograph by Corrigan of Dublin ran, with pauses, for forty-three years and filled "
        "more than 2,200 weekly charts. It stood on a slab of slate hung from four springs, so "
        "that steps on the stairs should not shake the pen. Its case was repaired with a window "
        "pane in 1948. Children like to be told that it felt the avalanche of 1966 before "
        "anybody heard it.",
    ),
    (
        "The rime gauge",
        "The rime gauge was Edith Marlowe's own idea and was forged in the station workshop in "
        "the autumn of 1934. The first rod was the axle of a wheelbarrow. Four rods remain; the "
        "heaviest rime ever taken from them has been cast in plaster from a photograph and hangs "
        "above the door, as long as a man and as thick as a barrel.",
    ),
    (
        "The sunshine recorders",
        "A glass ball burns the track of the sun into a card. The ball is the same in both "
        "recorders; only the bowls differ. The brass bowl cracked in 1956 and the iron one that "
        "followed was painted white every spring. The shortest burn in the collection, a single "
        "dot, was made through a gap in the clouds on 21 December 1943 and is labelled in "
        "Marlowe's hand: 'We saw it.'",
    ),
    (
        "The balloon theodolite",
        "The theodolite by Brandt of Hamburg is the most expensive thing that the station ever "
        "owned. It was given in 1952 by the airline company that had lost a machine on the "
        "mountain the year before. With it two observers followed red balloons by day and, by "
        "night, white balloons with a paper lantern. The longest flight was followed by Ingrid "
        "Sandberg for one hour and fifty-two minutes, until the balloon burst over Norway.",
    ),
)

PAGE = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Instruments from Vindhammar | Tallvik Village Museum</title>
<style>body {{ font-family: Georgia, serif; max-width: 46em; margin: auto; }}</style>
<script>var visited = (document.cookie || "").length;</script>
</head>
<body>
<nav><ul>
<li><a href="/">Home</a></li>
<li><a href="/visit">Opening hours and tickets</a></li>
<li><a href="/instruments">Instruments</a></li>
<li><a href="/boats">The boat shed</a></li>
<li><a href="/contact">Contact</a></li>
</ul></nav>
<div class="banner">The museum shop has new postcards. <a href="/shop">Look inside</a></div>
<main>
<h1>Instruments from Vindhammar</h1>
<p>Room 3 of the Tallvik Village Museum shows what the observers of the mountain weather station
lived with. The collection was brought down on the last runs of the cableway in July 1974 and was
set up by Lars Wikner, who had used most of it. The room was opened on 1 September 1974.</p>
{sections}
<h2>List of the collection</h2>
<table>
<caption>Prices in kronor at the time of purchase</caption>
<thead><tr>{head}</tr></thead>
<tbody>
{rows}
</tbody>
</table>
<h2>Not on show</h2>
<p>Station barometer No. 112 is not in the museum. It was carried down on Henrik Dahl's back,
filled with mercury and packed in a feather pillow, and hangs in the reading room of the school in
Tallvik, where the fourth form reads it every morning. The radio transmitter was taken to pieces
in 1967 and its cabinet serves as a bread cupboard in the same school.</p>
</main>
<aside><h3>More rooms</h3>
<p>Room 1: Butter and cheese. Room 2: The sawmill. Room 4: Weddings.</p></aside>
<footer><p>Tallvik Village Museum, the old dairy. <a href="/privacy">Privacy</a> |
<a href="/sitemap">Site map</a> | Back to top</p></footer>
</body>
</html>
"""

HEAD = ("Number", "Instrument", "Maker", "Acquired", "Withdrawn", "Price")


def build(folder: Path) -> list[Place]:
    """Write the page; each section, each table row and the closing note is a place."""
    rows = [line.split("|") for line in TABLE.splitlines()]
    html = PAGE.format(
        sections="\n".join(f"<h2>{title}</h2>\n<p>{text}</p>" for title, text in SECTIONS),
        head="".join(f"<th>{name}</th>" for name in HEAD),
        rows="\n".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows),
    )
    html = html.replace("Ashby & Crane", "Ashby &amp; Crane").replace(
        "Ridley & Son", "Ridley &amp; Son"
    )
    (folder / SOURCE).write_text(html, encoding="utf-8")
    return [Place(SOURCE, html)]
