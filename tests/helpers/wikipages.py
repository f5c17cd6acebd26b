"""Pages of our own writing for a test wiki: plankton, and what is easily taken for it."""

from __future__ import annotations

from kgconcepts import ConceptGraph

__all__ = ["ELSEWHERE", "HOSTILE", "NUMBER", "REFUSED", "SWEDISH", "english"]

NUMBER = 300

# What a title leads to that is not about the concept of that name, and a word of the reason.
REFUSED = {
    "valve": "mentions too little",  # plumbing
    "Rosacea": "mentions too little",  # a disease of the skin; the genus is a siphonophore
    "bell": "mentions too little",
    "antenna": "lists what the name may mean",
    "Oithona similis": "is the article of",  # redirected to its genus
    "Mormonilla": "a part of it",  # redirected to a part of an article
    "Clytemnestra": "mentions too little",  # a queen
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
