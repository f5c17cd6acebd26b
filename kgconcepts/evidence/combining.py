"""Evidence from several sides on the same images, put together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from kgconcepts.errors import EvidenceError
from kgconcepts.evidence.annotators import consensus, reliabilities, votes
from kgconcepts.evidence.checks import check_reliability
from kgconcepts.evidence.rows import Rows

if TYPE_CHECKING:
    from kgconcepts.evidence.evidence import Evidence

__all__ = ["combined"]

_LEAST = 1e-6  # whoever is relied on less says nothing


def combined(several: Sequence[Evidence], reliability: Sequence[float] | None) -> Evidence:
    """Put evidence together; see `Evidence.combine`."""
    if not several:
        raise EvidenceError("there is no evidence to combine; give at least one")
    first = several[0]
    for k, other in enumerate(several):
        if other.ids != first.ids or len(other) != len(first):
            raise EvidenceError(
                f"evidence {k} is on {len(other)} images and {len(other.ids)} concepts, evidence 0 "
                f"on {len(first)} and {len(first.ids)}, or in another order; make all from the "
                "same images and graph"
            )
    given = check_reliability(reliability, len(several))
    saying = [k for k, one in enumerate(several) if one.votes is not None or one.annotated.any()]
    likely = [one.ratios for one in several if one.ratios is not None]
    together = first
    if len(saying) == 1 and given is None:
        together = several[saying[0]]
    elif saying:
        said = [several[k] for k in saying]
        together = _annotated(said, None if given is None else given[saying])
    return replace(
        together,
        ratios=sp.csr_array(sum(likely[1:], likely[0])) if likely else None,
        weight=np.prod([one.weight for one in several], axis=0, dtype=np.float32),
    )


def _annotated(several: Sequence[Evidence], given: npt.NDArray[np.float64] | None) -> Evidence:
    """Return the patterns that annotators share, and their votes."""
    rows = Rows(len(several[0].ids))
    places = [np.array([rows.add(row) for row in one.patterns], np.intp) for one in several]
    rank = rows.order()
    patterns = np.empty((len(rows), rows.K), dtype=np.int8)
    patterns[rank] = rows.array()
    places = [rank[place] for place in places]
    said = np.stack(
        [np.append(place, -1)[one.pattern] for one, place in zip(several, places, strict=True)],
        axis=1,
    )
    # Who voted before does not say it again.
    speaking = np.where(np.stack([one.certain for one in several], axis=1), said, -1)
    rho = reliabilities(patterns, speaking) if given is None else given
    if rho is None:
        rho = np.ones(len(several))
    heard = rho > _LEAST
    said, speaking = np.where(heard, said, -1), np.where(heard, speaking, -1)
    kept, pattern, contradicted = consensus(patterns, said)
    # What the certain say stays certain, unless they contradict one another.
    voted = contradicted | ((said >= 0) & ((rho < 1) | (speaking < 0))).any(axis=1)
    total = votes(patterns, speaking, rho, voted)
    for one, place in zip(several, places, strict=True):
        if one.votes is not None:
            vote = (one.votes.data, place[one.votes.indices], one.votes.indptr)
            total = total + sp.csr_array(vote, shape=total.shape)
    total = sp.csr_array(total, dtype=np.float32)
    total.resize(len(pattern), len(kept))
    return replace(
        several[0],
        patterns=kept,
        pattern=pattern,
        votes=total if total.nnz else None,
        open_traits=np.any([one.open_traits for one in several], axis=0),
    )
