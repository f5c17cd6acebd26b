"""Body plans of small crustaceans in two valves or a pouch: cyprids, water fleas, ostracods."""

from __future__ import annotations

import numpy as np

from kgconcepts.demo.parts import bivalved, compound_eye, limbs, swimming_antennae
from kgconcepts.demo.recipe import Recipe
from kgconcepts.demo.strokes import Part, Stroke, blob, curve, ellipse, glass, hair, profile, solid

__all__ = ["RECIPES"]

Rng = np.random.Generator


def cirripede_cyprid(rng: Rng) -> list[Part]:
    """Spindle of two valves, with antennules in front, six pairs of legs behind, a compound eye."""
    valves = profile([0.9, 0.6, 0.2, -0.4, -0.85], [0.06, 0.3, 0.4, 0.3, 0.06])
    feelers = [Stroke(hair((0.6, 0.22), 0.8 + d, 0.38), 0.7, 0.045) for d in (0.0, 0.3)]
    roots = np.stack([np.linspace(-0.3, -0.6, 5), np.linspace(0.32, 0.2, 5)], axis=1)
    return [
        bivalved("bivalved carapace", valves, 0.5, curve((0.5, -0.34), (-0.5, -0.28), 0.05)),
        Part("antennule", tuple(feelers)),
        limbs(rng, "thoracic leg", roots, 1.9, 0.36),
        compound_eye(0.42, 0.06, 0.08),
    ]


def evadne(rng: Rng) -> list[Part]:
    """Heart-shaped: one huge eye in front, a pointed brood pouch behind, two branched antennae."""
    pouch = np.array(
        [
            (0.2, 0.3),
            (0.15, -0.3),
            (-0.2, -0.62),
            (-0.6, -0.55),
            (-1.0, -0.1),
            (-0.6, 0.2),
            (-0.2, 0.4),
        ]
    )
    brood = [*glass(pouch, 0.3, 0.7, 0.05)]
    for _ in range(4):
        brood.extend(
            solid(ellipse(rng.uniform(-0.6, -0.1), rng.uniform(-0.35, 0.1), 0.13, 0.12, n=12), 0.6)
        )
    head = ellipse(0.42, 0.02, 0.36, 0.3)
    roots = np.array([(0.1, 0.35), (0.0, 0.38), (-0.1, 0.38)])
    return [
        Part("brood pouch", tuple(brood)),
        Part("", glass(head, 0.4, 0.7, 0.04)),
        compound_eye(0.58, 0.02, rng.uniform(0.17, 0.22)),
        swimming_antennae(rng, 0.2, 0.22, 0.75, angle=1.15),
        limbs(rng, "thoracic leg", roots, 1.3, 0.3),
    ]


def penilia(rng: Rng) -> list[Part]:
    """Clear oblong carapace of two valves, small head with an eye, long branched antennae."""
    valves = profile([0.45, 0.3, -0.2, -0.7, -0.8], [0.2, 0.36, 0.4, 0.34, 0.16])
    head = profile([0.85, 0.75, 0.5, 0.35], [0.03, 0.14, 0.18, 0.17], 20)
    roots = np.stack([np.linspace(0.25, -0.35, 6), np.full(6, 0.12)], axis=1)
    return [
        bivalved("bivalved carapace", valves, 0.2, curve((0.3, -0.36), (-0.7, -0.34), 0.03)),
        Part("", glass(head, 0.35, 0.7, 0.04)),
        compound_eye(0.7, 0, 0.075),
        swimming_antennae(rng, 0.45, 0.15, 1.1, angle=1.0),
        limbs(rng, "thoracic leg", roots, 1.9, 0.3, width=0.03),
    ]


def ostracoda(rng: Rng) -> list[Part]:
    """Bean of two valves with a notch in front, from which bristled antennae row."""
    bean = blob(rng, 0, 0, 0.78, rng.uniform(0.48, 0.58), rough=0.025)
    rows = swimming_antennae(rng, 0.62, 0.02, 0.6, angle=0.25)
    return [
        rows,
        bivalved(
            "bivalved carapace",
            bean,
            rng.uniform(0.45, 0.62),
            curve((0.5, -0.54), (-0.55, -0.5), 0.04),
        ),
    ]


RECIPES = {
    "cirripede cyprid": Recipe(cirripede_cyprid, bend=0.05),
    "Evadne": Recipe(evadne, bend=0.05),
    "Penilia avirostris": Recipe(penilia, bend=0.05),
    "Ostracoda": Recipe(ostracoda),
}
