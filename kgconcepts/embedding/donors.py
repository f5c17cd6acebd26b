"""Whose texts a concept's vector leans on."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from kgconcepts.embedding.gaussian import Posterior
from kgconcepts.paths import levels

__all__ = ["borrowed"]

Floats = npt.NDArray[np.float64]

_DONORS = 3


def borrowed(
    ids: tuple[str, ...], above: sp.csr_array, found: Posterior, noise: Floats, own: Floats
) -> tuple[tuple[str, ...], ...]:
    """Return for each concept with little text of its own the nearest with one.

    Among its parents and children these are told by their exact weights; where none of them has a
    text, by those of its parents.
    """
    K = len(ids)
    told = np.isfinite(noise)
    child = np.repeat(np.arange(K), np.diff(above.indptr))
    parent = above.indices
    of, other = np.append(child, parent), np.append(parent, child)
    weight = np.tile(found.edge_covariance, 2) / noise[other]
    wanted = told[other] & (own[of] < 0.5) & (weight > 0)
    of, other, weight = of[wanted], other[wanted], weight[wanted]
    order = np.lexsort((other, -weight, of))
    of, other = of[order], other[order]
    bounds = np.searchsorted(of, np.arange(K + 1)).tolist()
    donors: list[tuple[int, ...]] = [()] * K
    indptr = above.indptr.tolist()
    for c in np.argsort(levels(above), kind="stable").tolist():
        near = other[bounds[c] : bounds[c + 1]][:_DONORS].tolist()
        if not near and own[c] < 0.5:
            over = parent[indptr[c] : indptr[c + 1]].tolist()
            near = list(dict.fromkeys(d for p in over for d in donors[p] if d != c))[:_DONORS]
        donors[c] = tuple(near)
    return tuple(tuple(ids[d] for d in some) for some in donors)
