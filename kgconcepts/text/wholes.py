"""Whether a quality is said of a whole organism, or only of one of its parts."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import TYPE_CHECKING

from kgconcepts.text.language import words
from kgconcepts.text.terms import Mention

if TYPE_CHECKING:
    from spacy.tokens import Doc

__all__ = ["ANIMALS", "BREAKS", "of_the_whole"]

_AHEAD = 6  # tokens within which a quality finds what it is said of
# What stands for the whole of an organism, or for what is seen of it.
ANIMALS = words(
    """animal animals organism organisms creature creatures fish fishes worm worms squid squids
    octopus octopuses octopods crab crabs shrimp shrimps prawn prawns lobster lobsters coral corals
    sponge sponges anemone anemones jellyfish jellyfishes jelly jellies snail snails slug slugs
    mollusc molluscs mollusk mollusks crustacean crustaceans gastropod gastropods bivalve bivalves
    alga algae invertebrate invertebrates vertebrate predator predators arthropod arthropods
    polychaete polychaetes tunicate tunicates shark sharks whale whales eel eels fungus mushroom
    plankton zooplankton"""
)
_WHOLE = ANIMALS | words(
    """body bodies cell cells colony colonies bell bells shell shells skin larva larvae species
    appearance medusa medusae polyp polyps genus family order class phylum test tests frustule
    frustules members individuals adults specimens form forms color colour"""
)
_HARD = words(
    """skeleton skeletons spicule spicules shell shells test tests frustule frustules scale scales
    cuticle exoskeleton exoskeletons wall walls lorica loricae plate plates tube"""
)
_OF_THEMSELVES = ("colony", "colonies", "bioluminescence")
_LINKING = words("is are be being was were appear appears remain remains often usually")
BREAKS = words(
    """of in on at from by with to for that which who , ; : . ( ) is are was were has
    have"""
)
# 'is a genus of marine, colonial …': said of the whole, whatever word follows.
_KIND_OF = re.compile(
    r"\b(?:(?:sub|super|infra)?(?:genus|family|species|order|class|phylum)|genera|families|group) "
    r"of (?:[\w-]+,? (?:and |or )?){0,5}$"
)


def of_the_whole(
    doc: Doc,
    mention: Mention,
    *,
    parts: Collection[int],
    qualities: Collection[int],
    taxa: Collection[int],
    hard: bool,
) -> bool:
    """Return whether a quality is said of a whole organism, or of its body, shell, skin or colony.

    Parameters
    ----------
    doc : Doc
        The sentence.
    mention : Mention
        Of the quality.
    parts, qualities, taxa : collection of int
        The tokens that name parts, qualities and taxa.
    hard : bool
        Whether it is a material, which skeletons and scales may be of as well.
    """
    name = doc[mention.start : mention.end].text.casefold()
    if name in _OF_THEMSELVES or _KIND_OF.search(doc.text[: doc[mention.start].idx]):
        return True
    for token in doc[mention.end : mention.end + _AHEAD]:
        if token.lower_ in _WHOLE or token.i in taxa or (hard and token.lower_ in _HARD):
            return True
        if token.i in parts:
            return False
        if token.i in qualities or token.lower_ in ("and", "or", ",", "-"):
            continue
        if token.lower_ in BREAKS:
            break
    return _predicated(doc, mention, parts)


def _predicated(doc: Doc, mention: Mention, parts: Collection[int]) -> bool:
    """Return whether a quality is what its subject is, and the subject no part."""
    start = mention.start
    while start > 0 and doc[start - 1].lower_ not in _LINKING:
        start -= 1
        if mention.start - start > _AHEAD or doc[start].text in (",", ";", "(", ")"):
            return False
    after = doc[mention.end].lower_ if mention.end < len(doc) else "."
    if start == 0 or not (after in BREAKS or after in ("and", "or", "but", "as")):
        return False
    clause = start - 1
    while clause > 0 and doc[clause - 1].text not in (",", ";", ":", "."):
        clause -= 1
    return not any(clause <= token < start for token in parts)
