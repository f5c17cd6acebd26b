"""Mappings between concepts of different graphs, in SSSOM.

Source of the format: the SSSOM/TSV specification of mapping-commons/sssom, with the metadata as
YAML in the comment lines at the beginning.
"""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import overload
from urllib.parse import quote

import yaml

from kgconcepts.errors import SourceError
from kgconcepts.files import replacing
from kgconcepts.identifiers import VOCABULARY, canonical, curie, iri
from kgconcepts.sources.document import opened, within
from kgconcepts.sources.vocabularies import OIO, OWL, RDFS, SKOS
from kgconcepts.version import __version__

__all__ = ["CLOSE", "EXACT", "Mapping", "Mappings"]

EXACT, CLOSE = "skos:exactMatch", "skos:closeMatch"
_OF_SKOS = tuple(f"skos:{kind}Match" for kind in ("exact", "close", "broad", "narrow", "related"))
_SAME = (EXACT, "owl:equivalentClass", "owl:sameAs")
_VOCABULARIES = {
    "skos": SKOS,
    "owl": OWL,
    "rdfs": RDFS,
    "oboInOwl": OIO,
    "semapv": "https://w3id.org/semapv/vocab/",
    "sssom": "https://w3id.org/sssom/",
}
_COLUMNS = (
    *("subject_id", "subject_label", "predicate_id", "predicate_modifier", "object_id"),
    *("object_label", "mapping_justification", "confidence", "similarity_score", "comment"),
)
_NEEDED = ("subject_id", "predicate_id", "object_id")
_NONE = ("", "sssom:NoTermFound")
_MOST_METADATA = 2**20


@dataclass(frozen=True, slots=True)
class Mapping:
    """That two concepts are the same, close to each other, or not the same.

    Parameters
    ----------
    subject, object : str
        Ids of concepts.
    predicate : str
        CURIE of a property: ``skos:exactMatch``, ``skos:closeMatch``…
    justification : str
        CURIE of the SEMAPV vocabulary: ``semapv:ManualMappingCuration``…
    subject_label, object_label : str
        For people; they are not compared.
    negated : bool
        The predicate does *not* hold.
    similarity : float, optional
        How alike the names are, from 0 to 1.
    comment : str
    """

    subject: str
    predicate: str
    object: str
    justification: str = "semapv:UnspecifiedMatching"
    subject_label: str = ""
    object_label: str = ""
    negated: bool = False
    similarity: float | None = None
    comment: str = ""

    @property
    def same(self) -> bool:
        """Whether both are said to be the same."""
        return self.predicate in _SAME and not self.negated

    @property
    def different(self) -> bool:
        """Whether both are said not to be the same, or not even close to each other."""
        return self.predicate in (*_SAME, CLOSE) and self.negated


class Mappings(Sequence[Mapping]):
    """Mappings in their order; read from SSSOM and written to it.

    Parameters
    ----------
    mappings : iterable of Mapping

    Examples
    --------
    >>> Mappings([Mapping("PLK:1", "skos:exactMatch", "AphiaID:1080")])
    <Mappings: 1 (1 same, 0 to decide)>
    """

    def __init__(self, mappings: Iterable[Mapping] = ()) -> None:
        self._mappings = tuple(mappings)

    @overload
    def __getitem__(self, k: int) -> Mapping: ...

    @overload
    def __getitem__(self, k: slice) -> Mappings: ...

    def __getitem__(self, k: int | slice) -> Mapping | Mappings:
        return Mappings(self._mappings[k]) if isinstance(k, slice) else self._mappings[k]

    def __len__(self) -> int:
        return len(self._mappings)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Mappings) and self._mappings == other._mappings

    def __hash__(self) -> int:
        return hash(self._mappings)

    def __repr__(self) -> str:
        same = sum(mapping.same for mapping in self)
        undecided = sum(not (mapping.same or mapping.different) for mapping in self)
        return f"<Mappings: {len(self)} ({same} same, {undecided} to decide)>"

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> Mappings:
        """Read SSSOM/TSV; prefixes are those of its ``curie_map``, or well known.

        Raises
        ------
        SourceError
            With the line, if it is malformed.
        """
        with opened(path) as document:
            within(document)
            text = document.path.read_text(encoding="utf-8-sig")
            return cls(_read(text, document.where))

    def write(self, path: str | os.PathLike[str]) -> None:
        """Write SSSOM/TSV, whole or not at all."""
        prefixes: dict[str, str] = {}
        rows = io.StringIO(newline="")
        table = csv.writer(rows, delimiter="\t", lineterminator="\n")
        table.writerow(_COLUMNS)
        for mapping in self:
            similarity = "" if mapping.similarity is None else f"{mapping.similarity:.3f}"
            cells = (
                *(_contracted(mapping.subject, prefixes), mapping.subject_label),
                *(mapping.predicate, "Not" if mapping.negated else ""),
                *(_contracted(mapping.object, prefixes), mapping.object_label),
                *(mapping.justification, similarity, similarity, mapping.comment),
            )
            table.writerow(" ".join(cell.split()) for cell in cells)
        metadata = {
            "curie_map": dict(sorted({**_VOCABULARIES, **prefixes}.items())),
            "license": "https://creativecommons.org/publicdomain/zero/1.0/",
            "mapping_set_id": f"{VOCABULARY.rstrip('#')}/mappings",
            "mapping_tool": "kgconcepts",
            "mapping_tool_version": __version__,
        }
        head = yaml.safe_dump(metadata, sort_keys=False, allow_unicode=True, width=10_000)
        with replacing(Path(path)) as temporary:
            commented = "".join(f"# {line}\n" for line in head.splitlines())
            temporary.write_text(commented + rows.getvalue(), encoding="utf-8")


def _read(text: str, where: str) -> Iterator[Mapping]:
    lines = text.splitlines(keepends=True)
    start = next((k for k, line in enumerate(lines) if not line.startswith("#")), len(lines))
    prefixes = _prefixes("".join(line[1:] for line in lines[:start]), where)
    # YAML may be indented by the blank behind the number sign.
    reader = csv.reader(lines[start:], delimiter="\t")
    names = next(reader, [])
    missing = [column for column in _NEEDED if column not in names]
    if missing:
        raise SourceError(
            f"{where}, line {start + 1}: no column {', '.join(missing)} among "
            f"{', '.join(names)[:200] or 'none'}; expected SSSOM with tabs between its columns"
        )
    least = max(names.index(column) for column in _NEEDED)
    try:
        for row in reader:
            place = f"{where}, line {start + reader.line_num}"
            if not row:
                continue
            if len(row) > len(names) or len(row) <= least:
                raise SourceError(f"{place}: {len(row)} cells; expected {len(names)}")
            cells = dict.fromkeys(_COLUMNS, "") | dict(zip(names, row, strict=False))
            if cells["subject_id"] in _NONE or cells["object_id"] in _NONE:
                continue
            if cells["predicate_modifier"] not in ("", "Not"):
                found = cells["predicate_modifier"][:60]
                raise SourceError(
                    f"{place}: predicate_modifier {found!r}; expected Not, or nothing"
                )
            yield Mapping(
                _expanded(cells["subject_id"], prefixes),
                _predicate(cells["predicate_id"], prefixes, place),
                _expanded(cells["object_id"], prefixes),
                cells["mapping_justification"],
                cells["subject_label"],
                cells["object_label"],
                cells["predicate_modifier"] == "Not",
                _number(cells["similarity_score"] or cells["confidence"], place),
                cells["comment"],
            )
    except csv.Error as error:
        raise SourceError(f"{where}, line {start + reader.line_num}: {error}") from error


def _prefixes(head: str, where: str) -> dict[str, str]:
    if len(head) > _MOST_METADATA:
        raise SourceError(f"{where}: {len(head):,} characters of metadata; expected a few lines")
    if re.search(r"(?m)^[^'\"#]*[:\-\s][&*]\w", head):  # aliases can grow without bound
        raise SourceError(f"{where}: metadata with YAML aliases; write out what they stand for")
    try:
        metadata = yaml.safe_load(head)
    except (yaml.YAMLError, RecursionError) as error:
        account = " ".join(str(error).split())[:200]
        raise SourceError(f"{where}: its metadata is no YAML: {account}") from error
    found = metadata.get("curie_map") if isinstance(metadata, dict) else None
    found = found if isinstance(found, dict) else {}
    return {str(prefix): str(address) for prefix, address in found.items()}


def _number(text: str, place: str) -> float | None:
    try:
        return float(text) if text else None
    except ValueError:
        raise SourceError(f"{place}: confidence {text[:40]!r}; expected a number") from None


def _expanded(reference: str, prefixes: dict[str, str]) -> str:
    """Return the id that a CURIE stands for."""
    prefix, colon, local = reference.strip().partition(":")
    if colon and prefix in prefixes:
        return canonical(prefixes[prefix] + local)
    return canonical(reference.strip())


def _predicate(reference: str, prefixes: dict[str, str], place: str) -> str:
    """Return a property under the usual prefix of its vocabulary."""
    prefix, _, local = reference.strip().partition(":")
    address = prefixes[prefix] + local if prefix in prefixes else reference.strip()
    for name, namespace in _VOCABULARIES.items():
        address = address.replace(namespace, f"{name}:", 1)
    if not re.fullmatch(r"(?!skos:)[^\s:]+:\S+", address) and address not in _OF_SKOS:
        raise SourceError(
            f"{place}: predicate {reference[:60]!r}; expected {EXACT}, {CLOSE} or another property "
            "as CURIE"
        )
    return address


def _contracted(id_: str, prefixes: dict[str, str]) -> str:
    """Return an id as a CURIE, and note what its prefix stands for."""
    address = iri(id_)
    prefix, colon, local = id_.partition(":")
    if colon and re.fullmatch(r"(?!https?|urn)[A-Za-z_][\w.-]*", prefix):
        ending = local if address.endswith(local) else quote(local, safe="").replace("_", "%5F")
        base = address.removesuffix(ending)
        if curie(base + ending) == id_ and prefixes.setdefault(prefix, base) == base:
            return f"{prefix}:{ending}"
    cut = max(address.rfind("/"), address.rfind("#")) + 1
    known = {namespace: name for name, namespace in prefixes.items()}
    prefix = known.get(address[:cut], f"ns{len(prefixes) + 1}")
    prefixes[prefix] = address[:cut]
    return f"{prefix}:{address[cut:]}"
