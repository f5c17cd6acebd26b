"""Captions of a concept, as BioCLIP knows them."""

from __future__ import annotations

from pathlib import Path

import pytest

import kgconcepts as kg
from kgconcepts.concept import Concept
from kgconcepts.embedding.prompts import STYLES, prompts
from kgconcepts.errors import TextError, UnknownConceptError
from kgconcepts.graph import ConceptGraph

LINEAGE = [
    ("domain", "Biota"),
    ("kingdom", "Animalia"),
    ("phylum", "Arthropoda"),
    ("subphylum", "Crustacea"),
    ("class", "Copepoda"),
    ("order", "Calanoida"),
    ("genus", "Acartia"),
    ("species", "Acartia tonsa"),
]


@pytest.fixture
def graph() -> ConceptGraph:
    taxa = [
        Concept(
            name, name, rank=rank, synonyms=("copepods", "Copépodes") if rank == "class" else ()
        )
        for rank, name in LINEAGE
    ]
    others = [
        Concept("nauplius", "copepod nauplius", synonyms=("copepod_larva",)),
        Concept("antenna", "antenna", kind="part"),
        Concept("seta", "seta", kind="part"),
        Concept("spiny", "spiny", kind="quality"),
        Concept("texture", "texture", kind="quality"),
        Concept("detritus", "detritus", kind="object"),
    ]
    up = [(LINEAGE[k + 1][1], "is_a", LINEAGE[k][1]) for k in range(len(LINEAGE) - 1)]
    more = [
        ("nauplius", "form_of", "Copepoda"),
        ("Copepoda", "has_part", "antenna"),
        ("seta", "part_of", "antenna"),
        ("spiny", "is_a", "texture"),
    ]
    return ConceptGraph([*taxa, *others], [*up, *more])


@pytest.mark.parametrize(
    ("id_", "style", "caption"),
    [
        (
            "Acartia tonsa",
            "scientific",
            "Animalia Arthropoda Copepoda Calanoida Acartia tonsa",
        ),
        (
            "Acartia tonsa",
            "ranked",
            "kingdom Animalia phylum Arthropoda class Copepoda order Calanoida genus Acartia "
            "species Acartia tonsa",
        ),
        ("Acartia tonsa", "common", "Acartia tonsa"),
        ("Acartia tonsa", "photo", "Acartia tonsa"),
        ("Crustacea", "scientific", "Animalia Arthropoda Crustacea"),
        ("Animalia", "scientific", "Animalia"),
        ("Biota", "ranked", "domain Biota"),
        ("Copepoda", "common", "copepods"),
        (
            "nauplius",
            "scientific",
            "copepod nauplius, a form of Animalia Arthropoda Copepoda",
        ),
        (
            "nauplius",
            "ranked",
            "copepod nauplius, a form of kingdom Animalia phylum Arthropoda class Copepoda",
        ),
        ("nauplius", "common", "copepod larva"),
        ("seta", "scientific", "seta, a part of antenna"),
        ("spiny", "scientific", "spiny, a kind of texture"),
        ("detritus", "scientific", "detritus"),
    ],
)
def test_a_caption_in_each_style(graph: ConceptGraph, id_: str, style: str, caption: str) -> None:
    assert prompts(graph, id_, [style]) == (f"a photo of {caption}",)


def test_styles_come_in_order_and_captions_once(graph: ConceptGraph) -> None:
    assert prompts(graph, "Animalia") == ("a photo of Animalia", "a photo of kingdom Animalia")
    assert prompts(graph, "Copepoda", ["common", "photo"]) == (
        "a photo of copepods",
        "a photo of Copepoda",
    )
    assert prompts(graph, "seta", "photo") == ("a photo of seta",)
    assert prompts(graph, "seta", ()) == ()


@pytest.mark.parametrize(
    ("name", "is_common"),
    [
        ("water flea", True),
        ("by-the-wind sailor", True),
        ("Moon Jellyfish", True),
        ("Portuguese man o' war", False),
        ("Calanus finmarchicus", False),
        ("Acartia (Acanthacartia) tonsa", False),
        ("copépode", False),
        ("ISIIS_x12", False),
        ("Copepoda", False),
    ],
)
def test_common_names_are_told_from_latin_ones(name: str, is_common: bool) -> None:
    graph = ConceptGraph([Concept("1", "Label", synonyms=(name,))])
    assert prompts(graph, "1", ["common"]) == (f"a photo of {name if is_common else 'Label'}",)


def test_names_that_are_only_related_are_not_used() -> None:
    concept = Concept("1", "Copepoda", synonyms=("bug", "copepod"), scopes=("related", "exact"))
    assert prompts(ConceptGraph([concept]), "1", ["common"]) == ("a photo of copepod",)


def test_of_several_ways_up_the_first_of_the_shortest() -> None:
    concepts = [Concept(id_, id_) for id_ in ("A", "B", "C", "D", "E", "F")]
    edges = [("F", "E"), ("E", "D"), ("D", "A"), ("F", "C"), ("F", "B"), ("B", "A"), ("C", "A")]
    graph = ConceptGraph(concepts, [(child, "is_a", parent) for child, parent in edges])
    assert prompts(graph, "F", ["scientific"]) == ("a photo of A C F",)


@pytest.mark.parametrize("cycle", [[("A", "A")], [("A", "B"), ("B", "A")]])
def test_a_cycle_has_no_lineage(cycle: list[tuple[str, str]]) -> None:
    graph = ConceptGraph([Concept("A", "A"), Concept("B", "B")], [(c, "is_a", p) for c, p in cycle])
    assert prompts(graph, "A") == ("a photo of A",)


def test_captions_are_short_and_of_one_line() -> None:
    concepts = [Concept(str(k), f"Taxon{k}\n" * 30, rank=LINEAGE[k % 8][0]) for k in range(200)]
    graph = ConceptGraph(concepts, [(str(k + 1), "is_a", str(k)) for k in range(199)])
    for caption in prompts(graph, "199"):
        assert len(caption) < 400
        assert "\n" not in caption
        assert "Taxon199" in caption
    long = ConceptGraph([Concept("1", "x" * 5_000)])
    assert len(prompts(long, "1", ["photo"])[0]) < 100


def test_unknown_styles_and_concepts_are_told(graph: ConceptGraph) -> None:
    with pytest.raises(TextError, match="'latin': is no style of prompts; expected scientific, co"):
        prompts(graph, "Copepoda", ["latin"])
    with pytest.raises(UnknownConceptError, match="Copepod"):
        prompts(graph, "Copepod")


def test_every_concept_of_the_ontology_has_captions() -> None:
    path = Path(__file__).parents[2] / "ontology" / "plankton.owl"
    graph = kg.read(path)
    for concept in graph:
        found = prompts(graph, concept.id)
        assert 1 <= len(found) <= len(STYLES) + 2
        assert all(caption.startswith("a photo of ") for caption in found)
        assert max(map(len, found)) < 400
    nauplius = prompts(graph, graph.find_one("copepod nauplius"), ["scientific"])
    assert nauplius == ("a photo of copepod nauplius, a form of Animalia Arthropoda Copepoda",)
