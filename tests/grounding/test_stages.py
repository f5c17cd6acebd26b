"""What each part of the model brings: the unlabelled, the head, texts, trust, sparsity."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, roc_auc_score

from kgconcepts import Evidence, HierarchicalGrounder, Hierarchy
from kgconcepts.errors import EvidenceError, LatentsError
from kgconcepts.grounding.inputs import unit_latents
from kgconcepts.grounding.peers import PermutedParents
from kgconcepts.grounding.spreading import neighbours, spread
from kgconcepts.grounding.sums import Sums, permuted
from kgconcepts.grounding.trust import families_by_size, learn_trust

World = Any  # of conftest
QUICK: dict[str, Any] = {"strengths": (3.0, 0.3), "folds": 3}


def one_of_each(world: World, number: int = 1) -> npt.NDArray[np.intp]:
    """The first images of every class."""
    return np.flatnonzero(np.arange(len(world.Z)) % 40 < number)


def precision(model: Any, world: World, rows: npt.NDArray[np.intp]) -> float:
    """Mean average precision of the classes on images that were not annotated."""
    rest = np.setdiff1d(np.arange(len(world.Z)), rows)
    truth, p = world.targets(rest), model.predict_proba(world.Z[rest])
    return float(
        np.mean([average_precision_score(truth[:, k], p[:, k]) for k in world.tree.leaves])
    )


def test_the_unlabelled_images_help(world: World) -> None:
    rows = one_of_each(world)
    rest = np.setdiff1d(np.arange(len(world.Z)), rows)
    alone = HierarchicalGrounder(world.tree, **QUICK).fit(world.Z[rows], world.evidence(rows))
    helped = HierarchicalGrounder(world.tree, **QUICK).fit(
        world.Z[rows], world.evidence(rows), Z_unlabelled=world.Z[rest]
    )
    assert precision(helped, world, rows) > precision(alone, world, rows) + 0.02


def test_what_is_known_outweighs_what_is_near(world: World) -> None:
    """An image amid those of another class stays what its label says."""
    rows = one_of_each(world, 3)
    targets = np.full((len(world.Z), len(world.tree)), np.nan)
    targets[rows] = world.targets(rows)
    wrong = int(rows[0])
    copepod = world.tree.index("copepod 0")
    targets[wrong] = world.tree.closure[[copepod]].toarray()[0]
    model = HierarchicalGrounder(world.tree, **QUICK).fit(world.Z, targets)
    p = model.predict_proba(world.Z)
    of_its_class = np.flatnonzero(world.leaf == world.leaf[wrong])
    others = np.setdiff1d(of_its_class, rows)
    assert p[wrong, copepod] > np.median(p[others, copepod])


def test_a_head_that_tells_classes_apart_helps(world: World) -> None:
    """The classifier's classes are the world's, under other names and in another order."""
    rows = one_of_each(world)
    rng = np.random.default_rng(1)
    noisy = world.Z + 2.0 * rng.normal(size=world.Z.shape)
    means = np.array([world.Z[world.leaf == k].mean(axis=0) for k in world.tree.leaves])
    order = rng.permutation(len(means))
    head = means[order] / 3, -(means[order] ** 2).sum(axis=1) / 6
    targets = np.full((len(noisy), len(world.tree)), np.nan)
    targets[rows] = world.targets(rows)
    without = HierarchicalGrounder(world.tree, **QUICK).fit(noisy, targets)
    with_head = HierarchicalGrounder(world.tree, head=head, **QUICK).fit(noisy, targets)
    rest = np.setdiff1d(np.arange(len(noisy)), rows)
    truth = world.targets(rest)[:, world.tree.leaves]
    quality = [
        average_precision_score(truth, m.predict_proba(noisy[rest])[:, world.tree.leaves])
        for m in (without, with_head)
    ]
    assert quality[1] > quality[0] + 0.03
    assert with_head.directions_.shape == (len(world.tree), 16)  # in the latents all the same


@pytest.mark.parametrize(
    ("head", "message"),
    [
        (
            (np.ones((3, 5)), np.ones(3)),
            r"head: weight is of shape \(3, 5\) .*expected \(classes, 16\)",
        ),
        ((np.ones((3, 16)), np.ones(4)), r"bias of \(4,\)"),
        ((np.full((3, 16), np.nan), np.ones(3)), "head: found numbers that are not finite"),
    ],
)
def test_a_head_that_does_not_fit_is_refused(world: World, head: Any, message: str) -> None:
    rows = one_of_each(world)
    with pytest.raises(LatentsError, match=message):
        HierarchicalGrounder(world.tree, head=head).fit(world.Z[rows], world.evidence(rows))


def test_text_says_what_an_unseen_class_is_like(world: World) -> None:
    """Texts that are a linear image of the deviations: the map is learnt from classes seen."""
    unseen = [world.tree.index(f"{group} 2") for group in ("diatom", "copepod", "larva")]
    rows = np.flatnonzero(~np.isin(world.leaf, unseen))[::4]
    means = np.array(
        [world.Z[world.tree.closure[world.leaf][:, [k]].toarray().ravel() > 0].mean(axis=0)
         for k in range(len(world.tree))]
    )  # fmt: skip
    vectors = means @ np.random.default_rng(2).normal(size=(16, 8))
    rng = np.random.default_rng(3)
    auc = []
    for texts in (None, rng.permutation(vectors), vectors):
        model = HierarchicalGrounder(world.tree, vectors=texts, **QUICK)
        model.fit(world.Z[rows], world.evidence(rows))
        scores, among = model.decision_function(world.Z), np.isin(world.leaf, world.tree.leaves)
        auc.append(
            np.mean([roc_auc_score(world.leaf[among] == k, scores[among, k]) for k in unseen])
        )
    assert auc[2] > max(auc[0], auc[1])


def test_directions_are_sums_of_deviations_with_texts_too(world: World) -> None:
    rows = one_of_each(world, 2)
    vectors = np.random.default_rng(4).normal(size=(len(world.tree), 5))
    model = HierarchicalGrounder(world.tree, vectors=vectors, **QUICK)
    model.fit(world.Z[rows], world.evidence(rows))
    np.testing.assert_allclose(
        model.directions_, world.tree.push_down(model.deviations_), atol=1e-10
    )


def test_trust_is_taken_from_a_wrong_hierarchy_and_left_to_a_right_one(world: World) -> None:
    rows = one_of_each(world, 6)
    kinds = ["class" if k in world.tree.leaves else "group" for k in range(len(world.tree))]
    fits = [
        kind(world.tree, families=kinds, folds=6, random_state=5).fit(
            world.Z[rows], world.evidence(rows)
        )
        for kind in (HierarchicalGrounder, PermutedParents)
    ]
    assert fits[0].trust_["group"] >= 1
    assert fits[1].trust_["group"] < 1


def test_learn_trust_keeps_what_chance_could_have_given() -> None:
    noise = np.random.default_rng(0).normal(size=50)
    noise -= noise.mean()

    def likelihoods(trust: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        # The first family helps where it is trusted twice, the second makes noise.
        return np.where(trust[0] == 2, 1.0, 0.0) + 1e-3 * noise * (trust[1] != 1)

    trust, learnt = learn_trust(["a", "b"], likelihoods, np.ones(50))
    assert learnt == {"a": 2.0, "b": 1.0}
    np.testing.assert_array_equal(trust, [2, 1])


def test_families_are_of_concepts_with_as_many_classes_below(world: World) -> None:
    assert families_by_size(world.tree) == ["8–15 classes", *["2–3 classes"] * 3, *["1 class"] * 9]


def test_the_sparser_the_fewer_units_and_the_quality_stays(world: World) -> None:
    rows = one_of_each(world, 4)
    targets = np.full((len(world.Z), len(world.tree)), np.nan)
    targets[rows] = world.targets(rows)
    fits = [
        HierarchicalGrounder(world.tree, sparsities=(s,), **QUICK).fit(world.Z, targets)
        for s in (0, 0.01, 0.3)
    ]
    units = [int((m.deviations_ != 0).sum()) for m in fits]
    assert units[0] > units[1] > units[2] > 0
    assert precision(fits[1], world, rows) > precision(fits[0], world, rows) - 0.03
    chosen = HierarchicalGrounder(world.tree, **QUICK).fit(world.Z, targets)
    assert chosen.sparsity_ in chosen.sparsities


def test_certificates_without_and_with_controls_and_resampling(world: World) -> None:
    rows = one_of_each(world, 8)
    plain = HierarchicalGrounder(world.tree, **QUICK).fit(world.Z[rows], world.evidence(rows))
    assert "stable_units" not in plain.certificate_.columns
    full = HierarchicalGrounder(world.tree, controls=8, pairs=4, **QUICK).fit(
        world.Z[rows], world.evidence(rows)
    )
    table = {row["id"]: row for row in full.certificate_.iter_rows(named=True)}
    assert table["diatom"]["verdict"] == "grounded"
    assert table["diatom"]["q_value"] <= 0.05
    assert table["living"]["q_value"] is None  # no image does not show it
    for row in table.values():
        assert 0 <= row["stable_units"] <= 16
        assert row["false_units"] >= 0
    np.testing.assert_array_equal(full.directions_, plain.directions_)


def test_labels_by_lot_ground_nothing(world: World) -> None:
    rng = np.random.default_rng(6)
    Z = rng.normal(size=(120, 16))
    lot = world.tree.closure[rng.choice(world.tree.leaves, 120)].toarray()
    model = HierarchicalGrounder(world.tree, **QUICK).fit(Z, lot)
    assert not (model.certificate_["verdict"] == "grounded").any()


def test_images_of_weight_zero_are_as_if_not_annotated(world: World) -> None:
    rows = one_of_each(world, 3)
    weight = np.where(np.arange(len(rows)) % 3 == 0, 0.0, 1.0)
    one = HierarchicalGrounder(world.tree, **QUICK).fit(
        world.Z[rows], world.evidence(rows).weighted(weight)
    )
    kept = weight > 0
    other = HierarchicalGrounder(world.tree, **QUICK).fit(
        world.Z[rows[kept]], world.evidence(rows[kept]), Z_unlabelled=world.Z[rows[~kept]]
    )
    np.testing.assert_allclose(one.directions_, other.directions_, atol=1e-6)
    with pytest.raises(EvidenceError, match="no image is annotated"):
        HierarchicalGrounder(world.tree).fit(world.Z[rows], world.evidence(rows).weighted(0.0))


def test_a_stream_of_unlabelled_images_is_drawn_from(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kgconcepts.grounding.estimator.POOL", 60)
    rows = one_of_each(world)
    rest = np.setdiff1d(np.arange(len(world.Z)), rows)
    model = HierarchicalGrounder(world.tree, **QUICK).fit(
        world.Z[rows], world.evidence(rows), Z_unlabelled=world.Z[rest]
    )
    np.testing.assert_allclose(model.center_, world.Z.mean(axis=0))  # all of them
    assert precision(model, world, rows) > 0.5


@given(n=st.integers(1, 30), seed=st.integers(0, 10**6))
def test_spreading_keeps_probabilities_and_symmetry(n: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    X = unit_latents(rng.normal(size=(n, 4)), np.zeros(4))
    p = rng.dirichlet(np.ones(5), size=n)
    graph = neighbours(X)
    assert abs(graph - graph.T).max() < 1e-12 if graph.nnz else True
    mixed = spread(graph, p)
    np.testing.assert_allclose(mixed.sum(axis=1), 1, atol=1e-6)
    assert mixed.min() >= 0
    np.testing.assert_allclose(spread(graph, np.full((n, 5), 0.2)), 0.2, atol=1e-6)


def test_spreading_is_the_closed_form_of_zhou_et_al() -> None:
    rng = np.random.default_rng(7)
    graph = neighbours(rng.normal(size=(40, 3)), 5)
    p = rng.dirichlet(np.ones(4), size=40)
    exact = 0.2 * np.linalg.solve(np.eye(40) - 0.8 * graph.toarray(), p)
    exact /= exact.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(spread(graph, p), exact, atol=0.01)


def test_images_that_are_all_alike_can_be_spread_over() -> None:
    mixed = spread(neighbours(np.ones((6, 3))), np.eye(6))
    assert np.isfinite(mixed).all()


@given(data=st.data(), seed=st.integers(0, 1000))
def test_permuted_sums_keep_how_many_classes_hang_where(
    dags: Any, data: st.DataObject, seed: int
) -> None:
    dag = Hierarchy.from_edges(*data.draw(dags))
    right, wrong = Sums.of(dag), permuted(dag, seed)
    inner = np.setdiff1d(np.arange(len(dag)), dag.leaves)
    rows = [
        tuple(sorted(s.closure[dag.leaves][:, inner].toarray().tolist())) for s in (right, wrong)
    ]
    assert sorted(map(str, rows[0])) == sorted(map(str, rows[1]))
    np.testing.assert_array_equal(
        wrong.closure[dag.leaves][:, dag.leaves].toarray(), np.eye(len(dag.leaves))
    )


def test_half_of_a_class_is_its_own_whatever_is_trusted() -> None:
    dag = Hierarchy.from_edges("abcd", [("b", "a"), ("c", "b"), ("d", "b")])
    for trust in (np.ones(4), np.array([1.0, 2.0, 1.0, 1.0]), np.array([0.0, 0.5, 1.0, 1.0])):
        design = Sums.of(dag).trusting(trust).design
        own = design[:, dag.leaves]
        shared = np.delete(design, dag.leaves, axis=1)
        np.testing.assert_allclose((own**2).sum(axis=1), (shared**2).sum(axis=1))


def test_sums_unfold_to_directions_that_the_design_gives() -> None:
    dag = Hierarchy.from_edges("abcd", [("b", "a"), ("c", "b"), ("d", "b")])
    rng = np.random.default_rng(8)
    sums = Sums.of(dag).with_text(rng.normal(size=(4, 3)), dag.parents)
    found = rng.normal(size=(7, 2))
    deviations, directions = sums.unfold(found)
    np.testing.assert_allclose(sums.design @ found, directions[dag.leaves])
    np.testing.assert_allclose(dag.push_down(deviations), directions)
    assert sp.issparse(sums.closure)


def test_what_is_likely_of_images_that_nobody_labelled_helps(world: World) -> None:
    rows = one_of_each(world, 2)
    targets = np.full((len(world.Z), len(world.tree)), np.nan)
    targets[rows] = world.targets(rows)
    labels = Evidence.from_targets(targets, world.tree.ids)
    truth = world.targets(np.arange(len(world.Z)))
    scores = truth[:, 1:4] + 0.5 * np.random.default_rng(9).normal(size=(len(truth), 3))
    likely = Evidence.from_scores(scores, world.tree.ids[1:4], labels, world.tree)
    both = Evidence.combine([labels, likely])
    quality = [
        precision(HierarchicalGrounder(world.tree, **QUICK).fit(world.Z, evidence), world, rows)
        for evidence in (labels, both)
    ]
    assert quality[1] > quality[0]


def test_controls_are_told_what_the_images_were_told(world: World) -> None:
    """Evidence of several annotators, and traits of single images, in the controls too."""
    rows = one_of_each(world, 4)
    doubtful = world.targets(rows)
    doubtful[::5] = world.targets(np.roll(rows, 3))[::5]
    both = Evidence.combine([world.evidence(rows), Evidence.from_targets(doubtful, world.tree.ids)])
    model = HierarchicalGrounder(world.tree, controls=2, **QUICK).fit(world.Z[rows], both)
    assert model.certificate_["p_value"].drop_nulls().is_between(0, 1).all()


def test_images_that_hardly_count_decide_nothing(world: World) -> None:
    rows = one_of_each(world, 8)
    lot = np.random.default_rng(10).permutation(rows)
    weight = np.r_[np.ones(len(rows)), np.full(len(rows), 1e-9)]
    Z = world.Z[np.r_[rows, rows]]
    targets = np.vstack([world.targets(rows), world.targets(lot)])
    evidence = Evidence.from_targets(targets, world.tree.ids).weighted(weight)
    light = HierarchicalGrounder(world.tree, **QUICK).fit(Z, evidence)
    alone = HierarchicalGrounder(world.tree, **QUICK).fit(world.Z[rows], world.evidence(rows))
    # Told by those that count, probabilities are as sharp as without the others.
    p, q = (m.predict_proba(world.Z).max(axis=1).mean() for m in (light, alone))
    assert abs(p - q) < 0.1


def test_an_error_names_the_image_as_it_was_given(world: World) -> None:
    targets = np.full((20, len(world.tree)), np.nan)
    targets[10:] = world.targets(np.arange(10))
    targets[15] = 0
    with pytest.raises(EvidenceError, match="image 15: no class agrees"):
        HierarchicalGrounder(world.tree).fit(world.Z[:20], targets)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"vectors": np.ones((3, 2))}, r"vectors are of shape \(3, 2\); expected .* 13 concepts"),
        ({"vectors": np.ones(13)}, r"vectors are of shape \(13,\)"),
        ({"vectors": np.full((13, 2), np.nan)}, "expected finite numbers"),
        ({"families": ["a"]}, "there are 1 families; expected one for each of 13"),
        ({"sparsities": ()}, "sparsities are"),
        ({"sparsities": (-1,)}, "expected numbers of zero or more"),
        ({"balance": 2}, "balance is 2; expected a number from 0 to 1"),
        ({"strengths": np.zeros(2)}, "expected positive numbers"),
    ],
)
def test_parameters_that_cannot_be_used_are_refused(
    world: World, parameters: dict[str, Any], message: str
) -> None:
    with pytest.raises(EvidenceError, match=message):
        HierarchicalGrounder(world.tree, **parameters).fit(world.Z, world.evidence(np.arange(360)))


def test_without_folds_nothing_is_certified_but_support(world: World) -> None:
    rows = one_of_each(world, 5)
    model = HierarchicalGrounder(world.tree, strengths=(0.3,), folds=1, controls=2)
    table = model.fit(world.Z[rows], world.evidence(rows)).certificate_
    assert table["support"].to_list() == world.evidence(rows).support.tolist()
    for column in ("auc", "average_precision", "p_value", "q_value"):
        assert table[column].null_count() == len(table)
    assert set(table["verdict"]) == {"undetectable here"}
