"""An encoder whose vectors mean nothing, hierarchies whose vectors are known, and dense algebra."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pytest
import scipy.sparse as sp

from kgconcepts import Hierarchy
from kgconcepts.embedding.encoder import by_distinct
from kgconcepts.embedding.observations import Observations

Floats = npt.NDArray[np.float64]
Dense = Callable[[sp.csr_array, Floats, Floats, Floats], tuple[Floats, Floats]]


class HashEncoder:
    """Every text has a random direction of its own, which its hash decides."""

    name = version = sha256 = "hash"
    captions = False
    units = 16

    def __init__(self) -> None:
        self.encoded: list[str] = []

    def encode(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        self.encoded += texts
        return by_distinct(texts, self.units, self._rows)

    def _rows(self, texts: list[str]) -> npt.NDArray[np.float32]:
        seeds = [int.from_bytes(hashlib.sha256(text.encode()).digest()[:8]) for text in texts]
        rows = np.array([np.random.default_rng(seed).normal(size=self.units) for seed in seeds])
        return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture
def coder() -> HashEncoder:
    """An encoder that needs no model."""
    return HashEncoder()


@dataclass(frozen=True)
class Simulated:
    """A tree whose vectors are known, and texts that observe them with an error."""

    tree: Hierarchy
    X: Floats
    T: Floats
    words: Floats
    noise: Floats

    @property
    def observations(self) -> Observations:
        texts = np.where(self.words[:, None] > 0, self.T, 0).astype(np.float32)
        return Observations(self.tree.ids, texts, self.words, np.zeros(len(self.words)))


def _simulated(
    K: int,
    m: int,
    deviations: Sequence[float],
    *,
    noise: float = 1.0,
    fall: float = 0.5,
    branches: int = 6,
    told: float = 1.0,
    roots: int = 1,
    seed: int = 0,
) -> Simulated:
    """Draw from the model: ``x = x_parent + δ``, of variance ``deviations[depth]`` in each axis."""
    rng = np.random.default_rng(seed)
    ids = [f"c{k}" for k in range(K)]
    edges = [(ids[k], ids[(k - roots) // branches]) for k in range(roots, K)]
    tree = Hierarchy.from_edges(ids, edges)
    step = np.sqrt(np.array(deviations)[np.minimum(tree.levels, len(deviations) - 1)])
    X = np.asarray(tree.push_down(step[:, None] * rng.normal(size=(K, m))), dtype=float)
    words = np.where(rng.random(K) < told, rng.integers(1, 40, K), 0).astype(float)
    errors = noise * np.maximum(words, 1) ** -fall
    T = X + np.sqrt(errors)[:, None] * rng.normal(size=(K, m))
    return Simulated(tree, X, T, words, errors)


@pytest.fixture(scope="session")
def simulated() -> Callable[..., Simulated]:
    """Draw a tree of K concepts and its vectors of m units from the model."""
    return _simulated


def _dense(above: sp.csr_array, texts: Floats, steps: Floats, noise: Floats) -> tuple[Floats, ...]:
    A = np.eye(len(steps)) - above.toarray()
    covariance = np.linalg.inv(A.T @ np.diag(1 / steps) @ A + np.diag(1 / noise))
    return covariance @ (texts / noise[:, None]), covariance


@pytest.fixture(scope="session")
def dense() -> Dense:
    """Return the posterior mean and covariance, by a dense inverse."""
    return _dense
