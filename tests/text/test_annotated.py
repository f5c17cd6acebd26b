"""Mining on sentences that were annotated by hand."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

import kgconcepts as kg
from kgconcepts.text.mining import Miner

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def benchmark() -> ModuleType:
    """The benchmark that prints these figures."""
    spec = importlib.util.spec_from_file_location("mining", ROOT / "benchmarks" / "mining.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.data
@pytest.mark.parametrize("half", ["seen", "kept"])
def test_precision_and_recall(
    benchmark: ModuleType, shared_data: Path, ontology: kg.ConceptGraph, half: str
) -> None:
    texts = dict(benchmark.sentences(shared_data / "text" / "marine_concepts.tsv"))
    assert len(benchmark.annotated(benchmark.ANNOTATED, half)) == 75
    miner = Miner(ontology)

    def found(sentence: str) -> set[tuple[str, str]]:
        return {(said.relation, said.concept) for said in miner.statements(sentence)}

    right, wrong, missed = benchmark.figures(found, half, texts)
    assert right / (right + wrong) >= 0.85
    assert right / (right + missed) >= 0.7
