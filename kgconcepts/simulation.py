"""A hierarchy with known truth: which concepts look different, and in which latent units.

A class's mean is the sum of the deviations of all that it is and has, as in DESIGN.md's model, each
deviation in a few latent units; images scatter around it with one covariance for all classes, and
class sizes follow a power law. Some families look alike: nothing below their head deviates from it.
The hierarchy that a model is given may be wrong in four ways.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from kgconcepts.errors import EvidenceError
from kgconcepts.hierarchy import Hierarchy

__all__ = ["WRONGS", "Simulation", "Wrong", "simulate"]

Wrong = Literal["right", "wrong parents", "two parents", "convergent traits", "missing ranks"]
WRONGS: tuple[Wrong, ...] = get_args(Wrong)

Array = npt.NDArray[np.float64]
Edges = list[tuple[str, str]]


@dataclass(frozen=True, eq=False)
class Simulation:
    """A world of ``L`` classes in ``d`` latent units, and the hierarchy that is told of it.

    Parameters
    ----------
    hierarchy : Hierarchy, K concepts
        What the model is given; its leaves are the classes.
    means : array of shape (L, d)
        Each class's mean, in the order of ``hierarchy.leaves``.
    frequency : array of shape (L,)
        How often each class occurs.
    scatter : array of shape (d, d)
        A root of the covariance within classes: images are ``mean + scatter @ normal``.
    deviations : array of shape (K, d)
        What each concept adds in truth; zero for concepts that a wrong hierarchy invents.
    """

    hierarchy: Hierarchy
    means: Array
    frequency: Array
    scatter: Array
    deviations: Array

    def images(
        self, n: int, seed: int, *, even: bool = False
    ) -> tuple[Array, npt.NDArray[np.int8], npt.NDArray[np.intp]]:
        """Draw images.

        Parameters
        ----------
        n : int
        seed : int
        even : bool, default False
            As many of each class (n is then rounded up), not as often as it occurs.

        Returns
        -------
        Z : array of shape (n, d)
        targets : int8 array of shape (n, K)
            1 shown, 0 not shown, by the hierarchy that is given.
        leaf : int array of shape (n,)
            The class, as a position among ``hierarchy.leaves``.
        """
        rng = np.random.default_rng(seed)
        L, d = self.means.shape
        if even:
            leaf = np.repeat(np.arange(L), -(-n // L))
        else:
            leaf = rng.choice(L, size=n, p=self.frequency)
        Z = self.means[leaf] + rng.normal(size=(len(leaf), d)) @ self.scatter.T
        below = self.hierarchy.closure[self.hierarchy.leaves].toarray()
        return Z, below[leaf].astype(np.int8), leaf

    @property
    def null(self) -> npt.NDArray[np.bool_]:
        """Concepts whose images are distributed as those of all their parents together; (K,).

        Of a root: as all images. True as well where the parents have no other images. With one
        covariance, two mixtures are alike if they put the same weight on every mean.
        """
        hierarchy = self.hierarchy
        below = hierarchy.closure[hierarchy.leaves].toarray().T.astype(bool)
        _, look = np.unique(self.means, axis=0, return_inverse=True)
        looks = np.eye(int(look.max()) + 1)[look.ravel()]

        def mixture(classes: npt.NDArray[np.bool_]) -> Array:
            weight = self.frequency * classes
            return np.asarray(weight @ looks / weight.sum())

        null = np.empty(len(hierarchy), dtype=bool)
        for k in range(len(hierarchy)):
            parents = hierarchy.parents.indices[
                hierarchy.parents.indptr[k] : hierarchy.parents.indptr[k + 1]
            ]
            null[k] = np.allclose(mixture(below[k]), mixture(below[parents].all(axis=0)))
        return null


def simulate(
    seed: int,
    wrong: Wrong = "right",
    *,
    groups: int = 4,
    families: int = 4,
    classes: int = 4,
    d: int = 20,
    units: int = 4,
    strength: float = 1.0,
    alike: float = 0.5,
    exponent: float = 1.0,
) -> Simulation:
    """Make a world: a root, groups, families and classes.

    Parameters
    ----------
    seed : int
    wrong : str
        What is wrong with the hierarchy given: nothing (``right``); a fifth of the classes hang in
        another family (``wrong parents``); a fifth are of a second family too, as in truth
        (``two parents``); traits shared by classes of different families add to them and are not
        told (``convergent traits``); a third of the families are not told (``missing ranks``).
    groups, families, classes : int
        Children of the root, of each group, of each family.
    d : int
        Latent units.
    units : int
        Of these, in how many a deviation lies.
    strength : float
        Standard deviation of a deviation in such a unit, where the scatter's is about 1.
    alike : float
        Share of the families whose classes do not deviate.
    exponent : float
        Class sizes fall as rank to the power of minus this.

    Examples
    --------
    >>> world = simulate(0)
    >>> len(world.hierarchy), len(world.hierarchy.leaves), world.null.sum()
    (85, 64, np.int64(33))
    >>> Z, targets, leaf = world.images(600, seed=1)
    >>> Z.shape, targets.shape
    ((600, 20), (600, 85))
    """
    if wrong not in WRONGS:
        raise EvidenceError(f"wrong is {wrong!r}; expected one of {', '.join(WRONGS)}")
    rng = np.random.default_rng(seed)
    heads = [f"g{g}" for g in range(groups)]
    middle = [f"{head}f{f}" for head in heads for f in range(families)]
    names = [f"{family}c{c}" for family in middle for c in range(classes)]
    family_of = np.repeat(np.arange(len(middle)), classes)
    edges: Edges = [(head, "root") for head in heads]
    edges += [(family, family[: family.index("f")]) for family in middle]
    edges += [(name, middle[f]) for name, f in zip(names, family_of, strict=True)]
    truth = Hierarchy.from_edges(["root", *heads, *middle, *names], edges)

    deviations = _sparse(rng, len(truth), d, units, strength)
    deviations[0] = 0
    same = rng.permutation(len(middle)) < round(alike * len(middle))
    deviations[truth.leaves[same[family_of]]] = 0
    means: Array = np.asarray(truth.push_down(deviations), dtype=float)[truth.leaves]
    frequency = np.arange(1.0, len(names) + 1) ** -exponent
    frequency = rng.permutation(frequency / frequency.sum())
    scatter = np.linalg.qr(rng.normal(size=(d, d)))[0] * np.sqrt(rng.gamma(4, 1 / 4, size=d))

    told, moved = edges, rng.permutation(len(names))[: len(names) // 5]
    others = (family_of + rng.integers(1, len(middle), len(names))) % len(middle)
    if wrong == "wrong parents":
        new = {names[c]: middle[others[c]] for c in moved}
        told = [(child, new.get(child, parent)) for child, parent in edges]
    elif wrong == "two parents":
        told = [*edges, *((names[c], middle[others[c]]) for c in moved)]
        lineage = deviations[[truth.index(family) for family in middle]]
        lineage += deviations[[truth.index(family[: family.index("f")]) for family in middle]]
        means[moved] += lineage[others[moved]]
    elif wrong == "convergent traits":
        traits = _sparse(rng, groups, d, units, strength)
        means[moved] += traits[np.arange(len(moved)) % groups]
    elif wrong == "missing ranks":
        told = _without_ranks(edges, rng.permutation(middle)[: len(middle) // 3].tolist())
    hierarchy = Hierarchy.from_edges(truth.ids, told)
    if wrong == "missing ranks":
        kept = dict.fromkeys(end for edge in told for end in edge)
        hierarchy = Hierarchy.from_edges([id_ for id_ in truth.ids if id_ in kept], told)
    # A family may lose all its classes to others; it is then no class itself.
    hierarchy = _without_empty(hierarchy, set(names))
    position = {name: c for c, name in enumerate(names)}
    order = [position[hierarchy.ids[leaf]] for leaf in hierarchy.leaves]
    own = np.stack([deviations[truth.index(id_)] for id_ in hierarchy.ids])
    return Simulation(hierarchy, means[order], frequency[order], scatter, own)


def _sparse(rng: np.random.Generator, rows: int, d: int, units: int, strength: float) -> Array:
    values = rng.normal(size=(rows, d)) * strength
    chosen = rng.random((rows, d)).argsort(axis=1) < units
    return np.where(chosen, values, 0.0)


def _without_ranks(edges: Edges, dropped: list[str]) -> Edges:
    above = {child: parent for child, parent in edges if child in dropped}
    return [(child, above.get(parent, parent)) for child, parent in edges if child not in above]


def _without_empty(hierarchy: Hierarchy, classes: set[str]) -> Hierarchy:
    while empty := [hierarchy.ids[k] for k in hierarchy.leaves if hierarchy.ids[k] not in classes]:
        children, parents = hierarchy.parents.nonzero()
        pairs = [
            (hierarchy.ids[c], hierarchy.ids[p]) for c, p in zip(children, parents, strict=True)
        ]
        hierarchy = Hierarchy.from_edges(
            [id_ for id_ in hierarchy.ids if id_ not in empty],
            [pair for pair in pairs if pair[0] not in empty],
        )
    return hierarchy
