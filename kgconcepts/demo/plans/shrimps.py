"""Body plans of malacostracans: krill, shrimps, amphipods, larvae of mantis shrimps and crabs."""

from __future__ import annotations

import numpy as np

from kgconcepts.demo.parts import compound_eye, limbs, pleon, spine, tail_fan
from kgconcepts.demo.recipe import Recipe
from kgconcepts.demo.strokes import (
    Part,
    Points,
    Stroke,
    blob,
    curve,
    ellipse,
    glass,
    hair,
    hairs,
    line,
    profile,
    solid,
)

__all__ = ["RECIPES"]

Rng = np.random.Generator


def shrimp(rng: Rng, carapace: Points, path: Points, thick: float, eye: float) -> list[Part]:
    """Body plan of the shrimp-like: carapace, stalked eye, pleon along a path, tail fan."""
    last = path[-1] - path[-3]
    return [
        pleon(path, thick, 0.45 * thick),
        Part("carapace", glass(carapace, 0.62, 0.85, 0.04)),
        compound_eye(eye, -0.08, 0.075),
        tail_fan(path[-1][0], path[-1][1], float(np.arctan2(last[1], last[0])), 0.32),
    ]


def long_antennae(rng: Rng, x: float, length: float) -> Part:
    """Antennae of shrimps: two whips each side, swept forward and out."""
    roots = np.array([(x, -0.05), (x, -0.02), (x, 0.03), (x, 0.05)])
    return Part(
        "antenna",
        hairs(rng, roots, np.array([-0.35, -0.1, 0.15, 0.45]), length, 0.55, width=0.028, bow=0.15),
    )


def euphausiacea(rng: Rng) -> list[Part]:
    """Krill: straight, legs bare below the carapace, swimming legs below the pleon."""
    carapace = profile([0.78, 0.6, 0.3, 0.05], [0.03, 0.14, 0.19, 0.17], 20)
    path = curve((0.0, 0.0), (-0.95, rng.uniform(0.0, 0.25)), 0.04, 12)
    legs = np.stack([np.linspace(0.5, 0.1, 7), np.full(7, 0.14)], axis=1)
    paddles = path[1:9] + np.array([0, 0.12])
    return [
        *shrimp(rng, carapace, path, 0.15, 0.72),
        limbs(rng, "thoracic leg", legs, 1.7, 0.4, width=0.03),
        limbs(rng, "pleopod", paddles, 1.9, 0.2, width=0.05),
        long_antennae(rng, 0.75, 0.55),
    ]


def caridea(rng: Rng) -> list[Part]:
    """Shrimp with a saw-like rostrum and a sharply bent pleon."""
    carapace = profile([0.7, 0.55, 0.3, 0.0], [0.06, 0.17, 0.23, 0.2], 20)
    t = np.linspace(0, 1, 14)
    drop = rng.uniform(0.6, 0.85)
    path = np.stack(
        [-0.05 - 0.8 * np.sin(1.7 * t) * (1 - 0.1 * t), drop * t**2.2 - 0.18 * np.sin(np.pi * t)],
        axis=1,
    )
    legs = np.stack([np.linspace(0.5, 0.1, 5), np.full(5, 0.18)], axis=1)
    beak = np.array([(0.6, -0.14), (rng.uniform(1.05, 1.25), -0.2), (0.62, -0.02)])
    return [
        *shrimp(rng, carapace, path, 0.19, 0.66),
        limbs(rng, "thoracic leg", legs, 1.5, 0.5, width=0.035),
        Part("rostrum", solid(beak, 0.85)),
        long_antennae(rng, 0.7, 0.9),
    ]


def amphipoda(rng: Rng) -> list[Part]:
    """Hyperiid: big head that is nearly all eye, curved back of many rings, no carapace."""
    path = np.stack(
        [np.linspace(0.5, -0.75, 14), 0.35 * np.linspace(-0.3, 1, 14) ** 2 - 0.1], axis=1
    )
    eye = compound_eye(0.72, -0.05, rng.uniform(0.19, 0.24))
    head = Part("", glass(ellipse(0.68, -0.04, 0.28, 0.3), 0.6, 0.85, 0.04))
    legs = path[1:9] + np.array([0, 0.18])
    feelers = hairs(
        rng, np.array([(0.85, 0.05), (0.85, 0.1)]), np.array([0.5, 0.9]), 0.3, 0.6, width=0.03
    )
    return [
        head,
        eye,
        pleon(path, rng.uniform(0.27, 0.33), 0.1, 10),
        limbs(rng, "thoracic leg", legs, 1.7, 0.5, width=0.045),
        Part("antenna", feelers),
    ]


def stomatopod_larva(rng: Rng) -> list[Part]:
    """Long and clear: spiny shield, big eyes, folded raptorial claws, broad pleon and tail fan."""
    shield = profile([0.75, 0.6, 0.2, -0.05], [0.1, 0.25, 0.3, 0.27], 20)
    path = curve((-0.05, 0.0), (-0.95, 0.0), rng.uniform(-0.1, 0.1), 14)
    claws = []
    for sign in (-1.0, 1.0):
        arm = np.array(
            [(0.4, sign * 0.25), (0.15, sign * 0.55), (0.6, sign * 0.6), (0.3, sign * 0.48)]
        )
        claws.append(Stroke(arm, 0.75, 0.055))
    body = shrimp(rng, shield, path, 0.21, 0.78)
    beak = np.array([(0.7, -0.04), (1.25, 0.0), (0.7, 0.04)])
    return [
        *body,
        compound_eye(0.78, 0.16, 0.09),
        compound_eye(0.78, -0.16, 0.09),
        Part("raptorial claw", tuple(claws)),
        Part("rostrum", solid(beak, 0.8)),
    ]


def crab_zoea(rng: Rng) -> list[Part]:
    """Round carapace with long spines up and down, big eye, thin pleon with a forked end."""
    ball = blob(rng, 0.2, 0, 0.36, 0.33, rough=0.02)
    path = curve((-0.1, 0.12), (-0.75, rng.uniform(0.4, 0.6)), rng.uniform(0.1, 0.3), 10)
    furca = Part(
        "caudal furca",
        (
            *line(hair(path[-1], 2.6, 0.3, 0.1), 0.75, 0.05),
            *line(hair(path[-1], 1.5, 0.3, -0.1), 0.75, 0.05),
        ),
    )
    legs = np.array([(0.25, 0.28), (0.12, 0.3)])
    return [
        pleon(path, 0.085, 0.07, 5),
        furca,
        spine((0.1, -0.28), -1.9 + rng.normal(0, 0.1), rng.uniform(0.6, 0.85), 0.13),
        spine((0.48, 0.18), 1.1 + rng.normal(0, 0.1), rng.uniform(0.5, 0.75), 0.12),
        Part("carapace", glass(ball, 0.58, 0.85, 0.05)),
        compound_eye(0.42, -0.02, 0.12),
        limbs(rng, "maxilliped", legs, 1.2, 0.42, width=0.05),
    ]


def crab_megalopa(rng: Rng) -> list[Part]:
    """Small crab with its pleon stretched out behind: broad carapace, claws, walking legs."""
    shield = profile([0.5, 0.45, 0.1, -0.25, -0.35], [0.18, 0.33, 0.42, 0.4, 0.2], 26)
    path = curve((-0.3, 0.0), (-0.9, 0.0), rng.uniform(-0.1, 0.1), 10)
    claws: list[Stroke] = []
    legs: list[Stroke] = []
    for sign in (-1.0, 1.0):
        arm = np.array([(0.35, sign * 0.3), (0.55, sign * 0.6), (0.9, sign * 0.4)])
        claws.extend(
            (
                Stroke(arm, 0.75, 0.1),
                *solid(ellipse(0.85, sign * 0.42, 0.16, 0.09, -0.6 * sign, n=12), 0.8),
            )
        )
        for x in (0.15, 0.0, -0.15, -0.3):
            foot = np.array(
                [(x, sign * 0.36), (x - 0.05, sign * 0.7), (x - 0.3, sign * rng.uniform(0.8, 1.0))]
            )
            legs.append(Stroke(foot, 0.7, 0.06))
    return [
        Part("claw", tuple(claws)),
        Part("thoracic leg", tuple(legs)),
        pleon(path, 0.15, 0.09, 6),
        Part("carapace", glass(shield, 0.65, 0.88, 0.05)),
        compound_eye(0.48, -0.24, 0.1),
        compound_eye(0.48, 0.24, 0.1),
    ]


RECIPES = {
    "Euphausiacea": Recipe(euphausiacea, bend=0.3),
    "Caridea": Recipe(caridea, bend=0.1),
    "Amphipoda": Recipe(amphipoda, bend=0.1),
    "stomatopod larva": Recipe(stomatopod_larva, bend=0.2),
    "crab zoea": Recipe(crab_zoea, bend=0.1),
    "crab megalopa": Recipe(crab_megalopa, bend=0.05),
}
