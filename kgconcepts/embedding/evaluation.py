"""How good vectors of concepts are, told by what was held out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import polars as pl

from kgconcepts.embedding.judging import Placed, Withheld
from kgconcepts.embedding.observations import Observations
from kgconcepts.embedding.removal import removable
from kgconcepts.embedding.tasks import Answer, Method, Task
from kgconcepts.errors import TextError
from kgconcepts.graph import ConceptGraph

__all__ = ["Answer", "Method", "Task", "evaluate", "summarise"]

_FRACTION = 0.1  # of the concepts are held out
_MOST = 1000  # of them, however many there are


def evaluate(
    methods: Mapping[str, Method],
    graph: ConceptGraph,
    observations: Observations,
    *,
    seeds: Iterable[int] = range(5),
) -> pl.DataFrame:
    """Hold out places and texts of concepts, and judge what methods say of them.

    A tenth of the concepts (1,000 at most) is taken from all that is above them, with what hangs
    below; each is then to be put back. Another tenth loses its text, and keeps its place.

    Parameters
    ----------
    methods : mapping of str → Method
        All are asked the same.
    graph : ConceptGraph
    observations : Observations
        Of all concepts, by `observations.observe`; of texts in which the names of ancestors are
        masked (`masking.masked`) or not.
    seeds : iterable of int, default 0 to 4
        Of the splits, one each.

    Returns
    -------
    DataFrame
        A row for each method, seed, concept and metric: ``method, seed, concept, depth, words,
        metric, value``. Of places: ``parent MRR`` (reciprocal rank of each parent among all
        concepts that are not below, the other parents left out), ``Hits@1``, ``Hits@10``,
        ``ancestor MAP`` (average precision of what is above, of each concept taken away or below
        one), ``triplet`` (nearer to a sibling than to a cousin), ``Spearman`` (of similarity with
        nearness in the tree). Of texts: ``text cosine`` (to the text withheld, both taken from the
        mean of all others), ``text triplet``,
        ``direction`` (of two concepts without their texts, the one above is told to be the more
        general by their texts), ``coverage 50 %``, ``coverage 90 %`` (of the similarities of a text
        withheld to other concepts, how many lie in the interval), and ``width 50 %``,
        ``width 90 %`` (of the intervals).

    Raises
    ------
    TextError
        If no concept has a parent, or a method gives scores that are not finite.

    Examples
    --------
    >>> from kgconcepts import Concept
    >>> from kgconcepts.embedding.peers import text_alone
    >>> names = ["part", "eye", "lens eye", "compound eye", "limb", "antenna", "leg"]
    >>> graph = ConceptGraph(
    ...     [Concept(name, name, kind="part") for name in names],
    ...     [("eye", "is_a", "part"), ("limb", "is_a", "part"),
    ...      ("lens eye", "is_a", "eye"), ("compound eye", "is_a", "eye"),
    ...      ("antenna", "is_a", "limb"), ("leg", "is_a", "limb")],
    ... )
    >>> seen = Observations(
    ...     tuple(names), np.eye(7, dtype=np.float32), np.ones(7), np.zeros(7)
    ... )  # of texts that have nothing in common
    >>> found = evaluate({"text": text_alone}, graph, seen, seeds=[0])
    >>> summarise(found).filter(pl.col("metric") == "triplet")["median"].to_list()
    [0.5]
    """
    hierarchy = graph.hierarchy()
    seen = observations.of(hierarchy.ids)
    rows: list[tuple[str, int, int, str, float]] = []
    for seed in seeds:
        rng = np.random.default_rng(seed)
        size = min(_MOST, max(1, round(_FRACTION * len(hierarchy))))
        away = removable(hierarchy, size, rng)
        if not len(away):
            raise TextError("no concept has a parent, so none can be taken from it and put back")
        placed = Placed(graph, hierarchy, seen, away, rng)
        told = np.flatnonzero(seen.words > 0)
        withheld = Withheld(graph, hierarchy, seen, np.sort(rng.permutation(told)[:size]), rng)
        for name, method in methods.items():
            for judge in (placed, withheld):
                answer = method(judge.task)
                found = [(name, seed, *row) for row in judge.judge(answer)]
                wrong = next((row[3] for row in found if not np.isfinite(row[4])), None)
                if wrong is not None:
                    raise TextError(f"{name}: {wrong} is no number; give finite scores")
                rows += found
    columns = ["method", "seed", "position", "metric", "value"]
    frame = pl.DataFrame(rows, schema=columns, orient="row")
    ids, words, depth = np.array(hierarchy.ids), seen.words, hierarchy.levels
    at = frame["position"].to_numpy()
    return frame.with_columns(
        pl.Series("concept", ids[at]), pl.Series("depth", depth[at]), pl.Series("words", words[at])
    ).select("method", "seed", "concept", "depth", "words", "metric", "value")


def summarise(figures: pl.DataFrame, *by: str) -> pl.DataFrame:
    """Return the median over splits of each metric's mean over concepts, and the range.

    Parameters
    ----------
    figures : DataFrame
        As `evaluate` gives it.
    by : str
        Further columns to tell apart.
    """
    keys = ("method", "metric", *by)
    means = figures.group_by(*keys, "seed", maintain_order=True).agg(
        pl.col("value").mean(), pl.len().alias("concepts")
    )
    value = pl.col("value")
    return means.group_by(*keys, maintain_order=True).agg(
        value.median().alias("median"),
        value.min().alias("low"),
        value.max().alias("high"),
        pl.col("concepts").sum(),
    )
