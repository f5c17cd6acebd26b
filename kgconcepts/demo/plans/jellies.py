"""Body plans of medusae, siphonophores, ephyra and comb jellies."""

from __future__ import annotations

import numpy as np

from kgconcepts.demo.parts import bell, comb_rows, tentacles
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
    hair,
    line,
    moved,
    solid,
    wave,
)

__all__ = ["RECIPES"]

Rng = np.random.Generator


def aglaura(rng: Rng) -> list[Part]:
    """Tall thimble, its many fine tentacles spread to all sides; sausage gonads hang on a stalk."""
    cup, _ = bell(rng.uniform(0.62, 0.75), rng.uniform(0.3, 0.36), 0.3)
    roots = np.stack([np.zeros(22), np.linspace(-0.3, 0.3, 22)], axis=1)
    threads = tentacles(rng, roots, np.pi + np.linspace(-1.7, 1.7, 22), 0.75, sway=0.06)
    gonads = tuple(
        Stroke(hair((0.3, y), np.pi + 0.3 * y, 0.22), 0.75, 0.07)
        for y in (-0.12, -0.04, 0.04, 0.12)
    )
    stalk = line(np.array([(0.55, 0.0), (0.1, 0.0)]), 0.6, 0.06)
    return [cup, Part("manubrium", stalk), Part("gonad", gonads), threads]


def liriope(rng: Rng) -> list[Part]:
    """Half ball with a very long trunk-like manubrium and four long tentacles."""
    radius = rng.uniform(0.42, 0.52)
    cup, _ = bell(rng.uniform(0.5, 0.62), radius, 0.55)
    end = -rng.uniform(0.55, 0.95)
    trunk = wave((0.35, 0), (end, rng.normal(0, 0.1)), 0.06, 0.6, rng.uniform(0, 6))
    lips = ellipse(trunk[-1][0], trunk[-1][1], 0.08, 0.11, n=12)
    gonads = [
        Stroke(p, 0.55)
        for p in (
            ellipse(0.25, -0.5 * radius, 0.1, 0.07, n=12),
            ellipse(0.25, 0.5 * radius, 0.1, 0.07, n=12),
        )
    ]
    roots = np.array([(0.0, -radius), (0.0, -0.4 * radius), (0.0, 0.4 * radius), (0.0, radius)])
    arms = tentacles(rng, roots, np.pi + np.array([0.25, 0.08, -0.08, -0.25]), 1.1, sway=0.12)
    return [
        cup,
        Part("manubrium", (*line(trunk, 0.6, 0.07), *solid(lips, 0.75))),
        Part("gonad", tuple(gonads)),
        arms,
    ]


def solmaris(rng: Rng) -> list[Part]:
    """Flat lens, no manubrium, stiff tentacles that rise from above the margin."""
    radius = rng.uniform(0.42, 0.55)
    cup, _ = bell(rng.uniform(0.24, 0.34), radius, 0.6)
    count = int(rng.integers(12, 19))
    roots = np.stack([np.full(count, 0.06), np.linspace(-radius, radius, count)], axis=1)
    arms = tentacles(
        rng, roots, np.pi - np.linspace(-0.9, 0.9, count), rng.uniform(0.9, 1.2), sway=0.02
    )
    return [cup, arms]


def obelia(rng: Rng) -> list[Part]:
    """Disc from above: four canals in a cross, a round gonad on each, short tentacles all round."""
    disc = ellipse(0, 0, 0.62, 0.62)
    count = int(rng.integers(30, 44))
    t = np.linspace(0, 2 * np.pi, count, endpoint=False)
    arms = tentacles(rng, 0.62 * np.stack([np.cos(t), np.sin(t)], axis=1), t, 0.32, sway=0.05)
    quarter = np.arange(4) * np.pi / 2
    canals = tuple(
        Stroke(np.array([(0, 0), (0.6 * np.cos(a), 0.6 * np.sin(a))]), 0.45, 0.03) for a in quarter
    )
    gonads = tuple(
        Stroke(ellipse(0.38 * np.cos(a), 0.38 * np.sin(a), 0.1, 0.1, n=12), 0.72) for a in quarter
    )
    return [
        Part("bell", glass(disc, 0.12, 0.6, 0.05)),
        Part("radial canal", canals),
        Part("gonad", gonads),
        Part("manubrium", solid(ellipse(0, 0, 0.11, 0.11, n=12), 0.75)),
        arms,
    ]


def nectophore(outline: Points, ridges: list[Points]) -> Part:
    """Swimming bell of a siphonophore: clear, its ridges as lines, a paler cavity inside."""
    cavity = outline.mean(axis=0) + 0.55 * (outline - outline.mean(axis=0))
    return Part(
        "nectophore",
        (
            *glass(outline, 0.1, 0.62, 0.045),
            *glass(cavity, 0.2, 0.4, 0.03),
            *(s for ridge in ridges for s in line(ridge, 0.5, 0.03)),
        ),
    )


def abylidae(rng: Rng) -> list[Part]:
    """Two angular, ridged swimming bells one behind the other, a stem with buds between."""
    front = np.array(
        [(0.95, -0.15), (0.85, 0.25), (0.35, 0.42), (0.1, 0.15), (0.2, -0.35), (0.6, -0.42)]
    )
    rear = np.array(
        [
            (0.1, -0.2),
            (0.15, 0.25),
            (-0.4, 0.48),
            (-0.85, 0.35),
            (-1.0, 0.0),
            (-0.8, -0.3),
            (-0.4, -0.4),
        ]
    )
    front, rear = front + rng.normal(0, 0.04, front.shape), rear + rng.normal(0, 0.04, rear.shape)
    buds = [
        Stroke(ellipse(x, 0.03 + rng.normal(0, 0.05), 0.07, 0.06, n=10), 0.8)
        for x in np.linspace(0.3, -0.5, 7)
    ]
    stem = line(curve((0.4, 0), (-0.5, 0.05), 0.05), 0.65, 0.045)
    arms = tentacles(rng, np.array([(-0.5, 0.3), (-0.3, 0.4)]), np.array([2.3, 2.0]), 0.4, sway=0.2)
    return [
        nectophore(front, [front[[0, 3]], front[[5, 2]]]),
        nectophore(rear, [rear[[0, 4]], rear[[6, 2]]]),
        Part("siphonophore stem", (*stem, *buds)),
        arms,
    ]


def physonectae(rng: Rng) -> list[Part]:
    """Float on top, a double row of swimming bells, then a long stem with tentacles."""
    rows: list[Part] = []
    for i, x in enumerate(np.linspace(0.85, 0.15, 6)):
        for sign in (-1.0, 1.0):
            size = 0.1 + 0.012 * i
            outline = ellipse(x, sign * 0.14, size * 0.75, 0.14, sign * 0.3, n=14)
            rows.append(nectophore(outline, []))
    stem = wave((0.95, 0), (-1.1, rng.normal(0, 0.15)), 0.12, 1.2, rng.uniform(0, 6), n=34)
    lower = stem[18::2]
    buds = tuple(Stroke(ellipse(p[0], p[1], 0.07, 0.06, n=10), 0.7) for p in lower)
    arms = tentacles(rng, lower, rng.choice([-1.9, 1.9], len(lower)), 0.4, sway=0.15)
    gas = Part("pneumatophore", solid(ellipse(1.03, 0, 0.1, 0.065, n=14), 0.9))
    return [*rows, Part("siphonophore stem", (*line(stem, 0.6, 0.06), *buds)), arms, gas]


def ephyra(rng: Rng) -> list[Part]:
    """Star of eight forked arms around a small disc: two lappets and a sense organ to each."""
    lappets: list[Stroke] = []
    senses: list[Stroke] = []
    reach = rng.uniform(0.78, 0.95)
    for a in np.arange(8) * np.pi / 4:
        arm = np.array(
            [
                (0.3, -0.16),
                (0.68, -0.14),
                (reach, -0.2),
                (0.74, 0.0),
                (reach, 0.2),
                (0.68, 0.14),
                (0.3, 0.16),
            ]
        )
        turned = moved(glass(arm, 0.3, 0.65, 0.035), angle=float(a))
        lappets.extend(turned)
        senses.extend(solid(ellipse(0.72 * np.cos(a), 0.72 * np.sin(a), 0.045, 0.045, n=8), 1.0))
    disc = Part("", glass(ellipse(0, 0, 0.42, 0.42), 0.3, 0.4, 0.03))
    cross = [Stroke(ellipse(0, 0, 0.2, 0.07, a, n=14), 0.75) for a in (0.0, np.pi / 2)]
    return [
        disc,
        Part("lappet", tuple(lappets)),
        Part("rhopalium", tuple(senses)),
        Part("manubrium", tuple(cross)),
    ]


def meridians(length: float, half: float, places: tuple[float, ...]) -> list[Points]:
    """Rows of combs from pole to pole of an egg-shaped body."""
    t = np.linspace(0.25, np.pi - 0.25, 16)
    return [np.stack([length * np.cos(t), place * half * np.sin(t)], axis=1) for place in places]


def cydippida(rng: Rng) -> list[Part]:
    """Clear egg, comb rows as meridians, two long tentacles with side branches."""
    half = rng.uniform(0.38, 0.5)
    egg = ellipse(0.35, 0, 0.55, half)
    rows = [row + np.array([0.35, 0]) for row in meridians(0.52, half, (-0.85, -0.35, 0.35, 0.85))]
    strokes: list[Stroke] = []
    for sign in (-1.0, 1.0):
        path = wave(
            (0.2, sign * 0.6 * half),
            (-1.2, sign * rng.uniform(0.1, 0.7)),
            0.15,
            0.8,
            rng.uniform(0, 6),
            n=22,
        )
        strokes.extend(line(path, 0.65, 0.04))
        strokes.extend(Stroke(hair(p, sign * 1.7 + 0.3, 0.2), 0.45, 0.02) for p in path[6::2])
    return [
        Part("", glass(egg, 0.14, 0.6, 0.05)),
        comb_rows(rng, rows, 0.045),
        Part("tentacle", tuple(strokes)),
    ]


def lobata(rng: Rng) -> list[Part]:
    """Clear body that ends in two big lobes either side of the mouth, comb rows above."""
    body = blob(rng, 0.35, 0, 0.55, 0.48, rough=0.03)
    rows = [row + np.array([0.35, 0]) for row in meridians(0.5, 0.46, (-0.8, -0.3, 0.3, 0.8))]
    lobes: list[Stroke] = []
    for sign in (-1.0, 1.0):
        size = rng.uniform(0.55, 0.7)
        lobe = ellipse(-0.35, sign * 0.4, size, 0.38, sign * rng.uniform(-0.35, 0.0))
        lobes.extend(glass(lobe, 0.2, 0.6, 0.045))
        lobes.extend(line(arc(-0.35, sign * 0.4, 0.6 * size, 0.25, start=0.5, stop=5.5), 0.4, 0.03))
    return [
        Part("", glass(body, 0.18, 0.5, 0.04)),
        Part("oral lobe", tuple(lobes)),
        comb_rows(rng, rows, 0.05),
    ]


def cestidae(rng: Rng) -> list[Part]:
    """Ribbon, its comb rows along the edges and a canal along the middle."""
    x = np.linspace(-1, 1, 30)
    sway = rng.uniform(0.05, 0.25) * np.sin(rng.uniform(2, 4) * x + rng.uniform(0, 6))
    half = rng.uniform(0.13, 0.2) * (1 - x**8)
    upper, lower = np.stack([x, sway - half], axis=1), np.stack([x, sway + half], axis=1)
    ribbon = np.concatenate([upper, lower[::-1]])
    gut = line(np.stack([x, sway], axis=1), 0.45, 0.05)
    return [
        Part("", (*glass(ribbon, 0.15, 0.55, 0.035), *gut)),
        comb_rows(rng, [upper[1:-1], lower[1:-1]], 0.035),
    ]


RECIPES = {
    "Aglaura": Recipe(aglaura, bend=0.05),
    "Liriope": Recipe(liriope, bend=0.1),
    "Solmaris": Recipe(solmaris, bend=0.05),
    "Obelia": Recipe(obelia),
    "Abylidae": Recipe(abylidae, bend=0.1),
    "Physonectae": Recipe(physonectae, bend=0.5),
    "scyphozoan ephyra": Recipe(ephyra),
    "Cydippida": Recipe(cydippida, bend=0.05),
    "Lobata": Recipe(lobata, bend=0.1),
    "Cestidae": Recipe(cestidae, bend=0.4),
}
