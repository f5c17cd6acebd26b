"""What changed between two graphs."""

from __future__ import annotations

import os
import warnings
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, overload

import polars as pl

from kgconcepts.curation import kgcl
from kgconcepts.errors import LossWarning, OutputError
from kgconcepts.files import replacing
from kgconcepts.findings import Finding
from kgconcepts.graph import Concept, ConceptGraph

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult

__all__ = ["CHANGES", "SUFFIXES", "Change", "Changes", "diff"]

_TEXTS = ("kind", "definition", "rank", "status", "authority", "comment")
# In this order for one concept: what goes stands before what comes.
CHANGES = (
    "added",
    "removed",
    "renamed",
    "moved",
    "obsoleted",
    "re-accepted",
    *(f"{name}_changed" for name in (*_TEXTS, "intersection")),
    "synonym_removed",
    "synonym_added",
    "xref_removed",
    "xref_added",
    "relation_removed",
    "relation_added",
)
_ORDER = {name: k for k, name in enumerate(CHANGES)}
SUFFIXES = (".tsv", ".csv", ".json", ".kgcl")
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Change:
    """One difference between two graphs.

    Parameters
    ----------
    change : str
        One of `CHANGES`. A concept *moved* if its ``is_a`` parents changed, and is *re-accepted*
        if it was obsolete and is no longer, or is replaced by another than before.
    subject : str
        Id of the concept.
    property : str
        What of it changed: a field of `Concept`, ``xref``, a synonym's scope as in
        ``exact_synonym``, or a relation.
    old, new : str
        What stood there, and what does now; empty for nothing. What can only be told as a whole
        (``replaced_by``, ``intersection``) is joined by ``|``.
    """

    change: str
    subject: str
    property: str
    old: str
    new: str


@dataclass(frozen=True, slots=True, repr=False)
class Changes(Sequence[Change]):
    """All differences between two graphs, by subject.

    Parameters
    ----------
    changes : tuple of Change
    before, after : ConceptGraph
        The graphs compared, from which `write` takes what an added concept brings with it.
    """

    changes: tuple[Change, ...]
    before: ConceptGraph = field(compare=False)
    after: ConceptGraph = field(compare=False)

    def __len__(self) -> int:
        return len(self.changes)

    def __iter__(self) -> Iterator[Change]:
        return iter(self.changes)

    @overload
    def __getitem__(self, index: int) -> Change: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Change, ...]: ...
    def __getitem__(self, index: int | slice) -> Change | tuple[Change, ...]:
        return self.changes[index]

    def __repr__(self) -> str:
        counted = ", ".join(f"{number} {name}" for name, number in self.counts.items())
        return f"<Changes: {counted or 'none'}>"

    @property
    def counts(self) -> Mapping[str, int]:
        """How often each change occurs, in the order of `CHANGES`, those that do not left out."""
        counted = Counter(change.change for change in self.changes)
        return {name: counted[name] for name in CHANGES if counted[name]}

    def write(self, path: str | os.PathLike[str]) -> tuple[Finding, ...]:
        """Write the changes, whole or not at all.

        Parameters
        ----------
        path : path-like
            Its suffix names the format: ``.tsv``, ``.csv`` or ``.json`` (a row, or an object, a
            change), or ``.kgcl`` (a line of the Knowledge Graph Change Language a change, see
            `kgconcepts.curation.kgcl`; an added concept comes with all that is said of it).

        Returns
        -------
        tuple of Finding
            What KGCL has no words for; a `LossWarning` says the same. The other formats hold all.

        Raises
        ------
        OutputError
            If the suffix is of no format or the place cannot be written to.
        """
        path = Path(path)
        suffix = path.suffix.lower()
        if suffix == ".kgcl":
            lines, lost = kgcl.render(self.changes, self.before, self.after)
            with replacing(path) as temporary, temporary.open("w", encoding="utf-8") as file:
                file.writelines(f"{line}\n" for line in lines)
            if lost:
                _warn(path, lost)
            return lost
        if suffix not in SUFFIXES:
            raise OutputError(
                f"{path}: of no format that changes are written in; end it in {', '.join(SUFFIXES)}"
            )
        table = self._table()
        with replacing(path) as temporary:
            if suffix == ".json":
                table.write_json(temporary)
            else:
                cells = table.select(pl.all().replace("", None))  # polars quotes empty texts
                cells.write_csv(temporary, separator="\t" if suffix == ".tsv" else ",")
        return ()

    def _repr_html_(self) -> str:
        from kgconcepts.curation.summary import as_html  # noqa: PLC0415 (slow to load)

        return as_html(self)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        from rich.text import Text  # noqa: PLC0415 (slow to load)

        from kgconcepts.curation.summary import EXAMPLES, summary  # noqa: PLC0415 (slow to load)

        examples: dict[str, list[str]] = {name: [] for name in self.counts}
        for change in self:
            if len(examples[change.change]) < EXAMPLES:
                examples[change.change].append(self._line(change))
        rows = (((name, str(number)), examples[name]) for name, number in self.counts.items())
        if self:
            yield summary(("change", "number"), rows, options, {})
        yield Text(f"{len(self)} changes." if self else "No changes.")

    def _line(self, change: Change) -> str:
        id_ = change.subject
        label = (self.after if id_ in self.after else self.before)[id_].label
        told = f"{id_} {label}" if label != id_ else id_
        if change.change not in ("added", "removed"):
            told += f": {change.property} {change.old or '–'} → {change.new or '–'}"
        return told

    def _table(self) -> pl.DataFrame:
        columns = Change.__slots__
        values = {name: [getattr(c, name) for c in self.changes] for name in columns}
        return pl.DataFrame(values, schema=dict.fromkeys(columns, pl.String))


def diff(old: ConceptGraph, new: ConceptGraph) -> Changes:
    """Compare two graphs, concept by concept.

    A concept is the same as before if it has the same id. One that only got another id is removed
    and added, unless the new graph keeps the old id as obsolete. An added or removed concept is
    one change, whatever it brings or takes with it. Which file says something, and what people
    call a relation, makes no difference.

    Parameters
    ----------
    old, new : ConceptGraph

    Returns
    -------
    Changes
        In the order of ids, then of `CHANGES`: the order of concepts in the graphs is no matter.
        A parent in place of another is one *moved*; otherwise every parent that came or went is.

    Examples
    --------
    >>> old = ConceptGraph(
    ...     [Concept("PLK:1", "Copepoda"), Concept("PLK:2", "Oithona"), Concept("PLK:3", "zoea")],
    ...     [("PLK:2", "is_a", "PLK:1")],
    ... )
    >>> new = ConceptGraph(
    ...     [Concept("PLK:1", "Copepoda", synonyms=("copepods",)), Concept("PLK:2", "Oithona"),
    ...      Concept("PLK:3", "zoëa")],
    ... )
    >>> changes = diff(old, new)
    >>> changes
    <Changes: 1 renamed, 1 moved, 1 synonym_added>
    >>> changes[1]
    Change(change='moved', subject='PLK:2', property='is_a', old='PLK:1', new='')
    """
    found: list[Change] = []
    for id_ in sorted({*old.ids, *new.ids}):
        if id_ not in old:
            found.append(Change("added", id_, "label", "", new[id_].label))
        elif id_ not in new:
            found.append(Change("removed", id_, "label", old[id_].label, ""))
        else:
            before, after = old[id_], new[id_]
            changes = [] if before == after else list(_fields(before, after))
            above, now_above = old.relations_of(id_), new.relations_of(id_)
            if above != now_above:
                changes += _relations(id_, set(above), set(now_above))
            found += sorted(changes, key=_order)
    return Changes(tuple(found), old, new)


def _fields(old: Concept, new: Concept) -> Iterator[Change]:
    id_ = old.id
    if old.label != new.label:
        yield Change("renamed", id_, "label", old.label, new.label)
    if (old.obsolete, old.replaced_by) != (new.obsolete, new.replaced_by):
        what = "obsoleted" if new.obsolete and not old.obsolete else "re-accepted"
        instead = ("|".join(old.replaced_by), "|".join(new.replaced_by))
        yield Change(what, id_, "replaced_by", *instead)
    for name in _TEXTS:
        before, after = getattr(old, name), getattr(new, name)
        if before != after:
            yield Change(f"{name}_changed", id_, name, before, after)
    if old.intersection != new.intersection:
        whole, now = (
            "|".join(f"{r} {other}" for r, other in concept.intersection) for concept in (old, new)
        )
        yield Change("intersection_changed", id_, "intersection", whole, now)
    names, now_names = set(old.scoped_synonyms), set(new.scoped_synonyms)
    for name, scope in names - now_names:
        yield Change("synonym_removed", id_, f"{scope}_synonym", name, "")
    for name, scope in now_names - names:
        yield Change("synonym_added", id_, f"{scope}_synonym", "", name)
    for xref in set(old.xrefs) - set(new.xrefs):
        yield Change("xref_removed", id_, "xref", xref, "")
    for xref in set(new.xrefs) - set(old.xrefs):
        yield Change("xref_added", id_, "xref", "", xref)


def _relations(id_: str, old: set[tuple[str, str]], new: set[tuple[str, str]]) -> Iterator[Change]:
    left = [other for relation, other in old - new if relation == "is_a"]
    came = [other for relation, other in new - old if relation == "is_a"]
    if len(left) == len(came) == 1:
        yield Change("moved", id_, "is_a", left[0], came[0])
    else:
        yield from (Change("moved", id_, "is_a", parent, "") for parent in left)
        yield from (Change("moved", id_, "is_a", "", parent) for parent in came)
    for relation, other in old - new:
        if relation != "is_a":
            yield Change("relation_removed", id_, relation, other, "")
    for relation, other in new - old:
        if relation != "is_a":
            yield Change("relation_added", id_, relation, "", other)


def _order(change: Change) -> tuple[int, str, str, str]:
    return _ORDER[change.change], change.property, change.old, change.new


def _warn(path: Path, lost: tuple[Finding, ...]) -> None:
    first = "; ".join(f"{f.subject} {f.property} {f.value!r}" for f in lost[:_SHOWN])
    warnings.warn(
        f"{path}: {len(lost)} statements have no place in .kgcl: {first}", LossWarning, stacklevel=3
    )
