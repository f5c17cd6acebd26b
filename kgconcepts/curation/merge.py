"""Several graphs → one, in which what is the same is one concept."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import NamedTuple

from kgconcepts.curation.accepted import two_accepted_names
from kgconcepts.curation.cycles import cycles, shown
from kgconcepts.curation.mappings import Mapping, Mappings
from kgconcepts.curation.match import Matched, matched
from kgconcepts.curation.similar import similar
from kgconcepts.curation.unite import renamed, unite
from kgconcepts.errors import SourceError
from kgconcepts.findings import Finding
from kgconcepts.graph import ConceptGraph
from kgconcepts.identifiers import canonical

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
        with ``predicate_modifier`` *Not* stays two. Others have no effect; those on concepts that
        are not there are findings (``unused_mapping``).

    Returns
    -------
    ConceptGraph
        Its findings list what the graphs contradict one another in (``conflicting_parent``,
        ``conflicting_accepted_name``, ``conflicting_rank``…; both parents are kept; ``cycle`` where
        they place concepts the other way round) and what may
        be the same but is not unambiguous (``ambiguous_match``). ``conflicting_label`` is what
        has an identifier in common and no name: a wrong cross-reference, perhaps.

    Raises
    ------
    SourceError
        If mappings contradict one another, or their file is malformed.

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
    decided, unused = _known(decided, graphs)
    same = _by_decision(decided, graphs)
    if not graphs:
        return Merged(ConceptGraph([]), Mappings())
    whole = renamed(graphs[0], same).with_findings(unused)
    found = [m for m in decided if m.same and m.subject != m.object]
    decided = _renamed(decided, same)
    gone = dict(same)  # ids that are no more, and what stands for them
    for graph in graphs[1:]:
        other = renamed(graph, gone)
        result = matched(whole, other, _renamed(decided, gone))
        found += result.same
        found += result.undecided
        if look_for_similar:
            found += similar(*result.free, result.settled)
        doubts = [*_doubts(result), *two_accepted_names(whole, other, result.same)]
        now = {m.object: m.subject for m in result.same}
        whole = unite([renamed(whole, now), renamed(other, now)]).with_findings(doubts)
        whole = _without_decided(whole, same)
        gone = {id_: now.get(to, to) for id_, to in gone.items()} | now
    return Merged(whole.with_findings(_cycles(whole)), Mappings(found))


def _without_decided(graph: ConceptGraph, same: dict[str, str]) -> ConceptGraph:
    """Leave out that what a person says is the same shares no name."""
    decided = set(same.values())
    findings = (
        f for f in graph.findings if f.rule != "conflicting_label" or f.subject not in decided
    )
    return graph.with_findings(findings, only=True)


def _cycles(graph: ConceptGraph) -> Iterator[Finding]:
    """Give what no hierarchy can be made of: graphs that place concepts the other way round."""
    for walk in cycles(graph, "is_a"):
        yield Finding("ERROR", "cycle", walk[0], "is_a", shown(walk))


def _doubts(found: Matched) -> Iterator[Finding]:
    """Give what may be the same."""
    for m in found.undecided:
        yield Finding("WARN", "ambiguous_match", m.subject, "id", f"{m.object}: {m.comment}")


def _known(
    decided: Iterable[Mapping], graphs: Iterable[ConceptGraph]
) -> tuple[list[Mapping], list[Finding]]:
    """Give decisions the ids that the graphs have, and findings of those on what none has.

    An id is known as it is, in another spelling, or as the cross-reference of one concept alone,
    as what became one with another in an earlier merge.
    """
    decided = [m for m in decided if m.same or m.different]
    if not decided:
        return [], []
    ids = dict.fromkeys(id_ for graph in graphs for id_ in graph.ids)
    spelled = {canonical(id_): id_ for id_ in reversed(ids)}
    wanted = {end for m in decided for end in (m.subject, m.object)} - ids.keys() - spelled.keys()
    owners: dict[str, set[str]] = {}
    for graph in graphs if wanted else ():
        for concept in graph:
            for xref in wanted.intersection(concept.xrefs):
                owners.setdefault(xref, set()).add(concept.id)
    spelled |= {xref: min(own) for xref, own in owners.items() if len(own) == 1}

    def known(id_: str) -> str:
        return id_ if id_ in ids else spelled.get(id_) or spelled.get(canonical(id_), "")

    used, unused = [], []
    for m in decided:
        one, other = known(m.subject), known(m.object)
        if one and other and not (m.different and one == other):
            used.append(replace(m, subject=one, object=other))
        else:
            missing = " and ".join(id_ for id_ in (m.subject, m.object) if not known(id_))
            why = f"there is no concept {missing}" if missing else f"both are {one} in these files"
            told = f"{'Not ' * m.negated}{m.predicate} {m.object}: {why}"
            unused.append(Finding("WARN", "unused_mapping", m.subject, "mappings", told))
    return used, unused


def _by_decision(decided: Iterable[Mapping], graphs: Iterable[ConceptGraph]) -> dict[str, str]:
    """Return for each id that a person says is another's the one that holds.

    Raises
    ------
    SourceError
        If two concepts are said to be the same, directly or through others, and not to be.
    """
    import networkx as nx  # noqa: PLC0415 (slow to load)

    decided = list(decided)
    said = nx.Graph((m.subject, m.object) for m in decided if m.same)
    named = dict.fromkeys(id_ for graph in graphs for id_ in graph.ids if id_ in said)
    place = {id_: k for k, id_ in enumerate(named)}
    same: dict[str, str] = {}
    for group in nx.connected_components(said):
        same |= dict.fromkeys(group, min(group, key=place.__getitem__))
    for m in decided:
        if m.different and same.get(m.subject, m.subject) == same.get(m.object, m.object):
            raise SourceError(
                f"mappings: {m.subject} and {m.object} are said to be the same and not to be; keep "
                "one of the rows"
            )
    return same


def _renamed(decided: Iterable[Mapping], ids: dict[str, str]) -> list[Mapping]:
    return [
        replace(m, subject=ids.get(m.subject, m.subject), object=ids.get(m.object, m.object))
        for m in decided
    ]
