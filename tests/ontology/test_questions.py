"""Competency questions: what the ontology is asked, each a short query, as in docs/ontology.md."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import kgconcepts as kg
from kgconcepts.curation.absence import absent
from kgconcepts.curation.reasoning import disjoint, inherited

Labels = set[str]
Query = Callable[..., Labels]


@pytest.fixture(scope="module")
def below(graph: kg.ConceptGraph) -> Query:
    """What is below a concept."""
    tree = graph.hierarchy()
    return lambda name: {graph[i].label for i in tree.descendants(graph.find_one(name))}


@pytest.fixture(scope="module")
def has(graph: kg.ConceptGraph) -> Query:
    """What a concept has, itself or from above."""
    tables = {r: inherited(graph, r) for r in ("has_part", "has_quality", "has_stage")}
    return lambda name, relation: {
        graph[i].label for i in tables[relation].of(graph.find_one(name))
    }


@pytest.fixture(scope="module")
def having(graph: kg.ConceptGraph) -> Query:
    """What has a trait, itself or from above."""
    had = inherited(graph)

    def found(name: str) -> Labels:
        column = had.traits.index(graph.find_one(name))
        return {graph[had.ids[k]].label for k in had.matrix[:, [column]].nonzero()[0].tolist()}

    return found


@pytest.fixture(scope="module")
def lacks(graph: kg.ConceptGraph) -> Query:
    """What a concept is known not to have."""
    lacked = absent(graph)
    return lambda name: {graph[i].label for i in lacked.of(graph.find_one(name))}


def test_which_larvae_have_arms(having: Query) -> None:
    armed = having("larval arm") & having("larva")
    assert {"echinopluteus", "ophiopluteus", "sea star bipinnaria"} <= armed
    assert armed.isdisjoint({"sea cucumber auricularia", "acorn worm tornaria", "crab zoea"})


def test_which_parts_tell_chaetoceros_from_skeletonema(has: Query) -> None:
    one, other = (has(name, "has_part") for name in ("Chaetoceros", "Skeletonema"))
    assert "diatom seta" in one - other
    assert "linking process" in other - one
    assert {"frustule", "valve"} <= one & other


def test_what_has_no_aphia_id(graph: kg.ConceptGraph) -> None:
    without = {
        c.label
        for c in graph
        if c.kind == "taxon" and c.rank and not any(x.startswith("AphiaID:") for x in c.xrefs)
    }
    ranked = sum(c.kind == "taxon" and c.rank != "" for c in graph)
    assert 0 < len(without) < ranked / 3
    assert without.isdisjoint({"Copepoda", "Oithona", "Chaetoceros", "Animalia"})


def test_no_copepod_has_a_bell(below: Query, lacks: Query) -> None:
    assert "bell" in lacks("Copepoda")
    assert all("bell" in lacks(name) for name in ("Oithona", "Calanus", "copepod nauplius"))


def test_a_nauplius_has_not_what_the_grown_copepod_has(has: Query) -> None:
    assert "urosome" in has("Oithona", "has_part")
    assert "urosome" not in has("copepod nauplius", "has_part")
    assert "naupliar appendage" in has("copepod nauplius", "has_part")


def test_which_parts_can_be_told_in_an_image_of_isiis(graph: kg.ConceptGraph) -> None:
    isiis = graph.find_one("ISIIS")
    seen = {graph[r.child].label for r in graph.relations if r[1:] == ("visible_in", isiis)}
    assert {"bell", "tentacle", "tail"} <= seen
    assert seen.isdisjoint({"raphe", "areola", "rimoportula", "haptonema"})


def test_which_stages_a_barnacle_passes_in_the_plankton(below: Query, has: Query) -> None:
    stages = {stage for form in below("Cirripedia") for stage in has(form, "has_stage")}
    assert {"nauplius", "cirripede naupliar stage", "cyprid"} <= stages
    assert stages.isdisjoint({"zoea", "copepod naupliar stage", "pluteus"})


def test_what_is_told_by_its_shell_alone(having: Query) -> None:
    shelled = having("coiled shell")
    assert {"Limacinidae", "Atlantidae"} <= shelled
    assert "Gymnosomata" not in shelled


def test_which_groups_exclude_one_another(graph: kg.ConceptGraph) -> None:
    apart = disjoint(graph)
    find = graph.find_one
    assert apart.are_disjoint(find("Chaetoceros"), find("Oithona"))
    assert apart.are_disjoint(find("Bivalvia"), find("Gastropoda"))
    assert not apart.are_disjoint(find("Oithona"), find("copepod nauplius"))


def test_which_gelatinous_animals_row_with_combs(having: Query) -> None:
    rows = having("comb row")
    assert {"Cydippida", "Beroe", "Cestidae"} <= rows
    assert rows.isdisjoint({"Aglaura", "Salpida", "Abylidae"})


def test_what_cell_shape_a_species_has(has: Query, below: Query) -> None:
    shapes = below("cell shape")
    assert has("Tripos fusus", "has_quality") & shapes == {"horned cell"}
    assert has("Coscinodiscus radiatus", "has_quality") & shapes == {"cylindrical cell"}


def test_a_thing_is_found_by_the_names_people_use(graph: kg.ConceptGraph) -> None:
    for name, label in {
        "copepods": "Copepoda",
        "AphiaID:1080": "Copepoda",
        "arrow worms": "Chaetognatha",
        "caudal rami": "caudal ramus",
        "swimming bell": "nectophore",
    }.items():
        assert [graph[i].label for i in graph.find(name)] == [label], name
