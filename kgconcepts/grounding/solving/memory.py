"""What the last steps say of the curvature: limited-memory BFGS."""

from __future__ import annotations

from collections import deque

import numpy as np
import numpy.typing as npt

__all__ = ["Memory"]

Vector = npt.NDArray[np.float64]


class Memory:
    """The inverse Hessian from differences of points and of gradients.

    Parameters
    ----------
    steps : array of shape (m,)
        Its diagonal before anything is known.
    length : int
        How many differences to keep.

    References
    ----------
    Nocedal and Wright, *Numerical Optimization* (2006), algorithm 7.4.
    """

    def __init__(self, steps: Vector, length: int) -> None:
        self.steps = steps
        self._pairs: deque[tuple[Vector, Vector, float]] = deque(maxlen=length)

    def add(self, s: Vector, y: Vector) -> None:
        """Remember a step and how the gradient changed, unless f was flat along it."""
        inner = float(s @ y)
        if inner > 1e-10 * float(s @ (s / self.steps)) and inner > 0:
            self._pairs.append((s, y, inner))

    def direction(self, gradient: Vector) -> Vector:
        """Return minus the inverse Hessian times the gradient."""
        q = gradient.copy()
        parts = []
        for s, y, inner in reversed(self._pairs):
            parts.append(float(s @ q) / inner)
            q -= parts[-1] * y
        q *= self.steps
        if self._pairs:
            _, y, inner = self._pairs[-1]
            q *= inner / float(y @ (self.steps * y))
        for (s, y, inner), part in zip(self._pairs, reversed(parts), strict=True):
            q += s * (part - float(y @ q) / inner)
        return -q
