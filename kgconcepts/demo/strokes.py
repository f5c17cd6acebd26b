"""Strokes and outlines that drawings are made of.

An organism lies along the x axis, its front at +x and its back (dorsal side) at -y, about 2 units
long. Pose and pixels come later: a stroke knows neither.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = [
    "Part",
    "Points",
    "Stroke",
    "arc",
    "blob",
    "box",
    "curve",
    "ellipse",
    "glass",
    "hair",
    "hairs",
    "line",
    "moved",
    "profile",
    "rim_points",
    "solid",
    "wave",
]

Points = NDArray[np.float64]


@dataclass(frozen=True)
class Stroke:
    """One filled outline or one line.

    Attributes
    ----------
    points : ndarray, shape (n, 2)
        The outline, or the line, in body units.
    darkness : float
        0 is the water, 1 is black.
    width : float
        Width of the line in body units; 0 for a filled outline.
    """

    points: Points
    darkness: float
    width: float = 0.0


@dataclass(frozen=True)
class Part:
    """What is drawn for one body part; a label of "" is for what the ontology has no name for."""

    label: str
    strokes: tuple[Stroke, ...]


def solid(points: Points, darkness: float) -> tuple[Stroke, ...]:
    """Opaque body: filled evenly."""
    return (Stroke(points, darkness),)


def line(points: Points, darkness: float = 0.6, width: float = 0.03) -> tuple[Stroke, ...]:
    """Open line."""
    return (Stroke(points, darkness, width),)


def glass(
    points: Points, fill: float = 0.12, edge: float = 0.6, width: float = 0.04
) -> tuple[Stroke, ...]:
    """Transparent body: in a shadowgraph a pale inside and a dark rim."""
    closed = np.concatenate([points, points[:1]])
    return (Stroke(points, fill), Stroke(closed, edge, width))


def ellipse(x: float, y: float, rx: float, ry: float, angle: float = 0.0, *, n: int = 28) -> Points:
    """Ellipse around (x, y) with half axes rx and ry, turned by `angle` (radians)."""
    return arc(x, y, rx, ry, start=0.0, stop=2 * np.pi, angle=angle, n=n + 1)[:-1]


def arc(
    x: float,
    y: float,
    rx: float,
    ry: float,
    *,
    start: float,
    stop: float,
    angle: float = 0.0,
    n: int = 16,
) -> Points:
    """Piece of an ellipse between two parameter angles (radians, clockwise on the screen)."""
    t = np.linspace(start, stop, n)
    u, v = rx * np.cos(t), ry * np.sin(t)
    c, s = np.cos(angle), np.sin(angle)
    return np.stack([x + c * u - s * v, y + s * u + c * v], axis=1)


def box(x: float, y: float, rx: float, ry: float, roundness: float = 0.3) -> Points:
    """Superellipse around (x, y): a rounded rectangle, squarer as `roundness` falls to 0."""
    t = np.linspace(0, 2 * np.pi, 28, endpoint=False)
    power = max(roundness, 0.05)
    u = np.sign(np.cos(t)) * np.abs(np.cos(t)) ** power
    v = np.sign(np.sin(t)) * np.abs(np.sin(t)) ** power
    return np.stack([x + rx * u, y + ry * v], axis=1)


def profile(x: Sequence[float], half_width: Sequence[float], n: int = 40) -> Points:
    """Outline symmetric about the x axis, through half widths given along it."""
    # Cosine-spaced abscissae keep both ends round.
    t = (1 - np.cos(np.linspace(0, np.pi, n))) / 2
    knots = np.linspace(0, 1, len(x))
    along, wide = np.interp(t, knots, x), np.interp(t, knots, half_width)
    for _ in range(9):  # rounds the corners between the knots
        wide[1:-1] = (wide[:-2] + 2 * wide[1:-1] + wide[2:]) / 4
    upper, lower = np.stack([along, -wide], axis=1), np.stack([along, wide], axis=1)
    return np.concatenate([upper, lower[::-1]])


def blob(
    rng: np.random.Generator, x: float, y: float, rx: float, ry: float, *, rough: float, n: int = 48
) -> Points:
    """Irregular closed outline: an ellipse whose radius wavers by the share `rough`."""
    t = np.linspace(0, 2 * np.pi, n, endpoint=False)
    orders = np.arange(2, 9)
    phase = rng.uniform(0, 2 * np.pi, orders.size)
    size = rng.normal(0, 1, orders.size) / orders**0.6
    radius = 1 + rough * (size @ np.cos(orders[:, None] * t + phase[:, None]))
    return np.stack([x + rx * radius * np.cos(t), y + ry * radius * np.sin(t)], axis=1)


def curve(start: ArrayLike, stop: ArrayLike, bow: float = 0.0, n: int = 8) -> Points:
    """Line from `start` to `stop` that bows sideways by `bow` of its length."""
    a, b = np.asarray(start, dtype=float), np.asarray(stop, dtype=float)
    t = np.linspace(0, 1, n)[:, None]
    side = np.array([a[1] - b[1], b[0] - a[0]])
    points: Points = a + t * (b - a) + 4 * bow * t * (1 - t) * side
    return points


def wave(
    start: ArrayLike,
    stop: ArrayLike,
    height: float,
    waves: float,
    phase: float = 0.0,
    *,
    n: int = 24,
) -> Points:
    """Line from `start` to `stop` that waves sideways, ever more to its end, by `height` units."""
    a, b = np.asarray(start, dtype=float), np.asarray(stop, dtype=float)
    t = np.linspace(0, 1, n)[:, None]
    side = np.array([a[1] - b[1], b[0] - a[0]]) / max(float(np.hypot(*(b - a))), 1e-9)
    sway = np.sin(2 * np.pi * waves * t + phase) - np.sin(phase)
    points: Points = a + t * (b - a) + height * np.sqrt(t) * sway * side
    return points


def hair(root: ArrayLike, angle: float, length: float, bow: float = 0.0, n: int = 6) -> Points:
    """Curve that leaves `root` towards `angle` (radians)."""
    a = np.asarray(root, dtype=float)
    return curve(a, a + length * np.array([np.cos(angle), np.sin(angle)]), bow, n)


def hairs(
    rng: np.random.Generator,
    roots: Points,
    angles: ArrayLike,
    length: float,
    darkness: float = 0.5,
    *,
    width: float = 0.02,
    bow: float = 0.06,
    spread: float = 0.08,
) -> tuple[Stroke, ...]:
    """One hair from each root, lengths and angles a little uneven as in nature."""
    count = len(roots)
    turned = np.broadcast_to(np.asarray(angles, dtype=float), count) + rng.normal(0, spread, count)
    lengths = length * rng.uniform(0.85, 1.15, count)
    bows = rng.normal(0, bow, count)
    return tuple(
        Stroke(hair(root, angle, size, bend), darkness, width)
        for root, angle, size, bend in zip(roots, turned, lengths, bows, strict=True)
    )


def rim_points(outline: Points, count: int, offset: float = 0.0) -> tuple[Points, Points]:
    """Evenly chosen points of a closed outline and the outward angle (radians) at each."""
    index = np.round(np.linspace(0, len(outline), count, endpoint=False) + offset).astype(int)
    roots = outline[index % len(outline)]
    out = roots - outline.mean(axis=0)
    return roots, np.arctan2(out[:, 1], out[:, 0])


def moved(
    strokes: Iterable[Stroke],
    x: float = 0.0,
    y: float = 0.0,
    angle: float = 0.0,
    scale: float = 1.0,
) -> tuple[Stroke, ...]:
    """Strokes scaled, turned by `angle` (radians) about the origin, then shifted."""
    c, s = scale * np.cos(angle), scale * np.sin(angle)
    turn = np.array([[c, s], [-s, c]])
    shift = np.array([x, y])
    return tuple(
        Stroke(stroke.points @ turn + shift, stroke.darkness, stroke.width * scale)
        for stroke in strokes
    )
