"""A graph is written in the format that its suffix names, and reads back as it was."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import owlready2
import pytest
import rdflib
from hypothesis import given, settings
from hypothesis import strategies as st
from rdflib.namespace import SKOS

import kgconcepts as kg
from kgconcepts.errors import LossWarning, OutputError
from kgconcepts.export import owl
from kgconcepts.export.write import SUFFIXES
from kgconcepts.findings import Finding
from kgconcepts.graph import KINDS, RELATIONS, SCOPES, Concept, ConceptGraph, Source

REAL = ("pato-simple.owl", "ecao-simple.owl", "cteno.owl", "EnvThes.ttl", "life-stages.obo")
RELATED = (*RELATIONS, "RO:0002202")
IDS = ("PLK:0", "PLK:1", "PATO:0000001", "planktonset1.0:copepod other", "http://x.org/a#b")
CHARACTERS = st.sampled_from(list("aZ09 é中\"'\\{}[]!<>&:,;=@#%|\n\t😀"))
SOURCE = Source("some.csv", "0" * 64, "1", "CC0", "a title", imports=("http://x.org/a|b",))


def words(suffix: str) -> st.SearchStrategy[str]:
    """Any text that a format holds: OBO has no blanks at the ends, and no last backslash."""
    if suffix != ".obo":
        return st.text(CHARACTERS, min_size=1, max_size=12)
    return st.text(CHARACTERS, min_size=1, max_size=12).filter(
        lambda text: text.strip() == text and not text.endswith("\\")
    )


@st.composite
def graphs(draw: st.DrawFn, suffix: str) -> ConceptGraph:
    """Any small graph that a format holds."""
    text = words(suffix)
    ids = draw(st.lists(st.sampled_from(IDS), min_size=1, unique=True))
    pairs = st.tuples(st.sampled_from(ids), st.sampled_from(RELATED), st.sampled_from(ids))
    concepts = []
    for id_ in ids:
        synonyms = draw(st.lists(text, max_size=3, unique=True))
        scopes = draw(
            st.lists(st.sampled_from(SCOPES), min_size=len(synonyms), max_size=len(synonyms))
        )
        whole = draw(st.lists(st.tuples(st.sampled_from(RELATED[:5]), st.sampled_from(ids))))
        concepts.append(
            Concept(
                id_,
                draw(text),
                draw(st.sampled_from(KINDS)),
                draw(st.just("") | text),
                tuple(synonyms),
                draw(st.sampled_from([(), ("AphiaID:7",), ("AphiaID:7", "Wikidata:Q1")])),
                draw(st.sampled_from(["", "genus"])),
                "some.csv",
                tuple(scopes),
                draw(st.just("") | text),
                draw(st.just("") | text),
                draw(st.sampled_from(["", "taxon inquirendum"])),
                draw(st.booleans()),
                tuple(draw(st.lists(st.sampled_from(ids), max_size=2))),
                tuple(whole) if len(set(whole)) > 1 else (),
            )
        )
    names = draw(st.sampled_from([{}, {"RO:0002202": "develops from"}]))
    return held(ConceptGraph(concepts, draw(st.lists(pairs)), [SOURCE], (), names), suffix)


def held(graph: ConceptGraph, suffix: str) -> ConceptGraph:
    """Return what a format has a place for, of a graph whose texts it holds."""
    if suffix != ".json" and ".skos" not in suffix:
        return graph
    keep = (replace(c, intersection=()) if ".skos" in suffix else c for c in graph)
    relations = (r for r in graph.relations if r.relation != "disjoint_with")
    return ConceptGraph(
        keep, relations, graph.sources.values(), graph.findings, graph.relation_labels
    )


@pytest.mark.parametrize("suffix", SUFFIXES)
@settings(max_examples=25)
@given(data=st.data())
def test_what_is_written_reads_back_as_the_same_graph(
    tmp_path_factory: pytest.TempPathFactory, suffix: str, data: st.DataObject
) -> None:
    graph = data.draw(graphs(suffix))
    path = tmp_path_factory.mktemp("write") / f"graph{suffix}"
    assert kg.write(graph, path) == ()
    again = kg.read(path)
    assert list(again) == list(graph)
    assert again == graph
    assert again.relation_labels == graph.relation_labels


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_graph_without_sources_or_relations_reads_back_as_it_was(
    tmp_path: Path, suffix: str
) -> None:
    graph = ConceptGraph([Concept("PLK:1", "Copepoda"), Concept("PLK:2", "PLK:2")])
    assert kg.write(graph, tmp_path / f"graph{suffix}") == ()
    assert kg.read(tmp_path / f"graph{suffix}") == graph


@pytest.mark.data
@pytest.mark.filterwarnings("ignore::kgconcepts.errors.LossWarning")
@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("name", REAL)
def test_a_real_ontology_goes_through_every_format_and_what_is_lost_is_told(
    shared_data: Path, tmp_path: Path, name: str, suffix: str
) -> None:
    graph = kg.read(shared_data / "ontologies" / name)
    lost = kg.write(graph, tmp_path / f"graph{suffix}")
    again, expected = kg.read(tmp_path / f"graph{suffix}"), held(graph, suffix)
    assert again == expected
    assert again.relation_labels == graph.relation_labels
    without = sum(c.intersection != expected[c.id].intersection for c in graph)
    open_ends = len(graph.dangling) - len(again.dangling)
    assert len(lost) == len(graph.relations) - len(expected.relations) + without + open_ends
    outside = set() if ".skos" in suffix or suffix == ".graphml" else set(graph.dangling)
    outside = {r for r in outside if r.relation != "disjoint_with" and r.child in graph}
    assert set(again.dangling) == outside


@pytest.mark.data
def test_a_real_ontology_goes_from_format_to_format_and_comes_back(
    shared_data: Path, tmp_path: Path
) -> None:
    first = kg.read(shared_data / "ontologies" / "ecao-simple.obo")
    graph = first = held(first, ".skos.ttl")
    assert len({r.relation for r in first.relations}) > 3
    for number, suffix in enumerate((*SUFFIXES, *reversed(SUFFIXES))):
        path = tmp_path / str(number) / f"graph{suffix}"
        assert kg.write(graph, path) == ()
        graph = kg.read(path)
        assert graph == first, suffix


def test_other_programs_read_the_same_classes(plankton: ConceptGraph, tmp_path: Path) -> None:
    kg.write(plankton, tmp_path / "graph.owl")
    labels = sorted(concept.label for concept in plankton)
    triples = rdflib.Graph().parse(tmp_path / "graph.owl")
    classes = set(triples.subjects(rdflib.RDF.type, rdflib.OWL.Class))
    assert sorted(str(triples.value(c, rdflib.RDFS.label)) for c in classes) == labels
    ontology = owlready2.World().get_ontology((tmp_path / "graph.owl").as_uri()).load()
    assert sorted(label for c in ontology.classes() for label in c.label) == labels


@pytest.mark.parametrize("suffix", [".skos.ttl", ".json"])
def test_what_is_disjoint_has_no_place_in_some_formats_and_is_listed(
    tmp_path: Path, suffix: str
) -> None:
    whole = (("is_a", "PLK:2"), ("has_part", "PLK:3"))
    graph = ConceptGraph(
        [
            Concept("PLK:1", "a", intersection=whole),
            Concept("PLK:2", "b"),
            Concept("PLK:3", "c", "part"),
        ],
        [("PLK:2", "disjoint_with", "PLK:3"), ("PLK:1", "is_a", "PLK:2")],
    )
    count = 2 if suffix == ".skos.ttl" else 1
    with pytest.warns(LossWarning, match=f"{count} statements have no place in {suffix}: "):
        lost = kg.write(graph, tmp_path / f"graph{suffix}")
    disjoint = Finding("WARN", "not_written", "PLK:2", "disjoint_with", "PLK:3")
    parts = "has_part PLK:3 and is_a PLK:2"
    equivalent = Finding("WARN", "not_written", "PLK:1", "intersection", parts)
    assert set(lost) == {disjoint, *([equivalent] if count == 2 else [])}
    assert kg.read(tmp_path / f"graph{suffix}") == held(graph, suffix)


def test_of_several_suffixes_the_longest_holds_in_capitals_too(
    plankton: ConceptGraph, tmp_path: Path
) -> None:
    for name, type_ in (("a.SKOS.TTL", SKOS.Concept), ("a.skos.owl", rdflib.OWL.Class)):
        kg.write(plankton, tmp_path / name)
        format_ = "turtle" if name.endswith("TTL") else "xml"
        triples = rdflib.Graph().parse(tmp_path / name, format=format_)
        assert len(set(triples.subjects(rdflib.RDF.type, type_))) == len(plankton)
        assert kg.read(tmp_path / name) == plankton


def test_a_property_that_xml_cannot_name_is_refused_and_turtle_proposed(
    plankton: ConceptGraph, tmp_path: Path
) -> None:
    said = {"PLK:1": {"http://x.org/123": ["x"]}}
    with pytest.raises(OutputError, match=r"property <http://x.org/123>.*write Turtle"):
        owl.write(plankton, tmp_path / "graph.owl", "http://x.org/o", {}, said)
    assert list(tmp_path.iterdir()) == []
    owl.write(plankton, tmp_path / "graph.ttl", "http://x.org/o", {}, said)
    # As a relation it stands in an attribute, which may hold any address.
    graph = ConceptGraph(plankton, [("PLK:1", "http://x.org/123", "PLK:2")])
    kg.write(graph, tmp_path / "graph.owl")
    assert kg.read(tmp_path / "graph.owl") == graph
    # In SKOS it is a predicate.
    with pytest.raises(OutputError, match=r"property <http://x.org/123>.*write Turtle"):
        kg.write(graph, tmp_path / "graph.skos.rdf")
    assert not (tmp_path / "graph.skos.rdf").exists()
    kg.write(graph, tmp_path / "graph.skos.ttl")
    assert kg.read(tmp_path / "graph.skos.ttl") == graph


def test_what_obo_cannot_hold_is_listed(tmp_path: Path) -> None:
    concept = Concept("PLK:1", "a ", definition="b\\", comment="\n", xrefs=("two words", "X:1"))
    graph = ConceptGraph([concept])
    with pytest.warns(LossWarning, match=r"4 statements have no place in .obo"):
        lost = kg.write(graph, tmp_path / "graph.obo")
    assert {(f.subject, f.property, f.value) for f in lost} == {
        ("PLK:1", "xrefs", "two words"),
        ("PLK:1", "definition", "b\\"),
        ("PLK:1", "label", "a "),
        ("PLK:1", "comment", "\n"),
    }
    again = kg.read(tmp_path / "graph.obo")["PLK:1"]
    assert (again.xrefs, again.definition) == (("X:1",), "b")
    assert (again.label, again.comment) == ("a", "")


def test_a_format_that_is_not_known_is_refused(plankton: ConceptGraph, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"of no format that is known; end it in .owl, "):
        kg.write(plankton, tmp_path / "graph.doc")
    assert list(tmp_path.iterdir()) == []


def test_what_leads_out_of_a_graph_is_written_where_it_can_be(tmp_path: Path) -> None:
    leading = [("PLK:1", "has_quality", "PATO:1"), ("PLK:1", "is_a", "PLK:0")]
    names = [("PLK:1", "replaced_by", "PLK:9"), ("PLK:8", "is_a", "PLK:1")]
    graph = ConceptGraph([Concept("PLK:1", "diatom")], dangling=[*leading, *names])
    told = [Finding("WARN", "not_written", *name) for name in names]
    for suffix in (".owl", ".obo", ".json", ".csv"):
        with pytest.warns(LossWarning):
            assert list(kg.write(graph, tmp_path / f"graph{suffix}")) == told
        again = kg.read(tmp_path / f"graph{suffix}")
        assert set(again.dangling) == set(leading)
        pato = ConceptGraph([Concept("PATO:1", "round", "quality")])
        assert kg.merge([again, pato]).related("PLK:1", "has_quality") == ("PATO:1",)
    with pytest.warns(LossWarning):
        assert len(kg.write(graph, tmp_path / "graph.graphml")) == 4


@pytest.mark.filterwarnings("ignore::kgconcepts.errors.LossWarning")
@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize(
    "odd",
    [
        *("https://x.org/a|b", "https://x.org/50%", "https://x.org/a>", 'https://x.org/"'),
        *("https://x.org/a b", "https://x.org/{", "http://[x/a", "!x:y", "://", "https://x.org/ä"),
    ],
)
def test_no_reference_is_too_odd_to_be_written_or_told(
    tmp_path: Path, odd: str, suffix: str
) -> None:
    for graph in (
        ConceptGraph([Concept("A:1", "a", xrefs=(odd,))]),
        ConceptGraph([Concept("A:1", "a")], dangling=[("A:1", "is_a", odd)]),
        ConceptGraph([Concept("A:1", "a", obsolete=True, replaced_by=(odd,))]),
        ConceptGraph([Concept(odd, "a")]),
    ):
        lost = kg.write(graph, tmp_path / f"graph{suffix}")
        again = kg.read(tmp_path / f"graph{suffix}")
        assert lost or (again == graph and again.dangling == graph.dangling)
