"""Candidates as a table for a person to review, and what was accepted as part of the graph."""

from __future__ import annotations

import csv
import os
import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from kgconcepts.errors import SourceError, UnknownConceptError, one_line
from kgconcepts.files import replacing
from kgconcepts.graph import ABSENCES, TRAITS, Concept, ConceptGraph, Relation, fold
from kgconcepts.sources import tables
from kgconcepts.sources.assertions import COLUMNS as TRAIT_COLUMNS
from kgconcepts.sources.document import opened
from kgconcepts.text.attribution import attribute
from kgconcepts.text.candidate import Candidate
from kgconcepts.text.passage import Passage

__all__ = ["COLUMNS", "Accepted", "accepted", "write_review"]

COLUMNS = (
    *("decision", "taxon", "label", "relation", "concept", "term", "parent"),
    *("score", "visible", "contradicts", "sentence"),
    *("source", "title", "url", "revision", "accessed", "licence", "section"),
)
_TAKEN = ("yes", "y", "accept", "1", "true")
_LEFT = ("", "no", "n", "reject", "0", "false")
_KIND = dict(zip((*TRAITS, *ABSENCES), ("part", "quality", "stage") * 2, strict=True))
_LONGEST = 200  # characters of a new term


def write_review(
    candidates: Iterable[Candidate], path: str | os.PathLike[str], graph: ConceptGraph
) -> None:
    """Write candidates as a TSV, what is most likely and can be seen first.

    As it holds sentences of others, ``ATTRIBUTION.md`` is written beside it.

    A reviewer writes ``yes`` or ``no`` into ``decision``, may correct ``relation`` and ``concept``
    (an id or a name), and for a new term may give its ``parent``.

    Raises
    ------
    OutputError
        If the place cannot be written to.
    """
    ranked = sorted(candidates, key=lambda c: (-c.visible * c.score, c.taxon, c.term))
    with (
        replacing(Path(path)) as temporary,
        temporary.open("w", encoding="utf-8", newline="") as file,
    ):
        writer = csv.writer(file, dialect="excel-tab", lineterminator="\n")
        writer.writerow(COLUMNS)
        for c in ranked:
            p = c.passage
            known = graph[c.concept].label if c.concept else ""
            writer.writerow(
                one_line(cell)
                for cell in (
                    *("", c.taxon, graph[c.taxon].label, c.relation, c.concept, known or c.term),
                    *("", f"{c.score:.2f}", f"{c.visible:.2f}", "yes" * c.contradicts, c.sentence),
                    *(p.source, p.title, p.url, p.revision, p.accessed, p.licence, p.section),
                )
            )
    attribute(Path(path), {str(row): [c.passage] for row, c in enumerate(ranked)})


@dataclass(frozen=True)
class Accepted:
    """A graph with what a review accepted.

    Parameters
    ----------
    graph : ConceptGraph
    evidence : mapping of Relation → str
        Where each of the new relations is said.
    new : tuple of str
        Ids of the new concepts.
    passages : mapping of Relation → passages
        The sentences that say so, with whose they are.
    """

    graph: ConceptGraph
    evidence: Mapping[Relation, str]
    new: tuple[str, ...]
    passages: Mapping[Relation, tuple[Passage, ...]]

    def attribute(self, path: str | os.PathLike[str]) -> None:
        """Say beside a file that holds the evidence whose sentences these are."""
        attribute(Path(path), {str(relation): some for relation, some in self.passages.items()})

    def write_traits(self, path: str | os.PathLike[str]) -> None:
        """Write the new relations as a table that `read_assertions` reads, by label.

        Raises
        ------
        OutputError
            If the place cannot be written to.
        """
        with (
            replacing(Path(path)) as temporary,
            temporary.open("w", encoding="utf-8", newline="") as file,
        ):
            writer = csv.writer(file, dialect="excel-tab", lineterminator="\n")
            writer.writerow(TRAIT_COLUMNS)
            for (child, relation, parent), text in self.evidence.items():
                taxon, trait = self.graph[child].label, self.graph[parent].label
                writer.writerow([taxon, relation, trait, "", text])
        self.attribute(path)


def accepted(graph: ConceptGraph, path: str | os.PathLike[str], prefix: str = "local") -> Accepted:
    r"""Take what a person accepted in a review into a graph.

    Parameters
    ----------
    graph : ConceptGraph
    path : path-like
        What `write_review` wrote, with ``yes`` in the column ``decision`` of some rows.
    prefix : str
        Of the ids of new terms.

    Returns
    -------
    Accepted
        Where several rows say the same, with all that they give as evidence.

    Raises
    ------
    SourceError
        With the line, if a decision is neither yes nor no, a relation is none to a trait, a name is
        that of no concept or of several, or a concept is of another kind than the relation says.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from kgconcepts import Passage
    >>> graph = ConceptGraph([Concept("PLK:1", "Oithona"), Concept("PLK:2", "antennule", "part")])
    >>> passage = Passage("", "Wikipedia", "CC BY-SA 4.0", "Oithona", revision="7")
    >>> where = ("PLK:1", "has_part", "PLK:2", "antennules", "It has antennules.", 0.9, passage)
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "candidates.tsv")
    ...     write_review([Candidate(*where)], path, graph)
    ...     text = path.read_text()
    ...     _ = path.write_text(text.replace("\n\t", "\nyes\t"))
    ...     found = accepted(graph, path)
    >>> found.graph.related("PLK:1", "has_part")
    ('PLK:2',)
    """
    new: dict[tuple[str, str], Concept] = {}
    parents: dict[Relation, None] = {}
    said: dict[Relation, dict[Passage, None]] = {}
    with opened(path) as document:
        for where, cells in tables.rows(document, COLUMNS):
            decision = cells["decision"].casefold()
            if decision not in (*_TAKEN, *_LEFT):
                raise SourceError(f"{where}: decision {decision!r}; expected yes or no")
            if decision in _LEFT:
                continue
            relation = cells["relation"]
            if relation not in _KIND:
                raise SourceError(
                    f"{where}: {relation!r} is no relation to a trait; expected one of "
                    f"{', '.join(_KIND)}"
                )
            taxon = _known(graph, where, "taxon", cells["taxon"])
            kind = _KIND[relation]
            trait = _trait(graph, where, cells, kind)
            if trait is None:
                key = (fold(cells["term"]), kind)
                if key not in new:
                    taken = {*graph.ids, *(made.id for made in new.values())}
                    new[key] = _new(where, cells["term"], kind, prefix, document.name, taken)
                trait = new[key].id
                if cells["parent"]:
                    parent = _known(graph, where, "parent", cells["parent"])
                    if graph[parent].kind != kind:
                        raise SourceError(
                            f"{where}: parent {parent} ({graph[parent].label}) is a "
                            f"{graph[parent].kind}; name a {kind}"
                        )
                    parents[Relation(trait, "is_a", parent)] = None
            said.setdefault(Relation(taxon, relation, trait), {})[_passage(cells)] = None
    evidence = {r: " | ".join(map(_evidence, passages)) for r, passages in said.items()}
    whole = ConceptGraph(
        (*graph, *new.values()),
        (*graph.relations, *parents, *evidence),
        graph.sources.values(),
        graph.findings,
        graph.relation_labels,
        graph.dangling,
    )
    passages = {relation: tuple(some) for relation, some in said.items()}
    return Accepted(whole, evidence, tuple(c.id for c in new.values()), passages)


def _trait(graph: ConceptGraph, where: str, cells: Mapping[str, str], kind: str) -> str | None:
    """Return the id of a row's trait; None if it is a new term."""
    name = cells["concept"] or cells["term"]
    if not cells["concept"] and not any(graph[i].kind == kind for i in graph.find(name)):
        return None
    of_kind = [id_ for id_ in graph.find(name) if graph[id_].kind == kind]
    if len(of_kind) == 1:
        return of_kind[0]
    found = _known(graph, where, "concept", name)
    raise SourceError(
        f"{where}: {found} ({graph[found].label}) is a {graph[found].kind}; {cells['relation']} "
        f"needs a {kind}"
    )


def _known(graph: ConceptGraph, where: str, column: str, name: str) -> str:
    try:
        return graph.find_one(name)
    except UnknownConceptError as error:
        raise SourceError(f"{where}: {column} {error}") from error


def _new(
    where: str, term: str, kind: str, prefix: str, source: str, taken: Collection[str]
) -> Concept:
    """Return a new concept, with an id of its own, made of its name."""
    ascii_ = unicodedata.normalize("NFKD", term).encode("ascii", "ignore").decode()
    slug = re.sub(r"[^a-z0-9]+", "-", ascii_.casefold()).strip("-")
    if not slug or len(term) > _LONGEST:
        raise SourceError(f"{where}: term {term[:50]!r} is no name; give one, or a concept")
    ids = (f"{prefix}:{slug}{f'-{number}' * (number > 1)}" for number in count(1))
    return Concept(next(id_ for id_ in ids if id_ not in taken), term, kind, source=source)


def _passage(cells: Mapping[str, str]) -> Passage:
    """Return a row's sentence, with whose it is."""
    names = ("source", "licence", "title", "url", "revision", "accessed", "section")
    return Passage(cells["sentence"], **{name: cells[name] for name in names})


def _evidence(p: Passage) -> str:
    """Return where it is said: the work, its revision, its licence, the sentence."""
    section = f"section {p.section}" if p.section else ""
    revision = f"revision {p.revision}" if p.revision else ""
    work = (p.source, p.title, section, revision, p.licence, p.url)
    return f"{', '.join(filter(None, work))}: “{p.text}”"
