"""Peers on the classifier's head see what it says of images, and nothing else of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from sklearn.base import clone
from sklearn.metrics import roc_auc_score

from kgconcepts import Hierarchy
from kgconcepts.errors import LatentsError
from kgconcepts.grounding.inputs import head_view
from kgconcepts.grounding.peers import FlatMultinomial, FlatRidge, OnHead, all_peers, peers

World = Any  # of conftest
Head = tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]


@pytest.fixture
def head(world: World) -> Head:
    """The last layer of a classifier that scores images by their distance to class means."""
    leaves = world.tree.leaves
    means = np.stack([world.Z[world.leaf == leaf].mean(axis=0) for leaf in leaves])
    return means, -(means**2).sum(axis=1) / 2


def test_squares_of_the_view_are_the_probabilities_of_the_classifier(
    world: World, head: Head
) -> None:
    logits = world.Z @ head[0].T + head[1]
    p = np.exp(logits - logits.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    view = head_view(world.Z, head)
    np.testing.assert_allclose(view**2, p, atol=1e-12)
    np.testing.assert_allclose(np.linalg.norm(view, axis=1), 1)


def test_what_the_classifier_does_not_tell_apart_is_the_same(world: World, head: Head) -> None:
    """Softmax knows no constant, and the layer nothing off the rows of its weight."""
    weight, bias = head
    np.testing.assert_allclose(head_view(world.Z, (weight, bias + 3)), head_view(world.Z, head))
    row_space = np.linalg.svd(weight, full_matrices=True)[2]
    off = np.random.default_rng(0).normal(size=(len(world.Z), 7)) @ row_space[9:]
    np.testing.assert_allclose(head_view(world.Z + 5 * off, head), head_view(world.Z, head))


@pytest.mark.parametrize("kind", [FlatRidge, FlatMultinomial])
def test_it_is_the_peer_fitted_on_the_view(world: World, head: Head, kind: Any) -> None:
    train, test = np.arange(0, 360, 6), np.arange(1, 360, 6)
    evidence = world.evidence(train)
    model = OnHead(kind(world.tree), head).fit(world.Z[train], evidence, world.Z[test])
    bare = kind(world.tree).fit(
        head_view(world.Z[train], head), evidence, head_view(world.Z[test], head)
    )
    scores = model.decision_function(world.Z[test])
    np.testing.assert_array_equal(scores, bare.decision_function(head_view(world.Z[test], head)))
    truth = world.targets(test)
    auc = [roc_auc_score(truth[:, k], scores[:, k]) for k in world.tree.leaves]
    assert np.mean(auc) > 0.9
    again = clone(model).fit(world.Z[train], evidence, world.Z[test])
    np.testing.assert_array_equal(again.decision_function(world.Z[test]), scores)


def test_a_peer_is_left_as_it_was(world: World, head: Head) -> None:
    rows = np.arange(0, 360, 20)
    peer = FlatRidge(world.tree)
    OnHead(peer, head).fit(world.Z[rows], world.evidence(rows))
    assert not hasattr(peer, "directions_")


def test_a_head_of_another_classifier_is_refused(world: World, head: Head) -> None:
    rows = np.arange(0, 360, 20)
    Z, evidence = world.Z[rows], world.evidence(rows)
    weight, bias = head
    for wrong in ((weight[:, :5], bias), (weight, bias[:2]), (weight * np.nan, bias)):
        with pytest.raises(LatentsError, match="head"):
            OnHead(FlatRidge(world.tree), wrong).fit(Z, evidence)
    model = OnHead(FlatRidge(world.tree), head).fit(Z, evidence)
    with pytest.raises(LatentsError, match="latents have 3 units; expected 16"):
        model.decision_function(np.zeros((2, 3)))
    with pytest.raises(LatentsError, match="unlabelled latents have 3 units; expected 16"):
        OnHead(FlatRidge(world.tree), head).fit(Z, evidence, np.zeros((2, 3)))


def test_the_comparison_has_flat_peers_on_the_head_where_there_is_one(head: Head) -> None:
    tree = Hierarchy.from_edges("a", [])
    for offered in (peers, all_peers):
        without, given = offered(tree), offered(tree, head=head, families=["taxon"])
        assert set(given) - set(without) == {
            "flat ridge on the head",
            "flat multinomial on the head",
        }
        for name in ("hierarchical", "permuted parents"):
            assert given[name].head is head
            assert given[name].families == ["taxon"]
            assert without[name].head is None
