"""How far each family of concepts is trusted: as far as it makes held-out images likelier."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from kgconcepts.hierarchy import Hierarchy

__all__ = ["FACTORS", "families_by_size", "learn_trust"]

Array = npt.NDArray[np.float64]

FACTORS = (2.0, 0.5, 0.0)


def families_by_size(hierarchy: Hierarchy) -> list[str]:
    """Put concepts into families by the number of classes below them: 1, 2–3, 4–7, and so on.

    Examples
    --------
    >>> families_by_size(Hierarchy.from_edges("abc", [("b", "a"), ("c", "a")]))
    ['2–3 classes', '1 class', '1 class']
    """
    below = np.asarray(hierarchy.closure[hierarchy.leaves].sum(axis=0)).ravel()
    least = 2 ** np.floor(np.log2(below)).astype(int)
    return ["1 class" if n == 1 else f"{n}–{2 * n - 1} classes" for n in least]


def learn_trust(
    families: Sequence[str],
    likelihoods: Callable[[Array], Array],
    weight: Array | None = None,
) -> tuple[Array, dict[str, float]]:
    """Raise or lower the trust in each family in turn while held-out images say so.

    A change is kept if it makes them likelier by more than one standard error of its gain, so that
    chance does not move what is trusted.

    Parameters
    ----------
    families : sequence of str, K
    likelihoods : function of a trust array of shape (K,)
        The log likelihood of each held-out image under it.
    weight : array of shape (n,), optional
        How much each image counts; by default alike.

    Returns
    -------
    trust : array of shape (K,)
    learnt : dict of family → factor
    """
    names, member = np.unique(np.asarray(families, dtype=str), return_inverse=True)
    learnt = dict.fromkeys(names.tolist(), 1.0)
    trust = np.ones(len(member))
    now = likelihoods(trust)
    share = np.full(len(now), 1 / len(now)) if weight is None else weight / weight.sum()
    # The largest families first: they say most.
    for f in np.argsort(-np.bincount(member), kind="stable"):
        for factor in FACTORS:
            tried = np.where(member == f, factor, trust)
            then = likelihoods(tried)
            gain = then - now
            mean = share @ gain
            error = np.sqrt(share**2 @ (gain - mean) ** 2)
            if mean > max(0.0, error):
                trust, now = tried, then
                learnt[str(names[f])] = factor
            if learnt[str(names[f])] > 1:
                break  # less would not help where more does
    return trust, learnt
