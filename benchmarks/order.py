"""Ways to learn who is whose parent from vectors, in one run: which one `Order` should be.

Trains a bilinear form, boxes and a hyperbolic space (geoopt) on texts and edges of PATO and ECAO,
names of ancestors masked, and ranks the parents of concepts that are held out, beside `Order`
on texts and on vectors. Prints parent MRR, median and range over seeds. Run:
``python benchmarks/order.py --cache vectors.sqlite``.
"""

from __future__ import annotations

import argparse
from importlib.metadata import version

import geoopt
import numpy as np
import numpy.typing as npt
import torch
from embedding import HIERARCHIES, observed, texts_of
from rich.console import Console
from rich.table import Table

import kgconcepts as kg
from kgconcepts.embedding.encoder import encoder
from kgconcepts.embedding.evaluation import Answer, Method, Task, evaluate, summarise
from kgconcepts.embedding.masking import masked
from kgconcepts.embedding.peers import hierarchical, text_in_order

DIMENSIONS, STEPS, BATCH, NEGATIVES = 32, 900, 64, 256


class Bilinear(torch.nn.Module):
    """A child's and a parent's text, each mapped, multiplied."""

    def __init__(self, m: int) -> None:
        super().__init__()
        self.child, self.parent = (torch.nn.Linear(m, DIMENSIONS) for _ in range(2))
        self.often = torch.nn.Linear(m, 1)

    def forward(self, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        return torch.add(3 * self.child(x) @ self.parent(y).T, self.often(y).T)


class Boxes(torch.nn.Module):
    """How much of a child's box lies in its parent's [Vilnis et al. 2018], with soft edges."""

    def __init__(self, m: int) -> None:
        super().__init__()
        self.center, self.size = (torch.nn.Linear(m, DIMENSIONS) for _ in range(2))
        self.often = torch.nn.Linear(m, 1)
        self.scale = torch.nn.Parameter(torch.tensor(1.0))

    def forward(self, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        soft = torch.nn.functional.softplus
        x0, x1, y0 = 3 * self.center(x), soft(self.size(x) - 2), 3 * self.center(y)
        y1 = soft(self.size(y))
        low = torch.maximum((x0 - x1)[:, None], (y0 - y1)[None])
        high = torch.minimum((x0 + x1)[:, None], (y0 + y1)[None])

        def volume(side: torch.Tensor) -> torch.Tensor:
            return torch.log(soft(3 * side) / 3 + 1e-6).sum(-1)

        inside = volume(high - low) - volume(2 * x1)[:, None]
        return torch.add(self.scale * inside, self.often(y).T)


class Hyperbolic(torch.nn.Module):
    """Nearness in a Poincaré ball."""

    def __init__(self, m: int) -> None:
        super().__init__()
        self.ball = geoopt.PoincareBall()
        self.child, self.parent = (torch.nn.Linear(m, DIMENSIONS) for _ in range(2))
        self.often = torch.nn.Linear(m, 1)
        self.scale = torch.nn.Parameter(torch.tensor(5.0))

    def forward(self, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        u, v = self.ball.expmap0(self.child(x)), self.ball.expmap0(self.parent(y))
        return torch.add(-self.scale * self.ball.dist(u[:, None], v[None]), self.often(y).T)


def trained(kind: type[torch.nn.Module]) -> Method:
    """Return a method that trains such a score on the edges that it is told."""

    def method(task: Task) -> Answer:
        torch.manual_seed(0)
        tree = task.graph.hierarchy()
        seen = task.observations.of(tree.ids)
        told = seen.words > 0
        centred = np.where(told[:, None], seen.vectors - seen.vectors[told].mean(axis=0), 0)
        length = np.maximum(np.linalg.norm(centred, axis=1, keepdims=True), 1e-9)
        X = torch.tensor((centred / length).astype(np.float32))
        edges = tree.parents.tocoo()
        child, parent = (torch.tensor(ends).long() for ends in (edges.row, edges.col))
        candidates = torch.unique(parent)
        model = kind(X.shape[1])
        descent = torch.optim.AdamW(model.parameters(), lr=3e-3, weight_decay=0.03)
        for _ in range(STEPS):
            some = torch.randint(len(child), (BATCH,))
            wrong = candidates[torch.randint(len(candidates), (NEGATIVES,))]
            among = torch.unique(torch.cat([parent[some], wrong]))
            right = torch.searchsorted(among, parent[some])
            loss = torch.nn.functional.cross_entropy(model(X[child[some]], X[among]), right)
            descent.zero_grad()
            loss.backward()
            descent.step()

        def parents(positions: npt.NDArray[np.intp]) -> npt.NDArray[np.float64]:
            with torch.no_grad():
                rows = [
                    torch.cat([model(X[k : k + 1], part)[0] for part in X.split(1000)]).numpy()
                    for k in positions.tolist()
                ]
            return np.stack(rows).astype(float)

        return Answer(tree.ids, seen.vectors.astype(float), parents=parents)

    return method


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("--cache", help="a file that keeps the encoder's vectors")
    ask.add_argument("--splits", type=int, default=3)
    given = ask.parse_args()
    console = Console()
    coder = encoder(cache=given.cache)
    methods: dict[str, Method] = {
        "bilinear": trained(Bilinear),
        "boxes": trained(Boxes),
        "hyperbolic (geoopt)": trained(Hyperbolic),
        "Order, on texts": text_in_order,
        "Order, on vectors": hierarchical,
    }
    console.print(f"{coder.name}, torch {version('torch')}, geoopt {version('geoopt')}")
    table = Table(title="parent MRR, names of ancestors masked", title_justify="left")
    for column in ("", *methods):
        table.add_column(column)
    for name in ("PATO", "ECAO"):
        graph = kg.read(HIERARCHIES[name])
        seen = observed(coder, graph, masked(graph, texts_of(name, graph)))
        figures = summarise(evaluate(methods, graph, seen, seeds=range(given.splits)))
        rows = {row["method"]: row for row in figures.to_dicts() if row["metric"] == "parent MRR"}
        cells = (rows[method] for method in methods)
        table.add_row(name, *(f"{c['median']:.3f} ({c['low']:.2f}–{c['high']:.2f})" for c in cells))
    console.print(table)


if __name__ == "__main__":
    main()
