"""An ontology together with the ontologies that it imports: ``owl:imports``, OBO's ``import:``."""

from __future__ import annotations

import posixpath
import ssl
import time
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPException, HTTPMessage
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO
from urllib.error import HTTPError, URLError
from urllib.parse import urldefrag, urljoin, urlsplit
from urllib.request import (
    HTTPDefaultErrorHandler,
    HTTPErrorProcessor,
    HTTPHandler,
    HTTPRedirectHandler,
    HTTPSHandler,
    OpenerDirector,
    ProxyHandler,
    Request,
    url2pathname,
)

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, parse

from kgconcepts.curation.unite import unite
from kgconcepts.errors import SourceError
from kgconcepts.graph import Concept, ConceptGraph, plain
from kgconcepts.identifiers import CONCEPTS, VOCABULARY
from kgconcepts.sources import read_document
from kgconcepts.sources.document import MOST_BYTES, Document, Readable, opened
from kgconcepts.sources.triples import BASE
from kgconcepts.version import __version__

__all__ = ["CATALOG", "read"]

CATALOG = "catalog-v001.xml"
_MOST = 100  # documents that are imported
_MOST_CATALOG = 2**24  # bytes
_SILENCE = 30.0  # seconds without an answer
_LONGEST = 600.0  # seconds for one document
_BLOCK = 2**20
_OURS = BASE.removesuffix("document/")
_HEADERS = {
    "User-Agent": f"kgconcepts/{__version__}",
    "Accept": "application/rdf+xml, text/turtle, application/owl+xml;q=0.9, "
    "application/n-triples;q=0.9, application/ld+json;q=0.8, text/obo;q=0.8, */*;q=0.1",
}


@dataclass(frozen=True, slots=True)
class _Import:
    """What a document says it imports: who says so, where that is, and what is imported."""

    importer: str
    base: str
    address: str

    def error(self, why: str) -> SourceError:
        return SourceError(
            f"{self.importer}: imports {self.address[:200]!r}, which {plain(' '.join(why.split()))}"
            f"; map it to a file in a {CATALOG} beside the ontology, or read it without imports"
        )


def read(source: Readable) -> ConceptGraph:
    """Read a document, what it imports, and what that imports, as one graph.

    Concepts are the same where their ids are, and what a file says of a concept comes before what
    its imports say. Each document is read once, whoever imports it.

    An OASIS catalog ``catalog-v001.xml`` (Protégé's) beside the document, or beside an imported
    file, says which file stands for which address. What is not in it is read from where its address
    leads: a file, or the web. What comes from the web cannot import this machine's files.

    Parameters
    ----------
    source : path-like, open file or ``"-"``

    Raises
    ------
    SourceError
        If an import is not there, cannot be read, is too large or takes too long, or if there are
        more than a hundred; with the document that imports it.
    """
    whole = _Whole()
    with opened(source) as document:
        path = Path(document.where)
        local = document.where != "-" and path.exists()
        whole.take(document, path.resolve().as_uri() if local else "")
    while whole.waiting:
        whole.take_import(whole.waiting.popleft())
    return unite(_described(graph, whole.graphs) for graph in whole.graphs)


@dataclass
class _Whole:
    """What was read, and what waits to be read."""

    graphs: list[ConceptGraph] = field(default_factory=list)
    waiting: deque[_Import] = field(default_factory=deque)
    _seen: set[str] = field(default_factory=set)
    _contents: set[str] = field(default_factory=set)
    _catalog: dict[str, str] = field(default_factory=dict)

    def take(self, document: Document, base: str) -> None:
        """Read an open document, unless its content has been read; note what it imports."""
        if document.sha256 in self._contents:
            return
        graph = read_document(document)
        self._contents.add(document.sha256)
        self.graphs.append(graph)
        self._seen.add(urldefrag(base).url)
        if base.startswith("file:"):
            place = Path(url2pathname(urlsplit(base).path))
            found = _catalog(place if place.is_dir() else place.parent)
            self._catalog = found | self._catalog  # of two that differ the importing file's holds
        for source in graph.sources.values():
            self._seen.add(urldefrag(source.address).url)
            self.waiting += [_Import(document.where, base, _relative(a)) for a in source.imports]

    def take_import(self, wanted: _Import) -> None:
        """Read an import, unless that was done."""
        known = self._catalog.get(wanted.address)
        address = urldefrag(known or urljoin(wanted.base, wanted.address)).url
        if address in self._seen:
            return
        self._seen.add(address)
        if len(self.graphs) > _MOST:
            raise wanted.error(f"is the {_MOST + 1}th; expected {_MOST} at most")
        scheme, host, place, *_ = urlsplit(address)
        if scheme == "file":
            if host not in ("", "localhost"):
                raise wanted.error("is a file of another machine")
            if known is None and not wanted.base.startswith("file:"):
                raise wanted.error("is a file, and what is not a file cannot import files")
            path = Path(url2pathname(place))
            with _explained(wanted), opened(path) as document:
                self.take(document, path.resolve().as_uri())
        elif scheme in ("http", "https"):
            with TemporaryDirectory(prefix="kgconcepts-") as folder:
                fetched = Path(folder) / "fetched"
                place = _fetch(wanted, address, fetched)
                with _explained(wanted), opened(fetched, address) as document:
                    self.take(document, place)
        else:
            raise wanted.error("is no address of a file or of the web, nor beside a file")


@contextmanager
def _explained(wanted: _Import) -> Iterator[None]:
    try:
        yield
    except SourceError as error:
        raise wanted.error(f"cannot be read: {error}") from error


def _relative(address: str) -> str:
    """Return an address as the document gave it, if that was relative to the document."""
    if address.startswith(_OURS) and not address.startswith((CONCEPTS, VOCABULARY)):
        return posixpath.relpath(address.removeprefix(_OURS), "document")
    return address


def _catalog(folder: Path) -> dict[str, str]:
    """Return what a folder's catalog says stands for which address.

    Source of the format: OASIS XML Catalogs 1.1, of which Protégé writes ``<uri name uri>``.
    """
    path = folder / CATALOG
    if not path.is_file():
        return {}
    if path.stat().st_size > _MOST_CATALOG:
        raise SourceError(f"{path}: larger than {_MOST_CATALOG:,} bytes; a catalog is a short list")
    try:
        entries = parse(path).iter("{urn:oasis:names:tc:entity:xmlns:xml:catalog}uri")
    except (ParseError, ValueError, LookupError) as error:
        what = "declares entities" if isinstance(error, DefusedXmlException) else "malformed XML"
        raise SourceError(f"{path}: {what}: {error}; correct it") from error
    base = path.resolve().as_uri()
    return {
        entry.get("name", ""): urljoin(base, entry.get("uri", "")) for entry in reversed([*entries])
    }


class _Redirects(HTTPRedirectHandler):
    """Follows redirections that stay on the web."""

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> Request | None:
        _check(newurl)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _check(address: str) -> None:
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise URLError("leads out of the web")
    if "@" in parts.netloc:
        raise URLError("holds a name or password, which are not sent")


def _fetch(wanted: _Import, address: str, to: Path) -> str:
    """Fetch a document from the web; return where it was in the end."""
    opener = OpenerDirector()
    for handler in (
        *(ProxyHandler(), HTTPHandler(), HTTPSHandler(context=ssl.create_default_context())),
        *(HTTPDefaultErrorHandler(), _Redirects(), HTTPErrorProcessor()),
    ):
        opener.add_handler(handler)
    end = time.monotonic() + _LONGEST
    size = 0
    try:
        _check(address)
        request = Request(address, headers=_HEADERS)  # noqa: S310 (checked)
        with opener.open(request, timeout=_SILENCE) as answer, to.open("wb") as file:
            stated = answer.headers.get("Content-Length", "")
            while block := answer.read1(_BLOCK):
                size += len(block)
                if size > MOST_BYTES:
                    raise wanted.error(f"is larger than {MOST_BYTES:,} bytes")
                if time.monotonic() > end:
                    raise wanted.error(f"was not there whole after {_LONGEST:.0f} seconds")
                file.write(block)
            place: str = answer.url
    except SourceError:
        raise
    except HTTPError as error:
        error.close()
        raise wanted.error(f"cannot be fetched: {error.code} {error.reason}") from error
    except TimeoutError as error:
        raise wanted.error(f"cannot be fetched: no answer within {_SILENCE:g} seconds") from error
    except (HTTPException, OSError, ValueError) as error:
        account = getattr(error, "reason", None) or error
        if isinstance(account, TimeoutError):
            account = f"no answer within {_SILENCE:g} seconds"
        raise wanted.error(f"cannot be fetched: {account}") from error
    if stated.isdecimal() and int(stated) != size:
        raise wanted.error(f"broke off after {size:,} of {int(stated):,} bytes")
    return place


def _described(graph: ConceptGraph, others: Iterable[ConceptGraph]) -> ConceptGraph:
    """Take what is merely declared, so that it can be referred to, from where it is described."""
    declared = [concept.id for concept in graph if _is_declared(concept)]
    instead: dict[str, Concept] = {}
    for other in others if declared else ():
        for id_ in declared:
            if id_ in other and not _is_declared(other[id_]):
                instead.setdefault(id_, other[id_])
    if not instead:
        return graph
    return ConceptGraph(
        (instead.get(concept.id, concept) for concept in graph),
        graph.relations,
        graph.sources.values(),
        graph.findings,
        graph.relation_labels,
        graph.dangling,
    )


def _is_declared(concept: Concept) -> bool:
    """Return whether nothing is said of a concept but that it is one."""
    bare = Concept(concept.id, concept.id, concept.kind, source=concept.source)
    return concept.label == concept.id and concept == bare
