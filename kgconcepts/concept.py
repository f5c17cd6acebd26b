"""Concepts, and the sources that they come from."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from dataclasses import fields as dataclass_fields
from itertools import chain, islice
from typing import Any

from kgconcepts.errors import SourceError

__all__ = ["KINDS", "SCOPES", "Concept", "Source", "concepts", "plain"]

KINDS = ("taxon", "part", "quality", "stage", "object")
SCOPES = ("exact", "narrow", "broad", "related")
_KINDS, _SCOPES = frozenset(KINDS), frozenset(SCOPES)
_TOGETHER = 10_000  # concepts that are looked through at a time


_TEXTS = ("id", "label", "definition", "comment", "authority", "status", "rank")
_LINE_END = re.compile("\r\n?")
_NO_TEXT = re.compile("[^\t\n\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def plain(text: str) -> str:
    """Return text with lines that end in a line feed, and without what no format can hold.

    Control characters and lone surrogates become U+FFFD.
    """
    if text.isprintable():
        return text
    return _NO_TEXT.sub("\N{REPLACEMENT CHARACTER}", _LINE_END.sub("\n", text))


@dataclass(frozen=True, slots=True)
class Concept:
    """A node of the graph: a taxon, a body part, a quality, a life stage or a non-living thing.

    Parameters
    ----------
    id : str
        Identifier, a CURIE such as ``PLK:0000012``.
    label : str
        The name that people read; the id where nobody gave one.
    kind : str
        One of `KINDS`.
    definition : str
        What it is, in one or two sentences; empty where nobody said.
    synonyms : tuple of str
        Other names, kept in alphabetical order.
    xrefs : tuple of str
        The same thing elsewhere, as CURIEs such as ``AphiaID:1080``, in alphabetical order.
    rank : str
        Taxonomic rank in lower case; empty for what has none.
    source : str
        Name of the `Source` that the concept comes from.
    scopes : tuple of str
        For each synonym one of `SCOPES`: how far it means the same (OBO 1.4). Empty where all
        are exact.
    comment : str
        What else is said of it.
    authority : str
        Who named the taxon, and when: ``(Claus, 1863)``.
    status : str
        Of the name, as the source gives it, in lower case: ``accepted``, ``taxon inquirendum``…
    obsolete : bool
        Not to be used any more; `replaced_by` says what to use.
    replaced_by : tuple of str
        Ids of the concepts that stand in its place, in alphabetical order.
    intersection : tuple of (relation, id)
        What it is equivalent to, where that is known: it is exactly what has all of these, as in
        ``(("is_a", "PLK:1"), ("has_part", "PLK:9"))``.
    """

    id: str
    label: str
    kind: str = "taxon"
    definition: str = ""
    synonyms: tuple[str, ...] = ()
    xrefs: tuple[str, ...] = ()
    rank: str = ""
    source: str = ""
    scopes: tuple[str, ...] = ()
    comment: str = ""
    authority: str = ""
    status: str = ""
    obsolete: bool = False
    replaced_by: tuple[str, ...] = ()
    intersection: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        keep = object.__setattr__  # as the class is frozen; what is clean already is left alone
        texts = (self.id, self.label, self.definition, self.comment, self.authority)
        if not "".join((*texts, self.status, self.rank)).isprintable():
            for field in _TEXTS:
                keep(self, field, plain(getattr(self, field)))
        if not self.rank.islower() and self.rank:
            keep(self, "rank", self.rank.lower())
        if not self.status.islower() and self.status:
            keep(self, "status", self.status.lower())
        if self.scopes or (self.synonyms and not _clean(self.synonyms)):
            scoped = sorted(self.scoped_synonyms, key=_scope_order)
            names = {plain(name): scope for name, scope in scoped if name}
            keep(self, "synonyms", tuple(sorted(names)))
            scopes = tuple(names[name] for name in self.synonyms)
            keep(self, "scopes", scopes if set(scopes) != {"exact"} else ())
        if self.xrefs and not _clean(self.xrefs):
            keep(self, "xrefs", tuple(sorted({plain(xref) for xref in self.xrefs if xref})))
        if self.replaced_by:
            keep(
                self, "replaced_by", tuple(sorted({plain(id_) for id_ in self.replaced_by if id_}))
            )
        if self.intersection:
            whole = {(plain(r), plain(id_)) for r, id_ in self.intersection if r and id_}
            keep(self, "intersection", tuple(sorted(whole)))
        if not self.id or not self.label:
            raise SourceError(
                f"{self.source or 'concept'}: {self.id or self.label or 'a concept'} has no "
                f"{'label' if self.id else 'id'}; give it one"
            )
        if self.kind not in KINDS or (self.scopes and not set(self.scopes) <= _SCOPES):
            what, found, allowed = (
                ("is of kind", [self.kind], KINDS)
                if self.kind not in KINDS
                else ("has a synonym of scope", sorted(set(self.scopes) - _SCOPES), SCOPES)
            )
            raise SourceError(
                f"{self.source or 'concept'}: {self.id} {what} {found[0]!r}; "
                f"expected one of {', '.join(allowed)}"
            )

    @property
    def scoped_synonyms(self) -> tuple[tuple[str, str], ...]:
        """The synonyms, each with its scope.

        Raises
        ------
        SourceError
            If there are scopes, but not one for each.
        """
        if not self.scopes:
            return tuple((name, "exact") for name in self.synonyms)
        if len(self.scopes) != len(self.synonyms):
            raise SourceError(
                f"{self.source or 'concept'}: {self.id} has {len(self.synonyms)} synonyms and "
                f"{len(self.scopes)} scopes; give each its scope, or none"
            )
        return tuple(zip(self.synonyms, self.scopes, strict=True))


@dataclass(slots=True)
class _Draft:
    """The fields of a `Concept`, which Python fills several times faster than a frozen record's."""

    id: str
    label: str
    kind: str
    definition: str
    synonyms: tuple[str, ...]
    xrefs: tuple[str, ...]
    rank: str
    source: str
    scopes: tuple[str, ...]
    comment: str
    authority: str
    status: str
    obsolete: bool
    replaced_by: tuple[str, ...]
    intersection: tuple[tuple[str, str], ...]


def concepts(rows: Iterable[tuple[Any, ...]]) -> Iterator[Concept]:
    """Make many concepts of their fields, all of them given, in the order of `Concept`."""
    rest = iter(rows)
    while some := list(islice(rest, _TOGETHER)):
        plain_ones = _are_plain(some)
        for row in some:
            draft: Any = _Draft(*row)
            draft.__class__ = Concept  # of the same slots
            if not plain_ones or len(row[4]) > 1 or len(row[5]) > 1:  # synonyms, xrefs
                draft.__post_init__()
            yield draft


def _are_plain(rows: Sequence[tuple[Any, ...]]) -> bool:
    """Return whether there is nothing to clean, or to refuse, but lists to be sorted."""
    fields = {field.name: k for k, field in enumerate(dataclass_fields(Concept))}
    columns = list(zip(*rows, strict=True))

    def column(name: str) -> tuple[Any, ...]:
        return columns[fields[name]]

    names = [name for field in ("synonyms", "xrefs") for found in column(field) for name in found]
    needed = (*column("id"), *column("label"), *names)
    words = {*column("rank"), *column("status")}
    texts = chain(needed, words, *map(column, ("definition", "comment", "authority")))
    return (
        all(needed)
        and not any(any(column(name)) for name in ("scopes", "replaced_by", "intersection"))
        and set(column("kind")) <= _KINDS
        and all(word == word.lower() for word in words)
        and all(type(found) is tuple for found in (*column("synonyms"), *column("xrefs")))
        and "".join(texts).isprintable()
    )


def _clean(names: tuple[str, ...]) -> bool:
    return len(names) == 1 and type(names) is tuple and names[0].isprintable() and names[0] != ""


def _scope_order(scoped: tuple[str, str]) -> int:
    """Of a name's several scopes the closest holds, as it comes last."""
    return -SCOPES.index(scoped[1]) if scoped[1] in SCOPES else 1


@dataclass(frozen=True, slots=True)
class Source:
    """A file that concepts come from.

    Parameters
    ----------
    name : str
        Its file name.
    sha256 : str
        Hash of its content.
    version : str
        The version it gives of itself; empty where it gives none.
    licence : str
        The licence it states; empty where it states none.
    title, description : str
        What it calls itself, and what it says it holds.
    address : str
        The IRI of the ontology.
    imports : tuple of str
        Addresses of what it says it builds on (``owl:imports``).
    """

    name: str
    sha256: str = ""
    version: str = ""
    licence: str = ""
    title: str = ""
    description: str = ""
    address: str = ""
    imports: tuple[str, ...] = ()
