"""Whether a picture can show what a candidate says."""

from __future__ import annotations

import re

from kgconcepts.graph import ConceptGraph

__all__ = ["Visual"]

# Qualities below these are ways of life, not looks.
_HIDDEN = ("trophic mode", "motility", "life habit", "completeness", "posture", "view")
_UNSEEN = re.compile(
    r"\b(?:commercial\w*|economic\w*|fisher(?:y|ies)|caught|eaten|food|price|market|medicin\w*|"
    r"described|named|discovered|classified|taxonom\w*|genus|species|family|synonym\w*|monotypic|"
    r"(?:1[6-9]|20)\d\d|century|ocean|sea|coast\w*|bay|gulf|island\w*|pacific|atlantic|indian|arctic|"
    r"distribut\w*|found|depth\w*|metres|meters|habitat\w*|water\w*|temperature|salinity|season\w*|"
    r"gene|genes|genom\w*|dna|rna|protein\w*|toxin\w*|toxic|hormone\w*|enzym\w*|metabol\w*|"
    r"behavio\w*|feed\w*|diet|prey\w*|predat\w*|migrat\w*|spawn\w*|reproduc\w*|parasit\w*|symbio\w*|"
    r"abundan\w*|important|common|rare|endemic|threatened|fossil\w*|extinct|evolution\w*|culture\w*)\b",
    re.IGNORECASE,
)
_SEEN = re.compile(
    r"\b(?:shape\w*|colou?r\w*|transparent|opaque|translucent|long|short|thin|thick|slender|round|flat|"
    r"curved|pointed|branch\w*|segment\w*|paired?|rows?|spots?|stripes?|bands?|spin\w*|hair\w*|setae?|"
    r"seg\w+|tentacle\w*|antenn\w*|eyes?|tail\w*|fins?|shell\w*|valve\w*|bell|legs?|arms?|claws?|body|"
    r"head|plates?|scales?|horns?|chains?|cells?|length|width|size|large|small|surface|smooth|rough|"
    r"broad|narrow|wide|stout|slim|oval|dark|pale|bright|hollow|forked|feather\w*|plum\w+|joint\w*|"
    r"hook\w*|knob\w*|tooth\w*|teeth|ringed?|mesh\w*|disc|disk|tubes?|bristl\w*|limbs?|wings?|"
    r"ribbed|anterior|posterior|dorsal|ventral|lateral|terminal|edge|margin|tip|base)\b",
    re.IGNORECASE,
)


class Visual:
    """Tells how likely a picture can show a concept, or what a phrase says.

    Parameters
    ----------
    graph : ConceptGraph
    """

    def __init__(self, graph: ConceptGraph) -> None:
        self._graph = graph
        tree = graph.hierarchy()
        roots = [id_ for name in _HIDDEN for id_ in graph.find(name) if id_ in tree]
        self._hidden = {*roots, *tree.descendants(roots)} if roots else set()

    def of(self, id_: str) -> float:
        """Return how likely a picture can show a concept of the graph.

        That is 1 where the graph says by which imaging it can be told (``visible_in``), 0 for ways
        of life and feeding, .5 for what nobody said it of.
        """
        if id_ in self._hidden:
            return 0.0
        return 1.0 if self._graph.related(id_, "visible_in") else 0.5

    @staticmethod
    def of_words(term: str, sentence: str = "") -> float:
        """Return how likely a picture can show what a phrase, within its sentence, says.

        Examples
        --------
        >>> [Visual.of_words(term) for term in ("long antennules", "commercially important")]
        [1.0, 0.0]
        """
        seen, unseen = (len(found.findall(term)) for found in (_SEEN, _UNSEEN))
        if seen or unseen:
            return round(seen / (seen + unseen), 2)
        seen, unseen = (1 + len(found.findall(sentence)) for found in (_SEEN, _UNSEEN))
        return round(seen / (seen + unseen), 2)
