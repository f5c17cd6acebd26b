"""Latents and evidence at the edge: a right answer or a clear error."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from sklearn.metrics import roc_auc_score
from sklearn.utils.estimator_checks import (
    check_get_params_invariance,
    check_mixin_order,
    check_no_attributes_set_in_init,
    check_set_params,
)

from kgconcepts import Evidence, HierarchicalGrounder
from kgconcepts.errors import EvidenceError, LatentsError

World = Any  # of conftest
Array = npt.NDArray[np.float64]
QUICK: dict[str, Any] = {"strengths": (3.0, 0.3), "folds": 3}


def fitted(world: World, Z: Array, rows: npt.NDArray[np.intp]) -> HierarchicalGrounder:
    """Fit on these images, the rest unlabelled; a warning is a failure."""
    targets = np.full((len(Z), len(world.tree)), np.nan)
    targets[rows] = world.targets(rows)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return HierarchicalGrounder(world.tree, **QUICK).fit(Z, targets)


@pytest.mark.parametrize(
    "change",
    [
        lambda Z: np.column_stack([Z, np.full(len(Z), 7.0)]),
        lambda Z: np.column_stack([Z, Z, Z[:, :1]]),
        lambda Z: Z @ np.random.default_rng(0).normal(size=(16, 500)),
        lambda Z: 1e-30 * Z,
        lambda Z: 1e30 * Z,
        lambda Z: Z + 1e6,
    ],
    ids=["a constant column", "columns twice", "d > n", "1e-30", "1e30", "far from zero"],
)
def test_latents_of_any_make_are_learnt_from(
    world: World, change: Callable[[Array], Array]
) -> None:
    Z = change(world.Z)
    model = fitted(world, Z, np.arange(0, len(Z), 5))
    p = model.predict_proba(Z)
    assert np.isfinite(p).all()
    assert np.isfinite(model.directions_).all()
    truth = world.targets(np.arange(len(Z)))
    for k in world.tree.leaves:
        assert roc_auc_score(truth[:, k], p[:, k]) > 0.9


def test_a_constant_column_is_in_no_direction(world: World) -> None:
    Z = np.column_stack([world.Z, np.full(len(world.Z), 7.0)])
    model = fitted(world, Z, np.arange(0, len(Z), 5))
    np.testing.assert_allclose(model.directions_[:, -1], 0, atol=1e-6)


def test_one_annotated_image_among_many(world: World) -> None:
    model = fitted(world, world.Z, np.array([130]))
    p = model.predict_proba(world.Z)
    assert np.isfinite(p).all()
    assert (model.certificate_["verdict"] != "grounded").all()


def test_a_concept_that_every_image_shows_and_one_that_none_does(world: World) -> None:
    rows = np.flatnonzero(world.leaf != world.tree.index("larva 2"))[::6]
    model = fitted(world, world.Z, rows)
    table = {row["id"]: row for row in model.certificate_.iter_rows(named=True)}
    assert table["living"]["auc"] is None
    assert table["living"]["verdict"] == "undetectable here"
    assert table["larva 2"]["support"] == 0
    assert table["larva 2"]["borrows_from"] == ["larva"]
    assert table["larva 2"]["verdict"] == "inherited from larva"
    np.testing.assert_allclose(model.predict_proba(world.Z)[:, 0], 1)


@pytest.mark.parametrize("weight", [np.inf, np.nan, -1.0])
def test_weights_that_are_no_weights_are_refused(world: World, weight: float) -> None:
    evidence = world.evidence(np.arange(9))
    with pytest.raises(EvidenceError, match="weight"):
        evidence.weighted(np.r_[weight, np.ones(8)])


def test_nothing_known_or_no_number_is_refused(world: World) -> None:
    Z = world.Z[:9]
    nothing = Evidence.from_targets(np.full((9, len(world.tree)), np.nan), world.tree.ids)
    with pytest.raises(EvidenceError, match="no image is annotated"):
        HierarchicalGrounder(world.tree).fit(Z, nothing)
    with pytest.raises(LatentsError, match="found nan"):
        HierarchicalGrounder(world.tree).fit(np.full_like(Z, np.nan), world.evidence(np.arange(9)))


def test_float32_and_float64_latents_agree(world: World) -> None:
    rows = np.arange(0, len(world.Z), 5)
    heavy, light = (fitted(world, world.Z.astype(t), rows) for t in (np.float64, np.float32))
    assert heavy.strength_ == light.strength_
    assert heavy.sparsity_ == light.sparsity_
    np.testing.assert_allclose(
        heavy.predict_proba(world.Z), light.predict_proba(world.Z), atol=2e-3
    )


@pytest.mark.parametrize(
    "check",
    [
        check_get_params_invariance,
        check_mixin_order,
        check_no_attributes_set_in_init,
        check_set_params,
    ],
)
def test_what_scikit_learn_checks_of_estimators(world: World, check: Any) -> None:
    """The checks that apply: the others fit on targets that know no hierarchy."""
    check("HierarchicalGrounder", HierarchicalGrounder(world.tree))


def test_a_fit_adds_attributes_and_leaves_parameters(world: World) -> None:
    rows = np.arange(0, len(world.Z), 9)
    model = HierarchicalGrounder(world.tree, **QUICK)
    before = dict(vars(model))
    model.fit(world.Z[rows], world.evidence(rows))
    added = set(vars(model)) - set(before)
    assert all(name.startswith("_") or name.endswith("_") for name in added)
    assert {name: vars(model)[name] for name in before} == before
