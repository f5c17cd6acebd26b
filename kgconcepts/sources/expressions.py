"""What formats of their own say of classes, written as the triples that OWL has for it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import count

import polars as pl

from kgconcepts.sources.triples import RDF, Triples
from kgconcepts.sources.vocabularies import OWL

__all__ = ["Expressions", "address", "text"]

_LANGUAGE = re.compile("[A-Za-z0-9-]+")


def address(iri: str) -> str:
    """Return an address as N-Triples has it.

    >>> address("http://purl.obolibrary.org/obo/PATO_0000001")
    '<http://purl.obolibrary.org/obo/PATO_0000001>'
    """
    return f"<{iri}>"


def text(content: str, language: str = "") -> str:
    r"""Return text as N-Triples has it; a language that is none is left out.

    >>> text('the "frill"', "en")
    '"the \\"frill\\""@en'
    """
    escaped = content.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"@{language}' if _LANGUAGE.fullmatch(language) else f'"{escaped}"'


class Expressions:
    """Triples in the making; class expressions are known by the blank nodes that stand for them."""

    def __init__(self) -> None:
        self._columns: tuple[list[str], list[str], list[str]] = ([], [], [])
        self._numbers = count(1)

    def say(self, subject: str, predicate: str, object_: str) -> None:
        """Add a triple; the predicate is given as it is, the others as N-Triples has them."""
        for column, term in zip(self._columns, (subject, address(predicate), object_), strict=True):
            column.append(term)

    def blank(self) -> str:
        """Return a new blank node: by itself, an expression that means nothing to a graph."""
        return f"_:e{next(self._numbers)}"

    def some(self, property_: str, filler: str) -> str:
        """Return what has some of a class through a property."""
        node = self.blank()
        self.say(node, OWL + "onProperty", property_)
        self.say(node, OWL + "someValuesFrom", filler)
        return node

    def without(self, expression: str) -> str:
        """Return what is not of a class."""
        node = self.blank()
        self.say(node, OWL + "complementOf", expression)
        return node

    def intersection(self, members: Iterable[str]) -> str:
        """Return what is all of these."""
        node = self.blank()
        self.say(node, OWL + "intersectionOf", self._collection(members))
        return node

    def equivalent(self, classes: Iterable[str]) -> None:
        """Say that classes are the same: the first that has a name, as each of the others."""
        named, *others = sorted(classes, key=lambda term: term.startswith("_"))
        for other in others:
            self.say(named, OWL + "equivalentClass", other)

    def disjoint(self, classes: Iterable[str]) -> None:
        """Say that classes have nothing in common."""
        first, *others = classes
        if len(others) == 1:
            self.say(first, OWL + "disjointWith", others[0])
        else:
            node = self.blank()
            self.say(node, RDF + "type", address(OWL + "AllDisjointClasses"))
            self.say(node, OWL + "members", self._collection([first, *others]))

    def triples(self) -> Triples:
        """Return all that was said."""
        return Triples(
            pl.DataFrame(
                dict(zip("spo", self._columns, strict=True)), dict.fromkeys("spo", pl.String)
            )
        )

    def _collection(self, members: Iterable[str]) -> str:
        head = node = self.blank()
        *before, last = members
        for member in before:
            self.say(node, RDF + "first", member)
            following = self.blank()
            self.say(node, RDF + "rest", following)
            node = following
        self.say(node, RDF + "first", last)
        self.say(node, RDF + "rest", address(RDF + "nil"))
        return head
