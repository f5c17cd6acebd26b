"""Body plans of the larvae of echinoderms and acorn worms."""

from __future__ import annotations

import numpy as np

from kgconcepts.demo.parts import ciliary_band, larval_arm, tuft
from kgconcepts.demo.recipe import Recipe
from kgconcepts.demo.strokes import (
    Part,
    Stroke,
    arc,
    curve,
    ellipse,
    glass,
    hair,
    hairs,
    line,
    profile,
    solid,
    wave,
)

__all__ = ["RECIPES"]

Rng = np.random.Generator


def pluteus(
    tips: list[tuple[float, float]], roots: list[tuple[float, float]], thick: float, bow: float
) -> list[Part]:
    """Easel of arms on skeletal rods, joined by one ciliary band."""
    arms = [larval_arm(r, t, thick, bow * np.sign(t[1])) for r, t in zip(roots, tips, strict=True)]
    rods = tuple(
        Stroke(np.array([(-0.55, 0.02 * np.sign(t[1])), r, t]), 0.85, 0.03)
        for r, t in zip(roots, tips, strict=True)
    )
    body = np.array(
        [(-0.65, 0.0), (-0.35, -0.3), roots[0], (roots[0][0] - 0.1, 0.0), roots[-1], (-0.35, 0.3)]
    )
    joined = [
        point for pair in zip(roots, tips, strict=True) for point in (pair[0], pair[1], pair[0])
    ]
    return [
        *arms,
        Part("skeletal rod", rods),
        Part("", (*glass(body, 0.4, 0.7, 0.04), *solid(ellipse(-0.25, 0, 0.17, 0.15, n=14), 0.75))),
        ciliary_band(np.array(joined), 0.6, 0.035),
    ]


def echinopluteus(rng: Rng) -> list[Part]:
    """Sea urchin pluteus: many arms, nearly parallel, like the legs of an easel."""
    count = int(rng.choice([4, 6]))
    ys = np.linspace(-0.32, 0.32, count)
    tips = [(rng.uniform(0.75, 1.05), float(2.0 * y + rng.normal(0, 0.04))) for y in ys]
    return pluteus(tips, [(0.1, float(y)) for y in ys], 0.13, 0.05)


def ophiopluteus(rng: Rng) -> list[Part]:
    """Brittle star pluteus: two very long arms in a wide V, short ones between."""
    wide = rng.uniform(0.6, 0.95)
    long = rng.uniform(1.4, 1.8)
    tips = [
        (long * np.cos(wide), -long * np.sin(wide)),
        (0.45, -0.25),
        (0.45, 0.25),
        (long * np.cos(wide), long * np.sin(wide)),
    ]
    return pluteus(tips, [(-0.2, -0.26), (0.0, -0.1), (0.0, 0.1), (-0.2, 0.26)], 0.09, -0.06)


def star_larva(rng: Rng, pairs: int, reach: float, thick: float, bow: float) -> list[Part]:
    """Sea star larva: lobed body, paired soft arms, a lobe before the mouth, a winding band."""
    body = profile([0.55, 0.35, 0.0, -0.4, -0.65], [0.15, 0.24, 0.22, 0.32, 0.15])
    arms = [
        larval_arm(
            (x, s * 0.18),
            (x + reach * np.cos(a), s * (0.18 + reach * np.sin(a) * rng.uniform(0.85, 1.15))),
            thick,
            bow * rng.normal(0, 1),
        )
        for s in (-1.0, 1.0)
        for x, a in zip(np.linspace(0.35, -0.5, pairs), np.linspace(0.7, 2.3, pairs), strict=True)
    ]
    lobe = Part("preoral lobe", glass(ellipse(0.65, 0, 0.22, 0.16), 0.45, 0.75, 0.04))
    gut = Part("", (*glass(body, 0.45, 0.7, 0.04), *solid(ellipse(-0.2, 0, 0.25, 0.17), 0.8)))
    return [
        *arms,
        lobe,
        gut,
        ciliary_band(wave((0.6, 0), (-0.6, 0), 0.14, 2.5, 0, n=30), 0.85, 0.05),
    ]


def bipinnaria(rng: Rng) -> list[Part]:
    """Early sea star larva: its arms mere short lobes."""
    return star_larva(rng, 5, rng.uniform(0.2, 0.34), 0.17, 0.05)


def brachiolaria(rng: Rng) -> list[Part]:
    """Late sea star larva: long limp arms, and in front three stubs with an adhesive disc."""
    stubs = [Stroke(hair((0.75, 0.0), a, 0.25), 0.75, 0.09) for a in (-0.7, 0.0, 0.7)]
    disc = solid(ellipse(0.82, 0, 0.09, 0.09, n=12), 0.95)
    return [
        *star_larva(rng, 4, rng.uniform(0.65, 0.95), 0.12, 0.14),
        Part("adhesive disc", (*stubs, *disc)),
    ]


def auricularia(rng: Rng) -> list[Part]:
    """Sea cucumber larva: ear-shaped, one ciliary band that winds along lobed sides, no arms."""
    t = np.linspace(0, 2 * np.pi, 80)
    r = 1 + rng.uniform(0.08, 0.13) * np.cos(7 * t + rng.uniform(0, 0.5))
    rim = np.stack([0.95 * r * np.cos(t), 0.58 * r * np.sin(t)], axis=1)
    inner = np.concatenate(
        [
            arc(0.3, 0, 0.42, 0.25, start=1.8, stop=4.5),
            arc(-0.4, 0, 0.42, 0.28, start=-1.3, stop=1.4),
        ]
    )
    gut = solid(ellipse(-0.25, 0, 0.24, 0.16), 0.5)
    return [
        Part("", (*glass(rim, 0.14, 0.4, 0.03), *gut)),
        Part("ciliary band", (*line(rim, 0.8, 0.075), *line(inner, 0.7, 0.055))),
    ]


def tornaria(rng: Rng) -> list[Part]:
    """Acorn worm larva: clear egg, winding band in front, ring of cilia behind, tuft on top."""
    half = rng.uniform(0.55, 0.68)
    egg = ellipse(0, 0, 0.8, half)
    loops = np.concatenate(
        [
            wave((0.6, -0.25), (-0.25, -0.4), 0.13, 2.0, 0),
            wave((-0.25, 0.4), (0.6, 0.25), 0.13, 2.0, 0),
        ]
    )
    ring = curve((-0.5, -0.8 * half), (-0.5, 0.8 * half), -0.12, 14)
    cilia = hairs(rng, ring, np.pi, 0.16, 0.5, width=0.025)
    gut = solid(ellipse(0.0, 0, 0.38, 0.16), 0.5)
    return [
        Part("", (*glass(egg, 0.18, 0.65, 0.05), *gut)),
        Part("ciliary band", line(loops, 0.75, 0.055)),
        Part("telotroch", (*line(ring, 0.9, 0.11), *cilia)),
        tuft(rng, (0.78, 0.0), 0.0, 0.3),
    ]


RECIPES = {
    "echinopluteus": Recipe(echinopluteus, bend=0.05),
    "ophiopluteus": Recipe(ophiopluteus, bend=0.05),
    "sea star bipinnaria": Recipe(bipinnaria, bend=0.1),
    "sea star brachiolaria": Recipe(brachiolaria, bend=0.1),
    "sea cucumber auricularia": Recipe(auricularia, bend=0.1),
    "acorn worm tornaria": Recipe(tornaria),
}
