"""Where a new term belongs in a graph."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from kgconcepts.embedding.encoder import Encoder
from kgconcepts.embedding.hierarchical import HierarchicalEmbedding
from kgconcepts.embedding.observations import observe
from kgconcepts.embedding.order import Order, Place
from kgconcepts.embedding.prompts import CAPTION
from kgconcepts.embedding.removal import below, taken_out
from kgconcepts.errors import TextError
from kgconcepts.graph import ConceptGraph
from kgconcepts.text.passage import Passage
from kgconcepts.text.texts import Texts

__all__ = ["Proposal", "placed"]

_NEAR = 5
_SHOWN = 60
_FEWEST = 10


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
    kind: str = "",
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
    kind : str
        One of `KINDS`, which its parents are of; empty for any.
    progress : callable, optional
        Called with the number of pieces of text to come.

    Raises
    ------
    TextError
        If the graph has too few concepts with parents to learn from, or nothing that the term could
        be under, or the encoder knows nothing of what is said of the term.
    UnknownConceptError
        If the term is the name of several concepts.
    """
    known = graph.find_one(term) if graph.find(term) else ""
    meaning = [Passage(definition, "user")] if definition else []
    if known and not graph[known].obsolete:
        graph = taken_out(graph, [known])
        texts = Texts(texts or {}).then({known: meaning})
    else:
        known = ""
    tree = graph.hierarchy()
    number = int((np.diff(tree.parents.indptr) > 0).sum())
    if number < _FEWEST:
        raise TextError(
            f"{number} concepts have a parent; a place is learnt from {_FEWEST} or more"
        )
    out = np.zeros(len(tree), dtype=bool)
    out[below(tree, tree.index(known)) if known else []] = True
    out |= [bool(kind) and graph[id_].kind != kind for id_ in tree.ids]
    if out.all():
        what = f"no concept of kind {kind!r}" if kind else "nothing"
        raise TextError(f"{term[:_SHOWN]}: there is {what} that it could be put under")
    model = HierarchicalEmbedding(coder).fit(graph, texts, progress)
    order = Order().fit(model, tree)
    if known:
        vector = model.of([known])
    else:
        caption = Passage(f"a photo of {term}", "user", section=CAPTION)
        taken = getattr(coder, "captions", False)  # as the graph's own are given to it
        said = [caption if taken else Passage(term, "user"), *meaning]
        seen = observe(coder, ["term"], {"term": said})
        if not seen.vectors.any():
            raise TextError(f"{term[:_SHOWN]}: {coder.name} knows no word of it; give a definition")
        vector = seen.vectors
    places = order.place(vector, most, [np.flatnonzero(out)])[0]
    unit = model.centred / np.maximum(np.linalg.norm(model.centred, axis=1, keepdims=True), 1e-12)
    one = model.from_mean(vector)[0]
    cosine = unit @ one / max(float(np.linalg.norm(one)), 1e-12)
    nearest = [k for k in np.argsort(-cosine).tolist() if tree.ids[k] != known][:_NEAR]
    near = tuple((tree.ids[k], float(cosine[k])) for k in nearest)
    return Proposal(known, tuple(places), near)
