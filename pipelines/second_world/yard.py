"""Texts of the second archive: a boatyard, its boats, its ferry and what became of her."""

BOATS = """\
yard_no,name,type,launched,length_ft,timber,ordered_by,price_gbp,remark
1,Patience,rowing boat,1861-05-04,16,larch,S. Tarrant,9,kept by the founder
7,Sandpiper,pilot cutter,1864-09-19,38,oak,Harbour Board,410,wrecked on Skarn 1880
12,Two Sisters,fishing smack,1868-03-02,44,oak,J. Lowther,520,
19,Merganser,chain ferry,1873-06-21,52,pitch pine,Carrow Council,1180,second chain fitted 1890
23,Adela,garden punt,1875-04-30,21,elm,Hollin Garden,31,for weeding the lake
31,Gull,lifeboat,1882-11-08,34,mahogany,Lifeboat Society,690,saved 57 lives
38,Halcyon,steam launch,1888-07-14,46,teak,Lady Ormond,1450,boiler by Gale and Sons
44,Petrel,fishing smack,1891-02-27,47,oak,J. Lowther,575,
52,Kittiwake,racing yawl,1897-05-22,41,cedar,Col. Strang,980,won the Skarn Cup four times
60,Dunlin,pilot cutter,1903-10-05,40,oak,Harbour Board,640,
66,Bittern,eel boat,1908-08-17,28,larch,P. Lowther,88,well for live eels
71,Whimbrel,hospital launch,1915-01-11,50,teak,Admiralty,2100,painted white twice
79,Avocet,passenger ferry,1921-04-09,68,oak and steel,Carrow Council,5600,replaced the chain ferry
84,Teal,dinghy,1926-06-30,12,spruce,Quay Wheelers,24,for the club's picnic island
88,Shearwater,racing yawl,1929-05-18,43,cedar,Col. Strang,1320,sank at her moorings
93,Turnstone,fishing boat,1934-09-01,36,larch,M. Lowther,460,first with a diesel engine
97,Redshank,lifeboat,1938-03-25,41,mahogany,Lifeboat Society,3900,at Dunkirk
102,Eider,harbour tug,1946-12-12,58,steel frames,Harbour Board,8800,
108,Curlew,school boat,1951-07-07,30,iroko,County Education,1270,built by the apprentices
113,Phalarope,research boat,1957-10-19,45,oak and larch,University,6900,laboratory in the hold
117,Osprey,yacht,1963-04-27,37,mahogany,Dr Imrie,4450,last boat with Davy Croll
"""

LETTERS = """\
# Letters between Nora Tarrant and her brother Edwin

Nora ran Tarrant's Yard from 1936 onwards; Edwin had gone to sea as a ship's doctor. The letters lay
in a biscuit tin until 1970.

## Carrow Quay, 3 February 1938

Dear Edwin,

The lifeboat is planked on one side and looks like a half-dressed duchess. The inspector comes on
Fridays and knocks on everything with a little ivory hammer; on the last occasion he knocked on
Davy, who was asleep inside. We use nine thousand copper rivets, and I have personally dropped most
of them. You ask about money. The Society pays in four parts, and the bank in the meantime sends me
a calendar. Father's old bandsaw broke its wheel on Tuesday. I have sold your canoe to pay for the
new one, and hope that you were not fond of it.

Your sister
Nora

## Port Said, 1 March 1938

Dear Nora,

I was fond of it. However, a bandsaw is a bandsaw. We have had measles on board, twenty-six cases,
and the purser caught it at fifty-one, which he considers beneath his dignity. In Aden I bought a
box of sandalwood that you may have for the Gull's old compass. There is a shipwright here called
Hassan Darwish who bends planks over a fire of camel dung and gets a better curve than our steam
box. I made drawings for you. He would not take money, but wanted my umbrella.

Edwin

## Carrow Quay, 30 March 1938

Dear Edwin,

She is launched. The mayor's wife threw the bottle three times and it bounced; on the fourth
occasion Davy broke it with a mallet from beneath, out of sight. The Redshank floats four inches
higher by the bow than on paper, and I have put two hundredweight of scrap chain under the
floor, about which you will please be silent. Your drawings are pinned above the steam box. We tried
the dung, of the coalman's horse. I cannot recommend it.

Two apprentices have left for the aircraft works, where they are given three pounds a week and a
canteen. I am thinking of taking girls. Mother says that grandfather would turn in his grave; I have
answered that he was cremated.

Nora

## Valparaíso, 12 June 1940

Dear Nora,

No letter from you since April, and the wireless says that all the little boats have been taken.
Did the Redshank go? Did Davy? I have been made senior surgeon, because the old one fell down a
hatch. There are penguins on the quay, which nobody finds remarkable. Write.

Edwin

## Carrow Quay, 9 July 1940

Dear Edwin,

She went, and she came back, with thirty-one holes in her and the harbour master's best teapot gone.
Davy steered. He made the crossing six times and says there is nothing to tell, and then sits
looking at his hands. He brought home two hundred and eighteen men altogether. I have counted the
holes myself, and have plugged them with cedar from the Shearwater, so that she is now the most
fragrant lifeboat in the service.

I have taken four girls. The cleverest, Peggy Lunn, can set a plank by eye, and has asked for the
same wages as the boys. She is getting them. The yard cat has had kittens in the mould loft, on the
lines of the new minesweeper.

Nora
"""

RULES_TITLE = "Rules for apprentices at Tarrant's Yard"
RULES = """\
# Hours

The bell goes at seven, and at six in summer. Whoever comes later than five minutes after it sweeps
the slip; whoever comes later than an hour goes home. Dinner is at noon and lasts forty minutes.
Saturday ends at one o'clock. Work stops when the foreman's pipe goes out, not before.

# The five years

An apprentice spends the first year with the broom, the glue pot and the eyes open. In the second
year he is given a plane and learns to sharpen it, for which three weeks are allowed. Caulking is
taught in the third year, since it needs patience and a strong ear: a seam that is full sounds like
a bell, and an empty one like a box. Lofting, which is the drawing of a boat at full size on the
floor, belongs to the fourth. In the fifth the apprentices build a dinghy together, without help,
and the proceeds are theirs.

@table

# Tools

Each apprentice buys his own tools from his own wages, beginning with a rule, a mallet and two
chisels. Borrowing without asking costs sixpence, paid into the tin for the Christmas goose. An adze
must never be left with the edge up. In 1912 a boy called Walter Finch lost two toes through such an
adze; the boot hangs beside the clock as a reminder.

# The steam box

Planks are steamed for one hour to each inch of thickness. The door is opened by two people wearing
gloves of sailcloth. A plank must be on the boat and clamped within ninety seconds of leaving the
box, for after that it has made up its mind. No potatoes are to be cooked in the box while the
foreman is looking.

# Fire

Pitch is heated outdoors only, over the brick hearth, and never above a hundred and forty degrees.
Buckets of sand stand at every door. Smoking is forbidden in the mould loft since the fire of 1899,
when the half models of thirty boats were burnt.

# Leave

There is a week's holiday at Whitsun, and a day off for a launching once the slip has been cleaned.
A death in the family gives two days. Toothache gives the time that Mr Croll needs, who has pliers.
"""
RULES_TABLE = """\
Year|Weekly wage|Place of work|Taught by
first|4 shillings|sail loft and yard|old Mr Bewick
second|6 shillings|joiners' shop|Hugh Sallow
third|9 shillings|slip|Davy Croll
fourth|13 shillings|mould loft|Nora Tarrant
fifth|18 shillings|boat shed|nobody
"""

SINKING_TITLE = "Inquiry into the foundering of the ferry Avocet"
SINKING_SUBTITLE = "Carrow Quay, in the night of 14 November 1952"
SINKING_AUTHOR = "Report of the harbour master, Captain Owen Rudge, to the Council. January 1953."
SINKING = """\
# The vessel

The Avocet had carried passengers across the Else for thirty-one years. She was certified for
ninety persons, was driven by a diesel engine of sixty horsepower which had replaced the old steam
engine in 1939, and had been on Tarrant's slip for her yearly inspection in May. At that time three
planks below the waterline were renewed and the surveyor found nothing further to complain of.

# The crossing

She left Garden Stairs at twenty to ten with the late shift of the ropeworks. There were
thirty-four people on board, a pram and a coffin, the latter empty. The tide was ebbing at about
four knots, and the wind blew from the north-east, which raises a short steep sea off the Fish Pier.
Fog was not reported by anyone.

In the middle of the river the ferryman, Bartholomew Kyle, felt a blow which he took for a drifting
log. A minute later the engine room bilge alarm sounded. The engineer found water pouring through
the stern gland and tried to stop it with his jacket. Kyle did not turn back, but steered for the
mud bank called the Old Wife, and ran the boat aground upon it at seven minutes to ten. In the
opinion of the inquiry this saved every life on board.

@table

# The rescue

The signalman at the swing bridge saw the lights tilt and telephoned the lifeboat house. Before the
Redshank was afloat, members of the cycling club, who were holding their annual meeting in the
boathouse, had launched their picnic dinghy and rowed out with bicycle lamps tied round their
necks. They took off the first eleven passengers in two journeys. The lifeboat fetched the others.
The last to leave was Kyle, with the cash box under his arm; it held four pounds and ninepence.

Two passengers were treated for cold at the infirmary and one for a bite, received from a terrier
named Admiral. The coffin drifted as far as the island of Skarn and caused distress there.

@break

# Cause

The wreck was raised on 2 December by two lighters and brought to the slip. The propeller shaft was
found to be bent by eleven millimetres, and a length of old ferry chain was wound about the
propeller. This chain was laid for the former ferry and ought to have been lifted in 1921; the
council's own minutes show that the money was spent on a fountain instead. The blow that Kyle felt
was the chain.

# Witnesses

Miss Peggy Lunn, shipwright, stated that the stern gland had been repacked with tallowed flax in
May, and produced the receipt. Mrs Ada Thorne, passenger, stated that the ferryman had sung
throughout, and that it was the singing she would never forgive. The engineer, Colm Devlin, stated
that his jacket had been new.

# Recommendations

The chain should be lifted before the spring. Ferries should carry two bilge pumps in the place of
one. A bell should be hung on the Old Wife. The club should be thanked, and its dinghy repainted at
the expense of the town. As to the boat herself, the repair is estimated at £2,300, and a new ferry
at £11,500; the inquiry recommends repair.
"""
SINKING_TABLE_TITLE = "Table 1. Times taken from the log of the swing bridge"
SINKING_TABLE_HEAD = ("Clock", "What was seen or heard", "By", "Wind, knots")
SINKING_TABLE = """\
21.40|ferry leaves Garden Stairs|signalman|22
21.48|lights stop in mid-river|signalman|25
21.53|ferry aground, whistle blown|lamp boy|26
21.55|lifeboat house told by telephone|signalman|26
22.02|rowing boat with lamps leaves the club|lamp boy|28
22.19|lifeboat passes below the bridge|signalman|31
22.47|last lamp ashore|Captain Rudge|33
"""

POSTER = (
    ("TARRANT'S YARD", 84, 70),
    ("GRAND LAUNCHING", 190, 92),
    ("of the school boat CURLEW", 280, 46),
    ("SATURDAY 7 JULY 1951", 380, 52),
    ("Gates open at one o'clock", 900, 40),
    ("Launch at high water, 3.25 in the afternoon", 960, 40),
    ("Greasy pole for boys and girls, prize one ham", 1020, 40),
    ("Music by the Ropeworks Silver Band", 1080, 40),
    ("Rides up the mast 3 pence", 1140, 40),
    ("Tea and shrimps in the sail loft", 1200, 40),
    ("If windy, on the Sunday", 1260, 36),
)

SCAN = """\
TARRANT'S YARD
Shipwrights, Carrow Quay
                                        28th April 1903

To the Harbour Board

Gentlemen,

We have surveyed the pilot cutter Sandpiper's successor as you
asked and can offer to build her in oak on elm for the sum
of six hundred and forty pounds, mast and pump included,
but without sails. The keel can be laid on the 1st of June
if the log of elm that now lies in the mill pond is dry.

The work would employ eleven men for eighteen weeks. Our
Mr Bewick wishes to use trenails of locust wood, which
cost more than iron and outlive the owner.

We should like to be paid as follows:

     150 pounds when the keel is laid
     200 pounds when she is planked
     250 pounds at the launching
      40 pounds after her first gale

The rat of which you complain was not ours. Ours has
a white ear.

                                        Yours faithfully,
"""
SCAN_SIGNATURE = "Silas Tarrant"
