"""Peers and controls answer to the same calls, whatever they are told."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.metrics import roc_auc_score

from kgconcepts import Evidence, Hierarchy
from kgconcepts.errors import EvidenceError, LatentsError
from kgconcepts.grounding.peers import all_peers, peers

World = Any  # of conftest
NAMES = list(all_peers(Hierarchy.from_edges("a", []), vectors=np.ones((1, 1))))
CONSTANT_WHERE_UNSEEN = ["flat ridge", "flat lasso", "CAV", "FastCAV", "cos-cubed projection"]


def texts(hierarchy: Hierarchy) -> Any:
    """Text vectors that share what the concepts share."""
    own = np.random.default_rng(3).normal(size=(len(hierarchy), 24))
    return hierarchy.push_down(own)


def named(hierarchy: Hierarchy, name: str) -> Any:
    """A peer, unfitted."""
    return all_peers(hierarchy, vectors=texts(hierarchy))[name]


@pytest.fixture(params=NAMES)
def peer(request: pytest.FixtureRequest, world: World) -> Any:
    """Each of them, unfitted."""
    return named(world.tree, request.param)


def test_the_comparison_has_its_peers_and_its_control() -> None:
    tree = Hierarchy.from_edges("a", [])
    always = [
        *("flat ridge", "flat multinomial", "nearest class mean", "hierarchical"),
        "permuted parents",
    ]
    assert list(peers(tree)) == always
    assert NAMES[:5] == always
    assert [*all_peers(tree), "text-to-concept map"] == NAMES


def test_every_peer_learns_ranks_and_clones(world: World, peer: Any) -> None:
    train, test = np.arange(0, len(world.Z), 2), np.arange(1, len(world.Z), 2)
    model = clone(peer).fit(world.Z[train], world.evidence(train), Z_unlabelled=world.Z[test])
    np.testing.assert_allclose(model.center_, world.Z.mean(axis=0))
    scores, truth = model.decision_function(world.Z[test]), world.targets(test)
    assert scores.shape == truth.shape
    assert np.isfinite(scores).all()
    assert model.n_features_in_ == 16
    assert model.directions_.shape == (len(world.tree), 16)
    assert model.intercepts_.shape == (len(world.tree),)
    for k in world.tree.leaves:
        assert roc_auc_score(truth[:, k], scores[:, k]) > 0.9
    again = clone(peer).fit(world.Z[train], world.evidence(train), Z_unlabelled=world.Z[test])
    np.testing.assert_array_equal(again.decision_function(world.Z[test]), scores)


def test_every_direction_raises_its_concept(world: World, peer: Any) -> None:
    rows = np.arange(0, len(world.Z), 2)
    model = peer.fit(world.Z[rows], world.evidence(rows))
    X = world.Z - model.center_
    X /= np.linalg.norm(X, axis=1, keepdims=True)
    along, truth = X @ model.directions_.T, world.targets(np.arange(len(world.Z)))
    for k in world.tree.leaves:
        assert roc_auc_score(truth[:, k], along[:, k]) > 0.85


def finite(model: Any, Z: Any, evidence: Evidence) -> None:
    """Fit without any warning, to finite scores."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        scores = model.fit(Z, evidence).decision_function(Z)
    assert np.isfinite(scores).all()
    assert scores.shape == evidence.shape


def test_every_peer_takes_a_single_image(world: World, peer: Any) -> None:
    finite(peer, world.Z[[5]], world.evidence(np.array([5])))


def test_every_peer_takes_one_annotated_image_among_others(world: World, peer: Any) -> None:
    targets = world.targets(np.arange(40))
    targets[1:] = -1
    finite(peer, world.Z[:40], Evidence.from_targets(targets, world.tree.ids))


def test_every_peer_takes_images_of_one_class(world: World, peer: Any) -> None:
    finite(peer, world.Z[:8], world.evidence(np.arange(8)))


def test_every_peer_takes_what_is_mostly_unknown(world: World, peer: Any) -> None:
    """Coarse labels, no negatives, and a concept that nothing is known of."""
    rows = np.arange(0, len(world.Z), 12)
    targets = world.targets(rows)
    targets[targets == 0] = -1
    targets[:, world.tree.leaves[3:]] = -1
    finite(peer, world.Z[rows], Evidence.from_targets(targets, world.tree.ids))


def test_every_peer_takes_constant_and_equal_units_and_images(world: World, peer: Any) -> None:
    rows = np.repeat(np.arange(0, len(world.Z), 24), 2)
    Z = world.Z[rows]
    Z[:, 3] = 7
    Z[:, 5] = Z[:, 4]
    finite(peer, Z, world.evidence(rows))


def test_every_peer_takes_images_that_are_all_the_same(world: World, peer: Any) -> None:
    rows = np.arange(0, len(world.Z), 24)
    finite(peer, np.ones((len(rows), 16)), world.evidence(rows))


@pytest.mark.parametrize("name", NAMES)
def test_every_peer_takes_a_single_concept(name: str) -> None:
    tree = Hierarchy.from_edges(["bubble"], [])
    evidence = Evidence.from_targets(np.ones((3, 1)), tree.ids)
    finite(named(tree, name), np.eye(3), evidence)


def test_every_peer_refuses_what_the_model_refuses(world: World, peer: Any) -> None:
    rows = np.arange(0, 360, 20)
    Z, evidence = world.Z[rows], world.evidence(rows)
    with pytest.raises(LatentsError, match="latents of 17 images and evidence on 18"):
        clone(peer).fit(Z[:-1], evidence)
    with pytest.raises(LatentsError, match="found nan"):
        clone(peer).fit(np.where(Z.max() == Z, np.nan, Z), evidence)
    with pytest.raises(LatentsError, match="expected 16"):
        clone(peer).fit(Z, evidence, Z_unlabelled=np.zeros((2, 3)))
    with pytest.raises(EvidenceError, match="no image is annotated"):
        clone(peer).fit(Z, Evidence.from_targets(np.full(evidence.shape, -1), evidence.ids))
    with pytest.raises(EvidenceError, match="make both from the same graph"):
        clone(peer).fit(Z, Evidence.from_targets(np.eye(18, 3), "abc"))
    model = clone(peer).fit(Z, evidence)
    with pytest.raises(LatentsError, match="latents have 3 units; expected 16"):
        model.decision_function(np.zeros((2, 3)))


@pytest.mark.parametrize("name", ["flat multinomial", "flat Gaussian", "shrink-to-parent means"])
def test_competing_classes_refuse_what_no_class_has(world: World, name: str) -> None:
    rows = np.arange(0, 360, 20)
    both = world.targets(rows)
    both[:5] = -1
    both[7, world.tree.leaves[:2]] = 1
    with pytest.raises(EvidenceError, match="image 7: no class agrees"):
        named(world.tree, name).fit(world.Z[rows], Evidence.from_targets(both, world.tree.ids))


@pytest.mark.parametrize("name", CONSTANT_WHERE_UNSEEN)
def test_one_against_rest_knows_nothing_of_the_unseen(world: World, name: str) -> None:
    unseen = world.tree.index("copepod 2")
    rows = np.flatnonzero(world.leaf != unseen)
    model = named(world.tree, name).fit(world.Z[rows], world.evidence(rows))
    scores = model.decision_function(world.Z)
    np.testing.assert_allclose(scores[:, unseen], scores[0, unseen], atol=1e-12)


@pytest.mark.parametrize("name", ["shrink-to-parent means", "text-to-concept map"])
def test_what_is_shared_finds_the_unseen(world: World, name: str) -> None:
    for unseen in map(world.tree.index, ("diatom 1", "copepod 2", "larva 0")):
        rows = np.flatnonzero(world.leaf != unseen)
        model = named(world.tree, name).fit(world.Z[rows], world.evidence(rows))
        truth = world.leaf == unseen
        assert roc_auc_score(truth, model.decision_function(world.Z)[:, unseen]) > 0.6
