"""What an ontology or thesaurus in RDF says of how concepts are related."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations

import polars as pl

from kgconcepts.findings import Finding
from kgconcepts.graph import ABSENCES, TRAITS
from kgconcepts.identifiers import curie
from kgconcepts.sources.statements import Statements
from kgconcepts.sources.triples import RDF, Triples, value
from kgconcepts.sources.vocabularies import DCTERMS, ISO_THES, OWL, PROPERTIES, RDFS, SKOS, relation

__all__ = ["Expressions", "by_id", "relate"]

_MOST_APART = 1000  # their pairs become relations
_BROADER = (SKOS + "broader", ISO_THES + "broaderGeneric", ISO_THES + "broaderInstantial")
_NARROWER = (SKOS + "narrower", ISO_THES + "narrowerGeneric", ISO_THES + "narrowerInstantial")
_DIRECT = (  # property, relation, whether it points from the child
    *((address, "is_a", True) for address in _BROADER),
    *((address, "is_a", False) for address in _NARROWER),
    (ISO_THES + "broaderPartitive", "part_of", True),
    *((address, name, True) for name, addresses in PROPERTIES.items() for address in addresses),
    (SKOS + "related", relation(SKOS + "related"), True),
    (OWL + "disjointWith", "disjoint_with", True),
)
# Some files declare what these vocabularies have; it is read as what it means, or not at all.
_NO_RELATIONS = (SKOS, ISO_THES, OWL, RDFS, RDF, DCTERMS)


def relate(triples: Triples, subjects: pl.DataFrame, stated: Statements) -> None:
    """Add relations, equivalences to intersections and names of relations to what is stated.

    Parameters
    ----------
    triples : Triples
    subjects : DataFrame
        The concepts: columns ``s`` (as in N-Triples) and ``id``.
    stated : Statements
    """
    names = dict(zip(subjects["s"].to_list(), subjects["id"].to_list(), strict=True))
    expressions = Expressions(triples, names)
    above = triples.of(RDFS + "subClassOf").join(subjects, on="s", maintain_order="left")
    above = above.join(
        subjects.select(o="s", parent="id"), on="o", how="left", maintain_order="left"
    )
    columns = (above[name].to_list() for name in ("id", "o", "parent"))
    for id_, term, parent in zip(*columns, strict=True):
        if parent is not None:
            stated.relations.append((id_, "is_a", parent))
        else:
            stated.relations += [(id_, r, p) for r, p in expressions.parts(term)]
    for term, same in triples.pairs(OWL + "equivalentClass"):
        if term in names and same in names and term != same:
            stated.xrefs.setdefault(names[term], []).append(names[same])
        elif term in names and same in expressions.members and expressions.understood(same):
            stated.intersections[names[term]].append(tuple(expressions.parts(same)))
    declared = tuple(_declared(triples))
    stated.relations += _between(triples, names, (*_DIRECT, *declared))
    for one_of, apart in _all_disjoint(triples, names):
        if len(apart) > _MOST_APART:
            count = f"{len(apart)} classes"
            stated.findings.append(Finding("WARN", "unread_axiom", one_of, "disjoint_with", count))
        else:
            pairs = combinations(apart, 2)
            stated.relations += [(one, "disjoint_with", other) for one, other in pairs]
    used = {value(o) for _, o in triples.pairs(OWL + "onProperty")} | {SKOS + "related"}
    used |= {address for address, _, _ in declared}
    properties = pl.DataFrame(
        [(f"<{address}>", relation(address)) for address in sorted(used)],
        schema={"s": pl.String, "id": pl.String},
        orient="row",
    )
    labels = by_id(triples.texts(properties, RDFS + "label"))
    stated.relation_labels = {name: texts[0] for name, texts in labels.items()}
    stated.findings += _unread(triples, subjects, expressions)


class Expressions:
    """Restrictions, their complements and intersections, by their blank nodes."""

    def __init__(self, triples: Triples, names: Mapping[str, str]) -> None:
        self._triples = triples
        self._names = names
        self._fillers = dict(triples.pairs(OWL + "someValuesFrom"))
        self._relations = {
            term: relation(value(o))
            for term, o in triples.pairs(OWL + "onProperty")
            if o.startswith("<")  # the inverse of a property is no relation of ours
        }
        self.members = dict(triples.pairs(OWL + "intersectionOf"))
        self._without = dict(triples.pairs(OWL + "complementOf"))

    def understood(self, term: str) -> bool:
        """Return whether `parts` gives all that an expression says."""
        if term in self.members:
            found = self._triples.collection(self.members[term])
            return all(m not in self.members and self.understood(m) for m in found)
        if term in self._without:
            return next(self.parts(term), None) is not None
        if term in self._fillers:
            return term in self._relations and self._fillers[term].startswith("<")
        return term.startswith("<")

    def parts(self, term: str) -> Iterator[tuple[str, str]]:
        """Give what an expression says its instances are and have, as (relation, id)."""
        if term in self._names:
            yield "is_a", self._names[term]
        elif term in self._fillers and term in self._relations:
            if (filler := self._fillers[term]).startswith("<"):
                yield self._relations[term], curie(filler[1:-1])
        elif term in self._without and (what := self._without[term]) in self._fillers:
            if what not in self.members and self._relations.get(what) in TRAITS:
                absence = ABSENCES[TRAITS.index(self._relations[what])]
                yield from ((absence, filler) for _, filler in self.parts(what))
        elif term in self.members:
            for member in self._triples.collection(self.members[term]):
                if member not in self.members:  # an intersection in another adds nothing readable
                    yield from self.parts(member)
        elif term.startswith("<") and term != f"<{OWL}Thing>":
            yield "is_a", curie(term[1:-1])


def _declared(triples: Triples) -> Iterator[tuple[str, str, bool]]:
    """Give the object properties whose triples between concepts are relations, as in `_DIRECT`."""
    known = {address for address, _, _ in _DIRECT}
    declared = triples.of(RDF + "type").filter(pl.col("o") == f"<{OWL}ObjectProperty>")
    for term in declared["s"].unique(maintain_order=True).to_list():
        address = value(term)
        if address not in known and not address.startswith(_NO_RELATIONS):
            yield address, relation(address), True


def _between(
    triples: Triples, names: Mapping[str, str], properties: Iterable[tuple[str, str, bool]]
) -> Iterator[tuple[str, str, str]]:
    """Give relations that are triples of their own, and what is disjoint pair by pair.

    What is said by a property that we know may lead to a concept of another file.
    """
    known = {address for address, _, _ in _DIRECT}
    for address, name, upwards in properties:
        for subject, object_ in triples.pairs(address):
            if subject in names and (object_ in names or address in known):
                other = names.get(object_) or (curie(value(object_)) if object_[0] == "<" else "")
                child, parent = (names[subject], other) if upwards else (other, names[subject])
                if other:
                    yield child, name, parent


def _all_disjoint(triples: Triples, names: Mapping[str, str]) -> Iterator[tuple[str, list[str]]]:
    """Give groups of classes that have nothing in common two by two, each with its first."""
    apart = triples.of(RDF + "type").filter(pl.col("o") == f"<{OWL}AllDisjointClasses>")
    members = dict(triples.pairs(OWL + "members"))
    for term in apart["s"].to_list():
        found = [names[m] for m in triples.collection(members.get(term, "")) if m in names]
        if found:
            yield found[0], found


def _unread(
    triples: Triples, subjects: pl.DataFrame, expressions: Expressions
) -> Iterator[Finding]:
    """Report class expressions that have no place in a graph."""
    for address in (RDFS + "subClassOf", OWL + "equivalentClass"):
        said = triples.of(address).filter(pl.col("o").str.starts_with("_"))
        lost = [not expressions.understood(term) for term in said["o"].to_list()]
        unread = (
            said.filter(pl.Series(lost, dtype=pl.Boolean))
            .join(subjects, on="s", maintain_order="left")
            .group_by("id", maintain_order=True)
            .len()
        )
        for id_, number in unread.iter_rows():
            yield Finding("INFO", "unread_axiom", id_, address, f"{number} class expressions")


def by_id(texts: pl.DataFrame, column: str = "text") -> dict[str, list[str]]:
    """Return each concept's texts, in their order."""
    if texts["id"].n_unique() == len(texts):
        return {
            id_: [text]
            for id_, text in zip(texts["id"].to_list(), texts[column].to_list(), strict=True)
        }
    grouped = texts.group_by("id", maintain_order=True).agg(column)
    return dict(zip(grouped["id"].to_list(), grouped[column].to_list(), strict=True))
