"""The planktonzilla table: labels hang below their finest taxon, with their qualifier as trait."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

import kgconcepts as kg
from kgconcepts.errors import SourceError
from kgconcepts.sources import planktonzilla
from kgconcepts.sources.document import opened
from kgconcepts.sources.planktonzilla import COLUMNS, label_id


def row(dataset: str, label: str, **cells: str) -> dict[str, str]:
    return dict.fromkeys(COLUMNS, "") | {"Dataset": dataset, "Raw_Labels": label} | cells


OITHONA = row(
    *("zooscan", "Oithona"),
    **{"Kingdom": "animalia", "Class": "copepoda", "Genus": "oithona", "aphia_ID": "106485.0"},
    **{"proposed_label": "oithona", "root_class": "living", "qualifier": "full_body"},
)
SIMILIS = OITHONA | {"Raw_Labels": "similis", "Species": "similis", "aphia_ID": "106656.0"}
NAUPLIUS = row(
    *("uvp6net", "nauplii"),
    **{"Kingdom": "animalia", "Class": "copepoda", "proposed_label": "copepoda"},
    **{"root_class": "living", "qualifier": "larvae", "aphia_ID": "1080"},
)
BUBBLE = row("zooscan", "bubble", proposed_label="air_bubble", root_class="non_living")
UNSURE = row("zooscan", "other", proposed_label="living", root_class="living")


def table(path: Path, *rows: dict[str, str]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    return path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return table(tmp_path / "taxonomy.csv", OITHONA, SIMILIS, NAUPLIUS, BUBBLE, UNSURE)


def names(graph: kg.ConceptGraph, label: str) -> list[str]:
    return [graph[id_].label for id_ in graph.hierarchy().ancestors(label)]


def test_a_label_is_below_its_finest_taxon_and_this_below_its_own(path: Path) -> None:
    graph = kg.read(path)
    assert names(graph, "zooscan:Oithona") == ["Animalia", "Copepoda", "Oithona"]
    assert names(graph, "zooscan:similis") == [
        *("Animalia", "Copepoda", "Oithona"),
        "Oithona similis",
    ]
    assert names(graph, "uvp6net:nauplii") == ["Animalia", "Copepoda"]
    assert graph["zooscan:Oithona"].kind == "taxon"


def test_an_aphia_id_is_that_of_the_finest_taxon_of_its_row(path: Path) -> None:
    graph = kg.read(path)
    assert graph.find_one("AphiaID:106485") == "AphiaID:106485"
    assert graph["AphiaID:106485"].rank == "genus"
    assert graph["AphiaID:106656"].label == "Oithona similis"
    assert graph["AphiaID:1080"].rank == "class"
    assert graph["planktonzilla:kingdom/animalia"].xrefs == ()


def test_an_aphia_id_that_two_taxa_claim_is_that_of_neither(tmp_path: Path) -> None:
    wrong = NAUPLIUS | {"Class": "ostracoda", "Raw_Labels": "ostracods"}
    twice = SIMILIS | {"Raw_Labels": "again", "aphia_ID": "9"}
    graph = kg.read(table(tmp_path / "t.csv", NAUPLIUS, wrong, SIMILIS, twice))
    assert "AphiaID:1080" not in graph
    assert graph.find("AphiaID:9") == graph.find("AphiaID:106656") == []
    assert "planktonzilla:class/copepoda" in graph


def test_qualifiers_are_traits_stages_among_them(path: Path) -> None:
    graph = kg.read(path)
    larvae, body = "planktonzilla:qualifier/larvae", "planktonzilla:qualifier/full_body"
    assert graph.related("uvp6net:nauplii", "has_stage") == (larvae,)
    assert graph.related("zooscan:Oithona", "has_quality") == (body,)
    assert graph[larvae].kind == "stage"
    assert graph[body].kind == "quality"
    assert graph[body].label == "full body"


def test_a_label_without_a_taxon_is_below_the_table_s_name_for_it(path: Path) -> None:
    graph = kg.read(path)
    assert names(graph, "zooscan:bubble") == ["non_living", "air bubble"]
    assert graph["zooscan:bubble"].kind == "object"
    assert names(graph, "zooscan:other") == ["living"]
    assert graph["zooscan:other"].kind == "taxon"


def test_one_collection_may_be_read_alone(path: Path) -> None:
    with opened(path) as document:
        graph = planktonzilla.read(document, "uvp6net")
    assert "uvp6net:nauplii" in graph
    assert not any(id_.startswith("zooscan:") for id_ in graph.ids)
    with (
        pytest.raises(SourceError, match=r"taxonomy.csv: no rows of collection 'ifcb'"),
        opened(path) as document,
    ):
        planktonzilla.read(document, "ifcb")


def test_a_label_given_twice_is_refused_with_its_line(tmp_path: Path) -> None:
    path = table(tmp_path / "taxonomy.csv", OITHONA, BUBBLE, OITHONA)
    with pytest.raises(SourceError, match=r"taxonomy.csv, line 4: label zooscan:Oithona is given"):
        kg.read(path)


def test_the_same_label_in_two_collections_is_two_labels(tmp_path: Path) -> None:
    graph = kg.read(table(tmp_path / "t.csv", OITHONA, OITHONA | {"Dataset": "zoolake"}))
    assert {"zooscan:Oithona", "zoolake:Oithona"} <= set(graph.ids)
    assert names(graph, "zooscan:Oithona") == names(graph, "zoolake:Oithona")


def test_a_ragged_row_is_refused_with_its_line(path: Path) -> None:
    with path.open("a") as file:
        file.write("zooscan,too short\n")
    with pytest.raises(SourceError, match="line 7: 2 cells; expected 13"):
        kg.read(path)


@pytest.mark.data
def test_every_class_of_planktonset_has_a_concept(shared_data: Path) -> None:
    path = shared_data / "taxonomies" / "planktonzilla_taxonomy.csv"
    with (shared_data / "planktonset" / "images.csv").open(newline="") as file:
        classes = {cells["label"] for cells in csv.DictReader(file)}
    assert len(classes) == 121
    with opened(path) as document:
        graph = planktonzilla.read(document, "planktonset1.0")
    dag = graph.hierarchy(traits=True)
    labels = [label_id("planktonset1.0", class_) for class_ in classes]
    assert len(set(graph.ids)) == len(graph)
    assert {dag.ids[k] for k in dag.leaves} == set(labels)
    assert all(dag.ancestors(label) for label in labels)


@pytest.mark.data
def test_every_row_of_the_real_table_is_a_label(shared_data: Path) -> None:
    path = shared_data / "taxonomies" / "planktonzilla_taxonomy.csv"
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    graph = kg.read(path)
    assert len(rows) == 330
    for cells in rows:
        id_ = label_id(cells["Dataset"], cells["Raw_Labels"])
        assert graph[id_].label == cells["Raw_Labels"]
        above = {graph[a].label.casefold() for a in graph.hierarchy().ancestors(id_)}
        assert {cells[r] for r in planktonzilla.RANKS[:-1] if cells[r]} <= above
