"""Names that are spelled nearly alike, for a person to decide."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

import numpy as np
from rapidfuzz import fuzz, process

from kgconcepts.curation.identity import may_be_same
from kgconcepts.curation.mappings import CLOSE, Mapping
from kgconcepts.graph import Concept, fold

__all__ = ["similar"]

_LEAST = 90  # of 100: one letter in ten
_MOST_EACH = 3  # candidates of a concept
_SHORTEST = 4  # letters; shorter names are alike by chance
_CELLS = 2**24  # similarities at a time


def similar(
    ones: Sequence[Concept], others: Sequence[Concept], settled: Collection[tuple[str, str]] = ()
) -> Iterator[Mapping]:
    """Give pairs of concepts of one kind that have nearly the same name.

    The label of each of `others` is compared with labels and exact synonyms of `ones` that begin
    with the same letter; how alike they are is 1 - (insertions and deletions) / (both lengths)
    (`rapidfuzz.fuzz.ratio`). Up to three are given for each, the most alike first.

    Parameters
    ----------
    ones, others : sequence of Concept
    settled : collection of (id of one, id of another)
        Pairs that need no decision.
    """
    names: dict[tuple[str, str], list[tuple[str, Concept]]] = {}
    for one in ones:
        exact = [name for name, scope in one.scoped_synonyms if scope == "exact"]
        for name in dict.fromkeys(map(fold, (one.label, *exact))):
            if len(name) >= _SHORTEST:
                names.setdefault((one.kind, name[0]), []).append((name, one))
    labels: dict[tuple[str, str], list[tuple[str, Concept]]] = {}
    for other in others:
        label = fold(other.label)
        if len(label) >= _SHORTEST:
            labels.setdefault((other.kind, label[0]), []).append((label, other))
    for block, asked in labels.items():
        choices = names.get(block, [])
        at_once = max(1, _CELLS // max(1, len(choices)))
        for start in range(0, len(asked) if choices else 0, at_once):
            yield from _compared(asked[start : start + at_once], choices, settled)


def _compared(
    asked: Sequence[tuple[str, Concept]],
    choices: Sequence[tuple[str, Concept]],
    settled: Collection[tuple[str, str]],
) -> Iterator[Mapping]:
    scores = process.cdist(
        [label for label, _ in asked],
        [name for name, _ in choices],
        scorer=fuzz.ratio,
        score_cutoff=_LEAST,
        dtype=np.float32,
        workers=-1,
    )
    for asking in np.flatnonzero(scores.any(axis=1)).tolist():
        row, other = scores[asking], asked[asking][1]
        alike = np.flatnonzero(row)
        given: set[str] = set()
        for k in alike[np.argsort(-row[alike], kind="stable")].tolist():
            name, one = choices[k]
            known = one.id in given or (one.id, other.id) in settled
            if known or not may_be_same(one, other):
                continue
            given.add(one.id)
            yield Mapping(
                one.id,
                CLOSE,
                other.id,
                "semapv:LexicalSimilarityThresholdMatching",
                one.label,
                other.label,
                similarity=round(float(row[k]) / 100, 3),
                comment=f"similar: {name}",
            )
            if len(given) == _MOST_EACH:
                break
