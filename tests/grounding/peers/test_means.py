"""Peers that know classes by their means, and the map to text, against closed forms."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.stats import norm
from sklearn.linear_model import Ridge

from kgconcepts import Evidence, Hierarchy
from kgconcepts.errors import EvidenceError
from kgconcepts.grounding.inputs import unit_latents
from kgconcepts.grounding.peers import FlatGaussian, ShrunkMeans, TextToConcept
from kgconcepts.grounding.peers.base import likeliest
from kgconcepts.grounding.peers.gaussian import Setting, predictive
from kgconcepts.grounding.peers.means import shrunk_means

World = Any  # of conftest


def test_a_class_is_expected_where_its_images_and_all_others_say() -> None:
    """Two images along one axis: the conjugate posterior of a mean, section 2.5 of Gelman et al."""
    X, total = np.array([[1.0], [2.0], [-2.0]]), np.array([2.0])
    shares = np.array([[1.0, 0, 0], [1, 0, 0], [0, 1, 0]])
    mean, variance, log_frequency = predictive(X, shares, total, Setting(1, 1.0, 0.0, 1.0))
    within = 0.5  # squares about the mean of the first class, one degree of freedom
    between = 2.0 - within
    n = np.array([2, 1, 0])
    precision = 1 / between + n / within
    centre = np.array([1.5, -2, 0]) * n / within / precision
    np.testing.assert_allclose(mean[:, 0], centre)
    np.testing.assert_allclose(variance[:, 0], within + 1 / precision)
    np.testing.assert_allclose(np.exp(log_frequency), np.array([2.5, 1.5, 0.5]) / 4.5)


def test_the_gaussian_score_is_a_log_ratio_of_densities(world: World) -> None:
    rows = np.arange(0, len(world.Z), 6)
    model = FlatGaussian(world.tree).fit(world.Z[rows], world.evidence(rows))
    axes, temper = model._axes, model.setting_.temper
    X = (unit_latents(world.Z, model.center_) - model.origin_) @ axes
    np.testing.assert_allclose(axes.T @ axes, np.eye(axes.shape[1]), atol=1e-10)
    # A power of a normal density is, but for a factor that all classes share, a normal density's.
    log_p = temper * norm.logpdf(X[:, None], model._means, np.sqrt(model._variances)).sum(axis=2)
    p = np.exp(log_p + model._log_frequency)
    below = world.tree.closure[world.tree.leaves].toarray().astype(bool)
    scores = model.decision_function(world.Z)
    for k in range(1, len(world.tree)):
        expected = np.log(p[:, below[:, k]].sum(axis=1) / p[:, ~below[:, k]].sum(axis=1))
        np.testing.assert_allclose(scores[:, k], expected, atol=1e-6)


def test_an_unseen_class_is_expected_at_the_mean_of_all(world: World) -> None:
    unseen = world.tree.index("diatom 1")
    rows = np.flatnonzero(world.leaf != unseen)
    model = FlatGaussian(world.tree).fit(world.Z[rows], world.evidence(rows))
    place = int(np.flatnonzero(world.tree.leaves == unseen)[0])
    np.testing.assert_allclose(model._means[place], 0, atol=1e-12)
    assert (model._variances[place] >= model._variances.max(axis=0) - 1e-12).all()


def test_the_unlabelled_say_how_far_images_scatter(world: World) -> None:
    rows = np.arange(0, len(world.Z), 20)
    with_them = FlatGaussian(world.tree).fit(world.Z[rows], world.evidence(rows), world.Z)
    alone = FlatGaussian(world.tree).fit(world.Z[rows], world.evidence(rows))
    assert np.abs(with_them._axes - alone._axes).max() > 0.01


def test_means_are_shrunk_to_the_average_of_their_parents() -> None:
    dag = Hierarchy.from_edges("abcd", [("c", "a"), ("c", "b"), ("d", "c")])
    X = np.array([[4.0], [8.0]])
    shown = np.array([[1, 0, 0, 0], [0, 1, 0, 0]], dtype=bool)
    means = shrunk_means(X, shown, dag, 1.0, np.zeros(1))
    np.testing.assert_allclose(means[:, 0], [2, 4, 3, 3])


def test_without_shrinkage_means_are_means(world: World) -> None:
    rows = np.arange(0, len(world.Z), 3)
    shown = world.targets(rows) == 1
    means = shrunk_means(world.Z[rows], shown, world.tree, 1e-12, np.zeros(16))
    for k in range(len(world.tree)):
        np.testing.assert_allclose(means[k], world.Z[rows][shown[:, k]].mean(axis=0))


def test_shrunk_means_tell_the_nearest(world: World) -> None:
    rows = np.arange(0, len(world.Z), 3)
    model = ShrunkMeans(world.tree).fit(world.Z[rows], world.evidence(rows))
    leaves = world.tree.leaves
    X = unit_latents(world.Z, model.center_)
    distance = ((X[:, None] - model.means_[leaves]) ** 2).sum(axis=2)
    nearest = model.decision_function(world.Z)[:, leaves].argmax(axis=1)
    np.testing.assert_array_equal(nearest, distance.argmin(axis=1))


def test_the_likeliest_setting_is_taken() -> None:
    possible = np.eye(3, dtype=bool)[[0, 1, 2, 0]]

    def held_out(sharpness: float, out: Any) -> Any:
        return sharpness * possible[out].astype(float)

    fold = np.array([0, 1, 0, 1])
    assert likeliest([-1.0, 2.0, 0.5], held_out, possible, fold) == 2.0
    assert likeliest([-1.0, 2.0], held_out, possible, np.zeros(4, dtype=np.intp)) == -1.0


def test_the_text_map_is_ridge_and_the_score_a_cosine(world: World) -> None:
    rows = np.arange(0, len(world.Z), 3)
    texts = np.random.default_rng(0).normal(size=(len(world.tree), 5))
    model = TextToConcept(world.tree, texts).fit(world.Z[rows], world.evidence(rows))
    T = texts - texts.mean(axis=0)
    T /= np.linalg.norm(T, axis=1, keepdims=True)
    X, Y = unit_latents(world.Z, model.center_), world.targets(rows) @ T
    Y /= np.linalg.norm(Y, axis=1, keepdims=True)
    maps = [Ridge(alpha=a).fit(X[rows], Y) for a in np.geomspace(0.01, 100, 13)]
    ours = min(maps, key=lambda m: float(np.abs(m.coef_ - model.map_).max()))
    np.testing.assert_allclose(model.map_, ours.coef_, atol=1e-8)
    mapped = ours.predict(X)
    cosine = mapped @ T.T / np.linalg.norm(mapped, axis=1, keepdims=True)
    np.testing.assert_allclose(model.decision_function(world.Z), cosine, atol=1e-8)


def test_the_text_map_wants_a_vector_a_concept(world: World) -> None:
    rows = np.arange(0, len(world.Z), 3)
    with pytest.raises(EvidenceError, match=r"text vectors are of shape \(3, 2\); expected"):
        TextToConcept(world.tree, np.ones((3, 2))).fit(world.Z[rows], world.evidence(rows))
    vectors = np.full((len(world.tree), 2), np.nan)
    with pytest.raises(EvidenceError, match="expected finite numbers"):
        TextToConcept(world.tree, vectors).fit(world.Z[rows], world.evidence(rows))
    evidence = Evidence.from_targets(world.targets(rows), world.tree.ids)
    lone = TextToConcept(world.tree, np.ones((len(world.tree), 2))).fit(world.Z[rows], evidence)
    assert np.isfinite(lone.decision_function(world.Z)).all()
