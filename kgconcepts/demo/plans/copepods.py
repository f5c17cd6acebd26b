"""Body plans of copepods and of the nauplii of copepods and barnacles."""

from __future__ import annotations

import itertools

import numpy as np

from kgconcepts.demo.parts import antennules, caudal_rami, lens_eye, spine
from kgconcepts.demo.recipe import Recipe
from kgconcepts.demo.strokes import (
    Part,
    Points,
    Stroke,
    curve,
    ellipse,
    glass,
    hair,
    hairs,
    profile,
    solid,
)

__all__ = ["RECIPES"]

Rng = np.random.Generator


def prosome(outline: Points, darkness: float, rings: tuple[float, ...]) -> Part:
    """Front body of a copepod with the seams of its segments."""
    half = float(np.abs(outline[:, 1]).max())
    seams = [
        Stroke(curve((x, -0.85 * half), (x, 0.85 * half), 0.12), darkness + 0.2, 0.025)
        for x in rings
    ]
    return Part("prosome", (*glass(outline, darkness, darkness + 0.2, 0.04), *seams))


def urosome(start: float, stop: float, half: float, segments: int = 4) -> Part:
    """Hind body of a copepod: a row of narrow rings."""
    edges = np.linspace(start, stop, segments + 1)
    rings = [
        glass(profile([a, (a + b) / 2, b], [half * 0.85, half, half * 0.85], 10), 0.6, 0.8, 0.025)
        for a, b in itertools.pairwise(edges)
    ]
    return Part("urosome", tuple(stroke for ring in rings for stroke in ring))


def calanidae(rng: Rng) -> list[Part]:
    """Torpedo with antennules longer than the body and a short urosome."""
    half = rng.uniform(0.22, 0.29)
    body = profile(
        [0.75, 0.68, 0.4, 0.0, -0.35, -0.5], [0.04, 0.13, 0.9 * half, half, 0.75 * half, 0.3 * half]
    )
    return [
        prosome(body, 0.62, (0.05, -0.12, -0.28)),
        urosome(-0.48, -0.82, 0.07),
        antennules(rng, 0.66, 0.08, rng.uniform(1.0, 1.3), rng.uniform(0.0, 0.5)),
        caudal_rami(rng, -0.82, 0, 0.1),
    ]


def eucalanidae(rng: Rng) -> list[Part]:
    """Slender and clear, the head drawn out to a triangle, the urosome very short."""
    half = rng.uniform(0.15, 0.19)
    body = profile(
        [1.0, 0.78, 0.5, 0.1, -0.4, -0.62], [0.015, 0.1, half, half, 0.85 * half, 0.3 * half]
    )
    return [
        prosome(body, 0.28, (-0.1, -0.28, -0.45)),
        urosome(-0.6, -0.78, 0.055, 3),
        antennules(rng, 0.76, 0.08, rng.uniform(1.2, 1.5), rng.uniform(0.3, 0.9), seta=0.14),
        caudal_rami(rng, -0.78, 0, 0.08, spread=0.4, seta=0.4),
    ]


def oithona(rng: Rng) -> list[Part]:
    """Small spindle with long-bristled antennules and a urosome nearly as long as the prosome."""
    half = rng.uniform(0.17, 0.22)
    body = profile(
        [0.7, 0.62, 0.4, 0.15, -0.1, -0.2],
        [0.02, 0.6 * half, half, 0.9 * half, 0.6 * half, 0.4 * half],
    )
    return [
        prosome(body, 0.72, (0.25, 0.08, -0.05)),
        urosome(-0.18, -0.8, 0.06, 5),
        antennules(rng, 0.58, 0.08, rng.uniform(0.65, 0.85), rng.uniform(0.0, 0.3), seta=0.35),
        caudal_rami(rng, -0.8, 0, 0.12, spread=0.35, seta=0.4),
    ]


def copilia(rng: Rng) -> list[Part]:
    """Flat clear body, square in front, with a lens eye at each corner and a thin tail."""
    body = profile([0.75, 0.72, 0.4, 0.0, -0.4, -0.55], [0.3, 0.46, 0.42, 0.33, 0.2, 0.08])
    return [
        prosome(body, 0.16, (0.1, -0.15, -0.35)),
        urosome(-0.52, -0.95, 0.07, 4),
        antennules(rng, 0.68, 0.4, 0.35, 0.3),
        lens_eye(0.68, -0.33, 0.075, "paired cuticular lenses"),
        lens_eye(0.68, 0.33, 0.075, "paired cuticular lenses"),
        caudal_rami(rng, -0.95, 0, rng.uniform(0.4, 0.6), spread=0.15, seta=0.1, count=2),
    ]


def corycaeidae(rng: Rng) -> list[Part]:
    """Dark cone with two lens eyes close together in front and a long furca."""
    body = profile([0.6, 0.58, 0.3, 0.0, -0.3, -0.4], [0.2, 0.3, 0.33, 0.27, 0.22, 0.12])
    return [
        prosome(body, 0.55, (0.0, -0.18)),
        urosome(-0.38, -0.75, 0.1, 2),
        antennules(rng, 0.5, 0.25, 0.3, 0.2, seta=0.2),
        lens_eye(0.52, -0.12, 0.08, "paired cuticular lenses"),
        lens_eye(0.52, 0.12, 0.08, "paired cuticular lenses"),
        caudal_rami(rng, -0.75, 0, rng.uniform(0.3, 0.45), spread=0.12, seta=0.3, count=2),
    ]


def euterpina(rng: Rng) -> list[Part]:
    """Harpacticoid: one taper without a waist, short antennules, two long bristles at the end."""
    half = rng.uniform(0.2, 0.25)
    body = profile([0.75, 0.45, 0.2, -0.1], [0.03, 0.95 * half, half, 0.75 * half])
    tail = urosome(-0.08, -0.7, 0.62 * half, 5)
    return [
        prosome(body, 0.65, (0.3, 0.12, -0.02)),
        tail,
        antennules(rng, 0.55, 0.12, 0.28, -0.5, seta=0.15),
        caudal_rami(rng, -0.7, 0, 0.08, spread=0.18, seta=0.75, count=1),
    ]


def nauplius(rng: Rng, outline: Points, reach: float) -> list[Part]:
    """Unsegmented larva: three pairs of bristled appendages and one small eye."""
    strokes: list[Stroke] = []
    for sign in (-1.0, 1.0):
        for x, lean, size in ((0.45, 0.5, 0.8), (0.25, 1.25, 1.0), (0.05, 1.8, 0.85)):
            limb = hair(
                (x, sign * 0.25), sign * (lean + rng.normal(0, 0.18)), reach * size, 0.1 * sign
            )
            strokes.append(Stroke(limb, 0.65, 0.06))
            tips = np.tile(limb[-1], (3, 1))
            strokes.extend(
                hairs(rng, tips, sign * lean + np.array([-0.4, 0, 0.4]), 0.28, 0.45, width=0.02)
            )
    return [
        Part("", glass(outline, 0.5, 0.75, 0.05)),
        Part("naupliar appendage", tuple(strokes)),
        Part("naupliar eye", solid(ellipse(0.5, 0, 0.07, 0.07, n=10), 1.0)),
    ]


def copepod_nauplius(rng: Rng) -> list[Part]:
    """Egg-shaped nauplius with a few bristles at the hind end."""
    body = profile([0.7, 0.5, 0.1, -0.4, -0.7], [0.25, 0.4, 0.42, 0.25, 0.06])
    roots = np.array([(-0.68, -0.05), (-0.68, 0.05)])
    return [
        *nauplius(rng, body, 0.6),
        Part("seta", hairs(rng, roots, np.array([3.35, 2.93]), 0.4, 0.55, width=0.03)),
    ]


def cirripede_nauplius(rng: Rng) -> list[Part]:
    """Shield-shaped nauplius with two frontal horns and a long tail spine."""
    shield = profile([0.62, 0.6, 0.3, -0.2, -0.5], [0.45, 0.56, 0.46, 0.25, 0.06])
    horns = [Stroke(hair((0.58, s * 0.48), s * 0.75, 0.32), 0.8, 0.08) for s in (-1.0, 1.0)]
    return [
        *nauplius(rng, shield, 0.6),
        Part("horn", tuple(horns)),
        spine((-0.45, 0), np.pi, rng.uniform(0.7, 0.95), 0.13),
    ]


RECIPES = {
    "Calanidae": Recipe(calanidae, bend=0.1),
    "Eucalanidae": Recipe(eucalanidae, bend=0.1),
    "Oithona": Recipe(oithona, bend=0.15),
    "Copilia": Recipe(copilia, bend=0.05),
    "Corycaeidae": Recipe(corycaeidae, bend=0.05),
    "Euterpina": Recipe(euterpina, bend=0.15),
    "copepod nauplius": Recipe(copepod_nauplius, bend=0.05),
    "cirripede nauplius": Recipe(cirripede_nauplius, bend=0.05),
}
