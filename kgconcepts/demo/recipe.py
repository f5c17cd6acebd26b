"""What it takes to draw one group."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from kgconcepts.demo.strokes import Part

__all__ = ["Recipe"]


@dataclass(frozen=True)
class Recipe:
    """How one group is drawn.

    Attributes
    ----------
    plan : callable
        Draws the parts of one individual, each a little different.
    bend : float
        How far the whole body may curve, in radians over its half length; 0 for the rigid.
    tilt : float
        How far it may be tilted in depth, in radians; a ball looks the same from everywhere.
    vary : float
        How much proportions differ between individuals, 1 as in most, 0 for a perfect ball.
    """

    plan: Callable[[np.random.Generator], list[Part]]
    bend: float = 0.0
    tilt: float = 0.7
    vary: float = 1.0
