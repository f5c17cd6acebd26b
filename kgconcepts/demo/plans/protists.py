"""Body plans of dinoflagellates, radiolarians, foraminifera and tintinnids."""

from __future__ import annotations

import numpy as np

from kgconcepts.demo.parts import spine, tentacles
from kgconcepts.demo.recipe import Recipe
from kgconcepts.demo.strokes import (
    Part,
    Stroke,
    blob,
    curve,
    ellipse,
    glass,
    hairs,
    line,
    profile,
    rim_points,
    solid,
)

__all__ = ["RECIPES"]

Rng = np.random.Generator


def tripos(rng: Rng) -> list[Part]:
    """Armoured cell with one straight horn in front and two that curve forward."""
    body = blob(rng, 0, 0, 0.26, 0.24, rough=0.03)
    reach = rng.uniform(0.6, 1.0)
    apical = line(curve((0.15, 0), (rng.uniform(0.9, 1.3), 0), 0.02), 0.75, 0.075)
    horns: list[Stroke] = [*apical]
    for sign in (-1.0, 1.0):
        t = np.linspace(0, 1, 10)
        path = np.stack(
            [-0.15 - 0.4 * np.sin(np.pi * t) + reach * t**2, sign * (0.12 + 0.75 * t**0.8)], axis=1
        )
        horns.extend(line(path, 0.75, 0.07))
    groove = curve((0.02, -0.27), (0.02, 0.27), 0.1)
    return [
        Part("theca", glass(body, 0.6, 0.85)),
        Part("horn", tuple(horns)),
        Part("cingulum", line(groove, 0.95, 0.05)),
    ]


def noctiluca(rng: Rng) -> list[Part]:
    """Clear balloon with a notch, strands to a dark eccentric nucleus, and one tentacle."""
    t = np.linspace(0.16, 2 * np.pi - 0.16, 36)
    r = 1 - 0.35 * np.exp(-((np.minimum(t, 2 * np.pi - t) / 0.35) ** 2))
    balloon = np.stack([r * np.cos(t), 0.94 * r * np.sin(t)], axis=1)
    core = blob(rng, 0.42, 0, 0.2, 0.16, rough=0.1)
    strands = tuple(
        Stroke(curve((0.4, 0), (0.92 * np.cos(a), 0.86 * np.sin(a)), 0.05), 0.28, 0.02)
        for a in rng.uniform(0.5, 5.8, 9)
    )
    arm = tentacles(rng, np.array([[0.62, 0.0]]), rng.uniform(-0.5, 0.5), 0.75)
    thick = tuple(Stroke(s.points, 0.7, 0.06) for s in arm.strokes)
    return [
        Part("", glass(balloon, 0.13, 0.75, 0.07)),
        Part("", strands),
        Part("nucleus", solid(core, 0.85)),
        Part("tentacle", thick),
    ]


def protoperidinium(rng: Rng) -> list[Part]:
    """Armoured spinning top: a blunt apical horn, two short antapical horns, a broad girdle."""
    body = profile([-0.62, -0.5, 0.0, 0.3, 0.7], [0.45, 0.55, 0.75, 0.5, 0.09])
    horns: list[Stroke] = [*line(np.array([[0.55, 0.0], [0.88, 0.0]]), 0.8, 0.14)]
    for sign in (-1.0, 1.0):
        tip = (-1.0 + rng.normal(0, 0.05), sign * 0.42)
        horns.extend(solid(np.array([(-0.5, sign * 0.5), tip, (-0.5, sign * 0.1)]), 0.75))
    girdle = [
        *line(curve((-0.02, -0.72), (-0.02, 0.72), 0.06), 0.9, 0.05),
        *line(curve((0.1, -0.68), (0.1, 0.68), 0.06), 0.8, 0.03),
    ]
    return [
        Part("theca", glass(body, rng.uniform(0.4, 0.55), 0.85, 0.06)),
        Part("horn", tuple(horns)),
        Part("cingulum", tuple(girdle)),
    ]


def dinophysis(rng: Rng) -> list[Part]:
    """Flat armoured cell, a funnel collar on top, a ribbed sail (sulcal list) along one side."""
    body = ellipse(-0.1, 0, 0.72, rng.uniform(0.46, 0.58))
    collar = [
        *line(curve((0.5, -0.3), (0.8, -0.55), 0.1), 0.6, 0.035),
        *line(curve((0.5, 0.3), (0.8, 0.55), -0.1), 0.6, 0.035),
    ]
    sail = np.array([(0.45, 0.35), (0.25, 0.85), (-0.3, 0.9), (-0.5, 0.45)])
    ribs = [Stroke(np.array([(x, 0.45), (x * 0.9, 0.85)]), 0.6, 0.03) for x in (0.2, -0.05, -0.3)]
    groove = curve((0.5, -0.3), (0.5, 0.3), 0.06)
    return [
        Part("theca", glass(body, rng.uniform(0.5, 0.65), 0.85, 0.05)),
        Part("cingulum", (*line(groove, 0.9, 0.06), *collar)),
        Part("sulcal list", (*glass(sail, 0.2, 0.55, 0.03), *ribs)),
    ]


def nassellaria(rng: Rng) -> list[Part]:
    """Helmet of lattice, an apical spine and three feet, the central capsule dark inside."""
    cap = profile([0.75, 0.55, 0.35, 0.2, -0.5], [0.05, 0.3, 0.25, 0.42, rng.uniform(0.55, 0.75)])
    bars = [
        Stroke(curve((x, -w), (x, w), 0.05), 0.55, 0.025)
        for x, w in ((0.3, 0.28), (0.1, 0.42), (-0.12, 0.52), (-0.34, 0.6))
    ]
    bars += [
        Stroke(np.array([(0.6, 0.25 * k), (-0.5, 0.55 * k)]), 0.55, 0.025)
        for k in (-0.8, -0.4, 0.0, 0.4, 0.8)
    ]
    feet = [spine((-0.5, y), np.pi - 0.5 * y, 0.4, 0.07) for y in (-0.5, 0.0, 0.5)]
    return [
        Part("lattice shell", (*glass(cap, 0.2, 0.75, 0.05), *bars)),
        spine((0.72, 0), 0.1, 0.4, 0.07),
        *feet,
        Part("central capsule", solid(ellipse(0.15, 0, 0.3, 0.22), 0.75)),
    ]


def collodaria(rng: Rng) -> list[Part]:
    """Lump of jelly with many dark capsules in it."""
    jelly = blob(rng, 0, 0, 1, rng.uniform(0.5, 0.95), rough=0.05)
    spots: list[Stroke] = []
    for _ in range(int(rng.integers(24, 44))):
        r, t = 0.85 * np.sqrt(rng.uniform()), rng.uniform(0, 6.28)
        rim = np.array(
            [r * np.cos(t) * np.ptp(jelly[:, 0]) / 2, r * np.sin(t) * np.ptp(jelly[:, 1]) / 2]
        )
        spots.extend(glass(ellipse(rim[0], rim[1], 0.07, 0.07, n=10), 0.6, 0.8, 0.02))
    return [
        Part("gelatinous matrix", glass(jelly, 0.12, 0.4, 0.035)),
        Part("central capsule", tuple(spots)),
    ]


def acantharia(rng: Rng) -> list[Part]:
    """Dark middle and straight spines to all sides, by Müller's law in opposite pairs."""
    half = int(rng.integers(5, 9))
    angles = np.linspace(0, np.pi, half, endpoint=False) + rng.normal(0, 0.1, half)
    reach = rng.uniform(0.6, 1.0, half)
    rays = [
        spine((0.0, 0.0), float(a + turn), float(r), 0.05)
        for a, r in zip(angles, reach, strict=True)
        for turn in (0, np.pi)
    ]
    size = rng.uniform(0.12, 0.24)
    return [*rays, Part("central capsule", solid(blob(rng, 0, 0, size, size, rough=0.08), 0.85))]


def globigerinidae(rng: Rng) -> list[Part]:
    """Bunch of globular chambers that grow in a spiral, beset with thin spines."""
    chambers: list[Stroke] = []
    for i in range(6):
        t, r = 1.15 * i, 0.1 + 0.055 * i
        chambers.extend(
            glass(
                ellipse(
                    1.15 * r * np.cos(t), 1.15 * r * np.sin(t), 0.7 * r + 0.08, 0.7 * r + 0.08, n=18
                ),
                0.72,
                0.95,
                0.04,
            )
        )
    roots, angles = rim_points(ellipse(0, 0, 0.42, 0.42), int(rng.integers(18, 28)))
    needles = [
        spine(
            (float(p[0]), float(p[1])), float(a) + rng.normal(0, 0.12), rng.uniform(0.35, 0.6), 0.02
        )
        for p, a in zip(roots, angles, strict=True)
    ]
    return [*needles, Part("chambered test", tuple(chambers))]


def favella(rng: Rng) -> list[Part]:
    """Tintinnid in its vase, a pointed horn below and a crown of cilia at the mouth."""
    wide = rng.uniform(0.36, 0.46)
    vase = profile([-0.85, -0.6, -0.2, 0.3, 0.55], [0.03, 0.2, wide, wide, wide * 1.03])
    foot = solid(np.array([(-0.75, -0.07), (-1.15, 0.0), (-0.75, 0.07)]), 0.7)
    body = profile([-0.4, -0.2, 0.2, 0.5], [0.08, 0.6 * wide, 0.75 * wide, 0.85 * wide], 20)
    roots = np.stack([np.full(12, 0.52), np.linspace(-wide, wide, 12)], axis=1)
    cilia = hairs(rng, roots, np.linspace(-0.6, 0.6, 12), 0.32, 0.55, width=0.025)
    return [
        Part("lorica", (*glass(vase, 0.2, 0.75, 0.05), *foot)),
        Part("", solid(body, 0.6)),
        Part("oral cilia", cilia),
    ]


RECIPES = {
    "Tripos": Recipe(tripos, bend=0.1),
    "Noctiluca": Recipe(noctiluca, bend=0.1, tilt=0.15, vary=0.5),
    "Protoperidinium": Recipe(protoperidinium),
    "Dinophysis": Recipe(dinophysis),
    "Nassellaria": Recipe(nassellaria),
    "Collodaria": Recipe(collodaria, bend=0.2),
    "Acantharia": Recipe(acantharia),
    "Globigerinidae": Recipe(globigerinidae, tilt=0.15, vary=0.5),
    "Favella": Recipe(favella, bend=0.05),
}
