"""Grey vignettes of plankton, as a shadowgraph camera would take them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from kgconcepts.demo.plans import RECIPES
from kgconcepts.demo.recipe import Recipe
from kgconcepts.demo.strokes import Part, Points, Stroke
from kgconcepts.errors import UnknownConceptError

__all__ = ["GROUPS", "Drawing", "draw", "long_tail"]

# Drawn at four times the size, then averaged: hairlines survive, edges are smooth.
OVERSAMPLING = 4

# Frequent first: what a net in the coastal sea brings most, and last what one seldom sees.
GROUPS: tuple[str, ...] = (
    "Calanidae", "Chaetoceros", "marine snow aggregate", "Oithona", "Oikopleuridae",
    "copepod nauplius", "Trichodesmium", "Sagittidae", "Tripos", "fibre", "Skeletonema",
    "Acantharia", "Noctiluca", "faecal pellet", "Coscinodiscus", "Evadne", "Doliolida", "Obelia",
    "bubble", "Euphausiacea", "echinopluteus", "Thalassiosira", "Corycaeidae", "Protoperidinium",
    "Solmaris", "fish egg", "cirripede nauplius", "gastropod veliger", "Eucalanidae", "Favella",
    "Rhizosolenia", "sea star bipinnaria", "bivalve veliger", "Collodaria", "crab zoea",
    "Globigerinidae", "solitary salp", "Fritillariidae", "Penilia avirostris", "fish larva",
    "Abylidae", "Asterionellopsis", "Limacinidae", "ophiopluteus", "Liriope", "Euterpina",
    "Cydippida", "Dinophysis", "Ostracoda", "Caridea", "polychaete trochophore", "Nassellaria",
    "sea star brachiolaria", "Aglaura", "cirripede cyprid", "bryozoan cyphonautes", "Amphipoda",
    "Bacillaria", "salp chain", "Tomopteridae", "scyphozoan ephyra", "Physonectae",
    "sea cucumber auricularia", "Lobata", "Copilia", "crab megalopa", "Atlantidae",
    "acorn worm tornaria", "Cestidae", "stomatopod larva", "phoronid actinotroch",
)  # fmt: skip


@dataclass(frozen=True)
class Drawing:
    """One vignette.

    Attributes
    ----------
    pixels : ndarray of uint8, shape (size, size)
        A dark organism on a light ground.
    parts : tuple of str
        Labels of the ontology's parts that were drawn, sorted.
    """

    pixels: NDArray[np.uint8]
    parts: tuple[str, ...]


def draw(group: str, rng: np.random.Generator, size: int = 64) -> Drawing:
    """Draw one individual of a group in a chance pose, focus and light.

    Parameters
    ----------
    group : str
        One of `GROUPS`.
    rng : Generator
        Source of all chance: equal states give equal pixels.
    size : int
        Side of the square image in pixels.

    Returns
    -------
    Drawing
        The pixels, and which parts are in them.

    Raises
    ------
    UnknownConceptError
        If there is no recipe for `group`.

    Examples
    --------
    >>> drawing = draw("Oithona", np.random.default_rng(0))
    >>> drawing.pixels.shape
    (64, 64)
    >>> drawing.parts
    ('antennule', 'caudal ramus', 'prosome', 'urosome')
    """
    if group not in RECIPES:
        message = f"no recipe draws {group!r}: choose one of kgconcepts.demo.draw.GROUPS"
        raise UnknownConceptError(message)
    recipe = RECIPES[group]
    parts = recipe.plan(rng)
    strokes = posed(parts, recipe, rng, size)
    return Drawing(
        exposed(shadow(strokes, size), rng), tuple(sorted({part.label for part in parts} - {""}))
    )


def long_tail(n: int, rng: np.random.Generator) -> list[str]:
    """List the groups of `n` images in chance order, ever fewer along `GROUPS` by a power law.

    Parameters
    ----------
    n : int
        How many images.
    rng : Generator
        Source of the order.

    Returns
    -------
    list of str
        `n` labels. Every group occurs when `n` is large enough; the rarest 6 times of 2,400.

    Examples
    --------
    >>> labels = long_tail(2400, np.random.default_rng(0))
    >>> labels.count(GROUPS[0]) > 20 * labels.count(GROUPS[-1]) > 0
    True
    """
    rank = np.arange(1, len(GROUPS) + 1)
    share = (rank + 2.0) ** -1.3
    quota = n * share / share.sum()
    count = np.floor(quota).astype(int)
    # Largest remainders: the numbers add up to n without chance in them.
    rest = np.argsort(count - quota, kind="stable")[: n - int(count.sum())]
    count[rest] += 1
    labels = [group for group, times in zip(GROUPS, count, strict=True) for _ in range(times)]
    return [labels[i] for i in rng.permutation(n)]


def posed(
    parts: Sequence[Part], recipe: Recipe, rng: np.random.Generator, size: int
) -> list[Stroke]:
    """Strokes of all parts bent, turned, foreshortened and placed, in oversampled pixels."""
    strokes = [stroke for part in parts for stroke in part.strokes]
    points = np.concatenate([stroke.points for stroke in strokes])
    points = bent(wavered(points, recipe.vary, rng), rng.uniform(-recipe.bend, recipe.bend))
    points[:, 1] *= rng.choice([-1.0, 1.0])
    points = points @ foreshortening(recipe.tilt, rng)
    low, high = points.min(axis=0), points.max(axis=0)
    # A thick line reaches half its width beyond its points.
    extent = high - low + max(stroke.width for stroke in strokes)
    side = size * OVERSAMPLING
    scale = side * rng.uniform(0.55, 0.95) / float(extent.max())
    room = np.maximum(side * 0.98 - scale * extent, 0) / 2
    shift = side / 2 + rng.uniform(-1, 1, 2) * room * 0.6
    placed = (points - (low + high) / 2) * scale + shift
    ends = np.cumsum([len(stroke.points) for stroke in strokes])[:-1]
    return [
        Stroke(new, old.darkness, old.width * scale)
        for new, old in zip(np.split(placed, ends), strokes, strict=True)
    ]


def wavered(points: Points, vary: float, rng: np.random.Generator) -> Points:
    """Points shifted by a smooth random field: no two individuals have the same proportions."""
    amplitude = vary * rng.normal(0, 0.022, (2, 3))
    phase = rng.uniform(0, 2 * np.pi, (2, 3))
    orders = np.array([1.5, 3.0, 5.0])
    shift = np.sin(points[:, ::-1, None] * orders + phase) * amplitude
    moved: Points = points + shift.sum(axis=2)
    return moved


def bent(points: Points, curvature: float) -> Points:
    """Points with the x axis bent to an arc."""
    if abs(curvature) < 1e-3:
        return points.copy()
    turn = curvature * points[:, 0]
    return np.stack(
        [np.sin(turn) / curvature - points[:, 1] * np.sin(turn),
         (1 - np.cos(turn)) / curvature + points[:, 1] * np.cos(turn)],
        axis=1,
    )  # fmt: skip


def foreshortening(tilt: float, rng: np.random.Generator) -> Points:
    """Turn by any angle, after a squeeze along any axis as if tilted in depth."""
    axis, turn = rng.uniform(0, 2 * np.pi, 2)
    squeeze = np.cos(rng.uniform(0, tilt))
    c, s = np.cos(axis), np.sin(axis)
    along = np.array([[c, s], [-s, c]])
    c, s = np.cos(turn), np.sin(turn)
    matrix: Points = along @ np.diag([squeeze, 1.0]) @ along.T @ np.array([[c, s], [-s, c]])
    return matrix


def shadow(strokes: Sequence[Stroke], size: int) -> NDArray[np.float64]:
    """Darkness of each pixel; where strokes overlap the darkest counts."""
    side = size * OVERSAMPLING
    canvas = Image.new("L", (side, side), 0)
    pen = ImageDraw.Draw(canvas)
    # Palest first, so that nothing pale covers what is dark.
    for stroke in sorted(strokes, key=lambda one: one.darkness):
        tone = round(255 * min(stroke.darkness, 1.0))
        outline = [(float(x), float(y)) for x, y in stroke.points]
        if stroke.width:
            pen.line(outline, fill=tone, width=max(round(stroke.width), 2), joint="curve")
        else:
            pen.polygon(outline, fill=tone)
    small = canvas.reduce(OVERSAMPLING)
    return np.asarray(small, dtype=float) / 255


def exposed(darkness: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Picture that a camera takes of a shadow: unfocused, unevenly lit, with specks and noise."""
    size, darkness = len(darkness), darkness.copy()
    grid = np.linspace(-0.5, 0.5, size)
    slope = rng.normal(0, 9, 2)
    ground = rng.uniform(222, 250) + slope[0] * grid[:, None] + slope[1] * grid[None, :]
    for _ in range(rng.poisson(0.6)):
        y, x = rng.integers(0, size, 2)
        darkness[y : y + rng.integers(1, 3), x : x + rng.integers(1, 3)] = rng.uniform(0.2, 0.7)
    light = ground * (1 - rng.uniform(0.35, 1.0) * darkness)
    picture = Image.fromarray(np.clip(light, 0, 255).astype(np.uint8))
    picture = picture.filter(ImageFilter.GaussianBlur(size / 64 * rng.gamma(2.0, 0.4)))
    noisy = np.asarray(picture, dtype=float) + rng.normal(0, rng.uniform(3, 12), (size, size))
    return np.clip(np.round(noisy), 0, 255).astype(np.uint8)
