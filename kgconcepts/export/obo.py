"""A graph as OBO 1.4, through fastobo."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import fastobo
from fastobo import header as head
from fastobo import pv, syn, term, typedef, xref
from fastobo.doc import OboDoc
from fastobo.id import BaseIdent

from kgconcepts.files import replacing
from kgconcepts.findings import Finding
from kgconcepts.graph import RELATIONS, Concept, ConceptGraph
from kgconcepts.identifiers import OBO, VOCABULARY, iri
from kgconcepts.sources.origin import as_text
from kgconcepts.sources.vocabularies import DC, DCTERMS, OWL, PROPERTIES

__all__ = ["write"]

_STRING = fastobo.id.parse("xsd:string")
_CURIE = re.compile(r"[A-Za-z][A-Za-z0-9_.]*:[A-Za-z0-9_.-]+")


def write(graph: ConceptGraph, path: Path) -> Iterator[Finding]:
    """Write concepts as terms; yields what OBO cannot hold."""
    document = OboDoc(head.HeaderFrame(_header(graph)))
    lost: list[Finding] = []
    for concept in graph:
        frame = term.TermFrame(_id(concept.id))
        for clause in _clauses(graph, concept):
            frame.append(clause)
        document.append(frame)
        lost += _lost(concept)
    for relation in sorted({r.relation for r in graph.stated} - {"is_a", "disjoint_with"}):
        document.append(_typedef(relation, graph.relation_labels.get(relation, "")))
    with replacing(path) as temporary:
        temporary.write_text(str(document), encoding="utf-8")
    yield from lost


def _id(id_: str) -> BaseIdent:
    """Return an identifier that reads back as the same id."""
    return fastobo.id.parse(id_ if _CURIE.fullmatch(id_) else iri(id_))


def _relation(relation: str) -> BaseIdent:
    return fastobo.id.parse(relation) if relation in RELATIONS else _id(relation)


def _value(address: str, text: str) -> pv.LiteralPropertyValue:
    return pv.LiteralPropertyValue(fastobo.id.parse(address), _quotable(text), _STRING)


def _header(graph: ConceptGraph) -> Iterator[head.BaseHeaderClause]:
    sources = list(graph.sources.values())
    yield head.FormatVersionClause("1.4")
    if len(sources) == 1:
        (one,) = sources
        name = one.address.removeprefix(OBO).removesuffix(".owl")
        if one.address.startswith(OBO) and re.fullmatch("[a-z][-a-z0-9_/]*", name):
            yield head.OntologyClause(name)
        for address, text in (
            (OWL + "versionInfo", one.version),
            (DC + "title", one.title),
            (DC + "description", one.description),
            (DCTERMS + "license", one.licence),
        ):
            if text:
                yield head.PropertyValueClause(_value(address, text))
    yield head.PropertyValueClause(_value(VOCABULARY + "sources", as_text(sources)))


def _annotations(concept: Concept) -> Iterator[term.BaseTermClause]:
    if concept.label != concept.id and (label := concept.label.strip()):
        yield term.NameClause(label)
    if concept.definition:
        yield term.DefClause(_quotable(concept.definition), xref.XrefList())
    if comment := concept.comment.strip():
        yield term.CommentClause(comment)
    for name, scope in concept.scoped_synonyms:
        yield term.SynonymClause(syn.Synonym(_quotable(name), scope.upper()))
    for other in concept.xrefs:
        if _is_reference(other):
            yield term.XrefClause(xref.Xref(fastobo.id.parse(_escaped(other))))
    for name, text in (
        ("kind", concept.kind),
        ("rank", concept.rank),
        ("authority", concept.authority),
        ("status", concept.status),
        ("from_source", concept.source),
    ):
        if text:
            yield term.PropertyValueClause(_value(VOCABULARY + name, text))


def _clauses(graph: ConceptGraph, concept: Concept) -> Iterator[term.BaseTermClause]:
    yield from _annotations(concept)
    for relation, other in graph.stated_of(concept.id):
        if relation == "is_a":
            yield term.IsAClause(_id(other))
        elif relation == "disjoint_with":
            yield term.DisjointFromClause(_id(other))
        else:
            yield term.RelationshipClause(_relation(relation), _id(other))
    for relation, other in concept.intersection:
        of = None if relation == "is_a" else _relation(relation)
        yield (
            term.IntersectionOfClause(of, _id(other))
            if of
            else term.IntersectionOfClause(term=_id(other), typedef=None)
        )
    if concept.obsolete:
        yield term.IsObsoleteClause(True)
    for other in concept.replaced_by:
        yield term.ReplacedByClause(_id(other))


def _lost(concept: Concept) -> Iterator[Finding]:
    for other in concept.xrefs:
        if not _is_reference(other):
            yield Finding("WARN", "not_written", concept.id, "xrefs", other)
    for field in ("label", "comment"):  # what stands there without quotes
        if (text := getattr(concept, field)) != text.strip():
            yield Finding("WARN", "not_written", concept.id, field, text)
    for field in ("definition", "synonyms", "rank", "authority", "status", "source"):
        found = getattr(concept, field)
        for text in (found,) if isinstance(found, str) else found:
            if text != _quotable(text):
                yield Finding("WARN", "not_written", concept.id, field, text)


def _quotable(text: str) -> str:
    # fastobo does not read back a quoted text that ends in a backslash, escaped as it may be.
    return text.rstrip("\\")


def _is_reference(text: str) -> bool:
    if any(character.isspace() for character in text):
        return False
    try:
        fastobo.id.parse(_escaped(text))
    except ValueError:
        return False
    return True


def _escaped(text: str) -> str:
    if re.match("(https?|ftp|urn):", text):
        return text
    prefix, colon, local = text.partition(":")
    return prefix + colon + re.sub(r'([\\:,"{}\[\]!])', r"\\\1", local)


def _typedef(relation: str, label: str) -> typedef.TypedefFrame:
    clauses: list[typedef.BaseTypedefClause] = []
    if name := label.strip() or (relation.replace("_", " ") if relation in RELATIONS else ""):
        clauses.append(typedef.NameClause(name))
    if relation in PROPERTIES and (address := PROPERTIES[relation][0]).startswith(OBO):
        curie = address.removeprefix(OBO).replace("_", ":")
        clauses.append(typedef.XrefClause(xref.Xref(fastobo.id.parse(curie))))
    return typedef.TypedefFrame(_relation(relation), clauses)
