"""Where a new term belongs in a graph."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from kgconcepts.embedding.encoder import Encoder
from kgconcepts.embedding.hierarchical import HierarchicalEmbedding
from kgconcepts.embedding.observations import observe
from kgconcepts.embedding.order import Order, Place, below
from kgconcepts.errors import TextError
from kgconcepts.graph import ConceptGraph
from kgconcepts.text.passage import Passage
from kgconcepts.text.texts import definitions, names

__all__ = ["Proposal", "placed"]

_NEAR = 5
_SHOWN = 60


@dataclass(frozen=True)
class Proposal:
    """Where a term could belong.

    Parameters
    ----------
    known : str
        Id of the concept that has the name; empty where the term is new.
    places : tuple of Place
        Its likeliest parents, the likeliest first.
    near : tuple of (id, similarity)
        The concepts most like it.
    """

    known: str
    places: tuple[Place, ...]
    near: tuple[tuple[str, float], ...]


def placed(
    graph: ConceptGraph,
    coder: Encoder,
    term: str,
    definition: str = "",
    texts: Mapping[str, Iterable[Passage]] | None = None,
    most: int = 10,
    progress: Callable[[int], None] | None = None,
) -> Proposal:
    """Propose parents of a term.

    Parameters
    ----------
    graph : ConceptGraph
    coder : Encoder
    term : str
        New, or the name or id of one concept of the graph; that is taken from what is above it
        before anything is learnt, and its own texts count.
    definition : str
        What it means; added to what is said of a concept that is there.
    texts : mapping of id → passages, optional
        Of the graph's concepts, besides names and definitions.
    most : int
        How many parents to propose.
    progress : callable, optional
        Called with the number of pieces of text to come.

    Raises
    ------
    TextError
        If the graph has fewer than three concepts with parents, too few to learn from, or the
        encoder knows nothing of what is said of the term.
    """
    found = graph.find(term)
    known = found[0] if len(found) == 1 and not graph[found[0]].obsolete else ""
    said = [Passage(text, "user") for text in (term, definition) if text]
    if known:
        kept = (r for r in graph.relations if r.child != known)
        graph = ConceptGraph(graph, kept, graph.sources.values())
        own = names(graph).then(definitions(graph), texts or {})
        said = [*own[known], *said[1:]]
    tree = graph.hierarchy()
    if tree.parents.nnz < 3:
        raise TextError(
            f"{tree.parents.nnz} concepts have a parent; a place is learnt from at least 3"
        )
    model = HierarchicalEmbedding(coder).fit(graph, texts, progress)
    order = Order().fit(model, tree)
    vector = observe(coder, ["term"], {"term": said}).vectors
    if not vector.any():
        raise TextError(f"{term[:_SHOWN]}: {coder.name} knows no word of it; give a definition")
    out = [below(tree, tree.index(known))] if known else None
    places = order.place(vector, most, out)[0]
    unit = model.centred / np.maximum(np.linalg.norm(model.centred, axis=1, keepdims=True), 1e-12)
    one = model.from_mean(vector)[0]
    cosine = unit @ one / max(float(np.linalg.norm(one)), 1e-12)
    nearest = [k for k in np.argsort(-cosine).tolist() if tree.ids[k] != known][:_NEAR]
    near = tuple((tree.ids[k], float(cosine[k])) for k in nearest)
    return Proposal(known, tuple(places), near)
