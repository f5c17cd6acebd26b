"""The project's ontology: built from its tables, its identifiers from tables that have them."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import polars as pl
import pytest

import kgconcepts as kg

FOLDER = Path(__file__).parents[1] / "ontology"


def test_the_committed_owl_is_what_the_tables_say(tmp_path: Path) -> None:
    spec = importlib.util.spec_from_file_location("build", FOLDER / "build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.build(tmp_path / "plankton.owl")
    built, committed = kg.read(tmp_path / "plankton.owl"), kg.read(FOLDER / "plankton.owl")
    assert list(built) == list(committed)
    assert set(built.relations) == set(committed.relations)


@pytest.mark.data
def test_every_aphia_id_is_that_of_its_name_in_a_table(shared_data: Path) -> None:
    folder = shared_data / "taxonomies"
    known: set[tuple[str, str]] = set()
    taxa = pl.read_csv(
        folder / "nordicmicroalgae" / "taxa.txt",
        separator="\t",
        infer_schema=False,
        quote_char=None,
        encoding="utf8-lossy",
    )
    labels = pl.read_csv(folder / "planktonzilla_taxonomy.csv", infer_schema=False)
    ranks = ["Kingdom", "Phylum", "Class", "Order", "Family", "Genus", "Species"]
    for row in labels.filter(pl.col("aphia_ID").is_not_null()).iter_rows(named=True):
        names = [row[rank] for rank in ranks if row[rank]]
        if row["Species"]:
            names[-1] = f"{row['Genus']} {row['Species']}"
        known.add((row["aphia_ID"].removesuffix(".0"), names[-1].casefold()))
    for number, name in taxa.select("taxon_id", "scientific_name").iter_rows():
        known.add((number, name.casefold()))
    claimed = {
        (xref.removeprefix("AphiaID:"), concept.label.casefold())
        for concept in kg.read(FOLDER / "plankton.owl")
        for xref in concept.xrefs
    }
    assert len(claimed) > 100
    assert claimed <= known
