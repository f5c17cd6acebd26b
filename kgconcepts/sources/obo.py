"""Ontologies in OBO, versions 1.2 and 1.4, parsed by fastobo."""

from __future__ import annotations

import io
import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

import fastobo
from fastobo import header as head
from fastobo import pv, term, typedef

from kgconcepts.errors import SourceError
from kgconcepts.findings import Finding
from kgconcepts.graph import RELATIONS, SCOPES, ConceptGraph, Source
from kgconcepts.identifiers import OBO, VOCABULARY, curie, iri
from kgconcepts.sources.document import Document, within
from kgconcepts.sources.obo_plain import PlainTerms, plain_terms
from kgconcepts.sources.origin import own_sources
from kgconcepts.sources.statements import Statements, assemble
from kgconcepts.sources.vocabularies import DC, DCTERMS, relation

__all__ = ["NAME", "can_read", "read"]

NAME = "OBO"
_HEADER = re.compile(r"\s*(![^\n]*\n\s*)*(format-version|ontology|data-version|default-namespace):")
_MOST_REPAIRS = 20
_REMARK = re.compile(rb"(?m)^[ \t]*![^\n]*")
_REFERENCES = re.compile(rb"\[[^\[\]]*\](?=[^\]]*$)")
_SCOPES = {scope.upper(): scope for scope in SCOPES}
_KNOWN = re.compile("(RO|BFO):[0-9]+")
_SAID = {  # fields of a Source, and what an OBO header calls them
    "version": ("owl:versionInfo",),
    "title": ("dc:title", "dcterms:title", "terms:title", DC + "title", DCTERMS + "title"),
    "description": (
        *("dc:description", "dcterms:description", "terms:description"),
        *(DC + "description", DCTERMS + "description"),
    ),
    "licence": (
        *("dc:license", "dcterms:license", "terms:license"),
        *(DC + "license", DCTERMS + "license"),
    ),
    "sources": (VOCABULARY + "sources",),
    "address": (VOCABULARY + "address",),
}


def can_read(document: Document) -> bool:
    """Return whether a document begins as OBO does."""
    return _HEADER.match(document.head) is not None or document.head.lstrip().startswith("[Term]")


def read(document: Document) -> ConceptGraph:
    """Read an ontology's terms.

    An ``alt_id`` becomes a cross-reference, so that it is found; ``consider`` says nothing that a
    graph could hold. Relations go by the identifier that their ``[Typedef]`` gives as xref, as in
    the same ontology's OWL.

    Raises
    ------
    SourceError
        With the line, if the file is malformed. A malformed list of references behind a
        definition or synonym is left out, and is a finding.
    """
    within(document)
    findings: list[Finding] = []
    plain = plain_terms(document.path)
    content = _REMARK.sub(b"", plain.rest)  # fastobo breaks down on them between clauses
    while True:
        stated = Statements()
        try:
            header = _state(content, stated, plain)
            break
        except SyntaxError as error:
            content = _repaired(document, content, error, findings)
        except BaseException as error:
            if type(error).__name__ != "PanicException":  # of fastobo; it has no other name
                raise
            raise SourceError(
                f"{document.where}: malformed OBO in a way that breaks its parser down; have "
                "it checked by another tool"
            ) from error
    if not stated.ids:
        raise SourceError(f"{document.where}: holds no [Term]; give an ontology")
    stated.findings += findings
    source, sources = _source(header, document)
    return assemble(stated, source, sources)


def _repaired(
    document: Document, content: bytes, error: SyntaxError, findings: list[Finding]
) -> bytes:
    """Leave out references that are malformed, or say what is."""
    lines = content.split(b"\n")
    number = error.lineno or 0
    line = lines[number - 1] if 0 < number <= len(lines) else b""
    if line.startswith((b"def:", b"synonym:")):
        better = _REFERENCES.sub(b"[]", line, count=1)
    elif line.startswith(b"xref:"):
        better = line.replace(b"\\", b"") if b"://" in line and b"\\" in line else b""
    else:
        better = line
    text = line.decode(errors="replace").strip()
    if better == line or len(findings) >= _MOST_REPAIRS:
        raise SourceError(
            f"{document.where}, line {number}: malformed OBO: {error.msg}, found {text[:120]!r}; "
            "correct it there"
        ) from error
    place = f"{document.name}, line {number}"
    tag = text.partition(":")[0]
    findings.append(Finding("ERROR", "malformed_reference", place, tag, text))
    lines[number - 1] = better
    return b"\n".join(lines)


def _state(content: bytes, stated: Statements, plain: PlainTerms) -> list[Any]:
    """State what terms say; return the header's clauses."""
    frames = fastobo.iter(io.BytesIO(content))
    header = list(frames.header())
    names = [clause.ontology for clause in header if isinstance(clause, head.OntologyClause)]
    relations = _Relations(next(iter(names), ""))
    related = _take_plain(plain, stated)
    whole: dict[str, list[tuple[str, Any]]] = defaultdict(list)
    places = dict(plain.ids)
    for frame in frames:
        if isinstance(frame, typedef.TypedefFrame):
            relations.define(frame, stated)
        elif isinstance(frame, term.TermFrame):
            id_ = _id(frame.id)
            if id_ in places:
                stated.findings.append(Finding("ERROR", "duplicate_id", id_, "id", id_))
            places.setdefault(id_, plain.places[len(places) - len(plain.ids)])
            for clause in frame:
                if (take := _TAKE.get(type(clause))) is not None:
                    take(stated, id_, clause)
                elif type(clause) is term.RelationshipClause:
                    related.append((id_, str(clause.typedef), _id(clause.term)))
                elif type(clause) is term.IntersectionOfClause:
                    name = "is_a" if clause.typedef is None else str(clause.typedef)
                    whole[id_].append((name, _id(clause.term)))
    stated.ids = dict.fromkeys(sorted(places, key=places.__getitem__))
    stated.relations += [(child, relations[name], parent) for child, name, parent in related]
    for id_, parts in whole.items():
        stated.intersections[id_].append(tuple((relations[name], of) for name, of in parts))
    return header


def _take_plain(plain: PlainTerms, stated: Statements) -> list[tuple[str, str, str]]:
    """State what plain terms say; return relations as the file calls them."""
    values, second = plain.values, plain.second
    stated.labels.update(values.get("name", {}))
    stated.definitions.update(values.get("def", {}))
    stated.comments.update(values.get("comment", {}))
    stated.xrefs.update(values.get("xref", {}))
    stated.synonyms.update(values.get("synonym", {}))
    if {scope for scopes in second.get("synonym", {}).values() for scope in scopes} - {"EXACT"}:
        for id_, scopes in second["synonym"].items():
            stated.scopes[id_] = [_SCOPES[scope] for scope in scopes]
    stated.obsolete.update(values.get("is_obsolete", {}))
    stated.relations += [
        (child, "is_a", parent)
        for child, parents in values.get("is_a", {}).items()
        for parent in parents
    ]
    return [
        (child, name, parent)
        for child, names in values.get("relationship", {}).items()
        for name, parent in zip(names, second["relationship"][child], strict=True)
    ]


def _take_synonym(stated: Statements, id_: str, clause: Any) -> None:
    stated.synonyms[id_].append(clause.synonym.desc)
    stated.scopes[id_].append(_SCOPES[clause.synonym.scope])


def _take_property(stated: Statements, id_: str, clause: Any) -> None:
    """Take what only we say, of what terms say in properties of their own."""
    value = clause.property_value
    name = curie(str(value.relation)).removeprefix(VOCABULARY)
    into = {
        "kind": stated.kinds,
        "rank": stated.ranks,
        "authority": stated.authorities,
        "status": stated.status,
        "from_source": stated.sources,
    }.get(name)
    if into is not None and isinstance(value, pv.LiteralPropertyValue):
        into[id_].append(value.value)


_TAKE: dict[type, Callable[[Statements, str, Any], object]] = {
    term.NameClause: lambda stated, id_, c: stated.labels[id_].append(c.name.rstrip()),
    term.DefClause: lambda stated, id_, c: stated.definitions[id_].append(c.definition),
    term.CommentClause: lambda stated, id_, c: stated.comments[id_].append(c.comment.rstrip()),
    term.SynonymClause: _take_synonym,
    term.XrefClause: lambda stated, id_, c: stated.xrefs[id_].append(_id(c.xref.id)),
    term.AltIdClause: lambda stated, id_, c: stated.xrefs[id_].append(_id(c.alt_id)),
    term.IsAClause: lambda stated, id_, c: stated.relations.append((id_, "is_a", _id(c.term))),
    term.DisjointFromClause: lambda stated, id_, c: stated.relations.append(
        (id_, "disjoint_with", _id(c.term))
    ),
    term.ReplacedByClause: lambda stated, id_, c: stated.replaced_by[id_].append(_id(c.term)),
    term.IsObsoleteClause: lambda stated, id_, c: stated.obsolete.update([id_] * c.obsolete),
    term.PropertyValueClause: _take_property,
}


def _id(ident: Any) -> str:
    text = str(ident)
    if "\\" in text:
        text = re.sub(r"\\(.)", r"\1", text)
    return curie(text) if "/" in text else text


class _Relations(dict[str, str]):
    """Our names of relations by what a file calls them."""

    def __init__(self, ontology: str) -> None:
        super().__init__(is_a="is_a")
        self._ontology = ontology

    def __missing__(self, name: str) -> str:
        if name in RELATIONS:
            self[name] = name
        elif "://" in name:
            self[name] = relation(name)
        elif ":" in name:
            self[name] = relation(iri(name))
        else:  # names without a prefix are the ontology's own: OBO 1.4, 5.9.2
            self[name] = f"{OBO}{self._ontology}#{name}"
        return self[name]

    def define(self, frame: Any, stated: Statements) -> None:
        """Take the identifier and the label that a typedef gives."""
        own = str(frame.id)
        references = [_id(c.xref.id) for c in frame if isinstance(c, typedef.XrefClause)]
        known = [reference for reference in references if _KNOWN.fullmatch(reference)]
        if known and own not in RELATIONS:
            self[own] = relation(iri(known[0]))
        names = [c.name for c in frame if isinstance(c, typedef.NameClause)]
        if names or ":" not in own:
            stated.relation_labels[self[own]] = next(iter(names), own.replace("_", " "))


def _source(header: Iterable[Any], document: Document) -> tuple[Source, list[Source] | None]:
    """Return what the file says of itself, the sources that it names."""
    said: dict[str, str] = {}
    version = name = ""
    imports = []
    for clause in header:
        if isinstance(clause, head.DataVersionClause):
            version = clause.version
        elif isinstance(clause, head.OntologyClause):
            name = clause.ontology
        elif isinstance(clause, head.ImportClause):
            imports.append(str(clause.reference))
        elif isinstance(clause, head.PropertyValueClause):
            value = clause.property_value
            literal = isinstance(value, pv.LiteralPropertyValue)
            text = value.value if literal else str(value.value)
            for field, names in _SAID.items():
                if str(value.relation) in names:
                    said.setdefault(field, text)
    sources = own_sources(said.pop("sources", ""), document.where)
    address = said.pop("address", f"{OBO}{name}.owl" if name else "")
    version = said.pop("version", version)
    source = Source(
        document.name,
        document.sha256,
        version,
        address=address,
        imports=tuple(imports),
        **said,
    )
    return source, sources
