"""letters/vinterforradet-1951.md: the Swedish document, a cook on keeping a winter's food."""

from pathlib import Path

from samples_world.places import Place

SOURCE = "letters/vinterforradet-1951.md"

TEXT = """\
# Vinterförrådet på Vindhammar

Anteckningar av Karin Nyberg, kokerska på stationen, för den som kommer efter mig. Skrivet i oktober
1951.

## Innan snön kommer

Allt som ska ätas mellan oktober och maj måste vara uppe i huset före den femtonde september.
Efter den dagen är leden för hal för hästarna, och då blir det ryggsäck. Jag räknar alltid med sex
personer och med två som blir kvar för att de inte kommer ner. Den som räknar knappt får sitta med
skägget i havregröten i april, sade Lindqvist, och han hade varit med.

Vi tar upp 320 kilo potatis, 90 kilo kornmjöl och 60 kilo vetemjöl. Kornet är billigare och håller
sig bättre. Salt sill köper vi i två halvtunnor av handlare Åström i Tallvik, och vi betalar när
ullen är såld. Lingon plockar vi själva på sluttningen nedanför Spegeltjärnen. Förra hösten blev
det fyrtiofyra burkar sylt, och den sista åt vi upp på valborgsmässoafton.

## Jordkällaren

Källaren är insprängd i berget bakom vedboden och har dubbla dörrar. Lindqvist gjorde dem av furu
och fyllde mellanrummet med sågspån. Värmen håller sig mellan två och fyra grader hela vintern,
bara man aldrig öppnar båda dörrarna på en gång. En lykta får brinna där inne när det är kallare
än trettio grader ute, annars fryser potatisen i hörnet mot norr.

Äpplen får inte ligga bredvid potatisen. Då gror den. Det lärde jag mig första vintern, och det
kostade oss två säckar. Ägg lägger jag i vattenglas i den stora stenkrukan, med spetsen nedåt, och
de duger till pannkaka ännu i mars. Till att koka duger de inte efter jul.

## Köttet

Köttet hänger i snötunneln mellan porten och vedboden. Vi köper en halv älg av jaktlaget i
Björkede och åtta får av Olof Bergs syster. Räven är en värre tjuv än hunden. Därför hänger köttet
i ståltråd och inte i snöre, och så högt att jag måste stå på mjölkpallen. Renkött får vi i gåva
när Nils Omma flyttar sin hjord förbi i november, och han får kaffe och tobak i stället.

## Bröd

Jag bakar två gånger i veckan, på onsdag och lördag. Tunnbrödet bakas bara en gång om året, i
september, och då kommer min mor upp från byn. Vi bakar fyra dagar i sträck och får ihop omkring
sexhundra kakor. De staplas i kistan på vinden med ett linne mellan varje lager. Möss har vi
aldrig haft i kistan, men en gång en lämmel som inte kunde ta sig ut för att den hade ätit för
mycket.

Jästen är det svåraste. Den fryser på vägen och dör. Jag håller en surdeg i en blå kruka bakom
spisen, och den har levt sedan 1947. När huset var fullt av folk efter branden stod krukan i min
egen säng.

## Kaffe och socker

Kaffet står under lås. Inte för att någon stjäl, men för att den som har nattvakt är ensam och
fryser. Varje person får femtio gram i veckan, och vad man gör med det är ens egen sak. Herr
Ekström sparade sitt hela veckan och kokade allt på söndagen, så starkt att skeden stod. Socker
köper vi i toppar. Toppen hänger ovanför spisen och hålls torr av röken.

## Ved och vatten

Björkveden kommer i maj med de sista slädarna och ska ligga ett helt år innan den eldas. Vi gör av
med elva famnar om vintern, och då räknar jag inte det som går åt när någon ska torka sina
strumpor. Torven till stugans lilla kamin skär vi själva på myren bakom Oxstenen. Den luktar, men
den räcker hela natten.

Från oktober till maj är pumpen frusen, och då hämtar vi vatten ur hålet i isen på Spegeltjärnen.
Hålet täcks med en fårskinnsfäll och ett lock av granris, så att det bara behöver huggas upp var
tredje dag. Den som har tvättdag bär sitt eget vatten. Undantag görs för den som har hittat på en
ny historia.

## Om det tar slut

Det har hänt en gång, våren 1949, att snön låg kvar och hästarna inte kom upp förrän den elfte
juni. De sista tre veckorna levde vi på korngröt, torkad fisk och harsyra som vi plockade under
kanten av snöfläckarna. Ingen blev sjuk. Ekström blev visserligen så mager att hans byxor måste
hållas uppe med ett barografband, men han mätte snön varje dag. Jag skriver detta för att den som
kommer efter mig inte ska vara rädd. Man klarar sig på mindre än man tror, bara det är varmt i
köket och någon berättar något.
"""


def build(folder: Path) -> list[Place]:
    """Write the Markdown file."""
    (folder / SOURCE).write_text(TEXT, encoding="utf-8")
    return [Place(SOURCE, TEXT)]
