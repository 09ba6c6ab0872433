"""tables/: a workbook of two sheets and a comma-separated list of loads."""

from datetime import date, datetime
from pathlib import Path

import numpy as np
from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from samples_world.places import Place

WORKBOOK = "tables/climate-and-checks.xlsx"
LOADS = "tables/cableway-loads-1953-1954.csv"

MONTHS = (
    "January February March April May June July August September October November December"
).split()
CLIMATE_HEAD = (
    "Year",
    "Month",
    "Mean temperature, °C",
    "Lowest, °C",
    "Highest, °C",
    "Mean wind, m/s",
    "Strongest gust, m/s",
    "Precipitation, mm",
    "Days with fog",
    "Sunshine, hours",
)
CHECKS_HEAD = ("Date", "Instrument", "Checked by", "Error found", "Unit", "What was done")
CHECKS = """\
1957-01-14|Barograph No. 7|H. Dahl|0.8|mb|Pen arm bent back
1957-02-11|Thermograph No. 212|K. Nyberg|-0.4|°C|Zero set
1957-04-08|Pressure-tube anemograph|M. Oakley|1.1|per cent|Float tank emptied and filled
1957-05-20|Cup anemometer, third|A. Lindqvist|-2.0|per cent|Bearing oiled
1957-06-17|Hair hygrograph|K. Nyberg|6.0|per cent|New hairs, from the cook's own head
1957-08-05|Station barometer No. 112|M. Oakley|0.1|mb|Nothing
1957-09-23|Sunshine recorder, iron bowl|H. Dahl|3.5|minutes|Bowl turned to the meridian
1957-11-11|Rime gauge, rod 2|A. Lindqvist|4.0|mm|Found bent and taken out of use
1958-01-13|Barograph No. 7|H. Dahl|-0.5|mb|New nib
1958-02-10|Thermograph No. 212|K. Nyberg|-0.9|°C|Bimetal cleaned with benzine
1958-03-31|Pilot-balloon theodolite|M. Oakley|0.3|degrees|Level adjusted
1958-05-19|Pressure-tube anemograph|M. Oakley|1.6|per cent|Wasps' nest removed from the tube
1958-06-16|Hair hygrograph|K. Nyberg|3.0|per cent|Washed in rain water
1958-08-11|Station barometer No. 112|M. Oakley|-0.1|mb|Nothing
1958-09-22|Cup anemometer, third|H. Dahl|-3.5|per cent|Bearing changed
1958-11-10|Kitchen scale|K. Nyberg|15|grams|New spring
1959-01-12|Barograph No. 7|H. Dahl|0.3|mb|Clock regulated
1959-02-16|Thermograph No. 212|K. Nyberg|-1.7|°C|Withdrawn and sent to the university
1959-04-13|Thermograph No. 340|K. Nyberg|0.1|°C|Brought into use
1959-05-25|Pressure-tube anemograph|M. Oakley|0.9|per cent|Tube shortened by two centimetres
1959-07-06|Pilot-balloon theodolite|M. Oakley|0.1|degrees|Nothing
1959-08-10|Station barometer No. 112|M. Oakley|0.2|mb|Mercury filtered through chamois
1959-09-21|Sunshine recorder, iron bowl|H. Dahl|1.0|minutes|Painted white
1959-11-09|Rime gauge, rod 3|K. Nyberg|0.5|mm|Turned end for end
1960-01-11|Barograph No. 7|H. Dahl|-1.2|mb|Slate slab hung level again
1960-02-15|Thermograph No. 340|I. Sandberg|-0.2|°C|Nothing
1960-04-11|Cup anemometer, third|I. Sandberg|-1.5|per cent|Copper cup hammered round
1960-05-23|Pressure-tube anemograph|M. Oakley|2.4|per cent|Leaking joint soldered
1960-06-20|Hair hygrograph|K. Nyberg|4.5|per cent|New hairs, from a mare's tail
1960-08-08|Station barometer No. 112|I. Sandberg|0.0|mb|Nothing
1960-09-19|Pilot-balloon theodolite|I. Sandberg|0.6|degrees|Sent to Hamburg for new cross-hairs
1960-11-07|Rime gauge, rod 1|K. Nyberg|0.0|mm|Nothing
1961-01-09|Barograph No. 7|H. Dahl|0.6|mb|Cat's hair taken out of the clockwork
1961-02-13|Thermograph No. 340|I. Sandberg|0.7|°C|Snow louvres fitted to the screen
"""

LOADS_TEXT = """\
date,run,kilograms,goods,received_by,remark
1953-08-12,1,75,the bishop of Härnösand,M. Oakley,opening day; he waved
1953-08-12,2,140,cider and flags,K. Nyberg,two bottles broken
1953-08-14,3,180,coal,A. Lindqvist,
1953-08-14,4,180,coal,A. Lindqvist,
1953-08-15,5,165,roofing iron,A. Lindqvist,first sheet bent on Trestle 2
1953-08-17,6,172,flour and barley,K. Nyberg,
1953-08-19,7,96,theodolite stand and boxes,M. Oakley,sent open; wet
1953-08-21,8,180,coal,H. Dahl,
1953-08-24,9,131,accumulators,H. Dahl,acid spilt; carriage repainted
1953-08-27,10,158,potatoes,K. Nyberg,
1953-08-31,11,88,window glass,A. Lindqvist,all whole
1953-09-03,12,179,paraffin,H. Dahl,
1953-09-07,13,144,hay,K. Nyberg,for mattresses
1953-09-10,14,63,two goats,K. Nyberg,refused to leave the carriage
1953-09-14,15,180,coal,A. Lindqvist,
1953-09-18,16,177,salt herring,K. Nyberg,
1953-09-22,17,112,books from Leeds,M. Oakley,
1953-09-25,18,180,coal,H. Dahl,stopped 40 minutes at Trestle 7; rope off its wheel
1953-10-01,19,151,half an elk,K. Nyberg,
1953-10-06,20,124,piano without its frame,M. Oakley,out of tune on arrival
1953-10-07,21,176,iron frame of the piano,A. Lindqvist,
1953-10-13,22,168,firewood,A. Lindqvist,
1953-10-20,23,92,anemograph charts and ink,M. Oakley,
1953-11-02,24,180,coal,H. Dahl,first run in snow
1953-11-11,25,137,lamp oil and wicks,H. Dahl,
1953-11-24,26,71,the dentist with his drill,H. Dahl,went down again the same day
1953-12-04,27,180,coal,A. Lindqvist,
1953-12-15,28,149,dried fish and peas,K. Nyberg,
1953-12-22,29,58,Christmas post,M. Oakley,
1954-01-12,30,180,coal,A. Lindqvist,carriage iced; 51 minutes
1954-01-29,31,83,spare rope,A. Lindqvist,
1954-02-16,32,175,paraffin,H. Dahl,
1954-03-09,33,69,doctor Hallgren,K. Nyberg,for the toothache of the cook
1954-03-10,34,180,coal,H. Dahl,
1954-03-30,35,116,radio mast in four lengths,H. Dahl,
1954-04-20,36,44,eggs and yeast,K. Nyberg,
1954-05-11,37,180,coal,A. Lindqvist,
1954-05-28,38,127,paint,A. Lindqvist,white and red
1954-06-15,39,161,cement,A. Lindqvist,for the foot of Trestle 11
1954-06-18,40,163,cement,A. Lindqvist,
1954-06-26,41,105,midsummer guests' luggage,K. Nyberg,the guests walked
1954-06-30,42,78,eclipse telescope,M. Oakley,cloud; nothing seen
1954-07-08,43,180,coal,H. Dahl,
1954-07-21,44,52,bees in two hives,K. Nyberg,did not thrive
1954-08-12,45,135,cider and flags,K. Nyberg,first anniversary; none broken
1954-08-25,46,174,flour and barley,K. Nyberg,
1954-09-02,47,119,sunshine cards and thermometers,M. Oakley,insured for 900 kronor
1954-09-16,48,180,coal,A. Lindqvist,
"""


def build(folder: Path) -> list[Place]:
    """Write the workbook and the list; each row is a place."""
    (folder / LOADS).write_text(LOADS_TEXT, encoding="utf-8")
    book = Workbook()
    book.properties.creator, book.properties.created = "Karin Nyberg", datetime(1961, 3, 1)
    first = book.active
    first.title = "Monthly climate 1957-1959"
    second = book.create_sheet("Instrument checks")
    climate = _climate()
    checks = [_check(line) for line in CHECKS.splitlines()]
    _fill(first, CLIMATE_HEAD, climate)
    _fill(second, CHECKS_HEAD, checks)
    book.save(folder / WORKBOOK)
    return (
        [Place(LOADS, line) for line in LOADS_TEXT.splitlines()]
        + [Place(WORKBOOK, " ".join(map(str, row)), 1) for row in climate]
        + [Place(WORKBOOK, " ".join(map(str, row)), 2) for row in checks]
    )


def _climate() -> list[list[object]]:
    """Three years of months: a yearly wave with seeded noise, colder and windier in winter."""
    rng = np.random.default_rng(1957)
    rows: list[list[object]] = []
    for year in (1957, 1958, 1959):
        for index, month in enumerate(MONTHS):
            # Warmth follows the sun by three weeks.
            dark = float(np.cos((index + 0.3) / 12 * 2 * np.pi))
            winter = float(np.cos((index - 0.7) / 12 * 2 * np.pi))
            mean = -2.6 - 9.4 * winter + rng.normal(0, 1.3)
            wind = 9.2 + 3.1 * winter + rng.normal(0, 0.9)
            rows.append(
                [
                    year,
                    month,
                    round(mean, 1),
                    round(mean - 8.5 - 4.0 * max(winter, 0) - abs(rng.normal(0, 2.2)), 1),
                    round(mean + 9.0 - 1.5 * winter + abs(rng.normal(0, 1.6)), 1),
                    round(wind, 1),
                    round(wind * 2.7 + abs(rng.normal(0, 4.5)), 1),
                    int(92 - 14 * winter + rng.normal(0, 24)),
                    int(np.clip(15 + rng.normal(0, 3.6), 4, 27)),
                    round(118 - 101 * dark + rng.normal(0, 9), 1),
                ]
            )
    return rows


def _check(line: str) -> list[object]:
    """One line of CHECKS with its date and its number as such."""
    day, instrument, who, error, unit, done = line.split("|")
    return [date.fromisoformat(day), instrument, who, float(error), unit, done]


def _fill(sheet: Worksheet, head: tuple[str, ...], rows: list[list[object]]) -> None:
    """Put header and rows into the sheet, with a bold frozen header and readable widths."""
    sheet.append(list(head))
    for row in rows:
        sheet.append(row)
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    sheet.freeze_panes = "A2"
    for number, column in enumerate(sheet.iter_cols(values_only=True), start=1):
        widest = max(len(str(value)) for value in column)
        sheet.column_dimensions[get_column_letter(number)].width = widest + 3
