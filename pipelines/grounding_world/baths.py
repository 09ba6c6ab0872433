"""Documents about the Cradock Baths: a rebuilding, planned and actual, before and after."""

DOCUMENTS = {
    "baths/rebuilding-accounts.csv": """\
part,contractor,planned in pounds,paid in pounds,planned end,finished
Large pool,Ridd & Sons,4200,5150,March 1936,June 1936
Small pool,Ridd & Sons,1800,1790,March 1936,April 1936
Boiler house,Thermal Works,2600,3480,January 1936,May 1936
Changing rooms,J. Cutler,950,950,April 1936,April 1936
Roof,Lasker Iron,3100,2890,February 1936,February 1936
Slipper baths,J. Cuttler,700,1120,May 1936,not finished
Clock,Potts,85,85,June 1936,August 1936
""",
    "baths/brochure.md": """\
# The Cradock Baths, reopened 1936

## The pools

The large pool is 33 yards long, 14 yards wide and holds 120,000 gallons. It was 25 yards long
before the rebuilding. The small pool is 18 yards long and holds 38,000 gallons; it was not
lengthened. Neither pool has sea water any more.

## Diving

There are boards at 1, 3 and 5 metres over the large pool. A board at 10 metres was in the plans and
was left out. The small pool has no board.

## Spectators

There are 410 seats on the gallery, against 260 before. Smoking is not allowed there. The café is
run by the Misses Trewin and closes at half past eight.

## Opening

The baths were opened again on 11 July 1936 by the swimmer Hilda Crane. The mayor was to have done
it and was at a funeral. On the first day 1,870 people came.

## Lessons

Lessons are given by Mr Alec Stroud and Miss Alice Strode. Mr Stroud teaches men on Tuesday and Miss
Strode women on Thursday. Twelve lessons cost 15 shillings.
""",
    "baths/engineer-report.pdf": """\
# Report of the engineer on the new plant

The old boiler of 1899 was fired by hand and used 16 tons of coal a week. The new boilers, of which
there are two, use 11 tons a week together. They were made in Derby and installed in May 1936.

The water of the large pool is kept at 76 degrees; with the old plant it was seldom above 70. The
water of the small pool is kept at 80 degrees.

@break

# Filters

Before 1936 the water was changed every Monday. It is now filtered and is changed twice a year. All
the water of the large pool passes the filters in five hours, that of the small pool in three. The
makers had promised four hours and two.

Chlorine was tried in 1934 and given up; it is used again since September 1936. Ozone is not used.

@break

# Staff

The plant needs three men by day and one at night. It was to have needed two by day. The chief
stoker is Reuben Fisk, who came in 1911. The engineer is Robin Fiske, who signs this report. No
accident has happened in the boiler house since 1927.
""",
    "baths/season-1938.txt": """\
CRADOCK BATHS, NOTES ON THE SEASON OF 1938

Visitors: 84,300 in the large pool, 31,900 in the small pool and 12,450 in the slipper baths. In
1937 the large pool had 79,100.

The busiest day was 1 August with 2,140 visitors. The quietest was 9 November with 17.

The record for 100 yards was broken twice. Norman Pell swam 58.4 seconds on 3 May and Norma Bell
swam 66.2 seconds, a record for women, on 14 June. The record for 220 yards stands since 1931.

The water polo team won nine of fourteen matches. It drew two. It did not win in Saltash, where the
water was 58 degrees.

Four people were pulled out of the water, one of them twice. Nobody drowned. The rescue medal went
to Iris Penrose, aged sixteen.

Towels: 61 were lost and 58 were found, of which three were not ours.
""",
    "baths/rules.html": """\
# Rules for bathers

Bathers take a shower before they enter the water. Caps must be worn by women; men with long hair
are asked to. Costumes are to be of a dark colour. Soap is not allowed in the pools.

# Prices

| Ticket | Large pool | Small pool | Slipper bath |
| Adult | 8d | 6d | 5d |
| Child | 4d | 3d | not admitted |
| Season ticket | 30s | 22s | none |
| Spectator | 3d | free | none |

# Hours

The baths open at seven and close at nine in the evening, on Sunday at noon. Until 1936 they were
closed on Sundays. Mixed bathing is on Wednesday and Saturday; it used to be on Saturday only.

# Hire

Towels are hired for 2d and costumes for 3d. Water wings are no longer hired out.
""",
    "baths/committee-letters.docx": """\
# Letter of 4 February 1935

To the Council. The committee asks for £13,000 for the rebuilding. Without it the baths must close
by the end of 1936. The committee does not ask for a second small pool. Signed Edith Mallory, chair.

# Letter of 20 March 1935

To the Committee. The Council grants £11,500 as a loan at 3½ per cent over thirty years and £1,500
as a gift. A lottery, which the committee proposed, is refused. Signed Edwin Mallery, town clerk.

# Letter of 16 November 1936

To the Council. The rebuilding has cost £15,465. The committee asks for £2,465 more. The slipper
baths are not finished, as the contractor is bankrupt. Signed Edith Mallory, chair.

# Letter of 1 December 1936

To the Committee. The Council grants £1,200 and not a penny more. The price of a season ticket may
be raised, but not the price for children. Signed Edwin Mallery, town clerk.
""",
    "baths/announcement.ogg": """\
Ladies and gentlemen, this is an announcement for all visitors of the baths.
The large pool will be closed on Monday and opens again on Friday morning.
The small pool stays open, but the water is colder than usual.
A silver watch and a brown umbrella were found in the changing rooms.
The swimming lesson for beginners is moved to ten o'clock on Saturday.
""",
}
