"""RDF in any syntax → a table of triples."""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from itertools import islice
from typing import Any, NamedTuple

import polars as pl
import pyoxigraph as ox

from kgconcepts.errors import SourceError
from kgconcepts.sources import rdfxml
from kgconcepts.sources.document import LONGEST_XML, Document, within

__all__ = ["BASE", "RDF", "Literal", "Triples", "can_read", "literal", "parse", "value"]

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
BASE = "https://w3id.org/kgconcepts/document/"  # of addresses that a file gives relative to itself
_SPO = ["s", "p", "o"]
_XML = re.compile(r"\s*(<\?xml|<!--|<!doctype\s+rdf|<rdf:rdf|<rdf\b)", re.IGNORECASE)
_TURTLE = re.compile(
    r"\s*(<(https?|urn|file):|<[^>\s]*>\s|_:|\[|#|@prefix|@base|prefix\s|base\s)", re.I
)
_JSON_LD = re.compile(r'\s*[\[{].*"@(context|id|graph|type)"', re.DOTALL)
_TOGETHER = 2**16  # triples
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))")
_ESCAPED = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f"}
_LITERAL = re.compile(r'"((?:[^"\\]|\\.)*)"(?:@(\S+)|\^\^<([^>]*)>)?', re.DOTALL)


class Literal(NamedTuple):
    """A literal's text, language and datatype."""

    text: str
    language: str = ""
    datatype: str = ""


def can_read(document: Document) -> bool:
    """Return whether a document may be RDF."""
    return bool(document.head) and _format(document.head) is not None


class Triples:
    """Triples of a document, to be asked by predicate.

    Parameters
    ----------
    table : DataFrame
        Columns ``s``, ``p``, ``o`` as in N-Triples: ``<address>``, ``_:blank``, ``"text"@en``.
    """

    def __init__(self, table: pl.DataFrame) -> None:
        self.table = table
        self._by_predicate = {
            str(key[0]): part for key, part in table.partition_by("p", as_dict=True).items()
        }

    def of(self, predicate: str) -> pl.DataFrame:
        """Return the triples of a predicate, in the file's order."""
        return self._by_predicate.get(f"<{predicate}>", self.table.clear())

    def pairs(self, predicate: str) -> Iterator[tuple[str, str]]:
        """Give subjects and objects of a predicate, as in N-Triples, in the file's order."""
        part = self.of(predicate)
        return zip(part["s"].to_list(), part["o"].to_list(), strict=True)

    def objects(self, predicate: str) -> dict[str, list[str]]:
        """Return each subject's objects of a predicate."""
        found: dict[str, list[str]] = {}
        for subject, value in self.pairs(predicate):
            found.setdefault(subject, []).append(value)
        return found

    def texts(self, subjects: pl.DataFrame, *predicates: str) -> pl.DataFrame:
        """Return what predicates say of subjects.

        Parameters
        ----------
        subjects : DataFrame
            Columns ``s`` (as in N-Triples) and ``id``.
        *predicates : str

        Returns
        -------
        DataFrame
            Columns ``id``, ``text``, ``language``: by predicate, English (or no language) first,
            then in the file's order. An address stands for its text.
        """
        found = [
            self.of(predicate)
            .join(subjects, on="s", maintain_order="left")
            .pipe(lambda part: part.select("id", *_parts(part["o"])))
            for predicate in predicates
            if f"<{predicate}>" in self._by_predicate
        ]
        if not found:
            return pl.DataFrame(schema=dict.fromkeys(("id", "text", "language"), pl.String))
        texts = pl.concat(found)
        if texts["text"].str.contains("\\", literal=True).any():
            texts = texts.with_columns(
                pl.Series("text", [_ESCAPE.sub(_unescaped, text) for text in texts["text"]])
            )
        if (texts["language"] != "").any():
            language = pl.col("language")
            foreign = ~(language.str.starts_with("en") | (language == ""))
            texts = texts.sort(
                foreign, pl.when(foreign).then(language).otherwise(pl.lit("")), maintain_order=True
            )
        return texts

    @cached_property
    def _lists(self) -> tuple[dict[str, str], dict[str, str]]:
        return dict(self.pairs(RDF + "first")), dict(self.pairs(RDF + "rest"))

    def collection(self, head: str) -> list[str]:
        """Return the members of an RDF list."""
        first, rest = self._lists
        members: list[str] = []
        seen = set()
        while head in first and head not in seen:
            seen.add(head)
            members.append(first[head])
            head = rest.get(head, "")
        return members


def parse(document: Document) -> Triples:
    """Parse a document's triples.

    Raises
    ------
    SourceError
        If it is malformed; the message gives the line, what was found and what was expected.
    """
    format_ = _format(document.head)
    if format_ is None:
        raise SourceError(f"{document.where}: is no RDF; expected RDF/XML, Turtle or JSON-LD")
    within(document, LONGEST_XML)
    if format_ == ox.RdfFormat.RDF_XML:
        rdfxml.check_entities(document)
        rdfxml.check_depth(document)
    try:
        with document.path.open("rb") as file:
            if file.read(3) != codecs.BOM_UTF8:
                file.seek(0)
            quads = ox.parse(file, format=format_, base_iri=BASE, lenient=True)
            triples = (q.triple for q in quads) if format_ == ox.RdfFormat.JSON_LD else quads
            # While the parser goes on, what it has written is split by another core.
            with ThreadPoolExecutor(1) as pool:
                parts = [pool.submit(_split, lines) for lines in _written(triples)]
    except (SyntaxError, OSError, ValueError, MemoryError) as error:
        raise _malformed(document, format_, error) from error
    # The parser takes the end of an XML file for the end of all that is open.
    whole = format_ != ox.RdfFormat.RDF_XML or rdfxml.ends(document)
    if not whole and (found := rdfxml.fault(document)) is not None:
        raise SourceError(
            f"{document.where}, line {found[0]}: malformed RDF/XML: {found[1]}; expected "
            "</rdf:RDF> at the end: is the file whole?"
        )
    return Triples(pl.concat([part.result() for part in parts]))


def _written(triples: Iterable[Any]) -> Iterator[bytes]:
    """Give triples in N-Triples, some at a time; of none an empty text."""
    rest = iter(triples)
    lines = ox.serialize(islice(rest, _TOGETHER), format=ox.RdfFormat.N_TRIPLES) or b""
    yield lines
    while lines := ox.serialize(islice(rest, _TOGETHER), format=ox.RdfFormat.N_TRIPLES) or b"":
        yield lines


def _split(lines: bytes) -> pl.DataFrame:
    """Return the columns ``s``, ``p`` and ``o`` of lines of N-Triples."""
    table = pl.read_lines(io.BytesIO(lines))
    parts = table.select(
        pl.col("line").str.strip_suffix(" .").str.splitn(" ", 3).struct.rename_fields(_SPO)
    ).unnest("line")
    subject, predicate = pl.col("s").str, pl.col("p").str
    whole = (subject.starts_with("_:") | subject.ends_with(">")) & predicate.ends_with(">")
    if not parts.select(whole.all()).item():  # some address holds a blank
        terms = table["line"].str.extract_groups(
            r"(?s)^(?<s><[^>]*>|_:\S+) (?<p><[^>]*>) (?<o>.*) \.$"
        )
        parts = terms.struct.unnest()
    return parts


def _parts(o: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Return terms' texts and languages; those of plain literals by a shorter way."""
    if (o.str.starts_with('"') & o.str.ends_with('"')).all():
        text = o.str.strip_prefix('"').str.strip_suffix('"')
        return text.alias("text"), pl.repeat("", len(o), dtype=pl.String, eager=True).alias(
            "language"
        )
    text = pl.select(
        pl.when(o.str.starts_with("<"))
        .then(o.str.slice(1, o.str.len_chars() - 2))
        .when(o.str.starts_with('"'))
        .then(o.str.extract(r'(?s)^"(.*)"'))
        .otherwise(o)
    ).to_series()
    language = o.str.extract(r'"@([A-Za-z0-9-]+)$').fill_null("").str.to_lowercase()
    return text.alias("text"), language.alias("language")


def value(term: str) -> str:
    r"""Return a term's address, blank name or text.

    >>> value("<https://w3id.org/x>"), value('"two\\nlines"@en')
    ('https://w3id.org/x', 'two\nlines')
    """
    return term[1:-1] if term.startswith("<") else literal(term).text


def literal(term: str) -> Literal:
    """Return a literal's parts; of another term its text alone.

    >>> literal('"copepod"@en')
    Literal(text='copepod', language='en', datatype='')
    """
    if term.endswith('"') and "\\" not in term:
        return Literal(term[1:-1])
    found = _LITERAL.fullmatch(term)
    if not found:
        return Literal(term)
    text = found[1]
    if "\\" in text:
        text = _ESCAPE.sub(_unescaped, text)
    return Literal(text, found[2] or "", found[3] or "")


def _unescaped(escape: re.Match[str]) -> str:
    if code := escape[1] or escape[2]:
        return chr(int(code, 16))
    return _ESCAPED.get(escape[3], escape[3])


def _format(head: str) -> ox.RdfFormat | None:
    if _XML.match(head):
        return ox.RdfFormat.RDF_XML
    if _JSON_LD.match(head):
        return ox.RdfFormat.JSON_LD
    return ox.RdfFormat.TURTLE if _TURTLE.match(head) else None


def _malformed(document: Document, format_: ox.RdfFormat, error: Exception) -> SourceError:
    """Say where, what was found and what was expected."""
    account = re.sub(r"^Parser error ", "", str(error)).partition(f" ({document.path.name}")[0]
    account = re.sub(r" \(line \d+\)$", "", account)
    line = getattr(error, "lineno", None)
    if line is None and format_ == ox.RdfFormat.RDF_XML:
        line, account = rdfxml.fault(document) or (None, account)
    at = f", line {line}" if line is not None else ""
    return SourceError(
        f"{document.where}{at}: malformed {format_.name}: {' '.join(account.split())[:300]}; "
        "correct it there"
    )
