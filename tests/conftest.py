"""What several tests share: small graphs, a world of latents, and the real data where it is."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from kgconcepts import Concept, ConceptGraph, Evidence, Hierarchy

Edges = list[tuple[str, str]]
DAGs = st.SearchStrategy[tuple[list[str], Edges]]

settings.register_profile(
    "kgconcepts",
    deadline=None,
    max_examples=60,
    derandomize="CI" in os.environ,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("kgconcepts")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The real data beside the repository."""
    path = Path(__file__).parents[2] / "shared" / "data"
    if not path.is_dir():
        pytest.skip(f"{path}: not there")
    return path


@st.composite
def _dags(draw: st.DrawFn, most: int = 12) -> tuple[list[str], Edges]:
    """Ids in any order, and (child, parent) edges without a cycle."""
    K = draw(st.integers(1, most))
    names = [f"c{k}" for k in range(K)]
    edges = [
        (names[child], names[parent])
        for child in range(1, K)
        for parent in draw(st.sets(st.integers(0, child - 1), max_size=3))
    ]
    return draw(st.permutations(names)), draw(st.permutations(edges))


@pytest.fixture(scope="session")
def dags() -> DAGs:
    """Any small DAG."""
    return _dags()


@pytest.fixture
def plankton() -> ConceptGraph:
    """Two copepods, a barnacle larva, a salp and a bubble, with some of what they have."""
    concepts = [
        Concept("PLK:1", "Copepoda", synonyms=("copepod",), xrefs=("AphiaID:1080",), rank="class"),
        Concept("PLK:2", "Oithona", xrefs=("AphiaID:106485",), rank="genus"),
        Concept("PLK:3", "Calanus", rank="genus"),
        Concept("PLK:4", "Cirripedia"),
        Concept("PLK:5", "barnacle nauplius"),
        Concept("PLK:6", "Salpida", synonyms=("salp",)),
        Concept("PLK:7", "bubble", "object"),
        Concept("PLK:8", "appendage", "part"),
        Concept("PLK:9", "antenna", "part"),
        Concept("PLK:10", "transparent", "quality"),
        Concept("PLK:11", "nauplius", "stage"),
        Concept("PLK:12", "frustule", "part"),
    ]
    relations = [
        ("PLK:2", "is_a", "PLK:1"),
        ("PLK:3", "is_a", "PLK:1"),
        ("PLK:5", "is_a", "PLK:4"),
        ("PLK:9", "is_a", "PLK:8"),
        ("PLK:1", "has_part", "PLK:9"),
        ("PLK:5", "has_stage", "PLK:11"),
        ("PLK:6", "has_quality", "PLK:10"),
        ("PLK:9", "part_of", "PLK:1"),
    ]
    return ConceptGraph(concepts, relations)


@dataclass(frozen=True)
class World:
    """Latents that are sums of deviations along a tree, plus noise."""

    tree: Hierarchy
    Z: npt.NDArray[np.float64]
    leaf: npt.NDArray[np.intp]

    def targets(self, rows: npt.NDArray[np.intp]) -> npt.NDArray[np.float64]:
        """Everything known of these images."""
        return np.asarray(self.tree.closure[self.leaf[rows]].toarray(), dtype=float)

    def evidence(self, rows: npt.NDArray[np.intp]) -> Evidence:
        """The same as evidence."""
        return Evidence.from_targets(self.targets(rows), self.tree.ids)


@pytest.fixture(scope="session")
def world() -> World:
    """Three groups of three classes in 16 latent units, 40 images a class."""
    rng = np.random.default_rng(20)
    groups = ["diatom", "copepod", "larva"]
    classes = [f"{group} {k}" for group in groups for k in range(3)]
    tree = Hierarchy.from_edges(
        ["living", *groups, *classes],
        [(group, "living") for group in groups] + [(c, c.split()[0]) for c in classes],
    )
    deviations = rng.normal(size=(len(tree), 16))
    deviations[tree.levels == 2] *= 0.7
    leaf = np.repeat(tree.leaves, 40)
    Z = tree.push_down(deviations)[leaf] + rng.normal(size=(len(leaf), 16)) + 5
    return World(tree, Z, leaf)
