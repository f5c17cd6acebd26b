"""GraphML: nodes with data become concepts, edges with a relation become relations."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from kgconcepts.errors import SourceError
from kgconcepts.graph import RELATIONS, ConceptGraph
from kgconcepts.sources import flat
from kgconcepts.sources.document import Document
from kgconcepts.sources.origin import own_sources
from kgconcepts.sources.statements import Statements, assemble

__all__ = ["NAME", "can_read", "read"]

NAME = "GraphML"
_HEAD = re.compile(  # groups that do not try again, as comments may be many
    r"(?s)\s*(?>(?:<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^\[>]*(?:\[[^\]]*\])?\s*>)\s*)*+<(?:[\w.-]+:)?graphml[\s>]"
)
_BLOCK = 2**20


def can_read(document: Document) -> bool:
    """Return whether a document's first element is GraphML's."""
    return "graphml" in document.head and _HEAD.match(document.head) is not None


def read(document: Document) -> ConceptGraph:
    """Read the nodes and edges of all graphs in a document, those within nodes too.

    Nodes are known by their id; their data may have the names that `flat.FIELDS` lists, and other
    data are passed over. An edge's data say which ``relation`` its source has to its target, and
    may give the relation's ``label``. What a graph says of its ``sources`` is kept.

    Raises
    ------
    SourceError
        With the line, if the file is malformed, has XML entities, gives an id twice or has an edge
        without a relation: that edges are ``is_a`` is not taken for granted.
    """
    said = _Reader(document).read()
    if not said.stated.ids:
        raise SourceError(f"{document.where}: has no node; give a graph")
    own = own_sources(said.sources, document.where)
    return assemble(said.stated, document.source, own)


@dataclass(slots=True)
class _Part:
    """A graph, node or edge that is open, and the data that it has so far."""

    name: str
    attributes: dict[str, str]
    line: int
    data: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class _Key:
    """What a key's data are called, of what, and what holds where there are none."""

    name: str
    of: str
    default: str = ""


class _Reader:
    """States concepts and relations, one after the other, as the parser meets them."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._parser = DefusedXMLParser(target=self)
        self._keys: dict[str, _Key] = {}
        self._defaults: dict[str, dict[str, str]] = {}
        self._open: list[_Part] = []
        self._key = ""
        self._inside = 0  # elements that are open within data
        self._text: list[str] | None = None
        self.stated = Statements()
        self.sources = ""

    def read(self) -> _Reader:
        """Return itself when all is read."""
        try:
            with self._document.path.open("rb") as file:
                while block := file.read(_BLOCK):
                    self._parser.feed(block)
            self._parser.close()
        except SourceError:
            raise
        except DefusedXmlException as error:
            raise self._error(
                f"XML entity {getattr(error, 'name', None) or ''}; entities are not expanded: "
                "write out what it stands for"
            ) from error
        except (SyntaxError, ValueError, LookupError) as error:  # odd encodings too
            account = str(error).partition(": line")[0]
            raise self._error(f"malformed XML: {account}; correct it there") from error
        return self

    @property
    def _line(self) -> int:
        return int(self._parser.parser.CurrentLineNumber)

    def _error(self, account: str) -> SourceError:
        return SourceError(f"{self._document.where}, line {self._line}: {account}")

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Take the beginning of an element (for the parser)."""
        if self._text is not None:
            self._inside += 1  # pictures of nodes, which some programs keep in data
            return
        name = tag.rpartition("}")[2]
        if name in ("data", "default"):
            self._text = []
            self._key = attributes.get("key", self._key)
        elif name == "key":
            self._key = attributes.get("id", "")
            named, of = attributes.get("attr.name", ""), attributes.get("for", "all")
            self._keys[self._key] = _Key(named, of)
        elif name in ("graph", "node", "edge"):
            self._open.append(_Part(name, attributes, self._line))

    def data(self, text: str) -> None:
        """Take text (for the parser)."""
        if self._text is not None and not self._inside:
            self._text.append(text)

    def end(self, tag: str) -> None:
        """Take the end of an element (for the parser)."""
        if self._inside:
            self._inside -= 1
            return
        name = tag.rpartition("}")[2]
        if self._text is not None:
            text, self._text = "".join(self._text), None
            key = self._keys.get(self._key)
            if key and name == "default":
                key.default = text
            elif key and self._open and key.of in (self._open[-1].name, "all"):
                self._open[-1].data[key.name] = text
        elif name in ("graph", "node", "edge"):
            self._take(self._open.pop())

    def close(self) -> None:
        """Take the end of the document (for the parser)."""

    def _take(self, part: _Part) -> None:
        where = f"{self._document.where}, line {part.line}"
        if part.name == "graph":
            self.sources = self.sources or part.data.get("sources", "")
            return
        cells = {**self._usual(part.name), **part.data}
        if part.name == "node":
            flat.state(self.stated, {**cells, "id": part.attributes.get("id", "")}, where)
            return
        child, parent = (part.attributes.get(end, "") for end in ("source", "target"))
        if not (relation := cells.get("relation", "")):
            raise SourceError(
                f"{where}: the edge from {child} to {parent} has no data called 'relation'; "
                f"expected one of {', '.join(RELATIONS)}, or the CURIE of a property: is_a is not "
                "taken for granted"
            )
        flat.relate(self.stated, (child, relation, parent), cells.get("label", ""), where)

    def _usual(self, name: str) -> dict[str, str]:
        """Return what holds for nodes or edges whose data do not say otherwise."""
        if name not in self._defaults:
            keys = (key for key in self._keys.values() if key.of in (name, "all") and key.default)
            self._defaults[name] = {key.name: key.default for key in keys}
        return self._defaults[name]
