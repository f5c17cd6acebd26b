"""Held-out probabilities become honest, and children stay below their parents."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import log_softmax

from kgconcepts import Hierarchy
from kgconcepts.errors import EvidenceError
from kgconcepts.grounding.certifying.calibration import LEAST, MOST, sharpen, sharpness


@pytest.mark.parametrize("true", [0.3, 1.0, 2.5])
@pytest.mark.parametrize("coarse", [0.0, 0.4])
def test_the_sharpness_that_made_the_labels_is_found(true: float, coarse: float) -> None:
    rng = np.random.default_rng(0)
    log_p = log_softmax(rng.normal(size=(6000, 5)) * 2, axis=1)
    p = np.exp(sharpen(log_p, true))
    label = (p.cumsum(axis=1) < rng.random((6000, 1))).sum(axis=1)
    possible = np.eye(5, dtype=bool)[label]
    vague = rng.random(6000) < coarse
    possible[vague, :2] |= (label[vague] < 2)[:, None]
    assert sharpness(log_p, possible) == pytest.approx(true, rel=0.06)


def test_two_classes_in_closed_form() -> None:
    """Right in r of n with log odds ±s: the likeliest β makes β s the log odds of r / n."""
    log_p = log_softmax([[3.0, 0.0]] * 20, axis=1)
    possible = np.array([[True, False]] * 15 + [[False, True]] * 5)
    assert sharpness(log_p, possible) == pytest.approx(np.log(15 / 5) / 3, rel=1e-4)


def test_probabilities_still_sum_to_one_and_along_the_hierarchy() -> None:
    rng = np.random.default_rng(1)
    tree = Hierarchy.from_edges("abcde", [("b", "a"), ("c", "a"), ("d", "b"), ("e", "b")])
    for by in (0.2, 1.0, 7.0):
        log_p = sharpen(log_softmax(rng.normal(size=(50, 3)) * 4, axis=1), by)
        np.testing.assert_allclose(np.exp(log_p).sum(axis=1), 1)
        p = np.exp(log_p) @ tree.closure[tree.leaves].toarray()
        children, parents = tree.parents.nonzero()
        assert (p[:, children] <= p[:, parents] + 1e-12).all()


def test_where_images_do_not_tell_nothing_is_changed() -> None:
    assert sharpness(np.log(np.full((4, 2), 0.5)), np.ones((4, 2), dtype=bool)) == 1
    assert sharpness(np.log(np.full((4, 2), 0.5)), np.eye(2, dtype=bool)[[0, 1, 0, 0]]) == 1
    assert sharpness(np.empty((0, 2)), np.empty((0, 2), dtype=bool)) == 1


def test_it_keeps_within_bounds_when_all_or_none_is_right() -> None:
    log_p = np.log([[0.9, 0.1]] * 3)
    right = np.array([[True, False]] * 3)
    assert 1 < sharpness(log_p, right) <= MOST
    assert LEAST <= sharpness(log_p, ~right) < 0.02


def test_an_image_of_no_class_is_refused() -> None:
    with pytest.raises(EvidenceError, match="image 1: it may be of no class"):
        sharpness(np.zeros((2, 2)), np.array([[True, False], [False, False]]))
