"""RDF in any syntax → a table of triples."""

from __future__ import annotations

import codecs
import io
import mmap
import re
from collections.abc import Iterator
from functools import cached_property
from typing import NamedTuple
from xml.parsers import expat

import polars as pl
import pyoxigraph as ox

from kgconcepts.errors import SourceError
from kgconcepts.sources.document import Document

__all__ = ["RDF", "Literal", "Triples", "can_read", "literal", "parse", "value"]

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_SPO = ["s", "p", "o"]
_BASE = "https://w3id.org/kgconcepts/document/"  # of addresses that a file gives relative to itself
_XML = re.compile(r"\s*(<\?xml|<!--|<!doctype\s+rdf|<rdf:rdf|<rdf\b)", re.IGNORECASE)
_TURTLE = re.compile(
    r"\s*(<(https?|urn|file):|<[^>\s]*>\s|_:|\[|#|@prefix|@base|prefix\s|base\s)", re.I
)
_JSON_LD = re.compile(r'\s*[\[{].*"@(context|id|graph|type)"', re.DOTALL)
_ENTITY = re.compile(rb"<!ENTITY\s+(%\s+)?([^\s]+)\s+(?:(\"[^\"]*\"|'[^']*')|([^>]*))")
_LONGEST_ENTITY = 1000  # bytes; they stand for namespaces
_MOST_GROWTH = 10
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

    @classmethod
    def from_lines(cls, lines: bytes) -> Triples:
        """Take triples in N-Triples, as our parser writes them."""
        table = pl.read_lines(io.BytesIO(lines)).select(
            pl.col("line").str.strip_suffix(" .").str.splitn(" ", 3).struct.rename_fields(_SPO)
        )
        parts = table.unnest("line")
        if not (parts["s"].str.contains("^(<.*>|_:.*)$") & parts["p"].str.ends_with(">")).all():
            # Some address holds a blank.
            terms = pl.read_lines(io.BytesIO(lines))["line"].str.extract_groups(
                r"(?s)^(?<s><[^>]*>|_:\S+) (?<p><[^>]*>) (?<o>.*) \.$"
            )
            parts = terms.struct.unnest()
        return cls(parts)

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
    if format_ == ox.RdfFormat.RDF_XML:
        _check_entities(document)
    try:
        with document.path.open("rb") as file:
            if file.read(3) != codecs.BOM_UTF8:
                file.seek(0)
            quads = ox.parse(file, format=format_, base_iri=_BASE, lenient=True)
            triples = (q.triple for q in quads) if format_ == ox.RdfFormat.JSON_LD else quads
            lines = ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES)
    except (SyntaxError, OSError, ValueError, MemoryError) as error:
        raise _malformed(document, format_, error) from error
    # The parser takes the end of an XML file for the end of all that is open.
    whole = format_ != ox.RdfFormat.RDF_XML or _ends(document)
    if not whole and (found := _xml_line(document)) is not None:
        raise SourceError(
            f"{document.where}, line {found[0]}: malformed RDF/XML: {found[1]}; expected "
            "</rdf:RDF> at the end: is the file whole?"
        )
    return Triples.from_lines(lines or b"")


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


def _check_entities(document: Document) -> None:
    """Refuse XML entities that nest, lead outside, or would make the text many times longer.

    The parser expands whatever a file declares.
    """
    with (
        document.path.open("rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content,
    ):
        if content.find(b"<!ENTITY") < 0:
            return
        size = grown = len(content)
        # Wherever they stand: a comment must not hide a declaration, nor be much in its way.
        for parameter, name, quoted, outside in _ENTITY.findall(content):
            called = name[:60].decode(errors="replace")
            if parameter or outside or b"&" in quoted or len(quoted) > _LONGEST_ENTITY:
                raise SourceError(
                    f"{document.where}: XML entity {called} nests, is long or leads outside "
                    "the file; such entities are not expanded: write out what it stands for"
                )
            uses = sum(1 for _ in re.finditer(re.escape(b"&" + name + b";"), content))
            grown += uses * len(quoted)
    if grown > _MOST_GROWTH * size + 2**20:
        raise SourceError(
            f"{document.where}: its XML entities make {size:,} bytes {grown:,}; expected no more "
            f"than {_MOST_GROWTH} times as many"
        )


def _ends(document: Document) -> bool:
    """Return whether an XML file ends in its root's closing tag."""
    with document.path.open("rb") as file:
        file.seek(max(0, document.path.stat().st_size - 4096))
        return re.search(rb"</(\w+:)?RDF\s*>\s*$", file.read()) is not None


def _malformed(document: Document, format_: ox.RdfFormat, error: Exception) -> SourceError:
    """Say where, what was found and what was expected."""
    account = re.sub(r"^Parser error ", "", str(error)).partition(f" ({document.path.name}")[0]
    account = re.sub(r" \(line \d+\)$", "", account)
    line = getattr(error, "lineno", None)
    if line is None and format_ == ox.RdfFormat.RDF_XML:
        line, account = _xml_line(document) or (None, account)
    at = f", line {line}" if line is not None else ""
    return SourceError(
        f"{document.where}{at}: malformed {format_.name}: {' '.join(account.split())[:300]}; "
        "correct it there"
    )


def _xml_line(document: Document) -> tuple[int, str] | None:
    """Return the line of what is no XML, and what it is."""
    parser = expat.ParserCreate()
    try:
        with document.path.open("rb") as file:
            parser.ParseFile(file)
    except expat.ExpatError as error:
        return error.lineno, f"{expat.ErrorString(error.code)} (column {error.offset + 1})"
    return None
