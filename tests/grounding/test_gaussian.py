"""The posterior of class means is exact, and what it gives keeps the hierarchy's promises."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit, log_softmax
from sklearn.base import clone
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.exceptions import NotFittedError
from sklearn.metrics import roc_auc_score

from kgconcepts import Evidence, Hierarchy
from kgconcepts.errors import EvidenceError, LatentsError
from kgconcepts.grounding import class_means as means_module
from kgconcepts.grounding.class_means import Means, class_means, tree_parents
from kgconcepts.grounding.gaussian import GaussianGrounder
from kgconcepts.grounding.inputs import unit_latents
from kgconcepts.grounding.moments import Along, Moments

DAGs = st.SearchStrategy[tuple[list[str], list[tuple[str, str]]]]
Array = npt.NDArray[np.float64]
World = Any  # of conftest


@pytest.fixture(scope="module")
def fitted(world: World) -> GaussianGrounder:
    """A model of every other image."""
    rows = np.arange(0, len(world.Z), 2)
    return GaussianGrounder(world.tree).fit(world.Z[rows], world.evidence(rows))


def seen(dag: Hierarchy, seed: int, q: int = 3) -> tuple[Along, npt.NDArray[np.float32], Array]:
    """Patterns of one class each and of some classes, some of them without images; and scales."""
    rng = np.random.default_rng(seed)
    L = len(dag.leaves)
    possible = np.concatenate([np.eye(L, dtype=bool), rng.random((2, L)) < 0.5])
    possible[:, 0] |= ~possible.any(axis=1)
    counts = rng.integers(0, 5, len(possible)).astype(float)
    counts[0] = 3
    sums = rng.normal(size=(len(possible), q)) * counts[:, None]
    means = sums[counts > 0] / counts[counts > 0, None]
    squares = counts[counts > 0] @ means**2 + rng.uniform(1, 9, q) * counts.sum()
    along = Along(counts, sums, squares, rng.uniform(2, 9, q))
    factors = np.where(possible, 0, -np.inf).astype(np.float32)
    return along, factors, rng.uniform(0.3, 2, len(dag))


def conditioned(
    along: Along, factors: npt.NDArray[np.float32], dag: Hierarchy, scale: Array, found: Means
) -> tuple[Array, Array, Array]:
    """Condition the joint Gaussian of all deviations and all that was seen, axis by axis.

    Only σ², β (from the prior variance of an unseen model) and the frequencies are taken over.
    """
    closure = dag.closure[dag.leaves].toarray().astype(float)
    rows = np.flatnonzero(along.counts > 0)
    n = along.counts[rows]
    f = np.exp(found.log_frequency)
    shares = np.exp(factors[rows]) * f
    shares /= shares.sum(axis=1, keepdims=True)
    A = shares @ closure
    G = closure @ np.diag(scale**2) @ closure.T
    between = f @ G.diagonal() - f @ G @ f
    spread = np.array([a @ G.diagonal() - a @ G @ a for a in shares])
    spread[np.isclose(spread, 0)] = 0
    deviations, variances = np.zeros((len(dag), 3)), np.zeros((len(closure), 3))
    likelihood = np.zeros(3)
    for j in range(3):
        within = found.within[j]
        beta = (along.variance[j] - within) / (between if between > 1e-9 else 1)
        prior = beta * np.diag(scale**2)
        noise = within / n + beta * spread * (1 + 1 / n) / 2
        V = A @ prior @ A.T + np.diag(noise)
        y = along.sums[rows, j] / n
        gain = prior @ A.T @ np.linalg.inv(V)
        deviations[:, j] = gain @ y
        variances[:, j] = np.diag(closure @ (prior - gain @ A @ prior) @ closure.T)
        likelihood[j] = -(np.linalg.slogdet(V)[1] + y @ np.linalg.solve(V, y)) / 2
    return deviations, variances, likelihood


@given(data=st.data(), seed=st.integers(0, 10**6))
def test_the_posterior_is_that_of_the_joint_gaussian(
    dags: DAGs, data: st.DataObject, seed: int
) -> None:
    dag = Hierarchy.from_edges(*data.draw(dags))
    along, factors, scale = seen(dag, seed)
    found = class_means(along, factors, dag.closure, dag.leaves, scale)
    deviations, variances, likelihood = conditioned(along, factors, dag, scale, found)
    np.testing.assert_allclose(found.deviations, deviations, atol=1e-8)
    np.testing.assert_allclose(found.variances, variances, atol=1e-8)
    # Up to what depends on the counts alone: the determinant of N.
    n = along.counts[along.counts > 0]
    np.testing.assert_allclose(found.log_likelihood, likelihood - np.log(n).sum() / 2, rtol=1e-8)


@given(
    parents=st.lists(st.integers(0, 10**6), min_size=1, max_size=14),
    seed=st.integers(0, 10**6),
)
def test_a_tree_is_eliminated_to_the_same_posterior(parents: list[int], seed: int) -> None:
    """Each concept hangs under one of those before it, or is a root."""
    above = [p % (k + 1) - 1 for k, p in enumerate(parents)]
    edges = [(str(k), str(p)) for k, p in enumerate(above) if p >= 0]
    tree = Hierarchy.from_edges(map(str, range(len(above))), edges)
    along, _, scale = seen(tree, seed)
    along = Along(along.counts[:-2], along.sums[:-2], along.squares, along.variance)
    closure, leaves = tree.closure.astype(float), tree.leaves
    with pytest.MonkeyPatch.context() as patch:
        dense = class_means(along, None, closure, leaves, scale)
        patch.setattr(means_module, "DENSE", 0)
        patch.setattr(np.linalg, "eigh", None)
        sparse = class_means(along, None, closure, leaves, scale)
    for field in fields(Means):
        np.testing.assert_allclose(
            getattr(sparse, field.name), getattr(dense, field.name), atol=1e-9, rtol=1e-7
        )


def test_parents_are_known_from_sums_along_a_tree_alone() -> None:
    tree = Hierarchy.from_edges("abcd", [("b", "a"), ("c", "b")])
    dag = Hierarchy.from_edges("abc", [("c", "a"), ("c", "b")])
    found = tree_parents(tree.closure)
    assert found is not None
    assert [tree.ids[p] if p >= 0 else None for p in found[[tree.index(x) for x in "abcd"]]] == [
        *(None, "a", "b", None)
    ]
    assert tree_parents(dag.closure) is None


@given(data=st.data(), seed=st.integers(0, 10**6))
def test_of_very_many_images_the_mean_is_theirs(dags: DAGs, data: st.DataObject, seed: int) -> None:
    dag = Hierarchy.from_edges(*data.draw(dags))
    L, rng = len(dag.leaves), np.random.default_rng(seed)
    n, means = np.full(L, 1e12), rng.normal(size=(L, 2))
    along = Along(n, n[:, None] * means, n @ means**2 + n.sum(), np.full(2, 2.5))
    factors = np.where(np.eye(L, dtype=bool), 0, -np.inf).astype(np.float32)
    closure = dag.closure[dag.leaves].astype(float)
    found = class_means(along, factors, dag.closure, dag.leaves, np.ones(len(dag)))
    np.testing.assert_allclose(closure @ found.deviations, means, atol=1e-5)
    assert found.variances.max() < 1e-5


@given(data=st.data(), seed=st.integers(0, 10**6))
def test_a_class_without_images_is_where_what_it_is_and_has_puts_it(
    dags: DAGs, data: st.DataObject, seed: int
) -> None:
    dag = Hierarchy.from_edges(*data.draw(dags))
    rng = np.random.default_rng(seed)
    leaf = rng.choice(dag.leaves, 12)
    targets = dag.closure[leaf].toarray()
    model = GaussianGrounder(dag, folds=1).fit(rng.normal(size=(12, 4)), targets)
    for k in np.setdiff1d(dag.leaves, leaf):
        above = dag.closure[[k]].indices
        above = above[above != k]
        assert not model.deviations_[k].any()
        np.testing.assert_allclose(
            model.directions_[k], model.deviations_[above].sum(axis=0), atol=1e-12
        )


@settings(max_examples=40)
@given(data=st.data(), seed=st.integers(0, 10**6), scale=st.sampled_from([1e-30, 1e-6, 1.0, 1e30]))
def test_a_child_is_never_more_probable_than_its_parent(
    dags: DAGs, data: st.DataObject, seed: int, scale: float
) -> None:
    dag = Hierarchy.from_edges(*data.draw(dags))
    rng = np.random.default_rng(seed)
    Z = rng.normal(size=(24, 5)) * scale
    targets = dag.closure[rng.choice(dag.leaves, 24)].toarray().astype(float)
    model = GaussianGrounder(dag, folds=2).fit(Z, targets)
    new = np.concatenate([Z, rng.normal(size=(200, 5)) * 10 * scale])
    children, parents = dag.parents.nonzero()
    for scores in (model.predict_proba(new), model.decision_function(new)):
        assert np.isfinite(scores).all()
        assert (scores[:, children] > scores[:, parents]).sum() == 0


@pytest.mark.parametrize("scale", [1e-30, 1e30])
def test_the_scale_of_the_latents_does_not_matter(
    world: World, fitted: GaussianGrounder, scale: float
) -> None:
    rows = np.arange(0, len(world.Z), 2)
    scaled = GaussianGrounder(world.tree).fit(world.Z[rows] * scale, world.evidence(rows))
    np.testing.assert_allclose(
        scaled.predict_proba(world.Z * scale), fitted.predict_proba(world.Z), atol=1e-6
    )


@given(data=st.data(), seed=st.integers(0, 10**6))
def test_the_variance_within_classes_is_told_from_that_among_them(
    dags: DAGs, data: st.DataObject, seed: int
) -> None:
    """From what it and that of the means lead to: the scatter of patterns, and that of all."""
    dag = Hierarchy.from_edges(*data.draw(dags))
    rng = np.random.default_rng(seed)
    L, scale = len(dag.leaves), rng.uniform(0.5, 2, len(dag))
    possible = np.concatenate([np.eye(L, dtype=bool), np.ones((1, L), dtype=bool)])
    counts = np.append(np.full(L, 1e9), 1e9 * (seed % 2))  # the last pattern says nothing
    closure = dag.closure[dag.leaves].toarray()
    G = closure @ np.diag(scale**2) @ closure.T
    spread = G.diagonal().mean() - G.mean()  # all classes being as frequent
    within, beta = np.array([2.0, 0.9]), np.array([0.5, 3.0])
    scatter = within + beta * spread * counts[-1] / counts.sum()
    along = Along(counts, np.zeros((L + 1, 2)), counts.sum() * scatter, within + beta * spread)
    factors = np.where(possible, 0, -np.inf).astype(np.float32)
    found = class_means(along, factors, dag.closure.astype(float), dag.leaves, scale)
    expected = within if L > 1 else 0.95 * within
    np.testing.assert_allclose(found.within, expected, rtol=1e-5)


def test_scores_are_those_of_gaussians_about_the_means(world: World) -> None:
    """Of classes of unlike sizes, so that the mean of all directions is not the centre."""
    rows = np.concatenate([np.arange(0, 40), np.arange(40, len(world.Z), 8)])
    model = GaussianGrounder(world.tree).fit(world.Z[rows], world.evidence(rows))
    leaves, found = world.tree.leaves, model.means_
    X = unit_latents(world.Z, model.center_)
    origin = unit_latents(world.Z[rows], model.center_).mean(axis=0)
    assert np.abs(origin).max() > 0.01
    x = ((X - origin) @ model._axes)[:, None, : model.axes_]
    mean = world.tree.closure[leaves] @ found.deviations
    distance = ((x - mean) ** 2 / found.within).sum(axis=2)
    direct = log_softmax(found.log_frequency - model.power_ * distance / 2, axis=1)
    np.testing.assert_allclose(model.class_log_p(world.Z), direct, atol=1e-8)


def test_what_is_chosen_is_likeliest_of_images_that_were_held_out() -> None:
    """Latents that say nothing of the classes: those seen are fitted, others are not."""
    flat = Hierarchy.from_edges("ab", [])
    rng = np.random.default_rng(1)
    Z, label = rng.normal(size=(24, 20)), np.eye(2)[np.arange(24) % 2]
    model = GaussianGrounder(flat, axes=(16,), powers=(3.0, 0.1)).fit(Z, label)
    assert model.power_ == 0.1
    loose, sharp = (
        GaussianGrounder(flat, axes=(16,), powers=(power,)).fit(Z, label) for power in (0.1, 3.0)
    )
    own = label.argmax(axis=1), np.arange(24)
    seen_loose, seen_sharp = (m.class_log_p(Z)[own[1], own[0]].sum() for m in (loose, sharp))
    assert seen_sharp > seen_loose


def test_without_a_hierarchy_and_with_many_images_it_is_linear_discriminant_analysis() -> None:
    """On latents whose axes are the principal ones and which scatter alike within classes."""
    flat = Hierarchy.from_edges("abc", [])
    rng = np.random.default_rng(3)
    leaf = np.repeat([0, 1, 2], 4000)
    Z = np.array([[4.0, 0, 0, 0], [0, 2, 0, 0], [-4, 0, 0, 0]])[leaf]
    Z = Z + rng.normal(size=Z.shape) * [0.4, 0.5, 0.6, 0.7]
    model = GaussianGrounder(flat, axes=(4,), powers=(1.0,)).fit(Z, np.eye(3)[leaf])
    X = unit_latents(Z, model.center_)
    peer = LinearDiscriminantAnalysis().fit(X, leaf)
    ours = model.predict_proba(Z)
    theirs = peer.predict_proba(X)
    assert (ours.argmax(axis=1) == theirs.argmax(axis=1)).mean() > 0.99
    assert np.abs(ours - theirs).mean() < 0.02


def test_the_classes_are_told_apart(world: World, fitted: GaussianGrounder) -> None:
    rows = np.arange(1, len(world.Z), 2)
    scores, truth = fitted.decision_function(world.Z[rows]), world.targets(rows)
    for k in range(1, len(world.tree)):
        assert roc_auc_score(truth[:, k], scores[:, k]) > 0.9


def test_an_unseen_class_is_scored_by_its_parent(world: World) -> None:
    unseen = world.tree.index("copepod 2")
    rows = np.flatnonzero(world.leaf != unseen)
    model = GaussianGrounder(world.tree).fit(world.Z[rows], world.evidence(rows))
    copepod = world.targets(np.arange(len(world.Z)))[:, world.tree.index("copepod")]
    assert roc_auc_score(copepod, model.decision_function(world.Z)[:, unseen]) > 0.9


def test_directions_are_sums_of_deviations_and_give_the_scores(
    world: World, fitted: GaussianGrounder
) -> None:
    np.testing.assert_allclose(
        fitted.directions_, world.tree.push_down(fitted.deviations_), atol=1e-9
    )
    leaves = world.tree.leaves
    X = unit_latents(world.Z, fitted.center_)
    logits = X @ fitted.directions_[leaves].T + fitted.intercepts_[leaves]
    p, scores = fitted.predict_proba(world.Z), fitted.decision_function(world.Z)
    np.testing.assert_allclose(p[:, leaves], np.exp(log_softmax(logits, axis=1)), atol=1e-12)
    np.testing.assert_allclose(expit(scores), p, atol=1e-12)
    below = world.tree.closure[leaves].toarray()
    np.testing.assert_allclose(p, p[:, leaves] @ below, atol=1e-12)


def test_from_moments_of_streamed_images_it_is_the_same_model(world: World) -> None:
    rows = np.arange(len(world.Z))
    evidence = world.evidence(rows).only(rows[::3])
    whole = GaussianGrounder(world.tree, axes=(8,), powers=(0.3,)).fit(world.Z, evidence)
    center, R = world.Z.mean(axis=0), len(evidence.patterns)
    blocks = [
        Moments.of(world.Z[b], evidence.pattern[b], R, center) for b in np.array_split(rows, 7)
    ]
    moments = sum(blocks[1:], blocks[0])
    model = GaussianGrounder(world.tree, axes=(8,), powers=(0.3,)).fit_moments(moments, evidence)
    codes = np.searchsorted(world.tree.leaves, world.leaf)
    codes[np.setdiff1d(rows, rows[::3])] = -1
    by_class = clone(model).fit_moments(Moments.of(world.Z, codes, 9, center))
    for other in (model, by_class):
        np.testing.assert_allclose(
            other.predict_proba(world.Z), whole.predict_proba(world.Z), atol=1e-9
        )


def test_unlabelled_images_count_wherever_they_are_given(world: World) -> None:
    rows = np.arange(0, len(world.Z), 5)
    beside = GaussianGrounder(world.tree).fit(
        world.Z[rows], world.evidence(rows), np.delete(world.Z, rows, axis=0)
    )
    among = GaussianGrounder(world.tree).fit(
        np.concatenate([world.Z[rows], np.delete(world.Z, rows, axis=0)]),
        np.concatenate(
            [world.targets(rows), np.full((len(world.Z) - len(rows), len(world.tree)), -1)]
        ),
    )
    np.testing.assert_allclose(
        beside.predict_proba(world.Z), among.predict_proba(world.Z), atol=1e-9
    )


def test_a_coarse_label_moves_what_all_below_share_and_favours_none(world: World) -> None:
    tree = world.tree
    fine = np.flatnonzero(np.isin(world.leaf, tree.leaves[-2:]))[:6]
    parent = tree.parents[[world.leaf[0]]].indices[0]
    children = tree.children[[parent]].indices
    coarse = np.flatnonzero(np.isin(world.leaf, children))[:20]
    targets = np.full((len(fine) + len(coarse), len(tree)), -1)
    targets[: len(fine)] = world.targets(fine)
    targets[len(fine) :, tree.closure[[parent]].indices] = 1
    Z = world.Z[np.concatenate([fine, coarse])]
    model = GaussianGrounder(tree, folds=1).fit(Z, targets)
    unlike = [k for k in children if k in tree.leaves and k not in world.leaf[fine]]
    p = model.predict_proba(world.Z)[:, unlike]
    np.testing.assert_allclose(p, p[:, :1] * np.ones(len(unlike)), rtol=1e-6)
    assert np.abs(model.deviations_[parent]).max() > 0


@pytest.mark.parametrize("change", ["constant", "twice", "wide"])
def test_columns_that_say_nothing_new_do_no_harm(world: World, change: str) -> None:
    rows = np.arange(0, len(world.Z), 2)
    Z = {
        "constant": np.column_stack([world.Z, np.full(len(world.Z), 7.0)]),
        "twice": np.column_stack([world.Z, world.Z]),
        "wide": np.column_stack([world.Z, np.zeros((len(world.Z), 3 * len(world.Z)))]),
    }[change][:, :400]
    model = GaussianGrounder(world.tree).fit(Z[rows], world.evidence(rows))
    plain = GaussianGrounder(world.tree).fit(world.Z[rows], world.evidence(rows))
    np.testing.assert_allclose(model.predict_proba(Z), plain.predict_proba(world.Z), atol=1e-6)


def test_of_one_image_it_says_how_common_classes_are() -> None:
    tree = Hierarchy.from_edges("abc", [("b", "a"), ("c", "a")])
    model = GaussianGrounder(tree).fit([[1.0, 2.0]], [[1, 1, 0]])
    np.testing.assert_allclose(model.predict_proba([[3.0, 4.0]]), [[1, 0.75, 0.25]])


@pytest.mark.parametrize("label", [1, 0])
def test_a_concept_that_all_or_no_images_show_is_scored_all_the_same(label: int) -> None:
    tree = Hierarchy.from_edges("abcd", [("b", "a"), ("c", "b"), ("d", "b")])
    Z = np.random.default_rng(0).normal(size=(10, 3))
    targets = [[1, 1, label, 1 - label]] * 10
    model = GaussianGrounder(tree).fit(Z, targets)
    p = model.predict_proba(Z)
    assert np.isfinite(model.decision_function(Z)).all()
    assert ((p[:, 2] > 0.5) == bool(label)).all()


def test_trust_is_learnt_for_families_that_are_given(world: World) -> None:
    rows = np.arange(0, len(world.Z), 2)
    families = ["coarse" if k < 3 else "fine" for k in range(len(world.tree))]
    model = GaussianGrounder(world.tree, families=families).fit(world.Z[rows], world.evidence(rows))
    assert set(model.trust_) == {"coarse", "fine"}
    before = GaussianGrounder(world.tree).fit(world.Z[rows], world.evidence(rows))
    likelier = model._means(_along(model, world, rows), model._trust).log_likelihood.sum()
    alike = before._means(_along(before, world, rows), before._trust).log_likelihood.sum()
    assert likelier >= alike


def _along(model: GaussianGrounder, world: World, rows: npt.NDArray[np.intp]) -> Along:
    evidence = world.evidence(rows)
    factors, pattern = np.unique(
        evidence.class_log_factors(world.tree), axis=0, return_inverse=True
    )
    pattern = np.asarray(pattern).ravel()
    moments = Moments.of(world.Z[rows], pattern, len(factors), model.center_)
    return moments.along(model._axes, model._origin)


def test_the_same_input_and_seed_give_the_same_bits_and_clones_fit_alike(world: World) -> None:
    rows = np.arange(0, len(world.Z), 2)
    first = GaussianGrounder(world.tree, random_state=3).fit(world.Z[rows], world.evidence(rows))
    second = clone(first).fit(world.Z[rows], world.evidence(rows))
    assert np.array_equal(first.directions_, second.directions_)
    light = clone(first).fit(world.Z[rows].astype(np.float32), world.evidence(rows))
    np.testing.assert_allclose(
        light.predict_proba(world.Z), first.predict_proba(world.Z), atol=1e-4
    )


def test_what_cannot_be_fitted_is_refused(world: World) -> None:
    rows = np.arange(6)
    Z, evidence = world.Z[:6].copy(), world.evidence(rows)
    Z[2, 1] = np.nan
    with pytest.raises(LatentsError, match="row 2, unit 1"):
        GaussianGrounder(world.tree).fit(Z, evidence)
    with pytest.raises(LatentsError, match="6 images and evidence on 5"):
        GaussianGrounder(world.tree).fit(world.Z[:6], world.evidence(rows[:5]))
    with pytest.raises(EvidenceError, match="axes are"):
        GaussianGrounder(world.tree, axes=()).fit(world.Z[:6], evidence)
    with pytest.raises(EvidenceError, match="folds is 0"):
        GaussianGrounder(world.tree, folds=0).fit(world.Z[:6], evidence)
    with pytest.raises(EvidenceError, match="no image is annotated"):
        GaussianGrounder(world.tree).fit(world.Z[:6], np.full((6, len(world.tree)), -1))
    with pytest.raises(NotFittedError):
        GaussianGrounder(world.tree).predict_proba(world.Z)


def test_moments_of_other_evidence_are_refused(world: World) -> None:
    evidence = world.evidence(np.arange(6))
    R, center = len(evidence.patterns), np.zeros(world.Z.shape[1])
    model = GaussianGrounder(world.tree)
    with pytest.raises(EvidenceError, match="moments are of"):
        model.fit_moments(Moments.of(world.Z[:1], [0], R + 1, center), evidence)
    with pytest.raises(EvidenceError, match="9 classes; give the evidence"):
        model.fit_moments(Moments.of(world.Z[:1], [0], 1, center))
    with pytest.raises(EvidenceError, match="no image is annotated"):
        model.fit_moments(Moments.of(world.Z[:1], [-1], R, center), evidence)
    leaves = world.tree.leaves
    both = np.full((1, len(world.tree)), -1)
    both[0, leaves[:2]] = 1
    impossible = Evidence.from_targets(both, world.tree.ids)
    with pytest.raises(EvidenceError, match="no class agrees"):
        model.fit_moments(Moments.of(world.Z[:1], [0], 1, center), impossible)
