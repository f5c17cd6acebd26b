"""The recipe of every group that can be drawn, one module a body plan."""

from kgconcepts.demo.plans import (
    bivalved,
    chordates,
    copepods,
    diatoms,
    echinoderms,
    jellies,
    objects,
    protists,
    shrimps,
    worms,
)
from kgconcepts.demo.recipe import Recipe

__all__ = ["RECIPES"]

RECIPES: dict[str, Recipe] = {
    group: recipe
    for branch in (
        diatoms,
        protists,
        copepods,
        bivalved,
        shrimps,
        jellies,
        chordates,
        worms,
        echinoderms,
        objects,
    )
    for group, recipe in branch.RECIPES.items()
}
