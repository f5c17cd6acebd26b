"""The product: what is written reads back the same, and other programs can open it."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import owlready2
import pytest
import rdflib
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import kgconcepts as kg
from kgconcepts.dictionary import Certificate
from kgconcepts.errors import KGConceptsError, LatentsError, OutputError, SourceError
from kgconcepts.export.dictionary_json import DictionaryRecord
from kgconcepts.graph import Source
from kgconcepts.identifiers import VOCABULARY, iri

SCHEMA = Path(__file__).parents[1] / "docs" / "dictionary-1.schema.json"
IDS = ("PLK:1", "PLK:3", "PLK:4", "PLK:9", "set1.0:cope_other")
LATER = (
    *("average_precision_low", "average_precision_high", "expected", "p_value", "q_value"),
    *("detectable", "verdict", "inherited_from", "units", "stable_units", "false_units"),
)
HOSTILE = '<script>alert("1")</script> & \N{SNOWMAN}'


@pytest.fixture
def graph() -> kg.ConceptGraph:
    source = Source("plankton.owl", "ab" * 32, "0.1.0", "CC BY 4.0")
    concepts = [
        kg.Concept("PLK:9", "Calanoida", xrefs=("AphiaID:1100",), rank="order", source=source.name),
        kg.Concept("PLK:1", "Copepoda", synonyms=("copepod", "copepods"), source=source.name),
        kg.Concept("set1.0:cope_other", HOSTILE, definition="A\r\n\tof \x0b\N{RIGHT-TO-LEFT MARK}"),
        kg.Concept("PLK:3", "antenna", kind="part", definition="A feeler.", source=source.name),
        kg.Concept("PLK:4", "nauplius", kind="stage"),
        kg.Concept("PLK:5", "copepod nauplius"),
        kg.Concept("https://example.org/a_b?c=d#e", "bubble", kind="object"),
        kg.Concept("PLK:7", "unused part", kind="part"),
    ]  # fmt: skip
    relations = [
        ("PLK:9", "is_a", "PLK:1"),
        ("set1.0:cope_other", "is_a", "PLK:1"),
        ("PLK:5", "is_a", "PLK:1"),
        ("PLK:5", "has_stage", "PLK:4"),
        ("PLK:1", "has_part", "PLK:3"),
    ]
    return kg.ConceptGraph(concepts, relations, [source])


def images(graph: kg.ConceptGraph) -> tuple[Any, kg.Evidence]:
    """Latents of three classes, and what their labels say."""
    rng = np.random.default_rng(0)
    labels = ["PLK:9"] * 12 + ["PLK:5"] * 8 + ["bubble"] * 10
    means = {label: rng.normal(size=6) * 3 for label in labels}
    Z = np.stack([rng.normal(means[label]) for label in labels])
    return Z, kg.Evidence.from_labels(labels, graph, traits_complete=True)


@pytest.fixture
def dictionary(graph: kg.ConceptGraph) -> kg.ConceptDictionary:
    rng = np.random.default_rng(1)
    dag = graph.hierarchy(traits=True)
    Z, evidence = images(graph)
    model = kg.HierarchicalGrounder(dag).fit(Z, evidence)
    texts = {"PLK:3": [kg.Passage("A feeler.", "plankton.owl", "CC BY 4.0", revision="7")]}
    return kg.ConceptDictionary(graph, texts, rng.normal(size=(len(dag), 3)), model)


def certificates() -> st.SearchStrategy[Certificate]:
    """Any certificate, each thing measured or not."""
    numbers = st.none() | st.floats(allow_nan=False, allow_infinity=False)
    counts = st.none() | st.integers(0, 10**9)
    several = st.lists(st.sampled_from(IDS), unique=True).map(tuple)
    words = st.sampled_from(["grounded", "not grounded", "undetectable here", HOSTILE])
    of: dict[str, st.SearchStrategy[Any]] = {
        **{f.name: numbers for f in fields(Certificate)},
        **dict.fromkeys(("positives", "negatives", "units", "stable_units"), counts),
        **dict.fromkeys(("borrows_from", "inherited_from"), several),
        "support": st.integers(0, 10**9),
        "detectable": st.none() | st.booleans(),
        "verdict": st.none() | words | several.map(lambda ids: f"inherited from {', '.join(ids)}"),
    }
    return st.builds(Certificate, **of)


@pytest.mark.parametrize("suffix", [".json", ".owl"])
@settings(
    max_examples=30,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_round_trip_loses_nothing_of_any_certificate(
    dictionary: kg.ConceptDictionary, tmp_path: Path, suffix: str, data: st.DataObject
) -> None:
    several = tuple(data.draw(certificates()) for _ in range(len(dictionary)))
    certified = kg.ConceptDictionary(
        dictionary.graph, None, None, replace(dictionary.grounding, certificates=several)
    )
    certified.write(tmp_path / f"concepts{suffix}")
    back = kg.ConceptDictionary.read(tmp_path / f"concepts{suffix}")
    assert back.grounding.certificates == several
    kinds = [[type(getattr(c, f.name)) for f in fields(c)] for c in back.grounding.certificates]
    assert kinds == [[type(getattr(c, f.name)) for f in fields(c)] for c in several]


def test_a_dictionary_has_all_that_the_model_certifies(graph: kg.ConceptGraph) -> None:
    Z, evidence = images(graph)
    model = kg.HierarchicalGrounder(graph.hierarchy(traits=True)).fit(Z, evidence)
    dictionary = kg.ConceptDictionary(graph, None, None, model)
    for row in model.certificate_.iter_rows(named=True):
        certificate = dictionary.certificate(row.pop("id"))
        for name, value in row.items():
            told = getattr(certificate, name)
            assert told == (tuple(value) if isinstance(value, list) else value)
    assert {c.verdict for c in dictionary.grounding.certificates} - {None}


def before(certificate: dict[str, Any]) -> None:
    """Take from a record what certificates of an earlier version did not have."""
    for name in LATER:
        del certificate[name]


def test_a_dictionary_written_before_there_were_verdicts_is_read(
    dictionary: kg.ConceptDictionary, tmp_path: Path
) -> None:
    json_path, owl_path = tmp_path / "concepts.json", tmp_path / "concepts.owl"
    dictionary.write(json_path)
    dictionary.write(owl_path)
    record = json.loads(json_path.read_text())
    for found in record["concepts"]:
        before(found["certificate"])
    json_path.write_text(json.dumps(record))
    triples = rdflib.Graph().parse(owl_path)
    grounding = rdflib.URIRef(VOCABULARY + "grounding")
    for subject, known in list(triples.subject_objects(grounding)):
        facts = json.loads(str(known))
        before(facts["certificate"])
        triples.set((subject, grounding, rdflib.Literal(json.dumps(facts))))
    for name in LATER:
        triples.remove((None, rdflib.URIRef(VOCABULARY + name), None))
    triples.serialize(owl_path, format="xml")
    nothing = dict.fromkeys(LATER) | {"inherited_from": ()}
    expected = [replace(c, **nothing) for c in dictionary.grounding.certificates]
    for path in (json_path, owl_path):
        assert list(kg.ConceptDictionary.read(path).grounding.certificates) == expected


def test_verdicts_can_be_queried_in_owl(dictionary: kg.ConceptDictionary, tmp_path: Path) -> None:
    told = replace(
        dictionary.certificate("PLK:9"),
        verdict="inherited from PLK:1",
        inherited_from=("PLK:1",),
        q_value=0.25,
        detectable=False,
    )
    several = list(dictionary.grounding.certificates)
    several[dictionary.hierarchy.index("PLK:9")] = told
    grounding = replace(dictionary.grounding, certificates=tuple(several))
    path = tmp_path / "concepts.owl"
    kg.ConceptDictionary(dictionary.graph, None, None, grounding).write(path)
    triples = rdflib.Graph().parse(path)
    subject = rdflib.URIRef(iri("PLK:9"))
    said = {
        name: triples.value(subject, rdflib.URIRef(VOCABULARY + name)).toPython()
        for name in ("verdict", "inherited_from", "q_value", "detectable")
    }
    assert said == {
        "verdict": "inherited from PLK:1",
        "inherited_from": iri("PLK:1"),
        "q_value": 0.25,
        "detectable": False,
    }


@pytest.mark.parametrize("suffix", [".json", ".owl"])
def test_round_trip_loses_nothing(
    dictionary: kg.ConceptDictionary, tmp_path: Path, suffix: str
) -> None:
    path = tmp_path / f"concepts{suffix}"
    dictionary.write(path)
    back = kg.ConceptDictionary.read(path)
    assert back == dictionary
    assert list(back.graph) == list(dictionary.graph)
    np.testing.assert_array_equal(back.grounding.directions, dictionary.grounding.directions)
    assert {p.name for p in tmp_path.iterdir()} == {path.name, "ATTRIBUTION.md"}


def test_a_changed_dictionary_is_not_equal(
    dictionary: kg.ConceptDictionary, tmp_path: Path
) -> None:
    path = tmp_path / "concepts.json"
    dictionary.write(path)
    record = json.loads(path.read_text())
    record["concepts"][0]["direction"][0] += 1e-3
    path.write_text(json.dumps(record))
    assert kg.ConceptDictionary.read(path) != dictionary


def test_owl_has_as_many_classes_as_concepts_and_agrees_with_json_on_every_label(
    dictionary: kg.ConceptDictionary, tmp_path: Path
) -> None:
    dictionary.write(tmp_path / "concepts.owl")
    dictionary.write(tmp_path / "concepts.json")
    record = json.loads((tmp_path / "concepts.json").read_text())
    labels = sorted(found["concept"]["label"] for found in record["concepts"])
    triples = rdflib.Graph().parse(tmp_path / "concepts.owl")
    classes = set(triples.subjects(rdflib.RDF.type, rdflib.OWL.Class))
    assert len(classes) == len(dictionary)
    assert sorted(str(triples.value(c, rdflib.RDFS.label)) for c in classes) == labels
    world = owlready2.World()
    ontology = world.get_ontology((tmp_path / "concepts.owl").as_uri()).load()
    loaded = list(ontology.classes())
    assert sorted(label for c in loaded for label in c.label) == labels
    by_label = {c.label[0]: c for c in loaded}
    assert by_label["Copepoda"] in by_label["Calanoida"].is_a
    assert any(
        isinstance(a, owlready2.Restriction) and a.value is by_label["antenna"]
        for a in by_label["Copepoda"].is_a
    )


def test_json_follows_the_published_schema(
    dictionary: kg.ConceptDictionary, tmp_path: Path
) -> None:
    published = json.loads(SCHEMA.read_text())
    assert published == DictionaryRecord.model_json_schema(by_alias=True)
    dictionary.write(tmp_path / "concepts.json")
    record = json.loads((tmp_path / "concepts.json").read_text())
    jsonschema.validate(record, published)
    spoilt = json.loads(json.dumps(record))
    for found in record["concepts"]:
        before(found["certificate"])
    jsonschema.validate(record, published)
    spoilt["concepts"][0]["certificate"]["support"] = "many"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(spoilt, published)


def test_predictions_are_the_models(dictionary: kg.ConceptDictionary) -> None:
    Z = np.random.default_rng(1).normal(size=(5, 6))
    p = dictionary.predict_proba(Z)
    assert p.shape == (5, len(dictionary))
    closure = dictionary.hierarchy.closure.tocoo()
    assert (p[:, closure.row] <= p[:, closure.col]).all()


def test_an_explanation_names_the_most_specific_concepts_with_their_paths(
    dictionary: kg.ConceptDictionary,
) -> None:
    row = dictionary.hierarchy.index("PLK:5")
    direction = dictionary.grounding.directions[row] - dictionary.grounding.directions.mean(axis=0)
    z = dictionary.grounding.center + 50 * direction
    found = {e.label: e for e in dictionary.explain(z)}
    assert found["copepod nauplius"].path == ("Copepoda", "copepod nauplius")
    assert "nauplius" in found
    assert "Copepoda" not in found
    assert all(e.probability >= 0.5 for e in found.values())


def test_a_model_of_another_graph_is_refused(
    dictionary: kg.ConceptDictionary,
) -> None:
    other = kg.ConceptGraph([kg.Concept("a", "a")])
    with pytest.raises(LatentsError, match="directions for 1 concepts"):
        kg.ConceptDictionary(other, None, None, dictionary.grounding)


def test_a_model_of_the_taxonomy_alone_is_refused_as_its_concepts_are_in_another_order(
    graph: kg.ConceptGraph,
) -> None:
    tree = graph.hierarchy()
    targets = np.eye(len(tree))[tree.leaves]
    targets[:, tree.index("PLK:1")] = np.nan
    Z = np.random.default_rng(0).normal(size=(len(targets), 3))
    model = kg.HierarchicalGrounder(tree).fit(Z, targets)
    with pytest.raises(LatentsError, match="in another order"):
        kg.ConceptDictionary(graph, None, None, model)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "the beginning"),
        ("{", "the beginning"),
        ("[]", "expected a dictionary"),
        ('{"schema": "https://w3id.org/kgconcepts/schema/dictionary-99"}', "schema"),
    ],
)
def test_what_is_no_dictionary_is_refused(tmp_path: Path, content: str, says: str) -> None:
    path = tmp_path / "concepts.json"
    path.write_text(content)
    with pytest.raises(SourceError, match=says) as caught:
        kg.ConceptDictionary.read(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_broken_record_is_refused(dictionary: kg.ConceptDictionary, tmp_path: Path) -> None:
    path = tmp_path / "concepts.json"
    dictionary.write(path)
    whole = json.loads(path.read_text())
    breaks = [
        lambda r: r["concepts"][0]["direction"].pop(),
        lambda r: r["concepts"][0]["relations"].append({"relation": "is_a", "concept": "none"}),
        lambda r: r["concepts"][0].pop("certificate"),
        lambda r: r["concepts"][1]["vector"].pop(),
        lambda r: r["concepts"].append(r["concepts"][0]),
    ]
    for damage in breaks:
        record = json.loads(json.dumps(whole))
        damage(record)
        path.write_text(json.dumps(record))
        with pytest.raises(KGConceptsError):
            kg.ConceptDictionary.read(path)


def test_an_ontology_is_no_dictionary(tmp_path: Path) -> None:
    path = tmp_path / "some.owl"
    path.write_text(
        "@prefix owl: <http://www.w3.org/2002/07/owl#> . <http://x.org/a> a owl:Class ."
    )
    with pytest.raises(SourceError, match="no dictionary"):
        kg.ConceptDictionary.read(path)


def test_other_suffixes_are_refused(dictionary: kg.ConceptDictionary, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"\.json or \.owl"):
        dictionary.write(tmp_path / "concepts.pickle")
    with pytest.raises(SourceError, match=r"\.json or \.owl"):
        kg.ConceptDictionary.read(tmp_path / "concepts.pickle")
    assert not list(tmp_path.iterdir())
