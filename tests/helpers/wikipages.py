"""Pages of our own writing for a test wiki: plankton, and what is easily taken for it."""

from __future__ import annotations

from types import MappingProxyType

from kgconcepts import ConceptGraph

__all__ = [
    "ELSEWHERE",
    "HOMONYMS",
    "HOSTILE",
    "NUMBER",
    "ODD",
    "REDIRECTS",
    "REFUSED",
    "SWEDISH",
    "english",
]

NUMBER = 300

# Genera of plankton whose name is first of all that of something else. The families of most have
# the same stem, so that a page's own title is no sign of it.
HOMONYMS = MappingProxyType(
    {
        "Atlanta": "'''Atlanta''' is a large city in Georgia. [[Category:Cities in Georgia]]",
        "Aurelia": "'''Aurelia''' was the mother of Caesar. [[Category:Roman women]]",
        "Clione": "'''Clione''' was a nymph of the sea. [[Category:Nymphs]]",
        "Eurydice": "'''Eurydice''' was the wife of Orpheus. [[Category:Nymphs]]",
        "Evadne": "'''Evadne''' was the wife of Capaneus. [[Category:Greek myths]]",
        "Fritillaria": "'''Fritillaria''' is a genus of bulbs in the lily family Liliaceae. "
        "Its flowers hang like bells. [[Category:Liliaceae genera]]",
        "Glaucus": "'''Glaucus''' was a fisherman who became a god. [[Category:Sea gods]]",
        "Liriope": "'''Liriope''' is a genus of plants like grass, in the family Asparagaceae. "
        "[[Category:Asparagaceae genera]]",
        "Lucifer": "'''Lucifer''' is a name of the morning star. [[Category:Angels]]",
        "Navicula": "A '''navicula''' is a sundial like a ship. [[Category:Sundials]]",
        "Pelagia": "'''Pelagia''' was a saint of Antioch. [[Category:Saints]]",
        "Sagitta": "'''Sagitta''' is a faint constellation. [[Category:Constellations]]",
        "Thalia": "'''Thalia''' is a genus of plants of marshes, in the family Marantaceae. "
        "[[Category:Zingiberales genera]]",
    }
)
# Where titles lead in the end; nowhere is empty.
REDIRECTS = MappingProxyType(
    {
        "Copepods": "Copepod",  # by way of Copepoda
        "Arrow worm": "Chaetognatha",
        "Euphausiacea": "Krill",
        "Salpida": "Salp",
        "Loop": "",  # to Loop back, and so on
        "Loop back": "",
        "Itself": "",
        "To nothing": "",
        "To another language": "",
        "To a part that moved": "Oithona",  # by a part of an article that was moved
    }
)
# Titles that have to be encoded, each of an article.
ODD = (
    "Café crème",
    "O'Neil's copepod",
    "Fish & fins",
    "C++ larva",
    "What is plankton?",
    "Ångström",
)

# What a title leads to that is not about the concept of that name, and a word of the reason.
REFUSED = {
    "valve": "mentions too little",  # plumbing
    "Rosacea": "mentions too little",  # a disease of the skin; the genus is a siphonophore
    "bell": "mentions too little",
    "antenna": "lists what the name may mean",
    "Oithona similis": "is the article of",  # redirected to its genus
    "Mormonilla": "a part of it",  # redirected to a part of an article
    "Clytemnestra": "mentions too little",  # a queen
    **dict.fromkeys(HOMONYMS, "mentions too little"),
}
# Concepts whose article has another title than all their names, as Wikidata knows.
ELSEWHERE = {"Candacia": ("Q901", "Blackened copepod"), "Sapphirina": ("Q902", "Sea sapphire")}

WRITTEN = {
    # What pages use must be there before them.
    "Template:Automatic taxobox": "",
    "Template:IPA": "",
    "Template:Disambiguation": "",
    "Copepod": """{{Automatic taxobox | taxon = Copepoda }}
'''Copepods''' ({{IPA|kpp}}) are small [[crustacean]]s that live in nearly all waters.
Most have a teardrop-shaped body and long antennules.<ref>A book</ref> They have one eye.
<!-- wikidata: Q189973 -->

== Description ==
Copepods are 1 to 2 mm long. They lack compound eyes and gills.
=== Antennae ===
The antennules are long and bear setae.
== Life cycle ==
A nauplius hatches from the egg.
== In culture ==
They are named in a novel.
== References ==
* A book
[[Category:Copepods]]
[[sv:Hoppkräftor]]""",
    "Copepoda": "#REDIRECT [[Copepod]]",
    "Copepods": "#REDIRECT [[Copepoda]]",
    "Crustacean": "'''Crustaceans''' are arthropods with four antennae. [[Category:Arthropods]]",
    "Crustacea": "#REDIRECT [[Crustacean]]",
    "Oithona": """'''''Oithona''''' () is a genus of [[copepod]]s in the family [[Oithonidae]].
It is among the most numerous animals. [[Category:Cyclopoida]]
== Description ==
The body is slender and transparent.""",
    "Oithona similis": "#REDIRECT [[Oithona]]",
    "Mormonilla": "#REDIRECT [[Copepod#Antennae]]",
    "Calanus": """'''Calanus''' is a genus of marine [[copepod]]s. Unlike ''Oithona'',
it has a broad prosome. [[Category:Calanoida]]""",
    "Rosacea": "'''Rosacea''' is a disease of the skin of the face, with small vessels.",
    "Valve": "A '''valve''' is a device that opens or closes a pipe. [[Category:Plumbing]]",
    "Bell": "A '''bell''' is an instrument of metal that is struck. [[Category:Percussion]]",
    "Antenna": "'''Antenna''' may be:\n* a feeler of arthropods\n* an aerial\n{{disambiguation}}",
    "Clytemnestra": "'''Clytemnestra''' was a queen. [[Category:Queens]]",
    "Blackened copepod": "'''Candacia''' <!-- wikidata: Q901 --> has black limbs.",
    "Sea sapphire": "'''Sea sapphires''' <!-- wikidata: Q902 --> shine like jewels.",
    "Nauplius": """'''Nauplius''' is the first larva of many [[crustacean]]s, with one eye
and three pairs of limbs.""",
    "Empty": "",
    "Noctiluca": "",
    "Diatom": """'''Diatoms''' (Bacillariophyceae) are algae of single cells in a frustule of
silica. They are a class of the Ochrophyta.
== Morphology ==
The frustule consists of two valves.""",
    "Bacillariophyceae": "#REDIRECT [[Diatom]]",
    **HOMONYMS,
    **{title: f"'''{title}''' is an article. [[Category:Odd titles]]" for title in ODD},
    "Loop": "#REDIRECT [[Loop back]]",
    "Loop back": "#REDIRECT [[Loop]]",
    "Itself": "#REDIRECT [[Itself]]",
    "To nothing": "#REDIRECT [[No such article]]",
    "To another language": "#REDIRECT [[sv:Hoppkräftor]]",
    "To a part that moved": "#REDIRECT [[Moved#Part]]",
    "Moved": "#REDIRECT [[Oithona]]",
    "Arrow worm": "#REDIRECT [[Chaetognatha]]",
    "Chaetognatha": """'''Arrow worms''' ({{IPA|k}}) are a phylum of slender animals that
seize [[copepod]]s with hooks beside the mouth. They are transparent.
== Description ==
The body has one or two pairs of fins at its sides, and a fin around the tail. It has no gills.
== References ==
* A book
[[Category:Chaetognatha]]
[[sv:Pilmaskar]]""",
    "Euphausiacea": "#REDIRECT [[Krill]]",
    "Krill": """'''Krill''' are [[crustacean]]s of the order Euphausiacea that swim in swarms.
== Description ==
The gills hang free below the carapace. Most have organs that give light.
== Life cycle ==
The nauplius has no mouth; the calyptopis is the first that feeds.
[[Category:Krill]]""",
    "Salpida": "#REDIRECT [[Salp]]",
    "Salp": """A '''salp''' is a tunicate of the order Salpida, like a barrel that is open at both
ends. It pumps water through its body.
== Description ==
Bands of muscle run around the body. It has no tail when it is grown.
== Life cycle ==
A solitary salp buds a chain of others.
[[Category:Thaliacea]]""",
}

SWEDISH = {
    "Hoppkräftor": "'''Hoppkräftor''' (Copepoda) är små kräftdjur.\n[[en:Copepod]]",
    "Eucalanus": "'''Eucalanus''' är ett släkte av hoppkräftor i familjen Eucalanidae.",
    "Haloptilus": "'''Haloptilus''' är ett släkte av kräftdjur (Crustacea).",
}

HOSTILE = (
    "'''Acartia''' is a genus of copepods. <nowiki><script>alert('1')</script>"
    '"><img src=x onerror=alert(2)> {{leftover|a}} [[File:x.jpg</nowiki> \u202egnp.exe\u202c '
    "[javascript:alert(3) click] It is transparent. "
)


def english(graph: ConceptGraph) -> dict[str, str]:
    """Return 300 English pages; those of taxa that nobody wrote are made of our definitions."""
    pages = dict(WRITTEN)
    without = {*REFUSED, *ELSEWHERE, *SWEDISH, "Acartia"}
    taxa = [c for c in graph if c.rank and c.definition and graph.related(c.id, "is_a")]
    taxa = [c for c in taxa if c.label not in pages and c.label not in without]
    for concept in taxa[:: len(taxa) // (NUMBER - len(pages))]:
        if len(pages) >= NUMBER:
            break
        above = graph[graph.related(concept.id, "is_a")[0]]
        pages[concept.label] = (
            f"'''{concept.label}''' is a {concept.rank} of {above.label}. {concept.definition}\n"
            f"[[Category:{above.label}]]\n== Description ==\n{concept.definition}\n"
        )
    return pages
