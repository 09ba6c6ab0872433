"""Texts of the second archive: a cycling club, its meetings, its rides and its voices."""

MINUTES_TITLE = "Quay Wheelers: minutes of the annual meeting"
MINUTES = """\
# Present

The meeting took place in the boathouse on 14 November 1952 and was opened by the captain, Violet
Marsh, at eight in the evening. Forty-three members had come, and a goat, which was asked to leave.
Apologies were read from Dr Imrie, who was at a birth, and from Ambrose Tull's knee.

# Report of the secretary

Ambrose Tull reported, seated, that the club had ridden on forty-eight Sundays out of fifty-two. The
longest run was to Latch Moss and back, a hundred and thirty-one miles, completed by nine members
and a tandem. One ride was lost to snow, one to a funeral, and two to a misreading of the almanac.
The club has 162 members, of whom 58 are women; twenty years ago there were six.

# Report of the treasurer

Hetty Lamb presented the accounts. Income from subscriptions was £81 and from the dance £37. The
largest expense was the roof of the boathouse, at £64. There remained £29 and a Portuguese coin that
nobody would admit to having paid with. The accounts were passed without a question, for which Miss
Lamb thanked the meeting in an injured voice.

@table

# Motions

Mr Gerald Pym moved that dropped handlebars be forbidden on Sunday runs, as they gave riders the
look of beetles. Miss Marsh asked whether he had anything against beetles. The motion fell by
thirty-nine votes to two. Mrs Thackeray moved that the tea stop at Upper Else be changed from the
Plough to the Temperance Hotel on account of the scones; this was carried. It was agreed that the
subscription should go up from ten shillings to twelve with effect from January.

# Interruption

At about ten o'clock the lights of the ferry were seen to tilt. The meeting was suspended on the
motion of everybody. When it was resumed at ten minutes to midnight most members were wet. It was
resolved that the eleven guests in blankets be made honorary members, dog included.

# Prizes

The Fenn Plate for the best rider in the hill climb went to Peggy Lunn, who took six minutes and
four seconds from the brewery to the water tower, a record. The Brass Bell for punctuality was not
awarded. The Marmalade Cup, for the rider with the most punctures in a season, was given to young
Neville Croll: thirty-three.
"""
MINUTES_TABLE = """\
Office|Elected|Votes|Since
Captain|Violet Marsh|41|1938
Secretary|Ambrose Tull|40|1929
Treasurer|Hetty Lamb|43|1947
Keeper of the dinghy|Colin Sedge|22|1952
Tea steward|Mrs Thackeray|37|1950
Mender of roads|vacant|0|1946
"""

TALK = (
    (
        "Sixty years on two wheels",
        ("Quay Wheelers, founded 1893", "A talk by Violet Marsh", "Library, 9 March 1953"),
        "Begin with the photograph of the penny-farthing in the tree. Explain that the founder, "
        "Bram Osterly, was the dentist, and that the first seven members were all patients who "
        "did not dare to refuse. Do not mention what happened to the eighth.",
        (),
    ),
    (
        "Machines",
        (
            "1893: solid tyres and courage",
            "1908: the first bicycle with gears in the county",
            "1931: tandems for courting",
        ),
        "The geared bicycle belonged to Miss Philippa Rae, who taught at the net school. It had "
        "been built in Coventry, cost her fourteen weeks of wages, and was stolen twice, both "
        "times by the vicar, who said that he had taken it for his own.",
        (),
    ),
    (
        "Rides that we remember",
        (),
        "The midnight ride began as a bet in 1925 and has been held on the shortest night ever "
        "since. In 1936 the whole field followed a lantern for an hour and found that it hung "
        "on a cow. Tell them that the cow got a medal, and show it if the pin has been mended.",
        (
            ("Ride", "Miles", "First held", "Record"),
            ("Skarn ferry dash", "22", "1899", "58 min"),
            ("Latch Moss and back", "131", "1911", "8 h 12 min"),
            ("Midnight ride", "46", "1925", "2 h 40 min"),
            ("Brewery hill climb", "1", "1930", "6 min 4 s"),
        ),
    ),
    (
        "The map room",
        (
            "Every road within fifty miles",
            "Red for good, blue for bad, black for geese",
            "Kept up by hand since 1904",
        ),
        "The maps were begun by Ambrose Tull's father, who was a postman, on the back of the "
        "wallpaper that was left over from the Palm Hotel. There are seventy-six sheets. During "
        "the war the army borrowed them for two years and returned them with corrections.",
        (),
    ),
    (
        "What we would like",
        ("A lane for bicycles on the swing bridge", "A drinking fountain that works"),
        "The engineer says that a lane would cost nine hundred pounds. Collect names at the door. "
        "As regards the fountain, the council opened it in 1922 and it ran for eleven days.",
        (),
    ),
)

TOUR = """\
# Round the island of Skarn in four days

From the diary of Neville Croll, aged seventeen, August 1952. Five riders: myself, Peggy, Colin
Sedge, Mr Tull, and Mr Tull's knee, which he counts.

## First day

Across on the morning boat, three hours, flat sea. The steward charged half fare for bicycles and
whole fare for the tandem, on the grounds that it had two opinions. Rode from the harbour to
Saint Ebba, eighteen miles of shell gravel. Two punctures before noon, both mine. Peggy mended the
second one in four minutes with a plaster and a limpet shell, while eating. We slept in the loft of
the lifeboat house beneath a sail that smelt of tar.

## Second day

Head wind all the way. We passed the lighthouse, where the keeper's sister sells eggs and showed us
the spot where the orchid grew. It is a car park for sheep now. Colin's chain parted on the hill
they call the Staircase, and since nobody had a spare link he was towed by the butcher's van for six
miles with a string of sausages for a rope, or so he tells it. Supper was mutton. I have bought a
postcard of a whale.

## Third day

Rain. We stayed at the Temperance House in Northby and Mr Tull taught us cribbage, a game in which
he always wins by a rule that he has not told us about before. In the afternoon I went to look at
the standing stones; there are twenty-two, though the guidebook insists on twenty-three. The
landlady explained that one was sold. A bath cost a shilling and the water had been used.

## Fourth day

Down the west side with the wind behind us, thirty-four miles in two hours and five minutes. Saw
an otter, a hearse and a bride, in that order. The tandem lost its brake at the quarry and Mr Tull
and Colin went through a hedge, across a game of bowls, and into a pond. The knee is cured. Nobody
understands it, least of all the knee. We caught the evening boat with one minute in hand, and I
have spent three pounds and elevenpence altogether.

## What to take next time

- spare links for a chain
- two tins of patches rather than one
- less advice
- a cap with a chin strap, because mine is now in Norway
- four pounds of oatmeal, for the shops are closed on Mondays
"""

FAQ = (
    (
        "Who can join the club?",
        "Anybody over the age of eleven who owns a bell. Those who cannot ride are taught on the "
        "promenade on Wednesday evenings by Colin Sedge, who runs alongside and is very fit.",
    ),
    (
        "What do I pay?",
        "Twelve shillings for the year, half of that for apprentices and nurses. The fee covers "
        "the use of the boathouse, the maps, and insurance against geese.",
    ),
    (
        "What should I bring on a Sunday run?",
        "A pump, a spare tube, a sandwich and a coin for the telephone. The sweeper, who rides at "
        "the back in a yellow cape, carries tools and brandy.",
    ),
    (
        "How fast do you go?",
        "The long group rides at fourteen miles an hour, the short group at nine. There is a "
        "third group, known as the botanists, whose speed has never been measured.",
    ),
    (
        "May I bring my dog?",
        "Only in a basket. The exception is Admiral, who has been an honorary member since the "
        "night of the ferry and runs where he likes.",
    ),
    (
        "Is there somewhere to repair my bicycle?",
        "The workshop under the boathouse is open on Tuesdays and Thursdays from six. It has two "
        "stands and a lathe given by Tarrant's Yard. Mrs Imrie shows you how, but does not do it "
        "for you.",
    ),
)

RACE = (
    ("QUAY WHEELERS", 84, 66),
    ("MIDNIGHT RIDE", 190, 100),
    ("46 MILES BY LANTERN", 290, 50),
    ("Thursday 21 June 1956", 390, 48),
    ("Start at the Fish Pier at 11.45 in the evening", 900, 38),
    ("Soup at the Plough, Upper Else", 960, 38),
    ("Entry 2 shillings, lamp hire 9 pence", 1020, 38),
    ("Sign up with Hetty Lamb before 12 June", 1080, 38),
    ("Breakfast for all who come back", 1140, 38),
    ("First prize a pair of wheels", 1200, 38),
    ("No geese", 1260, 36),
)

SWEDISH = """\
# Resan till Gotland

Reseminnen av Hetty Lamb, kassör i cykelklubben, sommaren 1955. Skrivet på svenska för brevvännen
Britta Hägg i Visby.

## Båten

Vi var åtta cyklister och en enda som inte blev sjösjuk, nämligen jag. Båten från Nynäshamn gick
klockan elva på kvällen. Cyklarna hängdes upp under taket som skinkor och kostade tre kronor
stycket. Jag delade hytt med en cirkusartist som övade på dragspel hela natten.

## Cyklarna

I Visby köpte vi nya däck hos handlare Lindbom på Adelsgatan, för gatstenarna hade skurit sönder
fyra av dem. Violets växel gick sönder vid Lummelunda. Smeden där lagade den med en hästskosöm och
ville inte ha betalt, men han fick en konservburk med päron.

## Maten

Saffranspannkakan åt vi sju dagar i rad. Britta serverar den med salmbär, som växer vilt vid
hennes stenmur. Flundran röks över enris och äts med fingrarna. På Fårö bjöds vi på lammhuvud, och
Ambrose sade artigt att han redan hade ätit i Skottland.

## Raukarna

Vid Langhammars räknade vi till femtio raukar innan det blev mörkt. Den högsta är ungefär tio
meter. En get stod på en av dem och kunde inte komma ner, så Peggy klättrade upp med ett rep. För
detta fick hon en ost av bonden, som hette Evert.

## Hemvägen

Hela resan kostade 212 kronor för var och en. Vi cyklade sammanlagt 480 kilometer och hade nitton
punkteringar. Det bästa var ljuset. Det sämsta var dragspelet.
"""

RECORDINGS = (
    (
        "sound/interview-winifred-brandreth.ogg",
        "en-gb+f3",
        145,
        ("-c:a", "libvorbis", "-q:a", "2"),
        (
            "My name is Winifred Brandreth, and I looked after the boilers for twenty nine years.",
            "I was nine years old when my father first let me open the furnace door.",
            "We baked potatoes in the ashes for the gardeners, six at a time.",
            "The worst night was in January, when the water in the pipes began to freeze.",
            "My chair arrived in nineteen sixty four, and it was a garden bench.",
            "I still wake up at two in the morning to listen for the burner.",
        ),
    ),
    (
        "sound/harbour-announcement.mp3",
        "en-us",
        145,
        ("-c:a", "libmp3lame", "-b:a", "40k"),
        (
            "This is an announcement from the harbour office on Friday, the second of May.",
            "The swing bridge will be closed for painting until the end of the month.",
            "The ferry will leave from the Fish Market instead of the Garden Stairs.",
            "The last boat to the island leaves at half past seven in the evening.",
            "A black suitcase with a parrot on it has been found on the pier.",
        ),
    ),
    (
        "sound/club-dictation.wav",
        "en-us+m3",
        145,
        ("-c:a", "pcm_s16le", "-ar", "16000"),
        (
            "Dictation by Ambrose Tull, secretary of the cycling club, for the summer letter.",
            "The picnic on the island will take place on the fifteenth of August.",
            "Members should bring their own cup, because thirty were broken last year.",
            "The new boat house key hangs behind the picture of the queen.",
            "The doctor has forbidden me to ride for six weeks.",
        ),
    ),
)
