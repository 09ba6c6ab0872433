"""Documents about the glassworks of Pellow: furnaces, blowers whose names are alike, orders."""

DOCUMENTS = {
    "glass/furnaces.md": """\
# Furnaces of the Pellow glassworks

## Old Meg

Old Meg was lit in 1871. She had six pots before she was rebuilt in 1898 and ten pots afterwards.
She burnt 9 tons of coal a week before the rebuilding and 7 tons after it. Her chimney is 74 feet
high.

## Young Meg

Young Meg was lit in 1893 with eight pots. She was meant to burn gas but burnt coal to the end,
since the main from Pellow Cross was never finished. She went out on 3 February 1927. Her chimney
was 61 feet high.

## The Deacon

The Deacon was lit in 1905 for bottles only. It had one tank and no pots. It could make 4,000
bottles in a day and on its best day, 12 August 1912, made 5,300.

## Fuel

In 1900 the works bought 840 tons of coal in all, from two pits. In 1910 it was 1,120 tons. No coal
was bought from Tolgarrow after the strike.
""",
    "glass/blowers.txt": """\
BLOWERS OF THE PELLOW GLASSWORKS

Ada Renwick came in 1888 and left in 1919. She made goblets and was paid 34 shillings a week at the
end. She is the one in the photograph with the parrot.

Ada Renwyck came in 1901 and left in 1906 to marry a baker. She made lamp chimneys, 60 an hour when
nobody talked to her. She was paid 19 shillings.

Tom Carver was master of the first chair from 1884. Tom Garver was his nephew by marriage and master
of the second chair from 1897. The first chair had five hands and the second had four.

Jory Tank lost the sight of his left eye in 1903. He did not stop blowing, and he did not take the
pension that was offered to him. His brother Denzil took one of 12 shillings.

Apprentices served seven years until 1899 and five years after that. In 1904 there were eleven
apprentices, of whom three were girls. Bessie Hale, one of the three, blew the glass ship that
stands in the office. It took her nineteen tries.
""",
    "glass/orders.csv": """\
year,customer,goods,pieces,pounds,delivered
1908,Royal Hotel Penmarrow,wine glasses,1200,96,yes
1908,Imperial Hotel Penmarrow,wine glasses,900,74,yes
1909,Royal Hotel Penmarrow,water jugs,150,31,yes
1909,County Asylum,tumblers,2000,58,yes
1910,Royal Hotel Penmarrow,wine glasses,700,59,no
1910,Great Southern Railway,lamp lenses,340,187,yes
1911,Great Southern Railway,lamp lenses,410,226,yes
1911,Imperial Hotel Penmarrow,finger bowls,300,45,yes
1912,Great Western Bank,inkwells,220,27,yes
""",
    "glass/recipe-book.docx": """\
# Ruby

For one pot of ruby take 400 pounds of sand, 120 of potash, 90 of red lead and half an ounce of
gold. It is brown when it leaves the pot and turns red only when it is warmed a second time. It
should be warmed for eleven minutes.

# Cobalt blue

For one pot of cobalt blue take 420 pounds of sand, 140 of potash and 9 ounces of cobalt. Earlier
books say 14 ounces; that is far too much and looks black. It needs no second warming.

# Bottle green

For bottle green nothing is added. The colour comes from the iron in the sand of Porth Gwin. The
sand of Porth Gwarra has no iron and gives white glass.

# Opal

Opal was made with bone ash until 1902 and with fluorspar from 1902 on. Take 30 pounds of fluorspar
to the pot. Do not make opal in the same week as ruby.
""",
    "glass/strike-report.pdf": """\
# Report on the strike of 1906

The strike began on 5 March 1906 and ended on 28 April. Of 212 hands, 167 went out. The blowers
asked for 4 shillings a week more and were given 2. The packers asked for nothing and were given
sixpence.

The leader of the blowers was William Odger. The manager was William Oger, and letters often went
to the wrong man.

@break

# Costs

The works lost £3,100 in orders and £260 in a pot that cracked when it went cold. The union paid 8
shillings a week to married hands and 5 to single ones. The police were asked for twenty constables
and sent three. No window was broken. The reserve pots were expected to last until June and
lasted until 30 March.
""",
    "glass/museum-page.html": """\
# The Pellow Glass Museum

The museum is in the old packing house and was opened on 9 June 1974. It has 1,340 pieces, of which
about 300 are on show. It was first meant to be in the engine house, whose roof fell in.

# Opening hours

| Season | Days | Hours | Last demonstration |
| April to September | every day but Monday | 10 to 5 | 3.30 |
| October | Saturday and Sunday | 11 to 4 | 2.00 |
| November to March | closed | | |

# Prices

Adults pay £4.50 and children £2. There is no family ticket any more. Members of the Friends of
Pellow Glass come in free and may bring one guest.

# The glass ship

The glass ship was blown by Bessie Hale and has 61 threads of rigging. It was sold in 1928 for £11
and bought back in 1981 for £2,400. It may not be photographed with a flash.

# Not to be missed

The largest piece is a carboy of 25 gallons. The smallest is a tear bottle of half an inch. The
oldest was made in 1872 and is a plain doorstop.
""",
    "glass/price-list-1911.png": """\
PELLOW GLASSWORKS
PRICE LIST FOR 1911
Goblet, clear 14 pence
Goblet, ruby 32 pence
Tumbler, clear 5 pence
Tumbler, blue 9 pence
Lamp chimney 4 pence
Packing 1 shilling a crate
Breakages are not replaced
""",
}
