"""Class means on a hierarchy: their exact posterior from moments."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from scipy.special import softmax

from kgconcepts.embedding.elimination import Elimination
from kgconcepts.grounding.moments import Along

__all__ = ["Means", "class_means", "eliminated", "mixed", "tree_parents"]

Array = npt.NDArray[np.float64]

PRIOR = 100  # images that the mean of all axes' variances counts as in each of them
DENSE = 1000  # patterns, above which trees are eliminated: one decomposition takes their cube
STEPS = 10  # of expectation and maximisation, for how common classes are


@dataclass(frozen=True, eq=False)
class Means:
    """The posterior of deviations, and of the class means that are their sums, along q axes.

    Parameters
    ----------
    deviations : array of shape (K, q)
        Expected.
    variances : array of shape (L, q)
        Of the class means.
    within : array of shape (q,)
        σ², the variance within classes.
    log_frequency : array of shape (L,)
        As if half an image more had been seen of each class.
    log_likelihood : array of shape (q,)
        Of the means of what was seen, the deviations marginalised, up to a constant.
    """

    deviations: Array
    variances: Array
    within: Array
    log_frequency: Array
    log_likelihood: Array

    def linear(self, closure: sp.csr_array) -> tuple[Array, Array]:
        """Return ``μ / σ²`` and ``−½ μ² / σ²`` for the means that `closure` sums."""
        mean = np.asarray(closure @ self.deviations)
        return mean / self.within, -(mean**2 / self.within).sum(axis=1) / 2


def class_means(
    along: Along,
    factors: npt.NDArray[np.float32] | None,
    closure: sp.csr_array,
    leaves: npt.NDArray[np.intp],
    scale: Array,
) -> Means:
    """Return the exact posterior of class means.

    The images of pattern p are of class l with probability ``a_pl``, as common as classes are.
    Their mean is expected at ``Σ_l a_pl μ_l``, with the variance ``σ² / n_p`` and, as nobody knows
    their mix, ``s_p (1 + 1 / n_p) / 2`` where ``s_p`` is the variance among the ``μ_l`` of its
    classes: that of shares drawn from a Dirichlet distribution of concentration one.

    Parameters
    ----------
    along : Along
        Of R patterns.
    factors : array of shape (R, L), optional
        How likely each pattern is under each class, as log factors; by default pattern l is class
        l, and R is L.
    closure : csr_array of shape (K, K)
        Which deviations each concept sums, its own last.
    leaves : int array of shape (L,)
        The classes.
    scale : array of shape (K,)
        τ, the standard deviations of deviations beside one another.
    """
    seen = np.flatnonzero(along.counts > 0)
    n, total = along.counts[seen], along.variance
    mean = along.sums[seen] / n[:, None]
    if factors is None:
        shares, frequency = sp.eye_array(len(leaves), format="csr")[seen], along.counts + 0.5
        frequency = frequency / frequency.sum()
    else:
        dense, frequency = mixed(n, factors[seen])
        shares = sp.csr_array(dense)
    of_class = (closure[leaves] * scale[None, :]).tocsr()
    of_pattern = (shares @ of_class).tocsr()
    own = of_class.power(2).sum(axis=1)
    spread = np.maximum(shares @ own - of_pattern.power(2).sum(axis=1), 0)
    spread[spread < 1e-9 * own.max()] = 0

    # σ² and β from the scatter of annotated images and that of all.
    between = frequency @ own - ((frequency @ of_class) ** 2).sum()
    between = between if between > 1e-9 * own.max() else 0.0
    inside = n @ spread / n.sum()
    squares = np.maximum(along.squares - n @ mean**2, 0)
    free = max(n.sum() - len(n), 0)
    # Where no class has two images, half of the variance is taken to be within classes.
    pooled = (squares.sum() + total.sum() / 2) / (max(len(total), 1) * (free + 1))
    scatter = (squares + PRIOR * pooled) / (free + PRIOR)
    if between > inside:
        scatter = (between * scatter - inside * total) / (between - inside)
    within = np.clip(scatter, 0.05 * total, 0.95 * total)
    beta = (total - within) / (between or 1)
    ratio = within / beta

    parent = tree_parents(closure)
    if len(n) > DENSE and parent is not None and not spread.any() and scale.min() > 0:
        numbers, at = np.zeros(len(scale)), np.zeros((len(scale), len(total)))
        which = leaves[shares.indices[shares.data > 0.5]]
        numbers[which], at[which] = n, mean
        deviations, variances, likelihood = eliminated(parent, scale, numbers, at, ratio, beta)
        return Means(deviations, variances[leaves], within, np.log(frequency), likelihood)

    # (G + D + r N⁻¹)⁻¹ for every axis by one decomposition: only r differs.
    G = (of_pattern @ of_pattern.T).toarray()
    root = np.sqrt(n)
    G[np.diag_indices_from(G)] += spread * (1 + 1 / np.maximum(n, 1)) / 2
    e, U = np.linalg.eigh(G * root[:, None] * root)
    e = np.maximum(e, 0)[:, None] + ratio
    t = U.T @ (root[:, None] * mean)
    weights = root[:, None] * U
    deviations = scale[:, None] * (of_pattern.T @ (weights @ (t / e)))
    known = (of_class @ (of_pattern.T @ weights)) ** 2 @ (1 / e)
    variances = beta * np.maximum(own[:, None] - known, 0)
    likelihood = -(np.log(beta * e) + t**2 / (beta * e)).sum(axis=0) / 2
    return Means(deviations, variances, within, np.log(frequency), likelihood)


def tree_parents(closure: sp.csr_array) -> npt.NDArray[np.intp] | None:
    """Return each concept's parent, -1 for a root, if these are sums along a tree; shape (K,)."""
    many = np.diff(closure.indptr)
    row = np.repeat(np.arange(len(many)), many)
    parent = np.full(len(many), -1)
    above = closure.indices < row
    np.maximum.at(parent, row[above], closure.indices[above])
    chain = many == np.where(parent >= 0, many[parent], 0) + 1
    return parent if chain.all() else None


def eliminated(
    parent: npt.NDArray[np.intp], scale: Array, n: Array, mean: Array, ratio: Array, beta: Array
) -> tuple[Array, Array, Array]:
    """Return what `class_means` does of a tree, in time and memory that grow with K alone.

    The precision of all concepts' means is as sparse as the tree, so no place is filled where
    children are eliminated before parents.

    Parameters
    ----------
    parent : int array of shape (K,)
    scale, n : arrays of shape (K,)
        Of each concept's own deviation; of the images of it.
    mean : array of shape (K, q)
    ratio, beta : arrays of shape (q,)
        σ² / β, and β.

    Returns
    -------
    deviations, variances : arrays of shape (K, q)
        The variances are those of the concepts' means.
    log_likelihood : array of shape (q,)
    """
    every = np.arange(len(parent))
    child = np.flatnonzero(parent >= 0)
    up, step = parent[child], 1 / scale**2
    diagonal = step + np.bincount(up, step[child], minlength=len(parent))
    row, column = np.concatenate([every, child, up]), np.concatenate([every, up, child])
    plan = Elimination(row, column, len(parent))
    found, variances = np.empty_like(mean), np.empty_like(mean)
    likelihood = np.empty(len(ratio))
    for j, r in enumerate(ratio):
        factor = plan.factor(np.concatenate([diagonal + n / r, -step[child], -step[child]]))
        told = n / r * mean[:, j]
        found[:, j] = factor.solve(told[:, None])[:, 0]
        variances[:, j] = beta[j] * factor.inverse[: len(parent)]
        likelihood[j] = factor.log_determinant - np.log(step).sum()
        likelihood[j] += (n > 0).sum() * np.log(beta[j] * r)
        likelihood[j] += told @ (mean[:, j] - found[:, j]) / beta[j]
    deviations = found.copy()
    deviations[child] -= found[up]
    return deviations, variances, -likelihood / 2


def mixed(n: Array, factors: npt.NDArray[np.float32]) -> tuple[Array, Array]:
    """Return each pattern's part in each class, (R, L), and the frequency of classes, (L,).

    By expectation and maximisation (Dempster, Laird and Rubin 1977), from alike frequencies.
    """
    shares = softmax(factors.astype(np.float64), axis=1)
    for _ in range(STEPS):
        frequency = n @ shares + 0.5
        frequency /= frequency.sum()
        shares = softmax(factors + np.log(frequency), axis=1)
    return shares, frequency
