"""Body parts, each drawn one way wherever it occurs.

A function draws its part at a place given in body units and returns a `Part` that bears the
ontology's label. Where one shape serves several parts (limbs, lobes, fringes) the label is an
argument.
"""

from __future__ import annotations

import numpy as np

from kgconcepts.demo.strokes import (
    Part,
    Points,
    Stroke,
    curve,
    ellipse,
    glass,
    hair,
    hairs,
    line,
    rim_points,
    solid,
    wave,
)

__all__ = [
    "antennules",
    "bell",
    "bivalved",
    "caudal_rami",
    "cell",
    "chain_link",
    "ciliary_band",
    "coiled_shell",
    "comb_rows",
    "compound_eye",
    "fringe",
    "larval_arm",
    "lens_eye",
    "limbs",
    "pleon",
    "spine",
    "swimming_antennae",
    "tail_fan",
    "tentacles",
    "tuft",
]

Rng = np.random.Generator


def cell(outline: Points, darkness: float = 0.16) -> Part:
    """Frustule of one diatom cell, with chloroplasts as a shade inside."""
    inside = outline.mean(axis=0) + 0.55 * (outline - outline.mean(axis=0))
    return Part(
        "frustule", (*glass(outline, darkness, 0.62, 0.03), *solid(inside, darkness + 0.15))
    )


def chain_link(points: Points, darkness: float = 0.5, width: float = 0.03) -> Part:
    """Line that the individuals of a chain are strung on."""
    return Part("chain", line(points, darkness, width))


def spine(root: tuple[float, float], angle: float, length: float, thick: float = 0.05) -> Part:
    """Stiff spine that tapers from `root` to its tip."""
    a = np.array(root)
    along = np.array([np.cos(angle), np.sin(angle)])
    side = np.array([-along[1], along[0]]) * thick / 2
    outline = np.stack([a - side, a + along * length, a + side])
    core = Stroke(np.stack([a, a + along * length]), 0.65, 0.02)
    return Part("spine", (*solid(outline, 0.75), core))


def tentacles(
    rng: Rng, roots: Points, angles: Points | float, length: float, *, sway: float = 0.1
) -> Part:
    """Thin tentacles that trail and sway."""
    count = len(roots)
    directions = np.broadcast_to(np.asarray(angles, dtype=float), count)
    strokes = []
    for root, angle in zip(roots, directions, strict=True):
        size = length * rng.uniform(0.8, 1.15)
        tip = root + size * np.array([np.cos(angle), np.sin(angle)])
        path = wave(root, tip, sway * size, rng.uniform(0.3, 0.9), rng.uniform(0, 6.28), n=14)
        strokes.append(Stroke(path, 0.55, 0.028))
    return Part("tentacle", tuple(strokes))


def fringe(rng: Rng, label: str, outline: Points, count: int, length: float) -> Part:
    """Short hairs all along a line or outline."""
    roots, angles = rim_points(outline, count)
    return Part(label, hairs(rng, roots, angles, length, 0.45, width=0.018))


def ciliary_band(points: Points, darkness: float = 0.75, width: float = 0.055) -> Part:
    """Band of cilia: a dark ribbon seen along its edge."""
    return Part("ciliary band", line(points, darkness, width))


def tuft(rng: Rng, root: tuple[float, float], angle: float, length: float = 0.35) -> Part:
    """Apical tuft: a pencil of long cilia."""
    roots = np.tile(np.array(root), (5, 1))
    return Part(
        "apical tuft", hairs(rng, roots, angle + np.linspace(-0.2, 0.2, 5), length, 0.5, width=0.02)
    )


def larval_arm(
    root: tuple[float, float], tip: tuple[float, float], thick: float, bow: float
) -> Part:
    """Arm of an echinoderm larva, edged by its ciliary band."""
    middle = curve(root, tip, bow, 10)
    along = np.gradient(middle, axis=0)
    side = np.stack([-along[:, 1], along[:, 0]], axis=1)
    side *= (thick / 2 * np.linspace(1, 0.55, 10) / np.hypot(*side.T))[:, None]
    outline = np.concatenate([middle - side, (middle + side)[::-1]])
    return Part("larval arm", glass(outline, 0.3, 0.7, 0.03))


def comb_rows(rng: Rng, rows: list[Points], length: float = 0.05) -> Part:
    """Comb rows: lines of short cross-bars, the combs."""
    strokes: list[Stroke] = []
    for row in rows:
        strokes.extend(line(row, 0.4, 0.025))
        step = np.gradient(row, axis=0)
        side = np.stack([-step[:, 1], step[:, 0]], axis=1)
        side *= (length / np.maximum(np.hypot(*side.T), 1e-9))[:, None]
        dark = rng.uniform(0.6, 0.85)
        strokes.extend(
            Stroke(np.stack([p - s, p + s]), dark, 0.035) for p, s in zip(row, side, strict=True)
        )
    return Part("comb row", tuple(strokes))


def bell(height: float, radius: float, shape: float = 0.5) -> tuple[Part, Points]:
    """Bell of a medusa, its top at +x; also the points of its margin, at x = 0."""
    t = np.linspace(-np.pi / 2, np.pi / 2, 30)
    up = height * np.abs(np.cos(t)) ** shape
    outer = np.stack([up, radius * np.sin(t)], axis=1)
    inner = np.stack([0.72 * up, 0.86 * radius * np.sin(t)], axis=1)
    margin = np.stack([np.zeros(16), np.linspace(-radius, radius, 16)], axis=1)
    jelly = np.concatenate([outer, inner[::-1]])
    strokes = (
        *solid(outer, 0.1),
        *solid(jelly, 0.2),
        *line(outer, 0.65, 0.04),
        *line(inner, 0.4, 0.02),
    )
    return Part("bell", (*strokes, *line(margin, 0.5, 0.04))), margin


def lens_eye(x: float, y: float, radius: float = 0.1, label: str = "lens eye") -> Part:
    """Eye with a lens: a black cup and a clear rim."""
    return Part(
        label,
        (
            *solid(ellipse(x, y, radius, radius), 0.9),
            *glass(ellipse(x, y, radius * 1.5, radius * 1.5), 0.3, 0.6, 0.02),
        ),
    )


def compound_eye(x: float, y: float, radius: float = 0.1) -> Part:
    """Compound eye: a black ball."""
    return Part("compound eye", solid(ellipse(x, y, radius, radius * 0.9, n=14), 1.0))


def antennules(
    rng: Rng,
    x: float,
    y: float,
    length: float,
    sweep: float,
    *,
    label: str = "antennule",
    seta: float = 0.1,
) -> Part:
    """Pair of antennules spread from the head, swept back by `sweep` radians, with bristles."""
    strokes: list[Stroke] = []
    for sign in (-1.0, 1.0):
        angle = sign * (np.pi / 2 + sweep + rng.normal(0, 0.08))
        rod = hair((x, sign * y), angle, length, sign * rng.uniform(0.04, 0.14), 12)
        strokes.append(Stroke(rod, 0.7, 0.045))
        roots = rod[2::2]
        strokes.extend(hairs(rng, roots, angle + sign * 0.9, seta, 0.4, width=0.015))
    return Part(label, tuple(strokes))


def swimming_antennae(rng: Rng, x: float, y: float, length: float, *, angle: float = 0.6) -> Part:
    """Pair of branched second antennae, each with two bristled branches."""
    strokes: list[Stroke] = []
    for sign in (-1.0, 1.0):
        lean = sign * (angle + rng.normal(0, 0.15))
        stem = hair((x, sign * y), lean, length * 0.45, 0.05 * sign)
        strokes.append(Stroke(stem, 0.75, 0.09))
        for fork in (-0.35, 0.35):
            branch = hair(stem[-1], lean + fork, length * 0.4)
            strokes.append(Stroke(branch, 0.65, 0.05))
            strokes.extend(
                hairs(rng, branch[3:], lean + fork, length * 0.35, 0.4, width=0.015, spread=0.3)
            )
    return Part("swimming antenna", tuple(strokes))


def caudal_rami(
    rng: Rng,
    x: float,
    y: float,
    length: float,
    *,
    spread: float = 0.25,
    seta: float = 0.3,
    count: int = 3,
) -> Part:
    """Caudal furca: two branches at the end of the body, each with a fan of bristles."""
    strokes: list[Stroke] = []
    for sign in (-1.0, 1.0):
        angle = np.pi - sign * spread
        ramus = hair((x, y + sign * 0.035), angle, length)
        strokes.append(Stroke(ramus, 0.75, 0.05))
        if count:
            roots = np.tile(ramus[-1], (count, 1))
            fan = angle + np.linspace(-0.3, 0.3, count)
            strokes.extend(hairs(rng, roots, fan, seta, 0.5, width=0.02))
    return Part("caudal ramus", tuple(strokes))


def limbs(
    rng: Rng, label: str, roots: Points, angle: float, length: float, *, width: float = 0.04
) -> Part:
    """Row of jointed legs: each bends once."""
    strokes = []
    for root in roots:
        lean = angle + rng.normal(0, 0.18)
        knee = root + 0.55 * length * np.array([np.cos(lean), np.sin(lean)])
        bent = lean + rng.uniform(0.4, 0.9)
        foot = knee + 0.5 * length * np.array([np.cos(bent), np.sin(bent)])
        strokes.append(Stroke(np.stack([root, knee, foot]), 0.65, width))
    return Part(label, tuple(strokes))


def pleon(
    path: Points, start: float, stop: float, segments: int = 6, darkness: float = 0.6
) -> Part:
    """Pleon: overlapping rings along a path, tapering in half width from `start` to `stop`."""
    index = np.linspace(0, len(path) - 1, segments).astype(int)
    sizes = np.linspace(start, stop, segments)
    length = float(np.hypot(*np.diff(path, axis=0).T).sum()) / segments * 0.75
    strokes: list[Stroke] = []
    for i, size in zip(index, sizes, strict=True):
        step = path[min(i + 1, len(path) - 1)] - path[max(i - 1, 0)]
        angle = float(np.arctan2(step[1], step[0]))
        ring = ellipse(path[i][0], path[i][1], length, size, angle, n=18)
        strokes.extend(glass(ring, darkness, darkness + 0.2, 0.025))
    return Part("pleon", tuple(strokes))


def tail_fan(x: float, y: float, angle: float, length: float, spread: float = 0.45) -> Part:
    """Tail fan: telson and uropods, blades from one point."""
    strokes: list[Stroke] = []
    for lean in (-spread, -spread / 2, 0.0, spread / 2, spread):
        turn = angle + lean
        cx, cy = x + 0.5 * length * np.cos(turn), y + 0.5 * length * np.sin(turn)
        strokes.extend(
            glass(ellipse(cx, cy, length / 2, length * 0.12, turn, n=14), 0.45, 0.7, 0.02)
        )
    return Part("tail fan", tuple(strokes))


def bivalved(label: str, outline: Points, darkness: float, hinge: Points) -> Part:
    """Two valves seen from the side as one outline, with the hinge as a dark line."""
    inner = outline.mean(axis=0) + 0.8 * (outline - outline.mean(axis=0))
    closed = np.concatenate([inner, inner[:1]])
    return Part(
        label,
        (
            *glass(outline, darkness, 0.8, 0.05),
            *line(closed, darkness + 0.12, 0.02),
            *line(hinge, 0.9, 0.06),
        ),
    )


def coiled_shell(x: float, y: float, radius: float, turns: float, darkness: float = 0.6) -> Part:
    """Shell coiled in a spiral, its opening towards +x."""
    t = np.linspace(0, 1, 40)
    angle = 2 * np.pi * turns * (1 - t)
    r = radius * (0.08 + 0.92 * t**1.2)
    spiral = np.stack([x + r * np.cos(angle), y + r * np.sin(angle)], axis=1)
    whole = ellipse(x, y, radius * 0.97, radius * 0.93)
    return Part("coiled shell", (*glass(whole, darkness, 0.85, 0.05), *line(spiral, 0.97, 0.06)))
