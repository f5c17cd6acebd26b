"""A Gaussian model on a DAG: every concept is the mean of its parents and a deviation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from scipy.sparse.csgraph import connected_components

from kgconcepts.embedding.elimination import Elimination, Factor, spread
from kgconcepts.errors import SourceError
from kgconcepts.graph import ConceptGraph
from kgconcepts.hierarchy import Hierarchy

__all__ = ["EDGES", "GaussianDAG", "Posterior", "parents_of"]

Floats = npt.NDArray[np.float64]

# How much a relation counts beside `is_a`, which counts 1: chosen among 0, .1, .3 and 1 by the
# likelihood of the texts (docs/embedding.md has the figures).
EDGES = {"part_of": 0.3, "has_part": 0.3, "has_quality": 0.3, "has_stage": 0.3}


@dataclass(frozen=True)
class Posterior:
    """What is known of ``K`` vectors once some of them were observed.

    Parameters
    ----------
    mean : array of shape (K, m)
    variance : array of shape (K,)
        Of each vector, in units of the axes' covariance.
    step_variance : array of shape (K,)
        Of each deviation.
    edge_covariance : array, one entry for each entry of ``above``
        Between a concept and its parent.
    factor : Factor
        Of the precision.
    """

    mean: Floats
    variance: Floats
    step_variance: Floats
    edge_covariance: Floats
    factor: Factor


class GaussianDAG:
    r"""The model ``x_c = Σ_p w_cp x_p + δ_c``, observed as ``t_c = x_c + ε_c``.

    The deviations have covariance ``τ_c S``, the noise ``σ_c S``, for one ``S`` over the axes; so
    what is expected of ``x`` does not depend on ``S``, and one factorisation does for all axes.

    Parameters
    ----------
    above : csr_array of shape (K, K)
        The weights ``w``; the row of a concept with a parent sums to 1, that of a root is empty.
    """

    def __init__(self, above: sp.csr_array) -> None:
        K = above.shape[0]
        self.above = above
        self.steps = (sp.eye_array(K, format="csr") - above).tocsr()
        self.steps.sort_indices()
        count = np.diff(self.steps.indptr).astype(np.int64)
        width = np.repeat(count, count)
        first = spread(np.repeat(self.steps.indptr[:-1].astype(np.int64), count), width)
        second = np.repeat(np.arange(self.steps.nnz), width)
        self._of = np.repeat(np.repeat(np.arange(K), count), width)
        self._product = self.steps.data[first] * self.steps.data[second]
        self._row, self._column = self.steps.indices[first], self.steps.indices[second]
        every = np.arange(K)
        i, j = np.append(self._row, every), np.append(self._column, every)
        self._elimination = Elimination(i, j, K)
        child = np.repeat(every, np.diff(above.indptr))
        # each edge is, among the products, that of its child and the child's own entry
        key = self._of * (K * K) + self._row.astype(np.int64) * K + self._column
        order = np.argsort(key)
        wanted = child.astype(np.int64) * (K * K + K) + above.indices
        self._edges = order[np.searchsorted(key, wanted, sorter=order)]

    def posterior(self, texts: Floats, steps: Floats, noise: Floats) -> Posterior:
        """Condition on texts.

        Parameters
        ----------
        texts : array of shape (K, m)
            Taken from a mean of zero.
        steps : array of shape (K,)
            The variances ``τ`` of the deviations.
        noise : array of shape (K,)
            The variances ``σ`` of the texts; infinite where there is none.
        """
        precise = 1 / noise
        values = np.append(self._product / steps[self._of], precise)
        factor = self._elimination.factor(values)
        mean = factor.solve(precise[:, None] * texts)
        entries = factor.inverse
        products = entries[: len(self._product)]
        K = len(steps)
        spreads = self._product * products
        step_variance = np.bincount(self._of, spreads, minlength=K).astype(float)
        return Posterior(mean, entries[-K:], step_variance, products[self._edges], factor)


def parents_of(
    hierarchy: Hierarchy, graph: ConceptGraph | None, edges: Mapping[str, float]
) -> sp.csr_array:
    """Return the weights with which concepts lean on what is above them; shape (K, K).

    A relation's weight is shared by all that a concept points at through it, and all are divided by
    their sum and that of ``is_a``, which is 1: a concept that has parts but no parent leans on the
    mean of all texts for the rest. What a concept points at besides its parents is left out where
    that leads back to it.

    Raises
    ------
    SourceError
        If a weight is none.
    """
    for relation, weight in edges.items():
        if relation == "is_a" or not 0 <= weight < np.inf:
            raise SourceError(
                f"edges: {relation} has the weight {weight}; give relations besides is_a, which "
                "counts 1, weights of 0 or more"
            )
    K = len(hierarchy)
    found = {"is_a": hierarchy.parents.astype(float).tocsr()}
    if graph is not None:
        pairs: dict[str, list[tuple[int, int]]] = {}
        for child, relation, parent in graph.relations:
            if edges.get(relation, 0) > 0 and child in hierarchy and parent in hierarchy:
                pair = hierarchy.index(child), hierarchy.index(parent)
                pairs.setdefault(relation, []).append(pair)
        for relation, some in pairs.items():
            child_at, parent_at = np.array(some, dtype=np.int64).T
            there = np.ones(len(some))
            found[relation] = sp.csr_array((there, (child_at, parent_at)), shape=(K, K))
    together = sum(found.values(), sp.csr_array((K, K)))
    _, circle = connected_components(together, connection="strong")
    weighted, sums = sp.csr_array((K, K)), np.ones(K)
    for relation, those in found.items():
        some = those.tocoo()
        kept = (circle[some.row] != circle[some.col]) | (relation == "is_a")
        ends = some.row[kept], some.col[kept]
        number = np.bincount(some.row[kept], minlength=K)
        weight = 1.0 if relation == "is_a" else edges[relation]
        shares = sp.csr_array((weight / number[ends[0]], ends), shape=(K, K))
        weighted = weighted + shares
        if relation != "is_a":
            sums += weight * (number > 0)
    above = (sp.diags_array(1 / sums) @ weighted).tocsr()
    above.sort_indices()
    return above
