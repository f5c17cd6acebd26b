"""Directions that keep the hierarchy's promises, and errors that say what to do."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.special import expit, log_softmax
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.metrics import roc_auc_score

from kgconcepts import Evidence, HierarchicalGrounder, Hierarchy
from kgconcepts.errors import EvidenceError, LatentsError
from kgconcepts.grounding.inputs import check_latents, unit_latents
from kgconcepts.grounding.peers import FlatMultinomial

DAGs = st.SearchStrategy[tuple[list[str], list[tuple[str, str]]]]
World = Any  # of conftest
QUICK: dict[str, Any] = {"strengths": (1.0, 0.1), "folds": 3}


@pytest.fixture(scope="module")
def fitted(world: World) -> HierarchicalGrounder:
    """A model of every other image."""
    rows = np.arange(0, len(world.Z), 2)
    return HierarchicalGrounder(world.tree).fit(world.Z[rows], world.evidence(rows))


@settings(max_examples=40)
@given(data=st.data(), seed=st.integers(0, 10**6), scale=st.sampled_from([1e-6, 1.0, 1e6]))
def test_a_child_is_never_more_probable_than_its_parent(
    dags: DAGs, data: st.DataObject, seed: int, scale: float
) -> None:
    dag = Hierarchy.from_edges(*data.draw(dags))
    rng = np.random.default_rng(seed)
    Z = rng.normal(size=(24, 5)) * scale
    targets = dag.closure[rng.choice(dag.leaves, 24)].toarray().astype(float)
    model = HierarchicalGrounder(dag, strengths=(0.01,), folds=1).fit(Z, targets)
    new = np.concatenate([Z, rng.normal(size=(200, 5)) * 10 * scale])
    children, parents = dag.parents.nonzero()
    for scores in (model.predict_proba(new), model.decision_function(new)):
        assert np.isfinite(scores).all()
        assert (scores[:, children] > scores[:, parents]).sum() == 0


def test_a_probability_is_the_sum_of_those_of_the_classes_below(
    world: World, fitted: HierarchicalGrounder
) -> None:
    p, leaves = fitted.predict_proba(world.Z), world.tree.leaves
    assert p.shape == (len(world.Z), len(world.tree))
    assert p.min() >= 0
    assert p.max() <= 1
    np.testing.assert_allclose(p[:, leaves].sum(axis=1), 1)
    below = world.tree.closure[leaves].toarray()
    np.testing.assert_allclose(p, p[:, leaves] @ below, atol=1e-12)


def test_scores_are_the_log_odds_of_the_probabilities(
    world: World, fitted: HierarchicalGrounder
) -> None:
    p, scores = fitted.predict_proba(world.Z), fitted.decision_function(world.Z)
    np.testing.assert_allclose(expit(scores), p, atol=1e-12)
    for k in range(len(world.tree)):
        order = np.argsort(p[:, k])
        steps, rises = np.diff(p[order, k]), np.diff(scores[order, k])
        assert (rises[steps > 1e-13] > 0).all()


def test_scores_stay_apart_where_probabilities_round_to_one(world: World) -> None:
    rows = np.arange(len(world.Z))
    model = HierarchicalGrounder(world.tree, strengths=(1e-6,), folds=1)
    scores = model.fit(world.Z, world.evidence(rows)).decision_function(world.Z)
    diatom = scores[:, world.tree.index("diatom")]
    assert np.isfinite(diatom).all()
    assert len(np.unique(diatom[diatom > 20])) > 20


def test_the_classes_are_told_apart(world: World, fitted: HierarchicalGrounder) -> None:
    rows = np.arange(1, len(world.Z), 2)
    scores, truth = fitted.decision_function(world.Z[rows]), world.targets(rows)
    for k in range(1, len(world.tree)):
        assert roc_auc_score(truth[:, k], scores[:, k]) > 0.9


def test_directions_are_sums_of_deviations_and_give_the_scores(
    world: World, fitted: HierarchicalGrounder
) -> None:
    np.testing.assert_allclose(
        fitted.directions_, world.tree.push_down(fitted.deviations_), atol=1e-12
    )
    leaves = world.tree.leaves
    X = unit_latents(world.Z, fitted.center_)
    logits = X @ fitted.directions_[leaves].T + fitted.intercepts_[leaves]
    p = fitted.predict_proba(world.Z)[:, leaves]
    relative = np.log(p) - np.log(p[:, :1])
    np.testing.assert_allclose(relative, logits - logits[:, :1], atol=1e-8)


def test_half_of_a_class_s_variance_is_its_own() -> None:
    """Minimised directly: a class's own deviation costs 1 / as many as it shares."""
    dag = Hierarchy.from_edges(
        ["living", "copepod", "antenna", "Oithona", "Calanus", "bubble"],
        [
            *(("copepod", "living"), ("copepod", "antenna")),
            *(("Oithona", "copepod"), ("Calanus", "copepod")),
        ],
    )
    rng = np.random.default_rng(6)
    Z, leaf = rng.normal(size=(18, 2)), rng.choice(dag.leaves, 18)
    closure = dag.closure.toarray()
    alone = {"strengths": (0.7,), "folds": 1, "sparsities": (0,)}
    model = HierarchicalGrounder(dag, **alone).fit(Z, closure[leaf])
    X = np.column_stack([unit_latents(Z, Z.mean(axis=0)), np.ones(18)])
    cost = np.ones(len(dag))
    for name, shared in (("Oithona", 3), ("Calanus", 3), ("bubble", 1)):
        cost[dag.index(name)] = 1 / shared
    own = np.searchsorted(dag.leaves, leaf)

    def objective(v: npt.NDArray[np.float64]) -> float:
        delta = v.reshape(len(dag), 3)
        log_p = log_softmax(X @ (closure[dag.leaves] @ delta).T, axis=1)
        return float(-log_p[np.arange(18), own].sum() + 0.35 * (cost @ delta**2).sum())

    direct = minimize(objective, np.zeros(3 * len(dag)), method="BFGS").x.reshape(len(dag), 3)
    ours = np.column_stack([model.deviations_, np.linalg.pinv(closure) @ model.intercepts_])
    assert objective(ours.ravel()) <= objective(direct.ravel()) * (1 + 1e-4)
    np.testing.assert_allclose(ours, direct, atol=2e-2)


def test_what_an_unseen_class_shares_with_its_parent_it_is_scored_by(world: World) -> None:
    unseen = world.tree.index("copepod 2")
    rows = np.flatnonzero(world.leaf != unseen)
    Z, evidence = world.Z[rows], world.evidence(rows)
    copepod = world.targets(np.arange(len(world.Z)))[:, world.tree.index("copepod")]
    auc = {}
    for kind in (HierarchicalGrounder, FlatMultinomial):
        model = kind(world.tree, strengths=(0.5,), folds=1).fit(Z, evidence)
        auc[kind] = roc_auc_score(copepod, model.decision_function(world.Z)[:, unseen])
    assert auc[HierarchicalGrounder] > 0.9
    assert auc[HierarchicalGrounder] > auc[FlatMultinomial]


def test_a_coarse_label_helps_the_coarse_concept_and_favours_no_class_below(
    world: World,
) -> None:
    """With copepods labelled as such alone, their classes stay as likely as one another."""
    targets = world.targets(np.arange(len(world.Z)))
    copepods = targets[:, world.tree.index("copepod")] == 1
    below = [world.tree.index(f"copepod {k}") for k in range(3)]
    targets[np.ix_(copepods, below)] = -1
    model = HierarchicalGrounder(world.tree, **QUICK).fit(world.Z, targets)
    p = model.predict_proba(world.Z)
    assert p[copepods, world.tree.index("copepod")].mean() > 0.8
    np.testing.assert_allclose(p[:, below], p[:, below[:1]].repeat(3, axis=1), atol=2e-3)


@pytest.mark.parametrize("seed", [0, 7])
def test_the_same_seed_gives_the_same_bits(world: World, seed: int) -> None:
    rows = np.arange(0, len(world.Z), 3)
    one, other = (
        HierarchicalGrounder(world.tree, random_state=seed).fit(world.Z[rows], world.evidence(rows))
        for _ in range(2)
    )
    for name in ("directions_", "intercepts_", "deviations_", "center_"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
    assert one.strength_ == other.strength_
    assert one.certificate_.equals(other.certificate_)


def test_another_seed_divides_the_images_otherwise(world: World) -> None:
    rows = np.arange(0, len(world.Z), 3)
    one, other = (
        HierarchicalGrounder(world.tree, random_state=seed, **QUICK).fit(
            world.Z[rows], world.evidence(rows)
        )
        for seed in (0, 1)
    )
    assert not one.certificate_.equals(other.certificate_)


@pytest.mark.parametrize("change", ["scaled", "shifted", "turned", "doubled", "constant unit"])
def test_what_says_nothing_about_images_changes_nothing(world: World, change: str) -> None:
    rows = np.arange(0, len(world.Z), 4)
    Z = world.Z[rows]
    d = Z.shape[1]
    turn = np.linalg.qr(np.random.default_rng(0).normal(size=(d, d)))[0]
    changed = {
        "scaled": Z * 1000,
        "shifted": Z + np.arange(d),
        "turned": Z @ turn,
        "doubled": np.column_stack([Z, Z]),
        "constant unit": np.column_stack([Z, np.full(len(Z), 3.0)]),
    }[change]
    evidence = world.evidence(rows)
    one, other = (
        HierarchicalGrounder(world.tree, strengths=(0.3,), folds=1)
        .fit(z, evidence)
        .predict_proba(z)
        for z in (Z, changed)
    )
    np.testing.assert_allclose(one, other, atol=2e-3)


def test_images_of_which_nothing_is_known_are_the_unlabelled_ones(world: World) -> None:
    known = np.arange(0, len(world.Z), 3)
    others = np.setdiff1d(np.arange(len(world.Z)), known)
    targets = world.targets(np.arange(len(world.Z)))
    targets[others] = np.nan
    one = HierarchicalGrounder(world.tree, **QUICK).fit(world.Z, targets)
    other = HierarchicalGrounder(world.tree, **QUICK).fit(
        world.Z[known], world.evidence(known), Z_unlabelled=world.Z[others]
    )
    np.testing.assert_allclose(one.center_, world.Z.mean(axis=0))
    np.testing.assert_allclose(other.center_, one.center_)
    np.testing.assert_allclose(other.predict_proba(world.Z), one.predict_proba(world.Z), atol=1e-2)
    assert other.strength_ == one.strength_


def test_arguments_are_left_as_they_were(world: World) -> None:
    rows = np.arange(0, len(world.Z), 8)
    Z, targets = world.Z[rows].copy(), world.targets(rows)
    before = Z.copy(), targets.copy()
    model = HierarchicalGrounder(world.tree, **QUICK).fit(Z, targets)
    model.predict_proba(Z)
    np.testing.assert_array_equal(Z, before[0])
    np.testing.assert_array_equal(targets, before[1])


def test_a_certificate_says_support_quality_and_lender(world: World) -> None:
    seen = ["diatom 0", "diatom 1", "larva 0"]
    rows = np.flatnonzero([world.tree.ids[k] in seen for k in world.leaf])
    model = HierarchicalGrounder(world.tree, **QUICK).fit(world.Z[rows], world.evidence(rows))
    table = {row["id"]: row for row in model.certificate_.iter_rows(named=True)}
    assert tuple(table) == world.tree.ids
    assert [table[id_]["support"] for id_ in ("living", "diatom", *seen)] == [120, 80, 40, 40, 40]
    assert table["diatom 2"]["borrows_from"] == ["diatom"]
    assert table["copepod"]["borrows_from"] == table["copepod 1"]["borrows_from"] == ["living"]
    assert table["diatom 0"]["borrows_from"] == []
    assert table["copepod"]["auc"] is None  # no image shows it
    assert table["living"]["auc"] is None  # no image does not
    for id_ in seen:
        row = table[id_]
        assert 0.8 < row["auc_low"] <= row["auc"] <= row["auc_high"] <= 1
        assert 0.8 < row["average_precision"] <= 1


def test_an_unseen_class_borrows_from_the_nearest_of_all_that_it_is_and_has() -> None:
    dag = Hierarchy.from_edges(
        ["living", "copepod", "antenna", "unseen", "Oithona"],
        [
            *(("copepod", "living"), ("unseen", "copepod"), ("unseen", "antenna")),
            *(("Oithona", "copepod"), ("Oithona", "antenna")),
        ],
    )
    targets = np.tile(dag.closure[[dag.index("Oithona")]].toarray(), (4, 1))
    model = HierarchicalGrounder(dag, **QUICK).fit(np.eye(4), targets)
    table = {row["id"]: row for row in model.certificate_.iter_rows(named=True)}
    assert set(table["unseen"]["borrows_from"]) == {"copepod", "antenna"}


def test_the_certificate_is_about_images_held_out(world: World) -> None:
    """On labels drawn by lot nothing can be learnt, whatever the fit makes of its own images."""
    rng = np.random.default_rng(3)
    lot = world.tree.closure[rng.choice(world.tree.leaves, 90)].toarray()
    Z = rng.normal(size=(90, 200))
    model = HierarchicalGrounder(world.tree, strengths=(0.02,)).fit(Z, lot)
    k = world.tree.index("diatom")
    assert roc_auc_score(lot[:, k], model.predict_proba(Z)[:, k]) > 0.95
    row = model.certificate_.row(k, named=True)
    assert abs(row["auc"] - 0.5) < 0.25  # 4 standard errors of 30 images against 60


def test_the_strength_is_the_likeliest_on_images_held_out(world: World) -> None:
    rng = np.random.default_rng(4)
    lot = world.tree.closure[rng.choice(world.tree.leaves, 90)].toarray()
    useless = HierarchicalGrounder(world.tree).fit(rng.normal(size=(90, 200)), lot)
    rows = np.arange(0, len(world.Z), 2)
    telling = HierarchicalGrounder(world.tree).fit(world.Z[rows], world.evidence(rows))
    assert useless.strength_ == max(useless.strengths)
    assert telling.strength_ < useless.strength_


@pytest.mark.parametrize("n", [1, 2, 3])
def test_few_images_are_enough_for_an_answer(world: World, n: int) -> None:
    rows = np.array([0, 130, 300])[:n]
    model = HierarchicalGrounder(world.tree).fit(world.Z[rows], world.evidence(rows))
    p = model.predict_proba(world.Z)
    assert np.isfinite(p).all()
    assert np.isfinite(model.decision_function(world.Z)).all()
    np.testing.assert_array_equal(model.certificate_["support"][0], n)


def test_a_single_class_is_certain() -> None:
    tree = Hierarchy.from_edges(["bubble"], [])
    model = HierarchicalGrounder(tree).fit(np.eye(3), np.ones((3, 1)))
    np.testing.assert_array_equal(model.predict_proba(np.eye(3)), 1)
    assert np.isfinite(model.decision_function(np.eye(3))).all()
    assert model.certificate_["auc"].to_list() == [None]


def test_images_that_are_all_alike_are_told_apart_by_how_many_there_are(world: World) -> None:
    rows = np.r_[0:40, 120:125]
    Z = np.ones((len(rows), 4))
    model = HierarchicalGrounder(world.tree, **QUICK).fit(Z, world.evidence(rows))
    p = model.predict_proba(Z)
    assert np.isfinite(p).all()
    assert p[0, world.tree.index("diatom 0")] > p[0, world.tree.index("copepod 0")]


def test_more_units_than_images(world: World) -> None:
    rng = np.random.default_rng(5)
    rows = np.arange(0, len(world.Z), 9)
    lift = rng.normal(size=(16, 300))
    model = HierarchicalGrounder(world.tree).fit(world.Z[rows] @ lift, world.evidence(rows))
    assert model.directions_.shape == (len(world.tree), 300)
    p = model.predict_proba(world.Z @ lift)
    truth = world.targets(np.arange(len(world.Z)))
    assert roc_auc_score(truth[:, 1], p[:, 1]) > 0.9


@pytest.mark.parametrize(
    ("Z", "message"),
    [
        ([[0.0, 1.0], [np.nan, 1.0]], "latents, row 1, unit 0: found nan; expected finite"),
        ([[0.0, np.inf], [0.0, 1.0]], "row 0, unit 1: found inf"),
        ([[0.0], [1.0], [2.0]], "latents of 3 images and evidence on 2"),
        ([0.0, 1.0], r"latents are of shape \(2,\); expected \(images, latent units\)"),
        (np.empty((2, 0)), r"latents are of shape \(2, 0\)"),
        (np.empty((0, 2)), r"latents are of shape \(0, 2\)"),
        (np.zeros((2, 2, 2)), r"latents are of shape \(2, 2, 2\)"),
        ([["a", "b"], ["c", "d"]], "latents are no table of numbers"),
        ([[1.0, 2.0], [1.0]], "latents are no table of numbers"),
    ],
)
def test_latents_that_cannot_be_used_are_refused(Z: npt.ArrayLike, message: str) -> None:
    tree = Hierarchy.from_edges("ab", [])
    with pytest.raises(LatentsError, match=message) as caught:
        HierarchicalGrounder(tree).fit(Z, np.eye(2))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("Z", "message"),
    [
        (np.zeros((3, 4)), "unlabelled latents have 4 units; expected 2"),
        ([[0.0, np.nan]], "unlabelled latents, row 0, unit 1: found nan"),
    ],
)
def test_unlabelled_latents_that_cannot_be_used_are_refused(Z: npt.ArrayLike, message: str) -> None:
    with pytest.raises(LatentsError, match=message):
        HierarchicalGrounder(Hierarchy.from_edges("ab", [])).fit(np.eye(2), np.eye(2), Z)


def test_latents_are_taken_as_numbers_of_any_kind() -> None:
    for kind in (np.float16, np.float32, np.int64, bool):
        table = check_latents(np.eye(2, dtype=kind))
        assert table.dtype == np.float64
        np.testing.assert_array_equal(table, np.eye(2))


def test_unit_latents_are_of_unit_length_and_the_centre_itself_is_nowhere() -> None:
    Z = np.array([[3.0, 4.0], [1.0, 0.0], [0.0, 0.0]])
    np.testing.assert_allclose(unit_latents(Z, np.zeros(2)), [[0.6, 0.8], [1, 0], [0, 0]])


TREE = Hierarchy.from_edges(
    ["living", "Oithona", "Calanus", "bubble"], [("Oithona", "living"), ("Calanus", "living")]
)  # columns: living, bubble, Oithona, Calanus


@pytest.mark.parametrize(
    ("targets", "message"),
    [
        (np.full((2, 4), np.nan), "no image is annotated; give a label to at least one"),
        ([[1, 0, 1, 0], [0, 1, 1, 0]], r"image 1: no class agrees .*\(shows bubble, Oithona\)"),
        ([[1, -1, 1, 1], [0, 1, 0, 0]], r"image 0: no class agrees .*Oithona, Calanus"),
        ([[1, 0, 1, 0], [0, 0, 0, 0]], r"image 1: .*\(shows nothing\)"),
        ([[0, 0, 1, 0], [0, 1, 0, 0]], "image 0: no class agrees"),
        ([[1, 0, 1], [0, 1, 0]], r"targets are of shape \(2, 3\); expected \(images, 4 concepts\)"),
    ],
)
def test_evidence_that_contradicts_itself_is_refused(targets: npt.ArrayLike, message: str) -> None:
    with pytest.raises(EvidenceError, match=message) as caught:
        HierarchicalGrounder(TREE).fit(np.eye(2), targets)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "ids", [("living", "bubble", "Oithona"), ("bubble", *TREE.ids[:1], "x", "y")]
)
def test_evidence_about_other_concepts_is_refused(ids: tuple[str, ...]) -> None:
    evidence = Evidence.from_targets(np.eye(len(ids))[:2], ids)
    with pytest.raises(EvidenceError, match="make both from the same graph"):
        HierarchicalGrounder(TREE).fit(np.eye(2), evidence)


def test_a_contradiction_that_no_image_has_is_none() -> None:
    evidence = Evidence.from_targets([[1, 0, 1, 0], [0, 1, 1, 0], [0, 1, 0, 0]], TREE.ids)
    model = HierarchicalGrounder(TREE, **QUICK).fit(np.eye(2), evidence.take([0, 2]))
    assert model.certificate_["support"].to_list() == [1, 1, 1, 0]


@pytest.mark.parametrize("method", ["predict_proba", "decision_function"])
def test_latents_of_another_classifier_are_refused(
    fitted: HierarchicalGrounder, method: str
) -> None:
    with pytest.raises(LatentsError, match="latents have 3 units; expected 16"):
        getattr(fitted, method)(np.zeros((2, 3)))
    with pytest.raises(LatentsError, match="found nan"):
        getattr(fitted, method)(np.full((2, 16), np.nan))
    with pytest.raises(NotFittedError):
        getattr(HierarchicalGrounder(TREE), method)(np.zeros((2, 3)))


def test_it_is_an_estimator_as_scikit_learn_has_them(
    world: World, fitted: HierarchicalGrounder
) -> None:
    parameters = fitted.get_params()
    assert set(parameters) == {
        *("hierarchy", "head", "vectors", "families", "strengths", "sparsities", "balance"),
        *("folds", "controls", "pairs", "random_state"),
    }
    assert parameters["hierarchy"] is world.tree
    copy = clone(fitted).set_params(folds=4)
    assert copy.get_params()["folds"] == 4
    assert fitted.folds == 10
    assert copy.hierarchy.ids == world.tree.ids
    assert not hasattr(copy, "directions_")
    assert fitted.n_features_in_ == 16
    rows = np.arange(0, len(world.Z), 8)
    assert copy.fit(world.Z[rows], world.evidence(rows)) is copy
