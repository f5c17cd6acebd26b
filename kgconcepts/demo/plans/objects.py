"""Shapes of what never lived: pellets, fibres, bubbles, marine snow."""

from __future__ import annotations

import numpy as np

from kgconcepts.demo.recipe import Recipe
from kgconcepts.demo.strokes import (
    Part,
    Stroke,
    blob,
    ellipse,
    glass,
    hair,
    line,
    profile,
    solid,
    wave,
)

__all__ = ["RECIPES"]

Rng = np.random.Generator


def faecal_pellet(rng: Rng) -> list[Part]:
    """Compact dark sausage with blunt ends."""
    half = rng.uniform(0.13, 0.26)
    sausage = profile(
        [-1, -0.95, 0, 0.95, 1], [0.5 * half, 0.95 * half, half, 0.95 * half, 0.5 * half]
    )
    return [Part("", solid(sausage + rng.normal(0, 0.012, sausage.shape), rng.uniform(0.65, 0.9)))]


def fibre(rng: Rng) -> list[Part]:
    """Thin even thread that winds about."""
    path = wave(
        (-1, 0),
        (1, rng.normal(0, 0.3)),
        rng.uniform(0.1, 0.45),
        rng.uniform(0.4, 1.6),
        rng.uniform(0, 6),
        n=40,
    )
    return [Part("", line(path, rng.uniform(0.5, 0.85), rng.uniform(0.03, 0.06)))]


def bubble(rng: Rng) -> list[Part]:
    """Perfect ring: black rim, bright middle."""
    rim = rng.uniform(0.14, 0.35)
    t = ellipse(0, 0, 1 - rim / 2, 1 - rim / 2, n=48)
    return [
        Part(
            "",
            (
                Stroke(np.concatenate([t, t[:1]]), 0.92, rim),
                *glass(ellipse(0, 0, 0.2, 0.2, n=14), 0.05, 0.15, 0.05),
            ),
        )
    ]


def marine_snow(rng: Rng) -> list[Part]:
    """Loose heap of flakes and threads without any plan."""
    strokes: list[Stroke] = []
    for _ in range(int(rng.integers(12, 24))):
        x, y = rng.normal(0, 0.45), rng.normal(0, 0.3)
        strokes.extend(
            solid(
                blob(rng, x, y, rng.uniform(0.08, 0.3), rng.uniform(0.06, 0.2), rough=0.18, n=20),
                rng.uniform(0.2, 0.75),
            )
        )
    threads = [
        hair(rng.normal(0, 0.3, 2), rng.uniform(0, 6.28), rng.uniform(0.3, 0.7), 0.2)
        for _ in range(int(rng.integers(3, 9)))
    ]
    return [Part("", (*strokes, *(Stroke(thread, 0.4, 0.03) for thread in threads)))]


RECIPES = {
    "faecal pellet": Recipe(faecal_pellet, bend=0.4),
    "fibre": Recipe(fibre, bend=0.6),
    "bubble": Recipe(bubble, tilt=0.15, vary=0.0),
    "marine snow aggregate": Recipe(marine_snow, bend=0.3),
}
