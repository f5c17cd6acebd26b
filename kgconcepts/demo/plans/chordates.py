"""Body plans of salps, doliolids, appendicularians and fish."""

from __future__ import annotations

import numpy as np

from kgconcepts.demo.parts import chain_link, lens_eye
from kgconcepts.demo.recipe import Recipe
from kgconcepts.demo.strokes import (
    Part,
    Points,
    Stroke,
    arc,
    blob,
    curve,
    ellipse,
    glass,
    line,
    moved,
    profile,
    solid,
    wave,
)

__all__ = ["RECIPES"]

Rng = np.random.Generator


def muscle_bands(outline: Points, places: list[float], slant: float = 0.0) -> Part:
    """Hoops of muscle around a barrel whose outline is symmetric about the x axis."""
    strokes: list[Stroke] = []
    for x in places:
        near = np.abs(outline[:, 0] - x) < 0.25
        half = float(np.abs(outline[near, 1]).max()) if near.any() else 0.2
        strokes.extend(
            line(
                arc(x, 0, 0.07 + slant, half, start=-np.pi / 2, stop=np.pi / 2, angle=0, n=9),
                0.6,
                0.05,
            )
        )
    return Part("muscle band", tuple(strokes))


def visceral_nucleus(x: float, y: float, radius: float = 0.14) -> Part:
    """Gut of a salp, wound up into a dark ball."""
    return Part("visceral nucleus", solid(ellipse(x, y, radius, radius * 0.8, n=16), 0.9))


def salp_barrel(rng: Rng, bands: int, length: float, half: float) -> list[Part]:
    """One salp: thick clear test, bands of muscle, gut wound up into a dark nucleus."""
    test = profile(
        [-length, -0.85 * length, 0.0, 0.85 * length, length],
        [0.35 * half, 0.9 * half, half, 0.9 * half, 0.5 * half],
    )
    places = [float(x) for x in np.linspace(-0.65 * length, 0.65 * length, bands)]
    gill = line(np.array([(-0.55 * length, 0.3 * half), (0.65 * length, -0.3 * half)]), 0.4, 0.05)
    nucleus = visceral_nucleus(-0.72 * length, 0.3 * half + rng.normal(0, 0.02), 0.42 * half)
    return [
        Part("tunic", glass(test, 0.14, 0.55, 0.06)),
        Part("", gill),
        muscle_bands(test, places, rng.uniform(0.02, 0.08)),
        nucleus,
    ]


def solitary_salp(rng: Rng) -> list[Part]:
    """One barrel of the solitary generation."""
    return salp_barrel(rng, int(rng.integers(6, 10)), 1.0, rng.uniform(0.36, 0.5))


def salp_chain(rng: Rng) -> list[Part]:
    """Aggregate salps of one age, side by side in a chain."""
    count = int(rng.integers(5, 10))
    xs = np.linspace(-1, 1, count)
    lean = rng.uniform(0.9, 1.5)
    parts: list[Part] = [chain_link(curve((-1.05, 0), (1.05, 0), 0, 20), 0.35, 0.03)]
    one = salp_barrel(rng, 4, rng.uniform(0.3, 0.4), 1.15 / count)
    for x in xs:
        parts.extend(Part(p.label, moved(p.strokes, x=float(x), angle=lean)) for p in one)
    return parts


def doliolida(rng: Rng) -> list[Part]:
    """Little cask: wide siphons at both ends and eight closed hoops of muscle."""
    half = rng.uniform(0.45, 0.6)
    cask = profile(
        [-0.85, -0.6, 0.0, 0.6, 0.85], [0.5 * half, 0.88 * half, half, 0.88 * half, 0.55 * half]
    )
    siphons = [
        *line(arc(0.88, 0, 0.1, 0.55 * half, start=0, stop=2 * np.pi), 0.6, 0.035),
        *line(arc(-0.88, 0, 0.1, 0.5 * half, start=0, stop=2 * np.pi), 0.6, 0.035),
    ]
    places = [float(x) for x in np.linspace(-0.74, 0.74, 8)]
    gut = solid(ellipse(-0.2, 0.4 * half, 0.12, 0.09, n=12), 0.7)
    return [
        Part("tunic", glass(cask, 0.12, 0.55, 0.035)),
        Part("siphon", tuple(siphons)),
        muscle_bands(cask, places),
        Part("", gut),
    ]


def tadpole(trunk: Points, path: Points, half: float, fork: float) -> list[Part]:
    """Appendicularian: trunk with gut, tail blade with a notochord down its middle."""
    t = np.linspace(0, 1, len(path))
    step = np.gradient(path, axis=0)
    side = np.stack([-step[:, 1], step[:, 0]], axis=1) / np.hypot(*step.T)[:, None]
    wide = (
        half
        * np.minimum(1, 6 * (t + 0.05))
        * np.where(t > 0.8, 1 - (t - 0.8) * (4.5 - 5 * fork), 1.0)
    )[:, None]
    end = path[-3:-2] if fork else path[-1:]
    blade = np.concatenate([path - wide * side, end, (path + wide * side)[::-1]])
    return [
        Part("tail", glass(blade, 0.32, 0.55, 0.03)),
        Part("notochord", line(path[:-2], 0.85, 0.05)),
        Part(
            "trunk",
            (*glass(trunk, 0.55, 0.8, 0.04), *solid(0.5 * trunk + 0.5 * trunk.mean(axis=0), 0.9)),
        ),
    ]


def oikopleuridae(rng: Rng) -> list[Part]:
    """Short oval trunk, long narrow tail that beats in an S."""
    trunk = blob(rng, 0.6, 0, 0.24, 0.17, rough=0.04)
    path = wave(
        (0.5, 0.08),
        (-1.0, rng.normal(0.1, 0.2)),
        rng.uniform(0.15, 0.35),
        rng.uniform(0.5, 1.0),
        rng.uniform(0, 6),
    )
    return tadpole(trunk, path, rng.uniform(0.09, 0.12), 0.0)


def fritillariidae(rng: Rng) -> list[Part]:
    """Long waisted trunk, short broad tail that ends in a fork."""
    trunk = profile([0.95, 0.75, 0.5, 0.3, 0.05], [0.1, 0.19, 0.09, 0.17, 0.1])
    path = curve((0.2, 0.0), (-0.9, rng.uniform(0.1, 0.7)), rng.uniform(0.05, 0.3), 24)
    return tadpole(trunk, path, rng.uniform(0.15, 0.2), 0.9)


def fish_egg(rng: Rng) -> list[Part]:
    """Clear ball: a shell, the yolk inside, one oil drop."""
    yolk = rng.uniform(0.7, 0.86)
    a = rng.uniform(0, 6.28)
    drop = ellipse(0.45 * np.cos(a), 0.45 * np.sin(a), 0.17, 0.17, n=16)
    return [
        Part("chorion", glass(ellipse(0, 0, 1, 1), 0.08, 0.6, 0.06)),
        Part("yolk", glass(ellipse(0, 0, yolk, yolk), 0.25, 0.5, 0.04)),
        Part(
            "oil globule",
            (*glass(drop, 0.5, 0.9, 0.05), *solid(0.5 * drop + 0.5 * drop.mean(axis=0), 0.15)),
        ),
    ]


def fish_larva(rng: Rng) -> list[Part]:
    """Slim body with muscle segments, big black eye, gut below, a clear fin fold all round."""
    path = wave((0.75, 0), (-1.0, 0), rng.uniform(0.02, 0.14), 0.6, rng.uniform(0, 6), n=30)
    t = np.linspace(0, 1, 30)
    half = rng.uniform(0.1, 0.15) * (1 - 0.85 * t)
    body = np.concatenate(
        [path - np.stack([0 * t, half], 1), (path + np.stack([0 * t, half], 1))[::-1]]
    )
    wide = half + 0.12 * np.sin(np.pi * np.clip(t, 0.25, 1)) + 0.08 * (t > 0.3)
    fold = np.concatenate(
        [path[6:] - np.stack([0 * t, wide], 1)[6:], (path + np.stack([0 * t, wide], 1))[:5:-1]]
    )
    seams = tuple(
        Stroke(
            np.array([(p[0] + 0.03, p[1] - h), (p[0] - 0.03, p[1]), (p[0] + 0.03, p[1] + h)]),
            0.7,
            0.02,
        )
        for p, h in zip(path[7:27:2], half[7:27:2], strict=True)
    )
    head = ellipse(0.75, 0.0, 0.2, 0.17)
    gut = line(curve((0.6, 0.16), (-0.1, 0.2), -0.08), 0.7, 0.11)
    return [
        Part("fin fold", glass(fold, 0.12, 0.35, 0.02)),
        Part("", (*glass(body, 0.42, 0.65, 0.03), *glass(head, 0.5, 0.7, 0.03), *gut)),
        Part("myomere", seams),
        Part("notochord", line(path[2:-1], 0.7, 0.035)),
        lens_eye(0.79, -0.03, 0.075),
    ]


RECIPES = {
    "solitary salp": Recipe(solitary_salp, bend=0.1),
    "salp chain": Recipe(salp_chain, bend=0.6),
    "Doliolida": Recipe(doliolida),
    "Oikopleuridae": Recipe(oikopleuridae, bend=0.2),
    "Fritillariidae": Recipe(fritillariidae, bend=0.2),
    "fish egg": Recipe(fish_egg, tilt=0.15, vary=0.1),
    "fish larva": Recipe(fish_larva, bend=0.35),
}
