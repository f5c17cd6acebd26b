"""A statement found in a text, for a person to decide on."""

from __future__ import annotations

from dataclasses import dataclass

from kgconcepts.text.passage import Passage

__all__ = ["Candidate"]


@dataclass(frozen=True, slots=True)
class Candidate:
    """That a taxon has or lacks something, as a sentence seems to say.

    Parameters
    ----------
    taxon : str
        Its id.
    relation : str
        One of `kgconcepts.graph.TRAITS` and `kgconcepts.graph.ABSENCES`.
    concept : str
        Id of what it has or lacks; empty where that is a new term.
    term : str
        The words of the sentence that name it.
    sentence : str
    score : float
        From 0 to 1, how likely it is said.
    passage : Passage
        Where the sentence stands.
    visible : float
        From 0 to 1, how likely an image can show it.
    contradicts : bool
        Whether the graph says the contrary.
    """

    taxon: str
    relation: str
    concept: str
    term: str
    sentence: str
    score: float
    passage: Passage
    visible: float = 1.0
    contradicts: bool = False
