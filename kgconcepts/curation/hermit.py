"""What the reasoner HermiT infers from a graph."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox

from kgconcepts.errors import ReasonerError, one_line
from kgconcepts.export import owl
from kgconcepts.graph import Concept, ConceptGraph, Relation
from kgconcepts.hierarchy import Hierarchy
from kgconcepts.identifiers import iri
from kgconcepts.sources.vocabularies import OWL, RDFS

__all__ = ["Inference", "reason"]

_INFERRED = "http://inferrences/"  # owlready2's own spelling
_INCONSISTENT, _FAILED = 3, 4
_NOTHING = OWL + "Nothing"
_NO_NEWS = ("Picked up", "NOTE:", "WARNING:", "Java error message is")
_LONGEST = 300


@dataclass(frozen=True, slots=True)
class Inference:
    """What follows from a graph and was not stated.

    Parameters
    ----------
    consistent : bool
        Whether the graph as a whole can be true. Concepts that cannot exist do not make it false,
        as nothing says that they do; only what is said of ``owl:Thing`` can.
    unsatisfiable : tuple of str
        Ids of the concepts that cannot exist; all of them where the graph is not consistent.
    is_a : tuple of Relation
        Direct parents that follow neither from the stated ``is_a`` nor from `equivalent`, once for
        all that are equivalent.
    equivalent : tuple of tuple of str
        Ids of concepts that are the same, in the order of the graph.
    """

    consistent: bool
    unsatisfiable: tuple[str, ...]
    is_a: tuple[Relation, ...]
    equivalent: tuple[tuple[str, ...], ...]


def reason(graph: ConceptGraph, *, limit: float = 600.0) -> Inference:
    """Classify a graph with HermiT.

    The current concepts are classified by their relations and intersections, read as in the OWL
    that `kgconcepts.write` writes: a relation other than ``is_a`` and ``disjoint_with`` says that
    there is some such, or of an absence that there is none; of the properties themselves nothing
    is known, and ``visible_in`` says nothing. HermiT takes a second to
    start and at most 2 GB; it is for ontologies, not for whole taxonomies.

    Parameters
    ----------
    graph : ConceptGraph
    limit : float, default 600
        Seconds after which it is given up.

    Raises
    ------
    ReasonerError
        If there is no Java runtime, HermiT fails, or the time is over.

    References
    ----------
    B. Glimm et al. (2014), HermiT: an OWL 2 reasoner, https://doi.org/10.1007/s10817-014-9305-1
    """
    if shutil.which("java") is None:
        raise ReasonerError(
            "HermiT: there is no java to run it with; install a Java runtime, such as Debian's "
            "default-jre-headless"
        )
    current = _current(graph)
    with tempfile.TemporaryDirectory(prefix="kgconcepts-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        owl.write_graph(current, folder / "graph.nt")
        if not _run(folder, limit, len(current)):
            return Inference(False, tuple(id_ for id_ in current.ids if id_ in graph), (), ())
        inferred = list(ox.parse(path=str(folder / "inferred.nt")))
    ids = {iri(id_): id_ for id_ in current.ids}
    same = _pairs(inferred, OWL + "equivalentClass")
    impossible = {address for address, other in same if other == _NOTHING}
    unsatisfiable = tuple(id_ for id_ in current.ids if iri(id_) in impossible)
    for id_ in unsatisfiable:
        del ids[iri(id_)]
    equivalent = _groups(_named(same, ids), current.ids)
    above = _named(_pairs(inferred, RDFS + "subClassOf"), ids)
    stated = [
        (r.child, r.parent)
        for r in current.relations
        if r.relation == "is_a" and iri(r.child) in ids and iri(r.parent) in ids
    ]
    return Inference(True, unsatisfiable, _unstated(above, stated, equivalent), equivalent)


def _current(graph: ConceptGraph) -> ConceptGraph:
    """Return what can be reasoned about: no names, nothing obsolete."""
    concepts = {
        c.id: Concept(c.id, c.id, intersection=c.intersection) for c in graph if not c.obsolete
    }
    relations = [r for r in graph.relations if r.child in concepts and r.parent in concepts]
    for k, (one, relation, other) in enumerate(relations):
        if relation == "disjoint_with" and one == other:  # OWL 2 says so in other words
            relations[k] = Relation(one, "is_a", _NOTHING)
            concepts.setdefault(_NOTHING, Concept(_NOTHING, _NOTHING))
    return ConceptGraph(concepts.values(), relations)


def _run(folder: Path, limit: float, concepts: int) -> bool:
    """Let a process of its own classify the folder's graph; returns whether it is consistent.

    Neither owlready2 nor HermiT can be interrupted, both print, and what fails leaves files behind:
    a process can be ended, and its temporary files are in the folder.
    """
    options = f"{os.environ.get('JAVA_TOOL_OPTIONS', '')} -XX:-UsePerfData".strip()
    process = subprocess.Popen(  # noqa: S603 (this module, run by this Python)
        [sys.executable, "-P", "-m", __name__, str(folder)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={
            **os.environ,
            **dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(folder)),
            "JAVA_TOOL_OPTIONS": options,  # or the JVM leaves a file where it is ended
        },
        start_new_session=True,
    )
    try:
        said, _ = process.communicate(timeout=limit)
    except subprocess.TimeoutExpired:
        raise ReasonerError(
            f"HermiT: {concepts} concepts were not classified within {limit:g} s; give a longer "
            "limit, or a part of the graph (graph.restrict)"
        ) from None
    finally:
        _end(process)
    if process.returncode not in (0, _INCONSISTENT):
        account = _account(said.decode("utf-8", "replace"))
        raise ReasonerError(f"HermiT: failed on {concepts} concepts ({account})")
    return process.returncode == 0


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process, and the Java that it started, if it still runs."""
    if process.poll() is None:
        if hasattr(os, "killpg"):
            with contextlib.suppress(OSError):  # it ended just now
                os.killpg(process.pid, signal.SIGKILL)
        process.kill()
        process.communicate()


def _account(said: str) -> str:
    """Return the first line that says what went wrong."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    lines = [line for line in lines if not line.startswith(_NO_NEWS)]
    errors = [line for line in lines if re.search(r"(Error|Exception)\b", line)]
    return one_line((errors or lines or ["it says nothing"])[0])[:_LONGEST]


def _pairs(triples: Iterable[ox.Triple], predicate: str) -> list[tuple[str, str]]:
    return [
        (t.subject.value, t.object.value)
        for t in triples
        if t.predicate.value == predicate
        and isinstance(t.subject, ox.NamedNode)
        and isinstance(t.object, ox.NamedNode)
    ]


def _named(pairs: Iterable[tuple[str, str]], ids: Mapping[str, str]) -> list[tuple[str, str]]:
    return [(ids[one], ids[other]) for one, other in pairs if one in ids and other in ids]


def _groups(same: Iterable[tuple[str, str]], order: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    """Return what is connected; owlready2 does not give every pair of a group."""
    import networkx as nx  # noqa: PLC0415 (slow to load, and needed here alone)

    position = {id_: k for k, id_ in enumerate(order)}
    groups = nx.connected_components(nx.Graph(same))
    found = (tuple(sorted(group, key=position.__getitem__)) for group in groups)
    return tuple(sorted(found, key=lambda group: position[group[0]]))


def _unstated(
    above: Iterable[tuple[str, str]],
    stated: Iterable[tuple[str, str]],
    equivalent: Iterable[tuple[str, ...]],
) -> tuple[Relation, ...]:
    """Return the inferred parents that do not follow from the stated ones."""
    first = {id_: group[0] for group in equivalent for id_ in group}
    inferred, known = (
        dict.fromkeys((first.get(c, c), first.get(p, p)) for c, p in pairs)
        for pairs in (above, stated)
    )
    edges = [(child, parent) for child, parent in known if child != parent]
    ids = dict.fromkeys(end for pair in (*edges, *inferred) for end in pair)
    tree = Hierarchy.from_edges(ids, edges)
    new = [(c, p) for c, p in inferred if c != p and p not in tree.ancestors(c)]
    return tuple(Relation(child, "is_a", parent) for child, parent in sorted(new))


def _classify(folder: Path) -> int:
    """Classify the folder's graph.nt into inferred.nt; returns what the process ends with."""
    import owlready2  # noqa: PLC0415 (needed in this process alone)

    world = owlready2.World()
    world.get_ontology((folder / "graph.nt").as_uri()).load()
    try:
        owlready2.sync_reasoner_hermit(world, debug=0)
    except owlready2.OwlReadyInconsistentOntologyError:
        return _INCONSISTENT
    except owlready2.OwlReadyJavaError as error:
        print(error)
        return _FAILED
    inferred = world.get_ontology(_INFERRED)
    inferred.save(str(folder / "inferred.nt"), format="ntriples")
    return 0


if __name__ == "__main__":
    sys.exit(_classify(Path(sys.argv[1])))
