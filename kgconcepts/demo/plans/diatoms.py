"""Body plans of filaments and diatoms."""

from __future__ import annotations

import numpy as np

from kgconcepts.demo.parts import cell, chain_link, spine
from kgconcepts.demo.recipe import Recipe
from kgconcepts.demo.strokes import (
    Part,
    Stroke,
    blob,
    box,
    curve,
    ellipse,
    glass,
    hairs,
    line,
    profile,
    solid,
)

__all__ = ["RECIPES"]

Rng = np.random.Generator


def trichodesmium(rng: Rng) -> list[Part]:
    """Puff: filaments that radiate from a dense middle."""
    roots = rng.normal(0, 0.18, (70, 2))
    angles = rng.uniform(0, 2 * np.pi, 70)
    threads = hairs(rng, roots, angles, rng.uniform(0.6, 0.9), 0.6, width=0.035, spread=0.2)
    return [Part("filament", (*threads, *solid(blob(rng, 0, 0, 0.4, 0.36, rough=0.08), 0.75)))]


def chaetoceros(rng: Rng) -> list[Part]:
    """Chain of box cells with a pair of long setae from each corner."""
    count = int(rng.integers(5, 10))
    size = 2.0 / count
    parts = [chain_link(curve((-1, 0), (1, 0), 0, 20), 0.4)]
    tall = rng.uniform(0.13, 0.2)
    reach = rng.uniform(0.55, 0.9)
    for x in np.linspace(-1, 1, count):
        parts.append(cell(box(float(x), 0, size * 0.36, tall, 0.25)))
        roots = np.array([[x + dx * size * 0.4, dy * tall] for dx in (-1, 1) for dy in (-1, 1)])
        outward = np.array([np.sign(dy) * (np.pi / 2 - 0.5 * x) for _, dy in roots])
        parts.append(
            Part("diatom seta", hairs(rng, roots, outward, reach, 0.6, width=0.028, bow=0.1))
        )
    return parts


def skeletonema(rng: Rng) -> list[Part]:
    """Chain of small lens cells joined by a palisade of fine linking processes."""
    count = int(rng.integers(8, 14))
    xs = np.linspace(-1, 1, count)
    size = 2.0 / count
    tall = rng.uniform(0.09, 0.13)
    parts = [chain_link(curve((-1, 0), (1, 0), 0, 20), 0.3, 0.02)]
    parts.extend(cell(ellipse(float(x), 0, size * 0.27, tall), 0.45) for x in xs)
    links = tuple(
        Stroke(np.array([[x + 0.2 * size, y], [x + 0.8 * size, y]]), 0.45, 0.02)
        for x in xs[:-1]
        for y in (-0.7 * tall, 0.0, 0.7 * tall)
    )
    return [*parts, Part("linking process", links)]


def thalassiosira(rng: Rng) -> list[Part]:
    """Chain of drum cells far apart on one central thread."""
    count = int(rng.integers(4, 8))
    tall = rng.uniform(0.17, 0.24)
    thread = curve((-1.05, 0), (1.05, 0), 0, 20)
    drums = [
        cell(box(float(x), 0, 0.32 / count + 0.02, tall, 0.2), 0.3)
        for x in np.linspace(-1, 1, count)
    ]
    return [chain_link(thread, 0.5, 0.02), Part("chitin thread", line(thread, 0.6, 0.03)), *drums]


def coscinodiscus(rng: Rng) -> list[Part]:
    """Disc, its face pitted with areolae in rings."""
    valve = ellipse(0, 0, 1, 1)
    dots: list[Stroke] = []
    for radius in (0.2, 0.4, 0.6, 0.8):
        count = int(22 * radius)
        start = rng.uniform(0, 6.28)
        for t in start + np.linspace(0, 2 * np.pi, count, endpoint=False):
            spot = ellipse(radius * np.cos(t), radius * np.sin(t), 0.05, 0.05, n=6)
            dots.append(Stroke(spot, rng.uniform(0.4, 0.65)))
    return [
        Part("frustule", glass(valve, rng.uniform(0.2, 0.32), 0.85, 0.09)),
        Part("areola", tuple(dots)),
    ]


def rhizosolenia(rng: Rng) -> list[Part]:
    """Long tube with slanting girdle bands, drawn out to a point at both ends."""
    wide = rng.uniform(0.07, 0.11)
    tube = profile([-1.0, -0.8, 0.0, 0.8, 1.0], [0.02, wide, wide, wide, 0.02])
    bands = [
        Stroke(np.array([[x - wide, -wide], [x + wide, wide]]), 0.5, 0.03)
        for x in np.linspace(-0.75, 0.75, 9)
    ]
    ends = [spine((1.0, 0.0), 0.0, 0.22), spine((-1.0, 0.0), np.pi, 0.22)]
    return [
        Part("frustule", glass(tube, 0.22, 0.65, 0.035)),
        Part("girdle band", tuple(bands)),
        *ends,
    ]


def asterionellopsis(rng: Rng) -> list[Part]:
    """Star-like spiral of cells: joined by their broad feet, with long thin arms outward."""
    count = int(rng.integers(8, 15))
    angles = np.linspace(0, rng.uniform(4.5, 6.6), count)
    foot = 0.2 + 0.12 * angles / 6.28
    wedge = profile([0.0, 0.06, 0.3, 0.4, 0.8], [0.05, 0.07, 0.05, 0.022, 0.012], 16)
    parts: list[Part] = []
    for t, r in zip(angles, foot, strict=True):
        turn = np.array([[np.cos(t), np.sin(t)], [-np.sin(t), np.cos(t)]])
        parts.append(cell(wedge @ turn + r * turn[0], 0.35))
    hub = np.stack([foot * np.cos(angles), foot * np.sin(angles)], axis=1)
    return [*parts, chain_link(hub, 0.7, 0.05)]


def bacillaria(rng: Rng) -> list[Part]:
    """Raft of needle cells that slide along one another."""
    count = int(rng.integers(6, 11))
    wide = 0.07
    slide = np.cumsum(rng.normal(0, 0.16, count)) + rng.uniform(-0.14, 0.14) * np.arange(count)
    ys = (np.arange(count) - count / 2) * 2.1 * wide
    parts = [
        cell(
            profile([x - 0.75, x - 0.6, x, x + 0.6, x + 0.75], [0.01, wide, wide, wide, 0.01], 20),
            0.3,
        )
        for x in slide
    ]
    placed = [
        Part(
            p.label,
            tuple(Stroke(s.points + np.array([0.0, y]), s.darkness, s.width) for s in p.strokes),
        )
        for p, y in zip(parts, ys, strict=True)
    ]
    return [*placed, chain_link(np.stack([slide, ys], axis=1), 0.5)]


RECIPES = {
    "Trichodesmium": Recipe(trichodesmium, bend=0.1),
    "Chaetoceros": Recipe(chaetoceros, bend=0.5),
    "Skeletonema": Recipe(skeletonema, bend=0.6),
    "Thalassiosira": Recipe(thalassiosira, bend=0.5),
    "Coscinodiscus": Recipe(coscinodiscus, vary=0.2),
    "Rhizosolenia": Recipe(rhizosolenia, bend=0.1, vary=0.2),
    "Asterionellopsis": Recipe(asterionellopsis, bend=0.1),
    "Bacillaria": Recipe(bacillaria, bend=0.1, vary=0.4),
}
