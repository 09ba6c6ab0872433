"""Documents about the tramways of Oxenholt: lines planned and opened, cars, fares, an inquiry."""

DOCUMENTS = {
    "trams/lines.md": """\
# The lines of the Oxenholt tramways

## Harbour line

The Harbour line was planned for 1 April 1904 and opened on 19 September 1904, because the rails
were delivered to Oxenford by mistake. It is 3.2 miles long and has eleven stops. The engineer was
Josiah Brand. A second track was promised in 1909 and was never laid.

## Abbey line

The Abbey line was planned for May 1907 and opened in May 1907, the only one that kept its day. It
is 4.6 miles long and has sixteen stops. The engineer was Josiah Brandt, no relation, who signed
everything twice. Its steepest stretch is 1 in 14, on Tanner's Hill.

## Quarry line

The Quarry line was planned for 1911 with nine stops; it opened on 2 March 1913 with seven. It is
2.8 miles long. Until 1921 it carried stone at night. It was closed in 1934 and is now a footpath.

## Orchard line

The Orchard line was approved in 1914, surveyed in 1919 and given up in 1922. Not a yard of it was
built. The survey alone had cost £840.

## Depots

The depot in Mill Road holds 24 cars and the one in Abbey Fields 15. Before the fire of 1917 the
depot in Mill Road held 30. The fire destroyed six cars and hurt nobody.
""",
    "trams/fleet.csv": """\
car,builder,built,seats,price in pounds,nickname,withdrawn
3,Hallam & Pike,1904,42,615,Old Sal,1931
4,Hallam & Pike,1904,42,615,,1929
11,Hallam & Pike,1907,48,702,The Bishop,1938
12,Corder Brothers,1907,46,688,,1938
17,Corder Brothers,1913,52,840,Granite Kate,1934
18,Corder Brothers,1913,52,855,,1940
21,Vosper Tramcar Company,1924,60,1490,The Duchess,1947
22,Vosper Tramcar Company,1924,60,1490,,1949
23,Vosper Tramcar Company,1926,64,1610,The Dowager,1949
""",
    "trams/fares.html": """\
# Fares of the Oxenholt tramways

These are the fares from 1 January 1931. The fares of 1926 are given beside them.

| Ticket | From 1926 | From 1931 |
| Single, one stage | 1d | 1½d |
| Single, whole line | 3d | 4d |
| Return, whole line | 5d | 7d |
| Workmen's return, before seven | 2d | 2d |
| Season, one month | 9s | 11s 6d |

# Children

Children under four travel free. Until 1930 this was children under five. Children of four to
thirteen pay half the single fare; there is no half fare on season tickets.

# Dogs and parcels

A dog pays 1d whatever its size. Parcels up to 28 pounds go free if they are held on the lap.
Perambulators are not carried at all, folded or not.

# Lost tickets

A lost ticket is not replaced. A lost season ticket is replaced once, for 2s 6d.
""",
    "trams/inquiry-1929.pdf": """\
# Inquiry into the collision at Tanner's Hill, 1929

On the evening of 8 November 1929 car 4, running down Tanner's Hill, struck the standing car 12 at
the Priory stop. Car 4 had 31 passengers and car 12 had 9. Fourteen people were hurt, two of them
badly. No one was killed.

The driver of car 4 was Edwin Marsh. The driver of car 12 was Edmund March, who had stepped down to
turn the points and was not hurt.

@break

# The brakes

Car 4 was fitted with a hand brake and a magnetic brake. The hand brake had been tested on 6
November and was in order. The magnetic brake had not been tested since July. The inspector found
that sand had not been put down, although the box was full.

The speed at the curve was put at 23 miles an hour by the inspector and at 16 by the driver. The
limit on the hill was 10 miles an hour at the time; it was lowered to 8 in December 1929.

@break

# Findings

The inquiry did not blame the driver. It blamed the company for the want of a test. The company paid
£1,260 to the hurt, of which £400 went to Miss Ivy Cole. A proposal for a second conductor on each
car was rejected. Catch points were ordered for Tanner's Hill and were laid in June 1930.
""",
    "trams/staff-notices.docx": """\
# Notice 41, March 1922

Drivers are to sound the gong twice at every crossing. Conductors on the Abbey line carry whistles.
The meal break is 20 minutes. Caps may be taken off in July and August.

# Notice 58, October 1925

Notice 41 is withdrawn. Drivers are to sound the gong once at crossings and not at all beside the
Infirmary. The meal break is 25 minutes.

# Notice 73, May 1928

The meal break is 30 minutes from 1 June; the rest of Notice 58 stands. Uniforms are renewed every
second year for drivers and every third year for conductors.

# Notice 80, January 1930

Wages of drivers go up from 58 to 61 shillings a week. Wages of conductors remain at 49 shillings.
Inspector Harold Pym succeeds Inspector Harriet Pim at the depot in Mill Road.
""",
    "trams/last-day.png": """\
OXENHOLT TRAMWAYS
LAST DAY OF THE TRAMS
Saturday 14 May 1949
Last car to the Harbour 10.25 pm
Last car to the Abbey 11.05 pm
Souvenir ticket 6 pence
Band of the Fire Brigade at the Priory
Car 23 leads the procession
""",
    "trams/interview-driver.ogg": """\
My name is Walter Grant, and I drove trams in this town for twenty six years.
I learned to drive in nineteen twenty one, and my teacher was a woman called Rose Miller.
In winter we stuffed newspapers into our boots against the cold.
The first car I drove had no windscreen, and the second had half of one.
On the last day I drove to the harbour, and my brother drove to the abbey.
I was never late, but once I was four minutes early, and they fined me a shilling.
""",
}
