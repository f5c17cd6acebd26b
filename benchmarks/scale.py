"""The Gaussian form at scale: images streamed once, then a solve that no number of images raises.

    python benchmarks/scale.py [--images 1000000] [--units 256] [--labelled 0.01] [--classes 1000]

Latents are drawn a block at a time along a tree with ten children a node: only a block, the moments
and the model are ever in memory. Times are of one thread; memory is the most that the process held.
"""

from __future__ import annotations

import argparse
import gc
import resource
import time

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from kgconcepts import Hierarchy
from kgconcepts.grounding.gaussian import GaussianGrounder
from kgconcepts.grounding.inputs import unit_latents
from kgconcepts.grounding.moments import Moments

Array = npt.NDArray[np.float64]
BLOCK = 10_000  # or half as many as classes, as each block is added to the sums of all of them


def tree(classes: int) -> Hierarchy:
    """Return a tree with ten children a node above this many classes."""
    above = []
    first, level = 0, classes
    while level > 1:
        up = -(-level // 10)
        above += [(first + k, first + level + k // 10) for k in range(level)]
        first, level = first + level, up
    return Hierarchy.from_edges(
        map(str, range(first + 1)), [(str(child), str(parent)) for child, parent in above]
    )


def world(hierarchy: Hierarchy, units: int, seed: int) -> tuple[npt.NDArray[np.float32], Array]:
    """Return where each class is, and the cumulated frequencies of a power law."""
    rng = np.random.default_rng(seed)
    means = rng.normal(size=(len(hierarchy), units)).astype(np.float32)
    parent = hierarchy.parents
    for level in range(1, int(hierarchy.levels.max()) + 1):
        here = hierarchy.levels == level
        means[here] += parent[here] @ means
    L = len(hierarchy.leaves)
    frequency = rng.permutation(1 / np.arange(1, L + 1))
    return means[hierarchy.leaves], np.cumsum(frequency / frequency.sum())


def draw(
    means: npt.NDArray[np.float32], cumulated: Array, n: int, rng: np.random.Generator
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.intp]]:
    """Return the latents and the classes of n images."""
    leaf = np.minimum(np.searchsorted(cumulated, rng.random(n)), len(means) - 1)
    noise = rng.standard_normal((n, means.shape[1]), dtype=np.float32)
    return means[leaf] + 2 * noise, leaf


def run(classes: int, images: int, units: int, labelled: float, axes: int) -> str:
    """Stream and solve once; return a line of the table."""
    start = time.perf_counter()
    hierarchy = tree(classes)
    means, cumulated = world(hierarchy, units, 0)
    center = means[:1000].mean(axis=0, dtype=np.float64)
    made = time.perf_counter() - start

    rng = np.random.default_rng(1)
    moments, streamed = None, 0.0
    size = max(BLOCK, classes // 2)
    for first in range(0, images, size):
        n = min(size, images - first)
        Z, leaf = draw(means, cumulated, n, rng)
        codes = np.where(rng.random(n) < labelled, leaf, -1)
        start = time.perf_counter()
        block = Moments.of(Z, codes, classes, center)
        moments = block if moments is None else moments + block
        streamed += time.perf_counter() - start

    if moments is None:
        raise SystemExit("no images: give --images 1 or more")
    start = time.perf_counter()
    model = GaussianGrounder(hierarchy, axes=(axes,), powers=(1.0,)).fit_moments(moments)
    solved = time.perf_counter() - start

    Z, leaf = draw(means, cumulated, 500, rng)
    X = unit_latents(Z.astype(np.float64), model.center_)
    leaves = hierarchy.leaves
    scores = X @ model.directions_[leaves].T + model.intercepts_[leaves]
    right = (scores.argmax(axis=1) == leaf).mean()
    seen = int((moments.counts > 0).sum())
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    return (
        f"| {classes:,} | {seen:,} | {images:,} | {units} | {axes} | {made:.1f} | {streamed:.1f} | "
        f"{solved:.1f} | {memory:.1f} | {right:.2f} |"
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=1_000_000)
    parser.add_argument("--units", type=int, default=256)
    parser.add_argument("--axes", type=int, default=32)
    parser.add_argument("--labelled", type=float, default=0.01)
    parser.add_argument("--classes", type=int, nargs="+", default=[100, 1_000, 10_000, 100_000])
    given = parser.parse_args()
    print("| classes | seen | images | units | axes | tree s | stream s | solve s | GiB | top 1 |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    for classes in given.classes:
        with threadpool_limits(limits=1):
            print(run(classes, given.images, given.units, given.labelled, given.axes), flush=True)
        gc.collect()


if __name__ == "__main__":
    main()
