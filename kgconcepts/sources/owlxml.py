"""OWL ontologies in OWL/XML."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from kgconcepts.errors import SourceError
from kgconcepts.graph import ConceptGraph
from kgconcepts.sources import owl
from kgconcepts.sources.document import LONGEST_XML, Document, within
from kgconcepts.sources.expressions import Expressions, address, text
from kgconcepts.sources.triples import RDF
from kgconcepts.sources.vocabularies import OWL, RDFS

__all__ = ["NAME", "can_read", "read"]

NAME = "OWL/XML"
_HEAD = re.compile(  # groups that do not try again, as comments may be many
    r"(?s)\s*(?>(?:<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^\[>]*(?:\[[^\]]*\])?\s*>)\s*)*+<(?:[\w.-]+:)?Ontology\s"
)
_ABSOLUTE = re.compile("[A-Za-z][A-Za-z0-9+.-]*:")
_XML = "{http://www.w3.org/XML/1998/namespace}"
_PREFIXES = {  # those that need no declaration: OWL 2 Structural Specification, 2.4
    "owl": OWL,
    "rdf": RDF,
    "rdfs": RDFS,
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "xml": "http://www.w3.org/XML/1998/namespace",
}
_TYPES = {
    "Class": "Class",
    "ObjectProperty": "ObjectProperty",
    "DataProperty": "DatatypeProperty",
    "AnnotationProperty": "AnnotationProperty",
    "NamedIndividual": "NamedIndividual",
    "Datatype": "",
}
_BLOCK = 2**20
_DEEPEST = 200
_MOST_ELEMENTS = 1_000_000  # of one axiom


def can_read(document: Document) -> bool:
    """Return whether a document's first element is an OWL/XML ontology."""
    return OWL in document.head and _HEAD.match(document.head) is not None


def read(document: Document) -> ConceptGraph:
    """Read the named classes of an ontology, as from its other serialisations.

    What a graph has no place for is taken by the RDF reader (`owl.graph`), which reports it.

    Raises
    ------
    SourceError
        With the line, if the file is malformed or has XML entities; if it declares no class.
    """
    within(document, LONGEST_XML)
    return owl.graph(_Reader(document).read().triples(), document)


@dataclass(slots=True)
class _Element:
    """An XML element, of which axioms and what they are about are made."""

    name: str
    attributes: dict[str, str]
    line: int
    texts: list[str] = field(default_factory=list)
    parts: list[_Element] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(self.texts)


class _Reader:
    """Writes axioms as triples, one after the other, as the parser meets them."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._parser = DefusedXMLParser(target=self)
        self._open: list[_Element] = []
        self._elements = 0
        self._said = Expressions()
        self._prefixes = dict(_PREFIXES)
        self._individuals: dict[str, str] = {}
        self._base = ""
        self._ontology = ""

    def read(self) -> Expressions:
        """Return what the document says."""
        try:
            with self._document.path.open("rb") as file:
                while block := file.read(_BLOCK):
                    self._parser.feed(block)
            self._parser.close()
        except SourceError:
            raise
        except DefusedXmlException as error:
            raise self._error(
                self._line,
                f"XML entity {getattr(error, 'name', None) or ''}; entities are not expanded: "
                "write out what it stands for",
            ) from error
        except (SyntaxError, ValueError, LookupError) as error:  # odd encodings too
            account = str(error).partition(": line")[0]
            raise self._error(self._line, f"malformed XML: {account}; correct it there") from error
        return self._said

    @property
    def _line(self) -> int:
        return int(self._parser.parser.CurrentLineNumber)

    def _error(self, line: int, account: str) -> SourceError:
        return SourceError(f"{self._document.where}, line {line}: {account}")

    # What the parser calls

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Begin an element."""
        element = _Element(tag.removeprefix(f"{{{OWL}}}"), attributes, self._line)
        if not self._open:
            self._begin(element)
        elif len(self._open) > 1:  # the ontology itself need not keep its axioms
            self._open[-1].parts.append(element)
            self._elements += 1
        else:
            self._elements = 0
        self._open.append(element)
        if len(self._open) > _DEEPEST or self._elements > _MOST_ELEMENTS:
            raise self._error(
                element.line,
                f"<{self._open[1].name}> has more than {_DEEPEST} elements in each other, or "
                f"{_MOST_ELEMENTS:,} in all; make smaller axioms of it",
            )

    def data(self, content: str) -> None:
        """Take text."""
        if len(self._open) > 1:
            self._open[-1].texts.append(content)

    def end(self, tag: str) -> None:
        """End an element, and write the axiom that it is."""
        element = self._open.pop()
        if len(self._open) == 1:
            self._write(element)

    def close(self) -> None:
        """Find that there is no more."""

    # Axioms

    def _begin(self, ontology: _Element) -> None:
        if ontology.name != "Ontology":
            raise self._error(
                ontology.line, f"begins with <{ontology.name}>; expected <Ontology> of {OWL}"
            )
        named = ontology.attributes.get("ontologyIRI", "")
        self._base = ontology.attributes.get(_XML + "base", named)
        self._ontology = address(named) if named else self._said.blank()
        self._said.say(self._ontology, RDF + "type", address(OWL + "Ontology"))
        if version := ontology.attributes.get("versionIRI"):
            self._said.say(self._ontology, OWL + "versionIRI", address(version))

    def _write(self, axiom: _Element) -> None:
        said = self._said
        match axiom.name:
            case "Prefix":
                self._prefixes[axiom.attributes.get("name", "")] = axiom.attributes.get("IRI", "")
            case "Import":
                said.say(self._ontology, OWL + "imports", address(axiom.text.strip()))
            case "Annotation":
                property_, value = self._operands(axiom, 2)
                self._state(self._ontology, property_, value)
            case "Declaration":
                (entity,) = self._parts(axiom, 1)
                if type_ := _TYPES.get(entity.name):
                    said.say(self._term(entity), RDF + "type", address(OWL + type_))
            case "SubClassOf":
                child, parent = self._operands(axiom, 2)
                said.say(child, RDFS + "subClassOf", parent)
            case "EquivalentClasses":
                said.equivalent(self._operands(axiom))
            case "DisjointClasses":
                said.disjoint(self._operands(axiom))
            case "ClassAssertion":
                class_, individual = self._operands(axiom, 2)
                said.say(individual, RDF + "type", class_)
            case "AnnotationAssertion" | "ObjectPropertyAssertion" | "DataPropertyAssertion":
                property_, subject, value = self._operands(axiom, 3)
                self._state(subject, property_, value)

    def _state(self, subject: str, property_: str, value: str) -> None:
        if property_.startswith("<"):  # the inverse of a property has no name
            self._said.say(subject, property_[1:-1], value)

    def _parts(self, element: _Element, number: int = 0) -> list[_Element]:
        """Return what an axiom or expression is about, without what is said of itself."""
        parts = [part for part in element.parts if part.name != "Annotation"]
        if len(parts) != number if number else len(parts) < 2:
            raise self._error(
                element.line,
                f"<{element.name}> has {len(parts)} elements; expected {number or '2 or more'}",
            )
        return parts

    def _operands(self, element: _Element, number: int = 0) -> list[str]:
        return [self._term(part) for part in self._parts(element, number)]

    def _term(self, element: _Element) -> str:
        """Return what stands in triples for an entity, a literal or an expression."""
        term = ""
        match element.name:
            case "IRI":
                term = address(self._whole(element.text.strip()))
            case "AbbreviatedIRI":
                term = address(self._expanded(element, element.text.strip()))
            case "Literal":
                term = text(element.text, element.attributes.get(_XML + "lang", ""))
            case "AnonymousIndividual":
                name = element.attributes.get("nodeID", "")
                term = self._individuals.setdefault(name, self._said.blank())
            case "ObjectSomeValuesFrom":
                property_, filler = self._operands(element, 2)
                if property_.startswith("<"):
                    term = self._said.some(property_, filler)
            case "ObjectComplementOf":
                (part,) = self._operands(element, 1)
                term = self._said.without(part)
            case "ObjectIntersectionOf":
                term = self._said.intersection(self._operands(element))
            case name if name in _TYPES:
                term = address(self._named(element))
        return term or self._said.blank()  # an expression that has no place in a graph

    def _named(self, entity: _Element) -> str:
        if (iri := entity.attributes.get("IRI")) is not None:
            return self._whole(iri)
        if short := entity.attributes.get("abbreviatedIRI"):
            return self._expanded(entity, short)
        raise self._error(entity.line, f"<{entity.name}> names nothing; give it an IRI")

    def _whole(self, iri: str) -> str:
        """Return an address in full."""
        if _ABSOLUTE.match(iri):
            return iri
        if not iri or iri[0] in "#/":
            # Not RFC 3986: the OWL API, which writes these files, cuts the base off, no more.
            return self._base.rstrip("#/") + iri if iri else self._base
        return self._base[: self._base.rfind("/") + 1] + iri

    def _expanded(self, element: _Element, short: str) -> str:
        prefix, colon, name = short.partition(":")
        if not colon or prefix not in self._prefixes:
            raise self._error(
                element.line,
                f"{short[:100]!r} has no prefix that is declared; add a <Prefix> for it, or write "
                "the address in full",
            )
        return self._prefixes[prefix] + name
