"""Several graphs → one, in which what is the same is one concept."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from kgconcepts.curation.mappings import Mapping, Mappings
from kgconcepts.curation.match import Matched, matched
from kgconcepts.curation.similar import similar
from kgconcepts.curation.unite import renamed, unite
from kgconcepts.errors import SourceError
from kgconcepts.findings import Finding
from kgconcepts.graph import ConceptGraph, fold

__all__ = ["Merged", "merge", "merge_and_match"]


class Merged(NamedTuple):
    """A merged graph, and how its concepts were matched.

    Parameters
    ----------
    graph : ConceptGraph
    mappings : Mappings
        ``skos:exactMatch``: these became one. ``skos:closeMatch``: a person should decide.
    """

    graph: ConceptGraph
    mappings: Mappings


def merge(
    graphs: Iterable[ConceptGraph],
    mappings: str | os.PathLike[str] | Iterable[Mapping] = (),
) -> ConceptGraph:
    """Merge graphs: the same concept in several of them becomes one.

    The same is what has the same id, or is the same by the rules of `kgconcepts.match`:
    identifiers in WoRMS, NCBI and Wikidata, names and ranks, labels, synonyms, as far as they are
    unambiguous. The order of the graphs is their precedence: the first one's id, label and other
    fields hold, later ones fill what it leaves empty. Their ids become cross-references, names and
    relations add up.

    Parameters
    ----------
    graphs : iterable of ConceptGraph
    mappings : path-like or iterable of Mapping, optional
        A person's decisions (SSSOM): an exact match is one concept whatever the rules say, one
        with ``predicate_modifier`` *Not* stays two. Others have no effect.

    Returns
    -------
    ConceptGraph
        Its findings list what the graphs contradict one another in (``conflicting_parent``,
        ``conflicting_accepted_name``, ``conflicting_rank``…; both parents are kept) and what may
        be the same but is not unambiguous (``ambiguous_match``). ``conflicting_label`` is what
        has an identifier in common and no name: a wrong cross-reference, perhaps.

    Raises
    ------
    SourceError
        If two different files have the same name, or a mapping file is malformed.

    Examples
    --------
    >>> from kgconcepts import Concept
    >>> ours = ConceptGraph([Concept("PLK:1", "Copepoda", xrefs=("AphiaID:1080",))])
    >>> worms = ConceptGraph([Concept("AphiaID:1080", "Copepoda", rank="class")])
    >>> merged = merge([ours, worms])
    >>> merged.ids, merged["PLK:1"].rank
    (('PLK:1',), 'class')
    """
    return merge_and_match(graphs, mappings, look_for_similar=False).graph


def merge_and_match(
    graphs: Iterable[ConceptGraph],
    mappings: str | os.PathLike[str] | Iterable[Mapping] = (),
    *,
    look_for_similar: bool = True,
) -> Merged:
    """Merge graphs as `merge` does, and tell what was taken for the same.

    Parameters
    ----------
    graphs, mappings
        As in `merge`.
    look_for_similar : bool, default True
        Also list concepts with similar names, for a person to decide.
    """
    graphs = list(graphs)
    decided = Mappings.read(mappings) if isinstance(mappings, str | os.PathLike) else mappings
    decided = list(decided)
    same = _by_decision(decided, graphs)
    if not graphs:
        return Merged(ConceptGraph([]), Mappings())
    whole = renamed(graphs[0], same)
    found: list[Mapping] = []
    for graph in graphs[1:]:
        other = renamed(graph, same)
        result = matched(whole, other, _renamed(decided, same))
        found += result.same
        found += result.undecided
        if look_for_similar:
            found += similar(*result.free, result.settled)
        doubts = list(_doubts(whole, other, result))
        other = renamed(other, {m.object: m.subject for m in result.same})
        whole = unite([whole, other]).with_findings(doubts)
    return Merged(whole, Mappings(found))


def _doubts(first: ConceptGraph, second: ConceptGraph, found: Matched) -> Iterator[Finding]:
    """Give what may be the same, and what is by its identifier but shares no name."""
    for m in found.undecided:
        yield Finding("WARN", "ambiguous_match", m.subject, "id", f"{m.object}: {m.comment}")
    for m in found.same:
        one, other = first[m.subject], second[m.object]
        ours, theirs = ({fold(n) for n in (c.label, *c.synonyms)} for c in (one, other))
        if ours.isdisjoint(theirs):
            value = f"{other.label} ({other.id}); {m.comment}"
            yield Finding("WARN", "conflicting_label", one.id, "label", value)


def _by_decision(decided: Iterable[Mapping], graphs: Iterable[ConceptGraph]) -> dict[str, str]:
    """Return for each id that a person says is another's the one that holds.

    Raises
    ------
    SourceError
        If two concepts are said to be the same, directly or through others, and not to be.
    """
    places: dict[str, int] = {}
    for graph in graphs:
        for id_ in graph.ids:
            places.setdefault(id_, len(places))
    group: dict[str, list[str]] = {}
    for mapping in decided:
        one, other = mapping.subject, mapping.object
        if mapping.same and one in places and other in places:
            members = group.setdefault(one, [one])
            if (more := group.setdefault(other, [other])) is not members:
                members += more
                group.update(dict.fromkeys(more, members))
    for mapping in decided:
        members = group.get(mapping.subject, [])
        if mapping.different and mapping.object in members:
            raise SourceError(
                f"mappings: {mapping.subject} and {mapping.object} are said to be the same and not "
                "to be; keep one of the rows"
            )
    return {id_: min(members, key=places.__getitem__) for id_, members in group.items()}


def _renamed(decided: Iterable[Mapping], same: dict[str, str]) -> list[Mapping]:
    return [
        Mapping(
            same.get(m.subject, m.subject),
            m.predicate,
            same.get(m.object, m.object),
            negated=m.negated,
        )
        for m in decided
    ]
