"""Builds the ontology and its modules from the tables beside it: ``python ontology/build.py``."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import pyoxigraph as ox

import kgconcepts as kg
from kgconcepts.curation.absence import absent
from kgconcepts.curation.domain_rules import RANKS
from kgconcepts.curation.mappings import EXACT, Mapping, Mappings
from kgconcepts.curation.reasoning import inherited
from kgconcepts.errors import KGConceptsError
from kgconcepts.export import owl
from kgconcepts.files import replacing
from kgconcepts.graph import ABSENCES, TRAITS, Relation
from kgconcepts.sources import tables
from kgconcepts.sources.assertions import Assertion, asserted, holders, read_assertions
from kgconcepts.sources.document import opened
from kgconcepts.sources.template import read_templates
from kgconcepts.sources.vocabularies import DCTERMS, OWL

HERE = Path(__file__).resolve().parent
TABLES = ("taxa", "forms", "parts", "qualities", "stages", "objects")
BASE = "https://w3id.org/kgconcepts/"
VERSION = "2026-11-25"
LICENCE = "CC BY 4.0"
TITLES = {
    "plankton": (
        "The kgconcepts plankton ontology",
        "Plankton as pictures show it: taxa on their lineages, the forms they take, their parts, "
        "qualities and life stages, what tells them apart, and what they are known not to have.",
    ),
    "diatom": (
        "The kgconcepts diatom ontology",
        "The diatoms of the kgconcepts plankton ontology, with all that is said of them.",
    ),
    "larva": (
        "The kgconcepts larva ontology",
        "The eggs, larvae and young of the kgconcepts plankton ontology, with all that is said of "
        "them.",
    ),
}
NAMED = ("form_of", "visible_in")
WHOLE = ("is_a", "form_of", "has_stage")
YOUNG = ("egg", "embryo stage", "larva", "juvenile")


def read() -> kg.ConceptGraph:
    """Read the tables of terms; what is wrong in one of them is an error with its line."""
    graph = read_templates([HERE / f"{name}.tsv" for name in TABLES], LICENCE, VERSION)
    sizes = dict(_cells(("parts", "qualities", "stages"), "size_um"))
    whole = _wholes(graph)
    concepts = []
    for concept in graph:
        size = sizes.get(concept.id)
        told = f"Told where {size} µm are resolved." if size else ""
        comment = " ".join(filter(None, (concept.comment, told)))
        concepts.append(replace(concept, comment=comment, intersection=whole.get(concept.id, ())))
    relations = (*graph.relations, *_apart(graph))
    return kg.ConceptGraph((*concepts, *_obsolete()), relations, graph.sources.values())


def _cells(names: Iterable[str], column: str) -> Iterator[tuple[str, str]]:
    """Give a column of these tables, each cell with the id of its row."""
    for name in names:
        with opened(HERE / f"{name}.tsv") as document:
            for _, cells in tables.rows(document, ("id", column)):
                yield cells["id"], cells[column]


def _wholes(graph: kg.ConceptGraph) -> dict[str, tuple[tuple[str, str], ...]]:
    """Return what forms are that are all there is of their taxa at their stage."""
    return {
        id_: tuple((r, p) for r, p in graph.relations_of(id_) if r in WHOLE)
        for id_, said in _cells(("forms",), "whole")
        if said == "yes"
    }


def _apart(graph: kg.ConceptGraph) -> Iterator[Relation]:
    """Give what has nothing in common: taxa of one rank below one parent, and the roots.

    Down to the genera; and of what is placed nowhere (incertae sedis) nothing is said.
    """
    below: dict[tuple[str, str], list[str]] = {}
    ranks = RANKS[: RANKS.index("species")]
    for concept in graph:
        parents = graph.related(concept.id, "is_a")
        if concept.rank in ranks and "incertae sedis" not in concept.label:
            for parent in parents:
                below.setdefault((parent, concept.rank), []).append(concept.id)
        if not parents:
            below.setdefault(("", ""), []).append(concept.id)
    for siblings in below.values():
        for one, other in combinations(siblings, 2):
            yield Relation(one, "disjoint_with", other)


def _obsolete() -> Iterator[kg.Concept]:
    """Give the terms that are not to be used any more."""
    if not (HERE / "obsolete.tsv").exists():
        return
    with opened(HERE / "obsolete.tsv") as document:
        for _, cells in tables.rows(document, ("id", "label", "kind", "replaced_by", "comment")):
            yield kg.Concept(
                cells["id"],
                cells["label"],
                cells["kind"],
                source=document.name,
                comment=cells["comment"],
                obsolete=True,
                replaced_by=tuple(name for name in cells["replaced_by"].split("|") if name),
            )


def modules(graph: kg.ConceptGraph) -> dict[str, kg.ConceptGraph]:
    """Return the whole and the parts of it that can be used alone."""
    tree = graph.hierarchy()
    diatoms = graph.find_one("Bacillariophyceae")
    stages = {graph.find_one(name) for name in YOUNG}
    stages.update(tree.descendants(stages))
    young = {r.child for r in graph.relations if r.relation == "has_stage" and r.parent in stages}
    young.update(tree.descendants(young), stages)
    return {
        "plankton": graph,
        "diatom": _module(graph, (diatoms, *tree.descendants(diatoms))),
        "larva": _module(graph, young),
    }


def _module(graph: kg.ConceptGraph, ids: Iterable[str]) -> kg.ConceptGraph:
    """Return these concepts with all that is above them, and what they have and lack."""
    part = graph.restrict(ids)
    said = {other for c in part for other in graph.related(c.id, *ABSENCES, *NAMED)}
    whole = graph.restrict((*part.ids, *said))
    return whole if len(whole) == len(part) else _module(graph, whole.ids)


def write(folder: Path) -> dict[str, kg.ConceptGraph]:
    """Write everything that is built into a folder.

    Raises
    ------
    SystemExit
        If `kgconcepts.check` finds an error, or an id that was given once is gone.
    """
    terms = read()
    assertions = read_assertions(HERE / "traits.tsv", terms)
    graph = asserted(terms, assertions)
    report = kg.check(graph)
    wrong = [
        f"{f.subject} ({report.labels.get(f.subject, '')}): {f.rule}: {f.value}"
        for f in report
        if f.level == "ERROR" or f.rule == "exclusive_traits"
    ]
    given = dict(_cells(("ids",), "since"))
    wrong += [
        f"{id_} was given in {since}, and is gone"
        for id_, since in given.items()
        if id_ not in graph
    ]
    wrong += _renamed(graph)
    wrong += _redundant(terms, graph, assertions)
    if wrong:
        sys.exit(
            "\n".join(map(str, wrong)) + f"\nontology: {len(wrong)} errors; nothing is written"
        )
    sources = {id_: {DCTERMS + "source": [text]} for id_, text in _cells(TABLES, "source")}
    evidence = {
        Relation(id_, a.relation, a.trait): {DCTERMS + "source": [a.evidence]}
        for a, concepts in holders(terms, assertions)
        for id_ in concepts
    }
    built = modules(graph)
    for name, part in built.items():
        title, description = TITLES[name]
        header: owl.Annotations = {
            DCTERMS + "title": [title],
            DCTERMS + "description": [description],
            DCTERMS + "license": [ox.NamedNode("https://creativecommons.org/licenses/by/4.0/")],
            DCTERMS + "rights": [LICENCE],
            OWL + "versionIRI": [ox.NamedNode(f"{BASE}{name}/{VERSION}")],
            OWL + "versionInfo": [VERSION],
        }
        said = {c.id: sources[c.id] for c in part if c.id in sources}
        for suffix in (".owl", ".ttl"):
            owl.write(part, folder / f"{name}{suffix}", BASE + name, header, said, evidence)
    _worms(graph).write(folder / "worms.sssom.tsv")
    with replacing(folder / "ids.tsv") as temporary:
        since = {**{c.id: VERSION for c in graph}, **given}
        rows = (f"{c.id}\t{c.label}\t{since[c.id]}" for c in sorted(graph, key=lambda c: c.id))
        temporary.write_text("\n".join(("id\tlabel\tsince", *rows)) + "\n", encoding="utf-8")
    return built


def _renamed(graph: kg.ConceptGraph) -> Iterator[str]:
    """Tell which ids have another label than they had, and that not among their synonyms."""
    for id_, label in _cells(("ids",), "label"):
        names = {graph[id_].label, *graph[id_].synonyms} if id_ in graph else {label}
        if label not in names:
            yield (
                f"{id_} was {label}, and is {graph[id_].label}; an id keeps its meaning: give a "
                "new one, or the old name as synonym"
            )


def _redundant(
    terms: kg.ConceptGraph, graph: kg.ConceptGraph, assertions: Iterable[Assertion]
) -> Iterator[str]:
    """Tell what follows without being asserted, from what is above or from what is said besides."""
    tree, had, lacked = graph.hierarchy(), inherited(graph), absent(graph)
    for assertion, concepts in holders(terms, assertions):
        relation, trait = assertion.relation, assertion.trait
        kinds = tree.descendants(trait) if relation in TRAITS else tree.ancestors(trait)
        known = had if relation in TRAITS else lacked
        follows = (
            any(trait in known.of(parent) for parent in graph.related(id_, "is_a"))
            or not {*kinds}.isdisjoint(graph.related(id_, relation))
            for id_ in concepts
        )
        if all(follows):
            what = f"{graph[assertion.taxon].label} {relation} {graph[trait].label}"
            why = "follows from what is said elsewhere" if concepts else "holds for nothing"
            yield f"{assertion.where}: {what} {why}; remove it"


def _worms(graph: kg.ConceptGraph) -> Mappings:
    """Return which taxa are which records of WoRMS, by the tables that have their AphiaIDs."""
    return Mappings(
        Mapping(c.id, EXACT, xref, "semapv:ManualMappingCuration", c.label, c.label)
        for c in graph
        for xref in c.xrefs
        if xref.startswith("AphiaID:")
    )


if __name__ == "__main__":
    try:
        written = write(HERE)
    except KGConceptsError as error:
        sys.exit(str(error))
    for name, part in written.items():
        print(f"{name}: {len(part)} concepts, {len(part.relations)} relations")
