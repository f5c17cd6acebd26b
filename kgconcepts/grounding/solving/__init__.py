"""Convex problems over deviations: a smooth loss of their sums, a sparse penalty, one solver."""

from kgconcepts.grounding.solving.least_squares import LeastSquares
from kgconcepts.grounding.solving.moments import Moments
from kgconcepts.grounding.solving.multinomial import Multinomial
from kgconcepts.grounding.solving.path import path, strongest
from kgconcepts.grounding.solving.protocols import Datafit, Penalty
from kgconcepts.grounding.solving.solver import Solution, solve
from kgconcepts.grounding.solving.sparse_group import SparseGroup
from kgconcepts.grounding.solving.tree_group import TreeGroup

__all__ = [
    "Datafit",
    "LeastSquares",
    "Moments",
    "Multinomial",
    "Penalty",
    "Solution",
    "SparseGroup",
    "TreeGroup",
    "path",
    "solve",
    "strongest",
]
