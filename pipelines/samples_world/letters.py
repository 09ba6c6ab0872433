"""letters/pell-letters.md: a junior observer writes home, with facts no report holds."""

from pathlib import Path

from samples_world.places import Place

SOURCE = "letters/pell-letters.md"

TEXT = """\
# Letters from Thomas Pell to his sister Alice, 1955 to 1957

Lent by Mrs Alice Garrow of Whitby and copied for the archive in 1971. Private matters have been
left out and are marked with three dots.

## 9 October 1955

Dear Alice, I am here, and I am dry, which is more than I could say on the boat: I was sick from
Tilbury until the pilot came aboard at Gothenburg. The train took a day and a half. From the last
hut I rode up in the cableway in a box meant for potatoes, with my knees against my chin, and saw
nothing but the inside of a cloud. Miss Oakley met me at the top. She looked at my shoes and said,
"Those will not do," and within the hour I had a dead man's boots, stuffed with hay.

They are a good household. Mr Lindqvist, who built the place, mends everything and says about four
words a day. Miss Nyberg cooks, and knows more about snow than the books do. Mr Dahl, who works
the radio, has promised to teach me Morse; I am to manage twelve words a minute by Easter or do
the washing up until I do. There is a large dog called Tuss, who has taken over the foot of my
bunk, and a cat who disapproves.

## 28 December 1955

Dear Alice, thank you for the scarf. We had Christmas in a gale. The goose had been hanging in the
porch for a week, and on the morning of Christmas Eve it was gone, and Tuss was lying very quietly
behind the stove. We dined on salt herring and a tinned pudding from Leeds. Dr Ashby of the Trust
sends one every year, and I am told that every year somebody breaks a tooth on the sixpence. This
year it was Mr Dahl.

I have the stakes to myself now. It is a walk of an hour, out to L and back, and I like it. I have
begun a list of birds for Father: only nine since October, and six of those were ptarmigan, raven,
snow bunting and the like, that have nowhere better to go. Lindqvist has made me a box for my
notebook out of the same peat-smelling board as the walls, with a lid that slides ...

## 4 March 1956

Dear Alice, you will have had it from the newspapers, so let me say first that I am well. I have
lost the tip of the little finger of my left hand, and that is all that I have lost. The doctor
did it with something like a pair of garden shears, and gave me brandy.

I read as far as stake H and turned round, and the path was not there. I walked with the wind on
my right cheek, as we are taught, and did not know that the wind had begun to turn. When I fell
over the same stone a second time I stopped being brave and dug. I had my notebook box, and it
makes a fair shovel. It was not very cold in the hole. I said the multiplication tables up to
nineteen, and after that I sang hymns, and after that I do not remember. What woke me was a dog's
tongue. I have been told that I said "Good morning, Tuss" as if he had brought the tea.

You ask about my compass. It was no good: I had kept it all winter on the shelf above the radio,
beside the loudspeaker, and it pointed wherever it pleased. Please do not tell Father that.

## 17 June 1956

Dear Alice, the snow is going, and the tarn is open round the edge. Birds: thirty-one kinds, and a
pair of dotterel that let me come within two yards. Miss Oakley has had the handle of my whistle
put on a cord, and has set me to drawing charts until the hand is right again. Miss Nyberg found
my glove under stake J, with eleven lemmings' worth of bones beside it. An owl had thought it a
good larder ...

## 2 February 1957

Dear Alice, we have all had colds, and the barograph has had one too: the ink froze in the pen on
the coldest night, and there is a gap in the line like a missing tooth. Miss Oakley filled it with
dots and wrote "sneezed" beside it. My hand is quite right again, except for buttons.

I passed my Morse at last, at fourteen words, in front of the whole house, with Mr Dahl sending from
the cupboard. He sent the whole of the recipe for pease pudding to see whether I would notice. The
cable carriage has been given a roof, so that a passenger is now merely cold. I spend my evenings on
its engine with Mr Berg, who comes up for the purpose, and we have taken the cylinder head off three
times, once because it was necessary ...

## 30 March 1957

Dear Alice, I have given my notice. It is not the storm, whatever Mother thinks. I find that I
like lamps and engines better than averages, and the Northern Lighthouse people have a place for
me from the first of May, on an island with three keepers and a great many seals. Miss Oakley was
kind about it. She said that a lighthouse is a weather station that has something to say.
Lindqvist has given me the notebook box, with a new lid. On the inside he has burned one word with
a hot nail, and it is "Enough".
"""


def build(folder: Path) -> list[Place]:
    """Write the Markdown file."""
    (folder / SOURCE).write_text(TEXT, encoding="utf-8")
    return [Place(SOURCE, TEXT)]
