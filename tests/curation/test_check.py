"""A check finds what is wrong, by ROBOT's names where it has them, and nothing else."""

from __future__ import annotations

import csv
import itertools
import shutil
from collections import Counter
from pathlib import Path

import pytest
import rdflib

import kgconcepts as kg
from kgconcepts.curation.check import RULES, check
from kgconcepts.curation.domain_rules import RANKS
from kgconcepts.errors import SourceError
from kgconcepts.findings import Finding
from kgconcepts.graph import Concept, ConceptGraph, Source

# ROBOT's default profile, of those rules that a graph can break: ontodev/robot report_profile.txt
ROBOT = {
    "annotation_whitespace": "WARN",
    "deprecated_class_reference": "ERROR",
    "duplicate_definition": "ERROR",
    "duplicate_exact_synonym": "WARN",
    "duplicate_label": "ERROR",
    "duplicate_label_synonym": "WARN",
    "equivalent_class_axiom_no_genus": "WARN",
    "invalid_xref": "WARN",
    "label_formatting": "ERROR",
    "label_whitespace": "ERROR",
    "lowercase_definition": "INFO",
    "missing_definition": "WARN",
    "missing_label": "ERROR",
    "missing_obsolete_label": "WARN",
    "missing_ontology_description": "ERROR",
    "missing_ontology_license": "ERROR",
    "missing_ontology_title": "ERROR",
    "missing_superclass": "INFO",
    "misused_obsolete_label": "ERROR",
    "misused_replaced_by": "ERROR",
}


def part(number: int, label: str = "", **fields: object) -> Concept:
    """Make a body part that nothing is wrong with, but for what is given."""
    id_ = f"X:{number}"
    given = {"id": id_, "label": label or f"part {number}", "kind": "part"}
    given["definition"] = f"Part {number}."
    return Concept(**(given | fields))  # type: ignore[arg-type]


def taxon(label: str, rank: str = "", **fields: object) -> Concept:
    given = {"id": f"T:{label}", "label": label, "rank": rank, "definition": f"A {rank} {label}."}
    return Concept(**(given | fields))  # type: ignore[arg-type]


ROOT = part(0)
SOUND = ConceptGraph(
    [ROOT, part(1), part(2), taxon("Biota", "superdomain"), taxon("Salpa", "genus")],
    [
        *(("X:1", "is_a", "X:0"), ("X:2", "is_a", "X:0"), ("X:2", "part_of", "X:1")),
        *(("T:Salpa", "is_a", "T:Biota"), ("T:Salpa", "has_part", "X:1")),
    ],
)


def found(graph: ConceptGraph) -> set[tuple[str, str]]:
    """Return what is found, but that roots are roots."""
    return {(f.rule, f.subject) for f in check(graph) if f.rule != "missing_superclass"}


def below_root(
    *concepts: Concept, relations: tuple[tuple[str, str, str], ...] = ()
) -> ConceptGraph:
    edges = [(c.id, "is_a", "X:0") for c in concepts if c.kind == "part" and not c.obsolete]
    return ConceptGraph([ROOT, *concepts], [*edges, *relations])


def test_where_all_is_well_only_the_roots_are_mentioned() -> None:
    assert [(f.rule, f.subject) for f in check(SOUND)] == [
        ("missing_superclass", "X:0"),
        ("missing_superclass", "T:Biota"),
    ]


def test_names_and_levels_are_robot_s() -> None:
    assert {rule.name: rule.level for rule in RULES if rule.name in ROBOT} == ROBOT


@pytest.mark.parametrize(
    ("rule", "wrong"),
    [
        ("missing_label", {"label": "X:1"}),
        ("label_formatting", {"label": "a\tb"}),
        ("label_whitespace", {"label": "a "}),
        ("label_whitespace", {"label": "a  b"}),
        ("annotation_whitespace", {"synonyms": ("a ",)}),
        ("annotation_whitespace", {"definition": "A. "}),
        ("missing_definition", {"definition": ""}),
        ("lowercase_definition", {"definition": "a part."}),
        ("duplicate_label_synonym", {"label": "spine", "synonyms": ("spine",)}),
        ("invalid_xref", {"xrefs": ("see there",)}),
        ("misused_obsolete_label", {"label": "obsolete spine"}),
        ("misused_replaced_by", {"replaced_by": ("X:0",)}),
        ("missing_obsolete_label", {"label": "spine", "obsolete": True}),
        ("equivalent_class_axiom_no_genus", {"intersection": (("has_part", "X:0"),)}),
    ],
)
def test_each_thing_that_is_wrong_with_a_concept_is_found(
    rule: str, wrong: dict[str, object]
) -> None:
    graph = below_root(part(1, **wrong))
    graph = (
        ConceptGraph(graph, [*graph.relations, ("X:1", "part_of", "X:0")])
        if ("obsolete" not in wrong)
        else graph
    )
    rules = {rule for rule, subject in found(graph) if subject == "X:1"} - {"orphan"}
    assert rules in ({rule}, {rule, "label_whitespace"})


@pytest.mark.parametrize(
    ("rule", "same"),
    [
        ("duplicate_label", {"label": "spine"}),
        ("duplicate_definition", {"definition": "A spine."}),
        ("duplicate_exact_synonym", {"synonyms": ("spine",)}),
        ("duplicate_identifier", {"xrefs": ("AphiaID:7",)}),
        ("duplicate_identifier", {"xrefs": ("WoRMS:7", "AphiaID:7")}),
    ],
)
def test_what_two_concepts_must_not_share_is_found_at_both(
    rule: str, same: dict[str, object]
) -> None:
    graph = below_root(part(1, **same), part(2, **same))
    assert found(graph) == {(rule, "X:1"), (rule, "X:2")}
    assert found(below_root(part(1, **same), part(2))) == set()


def test_an_obsolete_concept_that_is_still_used_is_found() -> None:
    old = part(1, "obsolete spine", obsolete=True)
    uses = (("X:2", "part_of", "X:1"), ("X:1", "is_a", "X:0"))
    graph = below_root(old, part(2), part(3, intersection=(("is_a", "X:1"),)), relations=uses)
    assert found(graph) == {("deprecated_class_reference", f"X:{k}") for k in (2, 3)}
    itself = below_root(old, part(2), relations=(("X:1", "part_of", "X:2"),))
    assert found(itself) == {("deprecated_class_reference", "X:1")}


def test_an_ontology_says_what_it_is_and_a_table_need_not() -> None:
    sources = [Source("o.owl", address="https://x.org/o"), Source("t.csv")]
    graph = ConceptGraph(SOUND, SOUND.relations, sources)
    missing = {f"missing_ontology_{what}" for what in ("title", "description", "license")}
    assert found(graph) == {(rule, "o.owl") for rule in missing}
    whole = Source("o.owl", "", "1", "CC0", "Parts", "All parts.", "https://x.org/o")
    assert found(ConceptGraph(SOUND, SOUND.relations, [whole])) == set()


@pytest.mark.parametrize("relation", ["is_a", "part_of"])
def test_a_cycle_is_found_with_its_walk(relation: str) -> None:
    edges = (("X:1", relation, "X:2"), ("X:2", relation, "X:3"), ("X:3", relation, "X:1"))
    graph = ConceptGraph([part(k) for k in (1, 2, 3, 4)], [*edges, ("X:4", relation, "X:4")])
    cycles = [f for f in check(graph) if f.rule == "cycle"]
    assert [(f.level, f.property, f.subject) for f in cycles] == [
        ("ERROR", relation, "X:1"),
        ("ERROR", relation, "X:4"),
    ]
    assert cycles[0].value == "X:1 --> X:2 --> X:3 --> X:1"


def test_a_cycle_through_traits_is_found_once_and_one_of_is_a_not_again() -> None:
    graph = ConceptGraph(
        [part(1), part(2), part(3)], [("X:1", "is_a", "X:2"), ("X:2", "has_part", "X:1")]
    )
    assert [f.property for f in check(graph) if f.rule == "cycle"] == [
        "is_a, has_part, has_quality, has_stage"
    ]


def test_a_cycle_that_a_merge_has_told_hides_no_other_one() -> None:
    concepts = [part(1), part(2)]
    ring = [("X:1", "X:2"), ("X:2", "X:1")]
    is_a = [(child, "is_a", parent) for child, parent in ring]
    graphs = [ConceptGraph(concepts, is_a), ConceptGraph(concepts)]
    merged = kg.merge(graphs)
    assert [f.rule for f in merged.findings] == ["cycle"]
    both = ConceptGraph(
        merged, [*is_a, *((c, "part_of", p) for c, p in ring)], findings=merged.findings
    )
    assert [f.property for f in check(both) if f.rule == "cycle"] == ["is_a", "part_of"]


def test_a_very_long_cycle_is_found_and_shown_in_part() -> None:
    number = 100_000
    edges = [(f"X:{k}", "is_a", f"X:{(k + 1) % number}") for k in range(number)]
    graph = ConceptGraph((part(k) for k in range(number)), edges)
    (cycle,) = (f for f in check(graph) if f.rule == "cycle")
    assert "(99994 more) -->" in cycle.value
    assert len(cycle.value) < 200


def test_ranks_go_down_along_a_lineage_whatever_has_none_between() -> None:
    names = [("Order", "order"), ("clade", ""), ("Family", "family"), ("Genus", "genus")]
    lineage = [taxon(label, rank) for label, rank in names]
    edges = [(c.id, "is_a", p.id) for p, c in itertools.pairwise(lineage)]
    top = (taxon("Biota", "superdomain"), ("T:Order", "is_a", "T:Biota"))
    good = ConceptGraph([top[0], *lineage], [*edges, top[1]])
    assert found(good) == set()
    above = [taxon("Genus", "genus"), taxon("clade"), taxon("Family", "family")]
    edges = [("T:clade", "is_a", "T:Genus"), ("T:Family", "is_a", "T:clade")]
    wrong = ConceptGraph([top[0], *above], [*edges, ("T:Genus", "is_a", "T:Biota")])
    assert found(wrong) == {("rank_inversion", "T:Family")}
    (finding,) = (f for f in check(wrong) if f.rule == "rank_inversion")
    assert finding.value == "a family below the genus Genus (T:Genus)"


def test_ranks_are_compared_in_a_chain_without_end_and_in_a_cycle() -> None:
    number = 50_000
    chain = [taxon(f"t{k}", definition="") for k in range(number)]
    chain[0], chain[-1] = taxon("Genus", "genus"), taxon("Order", "order")
    edges = [(c.id, "is_a", p.id) for p, c in itertools.pairwise(chain)]
    assert ("rank_inversion", "T:Order") in found(ConceptGraph(chain, edges))
    cycle = ConceptGraph(
        [taxon("a"), taxon("b"), taxon("Salpa", "genus")],
        [("T:a", "is_a", "T:b"), ("T:b", "is_a", "T:a"), ("T:Salpa", "is_a", "T:a")],
    )
    assert "rank_inversion" not in {rule for rule, _ in found(cycle)}


def test_the_ladder_of_ranks_agrees_with_real_lineages(shared_data: Path) -> None:
    """In WoRMS's own table nearly no taxon is ranked above its parent; the rest is told."""
    graph = kg.read(shared_data / "taxonomies" / "nordicmicroalgae")
    ranks = {c.rank for c in graph if c.rank}
    assert len(ranks & set(RANKS)) >= len(ranks) - 4
    wrong = [f for f in check(graph) if f.rule == "rank_inversion"]
    assert len(wrong) == 4  # children of names whose accepted name is one of theirs
    with (shared_data / "taxonomies/nordicmicroalgae/taxa.txt").open(encoding="utf-8") as lines:
        rows = {f"AphiaID:{row['taxon_id']}": row for row in csv.DictReader(lines, delimiter="\t")}
    for finding in wrong:
        parent = rows[f"AphiaID:{rows[finding.subject]['parent_id']}"]
        assert parent["status"] != "accepted"


def test_homonyms_stand_at_different_places_and_duplicates_at_one() -> None:
    tops = [taxon("Biota", "superdomain"), taxon("A", "phylum"), taxon("B", "phylum")]
    twins = [taxon("Uronema", "genus", id=f"T:{k}", definition=f"No. {k}.") for k in (1, 2)]
    up = [("T:A", "is_a", "T:Biota"), ("T:B", "is_a", "T:Biota"), ("T:1", "is_a", "T:A")]
    apart = ConceptGraph([*tops, *twins], [*up, ("T:2", "is_a", "T:B")])
    assert found(apart) == {("homonym", "T:1"), ("homonym", "T:2")}
    together = ConceptGraph([*tops, *twins], [*up, ("T:2", "is_a", "T:A")])
    assert found(together) == {("duplicate_label", "T:1"), ("duplicate_label", "T:2")}
    nominate = ConceptGraph(
        [*tops, *twins[:1], taxon("Uronema", "subgenus", id="T:2")], [*up, ("T:2", "is_a", "T:1")]
    )
    assert found(nominate) == set()


def test_a_name_without_an_accepted_one_is_found() -> None:
    names = [
        taxon("nothing", "genus", obsolete=True, status="unaccepted"),
        taxon("gone", "genus", obsolete=True, replaced_by=("T:?",)),
        taxon("twice", "genus", obsolete=True, replaced_by=("T:nothing",)),
        taxon("fine", "genus", obsolete=True, replaced_by=("T:Salpa",)),
    ]
    graph = ConceptGraph([*SOUND, *names], SOUND.relations)
    assert found(graph) == {
        ("missing_accepted_name", f"T:{n}") for n in ("nothing", "gone", "twice")
    }


def test_what_hangs_nowhere_is_found() -> None:
    lost = [part(7), taxon("Doliolum", "genus"), taxon("Animalia", "kingdom")]
    graph = ConceptGraph(
        [*SOUND, *lost],
        [*SOUND.relations, ("T:Doliolum", "has_part", "X:1"), ("T:Animalia", "has_part", "X:2")],
    )
    assert found(graph) == {("orphan", "X:7"), ("orphan", "T:Doliolum")}


def test_traits_are_parts_qualities_and_stages_that_are_there() -> None:
    quality = part(5, kind="quality")
    relations = [
        *(*SOUND.relations, ("X:5", "is_a", "X:5b"), ("X:5", "has_part", "X:5b")),
        ("T:Salpa", "has_part", "X:5"),
    ]
    upper = part(6, id="X:5b", kind="quality")
    missing = Finding("WARN", "unresolved_reference", "T:Biota", "has_stage", "X:99")
    graph = ConceptGraph([*SOUND, quality, upper], relations, findings=[missing])
    assert found(graph) == {
        ("unknown_trait", "T:Salpa"),
        ("unknown_trait", "T:Biota"),
        ("unresolved_reference", "T:Biota"),
    }


def test_the_highest_that_cannot_be_is_found_and_how_many_are_below() -> None:
    parts = [part(k) for k in range(3, 8)]
    relations = [
        *(*SOUND.relations, ("X:1", "disjoint_with", "X:2")),
        *(("X:3", "is_a", "X:1"), ("X:3", "is_a", "X:2"), ("X:4", "is_a", "X:3")),
        *(("X:5", "is_a", "X:4"), ("X:6", "is_a", "X:0"), ("X:7", "is_a", "X:0")),
    ]
    report = check(ConceptGraph([*SOUND, *parts], relations))
    assert [(f.subject, f.value) for f in report.rules["unsatisfiable"]] == [
        ("X:3", "X:1 and X:2, and 2 below")
    ]


def test_an_exact_synonym_that_is_another_s_label_is_found() -> None:
    graph = below_root(part(1, "seta"), part(2, synonyms=("Seta", "hair"), scopes=("exact",) * 2))
    assert found(graph) == {("ambiguous_synonym", "X:2")}
    related = below_root(part(1, "seta"), part(2, synonyms=("seta",), scopes=("related",)))
    assert found(related) == set()


def test_what_replaces_an_obsolete_part_must_be_there() -> None:
    old = [
        part(k, f"obsolete {k}", obsolete=True, replaced_by=(by,))
        for k, by in ((1, "X:99"), (2, "X:3"), (3, "X:0"), (4, "X:5"))
    ]
    old.append(part(5, "obsolete 5", obsolete=True))
    assert found(below_root(*old, part(9))) == {("missing_replacement", f"X:{k}") for k in (1, 4)}


def test_very_many_of_one_name_are_told_with_a_few_others_each() -> None:
    number = 20_000
    taxa = [taxon("Nemo", "genus", id=f"T:{k}", definition="") for k in range(number)]
    tops = [taxon(f"f{k}", "family", definition="") for k in range(number)]
    edges = [(f"T:{k}", "is_a", f"T:f{k}") for k in range(number)]
    report = check(ConceptGraph([*taxa, *tops], edges))
    assert len(report.rules["homonym"]) == number
    assert report.rules["homonym"][0].value == "Nemo (T:1, T:2, T:3 and 19996 more)"


def test_what_is_below_another_kind_and_what_cannot_be_is_found() -> None:
    relations = [*SOUND.relations, ("X:2", "is_a", "T:Salpa"), ("X:1", "disjoint_with", "X:3")]
    graph = ConceptGraph(
        [*SOUND, part(3)],
        [*relations, ("X:3", "is_a", "X:0"), ("X:2", "is_a", "X:1"), ("X:2", "is_a", "X:3")],
    )
    assert found(graph) == {("kind_mismatch", "X:2"), ("unsatisfiable", "X:2")}


@pytest.mark.skipif(shutil.which("java") is None, reason="no Java")
def test_the_reasoner_says_what_it_inferred() -> None:
    graph = ConceptGraph(
        [*SOUND, part(3, intersection=(("is_a", "X:0"), ("part_of", "X:1")))],
        [*SOUND.relations, ("X:3", "is_a", "X:0")],
    )
    assert not [f for f in check(graph) if f.rule.startswith("inferred")]
    inferred = [f for f in check(graph, reason=True) if f.rule.startswith("inferred")]
    assert inferred == [Finding("INFO", "inferred_superclass", "X:2", "is_a", "X:3")]


@pytest.mark.skipif(shutil.which("java") is None, reason="no Java")
def test_the_reasoner_takes_a_cycle_for_concepts_that_are_the_same() -> None:
    edges = [("X:1", "is_a", "X:2"), ("X:2", "is_a", "X:1"), ("X:3", "is_a", "X:1")]
    report = check(ConceptGraph([part(k) for k in (1, 2, 3)], edges), reason=True)
    assert [(f.rule, f.subject, f.value) for f in report] == [
        ("cycle", "X:1", "X:1 --> X:2 --> X:1"),
        ("inferred_equivalence", "X:1", "X:2"),
    ]


def test_what_reading_found_is_in_the_report_once() -> None:
    finding = Finding("WARN", "missing_accepted_name", "T:old", "accepted", "T:?")
    old = taxon("old", "genus", obsolete=True)
    graph = ConceptGraph([*SOUND, old], SOUND.relations, findings=[finding])
    assert [f for f in check(graph) if f.rule == "missing_accepted_name"] == [finding]


def test_labels_that_reach_no_concept_and_concepts_that_no_label_reaches(tmp_path: Path) -> None:
    table = tmp_path / "labels.csv"
    table.write_text("label,concept\nsalp,Salpa\nbubble,gas bubble\nboth,part 2|part 9\n")
    for labels in (table, {"salp": "Salpa", "bubble": "gas bubble", "both": ["part 2", "part 9"]}):
        report = check(SOUND, labels)
        assert [(f.subject, f.value) for f in report.rules["label_without_concept"]] == [
            ("bubble", "'gas bubble' names no concept"),
            ("both", "'part 9' names no concept"),
        ]
        assert "concept_without_label" not in report.rules
    report = check(SOUND, {"a": "Biota"})
    unreached = [f.subject for f in report.rules["concept_without_label"]]
    assert unreached == ["X:0", "X:1", "X:2", "T:Salpa"]
    with pytest.raises(SourceError, match="no column label, concept"):
        check(SOUND, tmp_path / "labels.csv" if table.write_text("a,b\n1,2\n") else "")


@pytest.mark.data
def test_labels_of_a_real_collection_reach_the_real_taxonomy(shared_data: Path) -> None:
    table = shared_data / "taxonomies" / "planktonzilla_taxonomy.csv"
    ours = kg.read(Path(__file__).parents[2] / "ontology" / "plankton.owl")
    report = check(ours, table, "planktonset1.0")
    labels = {f.subject for f in report.rules["label_without_concept"]}
    with table.open(encoding="utf-8") as lines:
        rows = [row for row in csv.DictReader(lines) if row["Dataset"] == "planktonset1.0"]
    assert len(rows) == 121
    known = {xref for c in ours for xref in c.xrefs}
    for row in rows:
        if row["aphia_ID"]:
            number = f"AphiaID:{row['aphia_ID'].removesuffix('.0')}"
            unknown = f"planktonset1.0:{row['Raw_Labels']}" in labels
            assert unknown == (number not in known)


@pytest.mark.data
@pytest.mark.parametrize("name", ["pato-simple.owl", "ecao-simple.owl", "EnvThes.ttl"])
def test_duplicates_in_real_ontologies_are_those_that_rdflib_counts(
    shared_data: Path, name: str
) -> None:
    path = shared_data / "ontologies" / name
    report = check(kg.read(path))
    triples = rdflib.Graph().parse(path)
    old = {s for s, o in triples.subject_objects(rdflib.OWL.deprecated) if str(o) == "true"}
    label, definition = (
        (rdflib.SKOS.prefLabel, rdflib.SKOS.definition)
        if name == "EnvThes.ttl"
        else (rdflib.RDFS.label, rdflib.URIRef("http://purl.obolibrary.org/obo/IAO_0000115"))
    )
    kinds = {rdflib.OWL.Class, rdflib.SKOS.Concept}
    concepts = {s for s, o in triples.subject_objects(rdflib.RDF.type) if o in kinds} - old
    concepts = {s for s in concepts if isinstance(s, rdflib.URIRef)}
    shared = Counter(str(o) for s, o in triples.subject_objects(definition) if s in concepts)
    twice = {text for text, number in shared.items() if number > 1}
    duplicate = {f.value.rpartition(" (")[0] for f in report.rules.get("duplicate_definition", ())}
    assert {" ".join(t.split()) for t in duplicate} == {" ".join(t.split()) for t in twice}
    if name != "EnvThes.ttl":  # whose labels come in many languages
        labels = Counter(
            str(o).casefold() for s, o in triples.subject_objects(label) if s in concepts
        )
        named = {f.value.rpartition(" (")[0] for f in report.rules.get("duplicate_label", ())}
        assert {n.casefold() for n in named} == {n for n, number in labels.items() if number > 1}


def test_the_committed_ontology_has_no_error() -> None:
    graph = kg.read(Path(__file__).parents[2] / "ontology" / "plankton.owl")
    assert check(graph).at_least("WARN") == ()
