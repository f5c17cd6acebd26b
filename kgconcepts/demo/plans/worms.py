"""Body plans of arrow worms, polychaetes, molluscs, and larvae of these and of small phyla."""

from __future__ import annotations

import numpy as np

from kgconcepts.demo.parts import (
    bivalved,
    ciliary_band,
    coiled_shell,
    fringe,
    lens_eye,
    tentacles,
    tuft,
)
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


def wings(
    rng: Rng,
    label: str,
    x: float,
    length: float,
    width: float,
    *,
    sweep: float = 0.2,
    fill: float = 0.22,
) -> Part:
    """Pair of broad lobes to both sides of x: foot wings of pteropods, the velum of veligers."""
    strokes: list[Stroke] = []
    for sign in (-1.0, 1.0):
        lean = sign * (np.pi / 2 - sweep + rng.normal(0, 0.1))
        cx, cy = x + 0.55 * length * np.cos(lean), 0.55 * length * np.sin(lean)
        strokes.extend(glass(ellipse(cx, cy, length * 0.5, width, lean), fill, 0.6, 0.035))
    return Part(label, tuple(strokes))


def sagittidae(rng: Rng) -> list[Part]:
    """Arrow worm: straight clear rod, hooked head, two pairs of side fins, a tail fin."""
    half = rng.uniform(0.06, 0.09)
    rod = profile([0.85, 0.6, 0.0, -0.6, -0.9], [half, half, 1.1 * half, half, 0.4 * half])
    head = solid(ellipse(0.9, 0, 0.1, 1.1 * half + 0.01, n=14), 0.75)
    hooks = [
        Stroke(hair((0.93, s * half), s * a, 0.14, -0.3 * s), 0.85, 0.025)
        for s in (-1, 1)
        for a in (0.5, 0.8, 1.1)
    ]
    fins: list[Stroke] = []
    for sign in (-1.0, 1.0):
        for x, size in ((0.05, 0.2), (-0.45, 0.18)):
            fins.extend(
                glass(
                    arc(x, sign * half, size, 0.11, start=0, stop=sign * np.pi, n=12),
                    0.18,
                    0.45,
                    0.02,
                )
            )
    tail = np.array([(-0.82, 0.0), (-1.0, -0.15), (-1.08, -0.12), (-1.08, 0.12), (-1.0, 0.15)])
    gut = line(np.array([(0.85, 0.0), (-0.4, 0.0)]), 0.5, 0.03)
    return [
        Part("lateral fin", tuple(fins)),
        Part("tail fin", glass(tail, 0.3, 0.5, 0.02)),
        Part("", (*glass(rod, 0.2, 0.62, 0.03), *head, *gut)),
        Part("grasping spine", tuple(hooks)),
    ]


def tomopteridae(rng: Rng) -> list[Part]:
    """Clear worm with a forked paddle foot each side of every segment and two long feelers."""
    count = int(rng.integers(11, 16))
    spine_line = wave((0.75, 0), (-1.0, 0), rng.uniform(0, 0.12), 0.8, rng.uniform(0, 6), n=count)
    feet: list[Stroke] = []
    for i, p in enumerate(spine_line):
        size = 0.34 * (1 - 0.75 * i / count)
        for sign in (-1.0, 1.0):
            lean = sign * (1.75 + rng.normal(0, 0.12))
            foot = hair(p, lean, size)
            feet.extend(
                (
                    Stroke(foot, 0.5, 0.08),
                    Stroke(hair(foot[-1], lean - 0.5, 0.09), 0.6, 0.05),
                    Stroke(hair(foot[-1], lean + 0.5, 0.09), 0.6, 0.05),
                )
            )
    body = [
        Stroke(ellipse(p[0], p[1], 0.09, 0.105 * (1 - 0.7 * i / count), n=10), 0.5)
        for i, p in enumerate(spine_line)
    ]
    feelers = hairs(
        rng,
        np.array([(0.72, -0.05), (0.72, 0.05)]),
        np.array([-2.2, 2.2]) + rng.normal(0, 0.4),
        0.9,
        0.55,
        width=0.03,
        bow=0.15,
    )
    head = solid(ellipse(0.78, 0, 0.11, 0.13, n=12), 0.7)
    return [
        Part("parapodium", tuple(feet)),
        Part("", (*body, *head)),
        Part("tentacular cirrus", feelers),
    ]


def trochophore(rng: Rng) -> list[Part]:
    """Spinning-top larva: a belt of cilia round the middle and a tuft on top."""
    body = profile([0.6, 0.35, 0.1, -0.2, -0.6], [0.2, 0.45, 0.55, 0.42, 0.06])
    belt = curve((0.1, -0.56), (0.1, 0.56), 0.06)
    roots = belt[[0, 0, 0, 1, -2, -1, -1, -1]]
    cilia = hairs(
        rng, roots, np.array([-2.0, -1.6, -1.2, -1.4, 1.4, 1.2, 1.6, 2.0]), 0.25, 0.5, width=0.025
    )
    gut = Part("", (*glass(body, 0.35, 0.7, 0.05), *solid(ellipse(-0.1, 0, 0.26, 0.2), 0.65)))
    return [
        gut,
        Part("ciliary band", (*ciliary_band(belt, 0.85, 0.1).strokes, *cilia)),
        tuft(rng, (0.58, 0.0), 0.0, 0.4),
    ]


def limacinidae(rng: Rng) -> list[Part]:
    """Sea butterfly: a small coiled shell between two wide wings."""
    return [
        wings(rng, "foot wing", 0.15, rng.uniform(0.95, 1.15), rng.uniform(0.24, 0.34), sweep=0.4),
        coiled_shell(-0.2, 0, rng.uniform(0.4, 0.48), 1.6),
    ]


def atlantidae(rng: Rng) -> list[Part]:
    """Heteropod: flat keeled coil, one swimming fin below, long proboscis, big lens eye."""
    coil = coiled_shell(-0.35, 0, 0.5, 2.6, 0.4)
    keel = Part("", line(arc(-0.35, 0, 0.62, 0.6, start=1.2, stop=5.6), 0.4, 0.04))
    fin = glass(ellipse(0.3, 0.6, 0.17, 0.4, rng.uniform(-0.5, 0.1)), 0.25, 0.6, 0.04)
    trunk = hair((0.1, 0.1), rng.uniform(-0.4, 0.1), 0.85, 0.15)
    return [
        keel,
        coil,
        Part("swimming fin", fin),
        Part("proboscis", line(trunk, 0.65, 0.14)),
        lens_eye(0.4, -0.08, 0.085),
    ]


def gastropod_veliger(rng: Rng) -> list[Part]:
    """Coiled shell with the velum out: two round lobes edged with cilia."""
    lobes = wings(
        rng, "velum", 0.35, rng.uniform(0.62, 0.78), rng.uniform(0.28, 0.36), sweep=0.55, fill=0.25
    )
    edges: list[Stroke] = []
    for stroke in lobes.strokes[1::2]:
        edges.extend(fringe(rng, "ciliary band", stroke.points, 22, 0.14).strokes)
        edges.extend(line(stroke.points, 0.75, 0.06))
    return [
        lobes,
        Part("ciliary band", tuple(edges)),
        coiled_shell(-0.22, 0, rng.uniform(0.46, 0.55), 1.4),
    ]


def bivalve_veliger(rng: Rng) -> list[Part]:
    """D-shaped pair of valves with a straight hinge, the velum stretched out opposite it."""
    t = np.linspace(-0.42 * np.pi, 0.42 * np.pi, 30)
    valve = np.stack([-0.75 + 1.0 * np.cos(t), 0.72 * np.sin(t)], axis=1)
    hinge = np.array([(-0.6, -0.66), (-0.6, 0.66)])
    outline = np.concatenate([valve, [(-0.6, 0.66), (-0.6, -0.66)]])
    rim = arc(0.2, 0, 0.42, rng.uniform(0.4, 0.52), start=-np.pi / 2, stop=np.pi / 2)
    cilia = hairs(rng, rim, np.linspace(-1.3, 1.3, len(rim)), 0.2, 0.5, width=0.02)
    return [
        Part("velum", glass(rim, 0.25, 0.6, 0.04)),
        Part("ciliary band", (*ciliary_band(rim).strokes, *cilia)),
        bivalved("bivalved shell", outline, rng.uniform(0.42, 0.58), hinge),
    ]


def cyphonautes(rng: Rng) -> list[Part]:
    """Triangle of two thin valves: a tuft at the peak, a band of cilia along the open base."""
    wide = rng.uniform(0.75, 0.95)
    outline = np.array(
        [
            (0.75, 0.0),
            (0.6, -0.18),
            (-0.5, -wide),
            (-0.62, -0.6 * wide),
            (-0.58, 0.6 * wide),
            (-0.5, wide),
            (0.6, 0.18),
        ]
    )
    base = curve((-0.55, -wide), (-0.55, wide), -0.05, 16)
    cilia = hairs(rng, base, np.pi, 0.15, 0.45, width=0.02)
    inner = Part(
        "",
        (
            *solid(ellipse(0.0, 0.15, 0.2, 0.26), 0.6),
            *line(curve((0.5, 0), (-0.5, -0.3), 0.15), 0.55, 0.06),
        ),
    )
    return [
        bivalved("bivalved shell", outline, 0.25, outline[1:3]),
        inner,
        Part("ciliary band", (*ciliary_band(base).strokes, *cilia)),
        tuft(rng, (0.73, 0.0), 0.0, 0.25),
    ]


def actinotroch(rng: Rng) -> list[Part]:
    """Hood in front, a slanting crown of tentacles behind it, a ring of cilia at the tail."""
    body = profile([0.5, 0.2, -0.3, -0.85], [0.28, 0.26, 0.24, 0.27])
    hood = arc(0.55, -0.1, 0.38, 0.42, start=-2.6, stop=1.4)
    count = int(rng.integers(9, 14))
    roots = np.stack([np.linspace(0.25, -0.1, count), np.linspace(-0.28, 0.3, count)], axis=1)
    arms = tentacles(rng, roots, np.linspace(-2.2, 1.9, count) * 0.9, 0.5, sway=0.03)
    thick = Part("tentacle", tuple(Stroke(s.points, 0.6, 0.08) for s in arms.strokes))
    ring = curve((-0.85, -0.29), (-0.85, 0.29), 0.1)
    cilia = hairs(rng, ring, np.linspace(3.9, 2.4, len(ring)), 0.14, 0.5, width=0.025)
    return [
        Part(
            "", (*glass(body, 0.35, 0.65, 0.04), *line(np.array([(0.4, 0), (-0.8, 0)]), 0.6, 0.14))
        ),
        Part("preoral lobe", glass(hood, 0.35, 0.7, 0.04)),
        thick,
        Part("telotroch", (*line(ring, 0.9, 0.1), *cilia)),
    ]


RECIPES = {
    "Sagittidae": Recipe(sagittidae, bend=0.25, vary=0.3),
    "Tomopteridae": Recipe(tomopteridae, bend=0.2),
    "polychaete trochophore": Recipe(trochophore),
    "Limacinidae": Recipe(limacinidae),
    "Atlantidae": Recipe(atlantidae),
    "gastropod veliger": Recipe(gastropod_veliger),
    "bivalve veliger": Recipe(bivalve_veliger),
    "bryozoan cyphonautes": Recipe(cyphonautes),
    "phoronid actinotroch": Recipe(actinotroch, bend=0.15),
}
