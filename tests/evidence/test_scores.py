"""An image-text model's scores count as much as they were worth on annotated images."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from scipy.special import logsumexp
from scipy.stats import norm

from kgconcepts import Evidence, Hierarchy
from kgconcepts.errors import EvidenceError, UnknownConceptError

GROUPS, EACH = 5, 4
CLASSES = [f"{g}{k}" for g in range(GROUPS) for k in range(EACH)]
TREE = Hierarchy.from_edges(
    [*(f"g{g}" for g in range(GROUPS)), *CLASSES], [(c, f"g{c[0]}") for c in CLASSES]
)
D = 1.5


def world(n: int, seed: int, *, worth: bool = True) -> tuple[Evidence, npt.NDArray[np.float64]]:
    """All that is true of n images, and a score of each concept, normal, D apart or not at all."""
    rng = np.random.default_rng(seed)
    leaf = TREE.leaves[rng.integers(0, len(CLASSES), n)]
    truth = TREE.closure[leaf].toarray()
    scores = 3 + 0.2 * (rng.normal(size=truth.shape) + D * worth * truth)
    return Evidence.from_targets(truth, TREE.ids), scores


def test_ratios_are_those_of_two_normal_distributions() -> None:
    truth, scores = world(6000, 0)
    found = Evidence.from_scores(scores[:, :GROUPS], TREE.ids[:GROUPS], truth, TREE).ratios
    assert found is not None
    assert found.dtype == np.float32
    z = (scores[:, :GROUPS] - 3) / 0.2
    expected = norm.logpdf(z - D) - norm.logpdf(z)
    got = found.toarray()[:, :GROUPS]
    slope = [np.polyfit(expected[:, k], got[:, k], 1) for k in range(GROUPS)]
    # Groups exclude one another, so their scores' ratios are a little more than independent.
    np.testing.assert_allclose(np.array(slope)[:, 0], 1, atol=0.2)
    np.testing.assert_allclose(np.array(slope)[:, 1], 0, atol=0.2)


def test_scores_that_tell_nothing_count_nothing() -> None:
    truth, scores = world(2000, 1, worth=False)
    found = Evidence.from_scores(scores, TREE.ids, truth.only(np.arange(1000)), TREE)
    assert np.abs(found.class_log_factors(TREE)).max() < 0.3


def test_one_score_that_tells_nothing_does_not_spoil_or_share_the_others_worth() -> None:
    truth, scores = world(3000, 2)
    scores[:, 0] = np.random.default_rng(0).normal(size=len(scores))
    found = Evidence.from_scores(scores, TREE.ids, truth, TREE).ratios
    assert found is not None
    size = np.abs(found.toarray()).mean(axis=0)
    assert size[0] < 0.1
    assert size[1:].min() > 0.5


def test_constant_scores_count_nothing() -> None:
    truth, scores = world(500, 3)
    scores[:, :3] = [0.0, 0.1, 1e30]
    found = Evidence.from_scores(scores, TREE.ids, truth, TREE).ratios
    assert found is not None
    assert not found.toarray()[:, :3].any()


def test_a_concept_without_annotated_images_shares_the_worth_of_others() -> None:
    truth, scores = world(3000, 4)
    last = len(TREE) - 1
    shows = truth.targets.data[:, last] == 1
    found = Evidence.from_scores(scores, TREE.ids, truth.only(~shows), TREE).ratios
    assert found is not None
    ratios = found.toarray()[:, last]
    assert ratios[shows].mean() > ratios[~shows].mean() + 0.5


def test_classes_are_likelier_by_scores_by_as_much_as_they_claim() -> None:
    """On images not annotated: no other share of the sums over concepts does much better."""
    truth, scores = world(4000, 5)
    known, unseen = np.arange(400), np.arange(400, 4000)
    found = Evidence.from_scores(scores, TREE.ids, truth.only(known), TREE)
    e = found.class_log_factors(TREE, unseen).astype(float)
    right = truth.possible_classes(TREE)[truth.pattern[unseen]]
    shares = (0, 0.5, 1, 2)
    fit = {g: (logsumexp(g * e, axis=1, b=right) - logsumexp(g * e, axis=1)).mean() for g in shares}
    assert fit[1] > fit[0] + 0.5
    assert fit[1] > max(fit.values()) - 0.05


def test_without_annotated_images_scores_count_nothing() -> None:
    truth, scores = world(50, 6)
    for known in ([], [3]):
        found = Evidence.from_scores(scores, TREE.ids, truth.only(np.array(known, int)), TREE)
        assert not found.class_log_factors(TREE).any()
        assert not found.annotated.any()
    nothing = Evidence.from_scores(scores[:, :0], [], truth, TREE)
    assert not nothing.informed.any()


def test_float32_and_float64_agree_and_the_scale_makes_no_difference() -> None:
    truth, scores = world(800, 7)
    first = Evidence.from_scores(scores, TREE.ids, truth, TREE).class_log_factors(TREE)
    for other in (scores.astype(np.float32), 1e-30 * scores, 1e6 + scores):
        again = Evidence.from_scores(other, TREE.ids, truth, TREE).class_log_factors(TREE)
        np.testing.assert_allclose(again, first, atol=0.02)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda s: np.where(s == s[2, 1], np.nan, s), "score of image 2, concept g1: found nan"),
        (lambda s: np.where(s == s[0, 0], np.inf, s), "score of image 0, concept g0: found inf"),
        (lambda s: s[:-1], r"scores are of shape \(9, 25\); expected \(10 images, 25 concepts\)"),
        (lambda s: s[:, 0], r"scores are of shape \(10,\)"),
        (lambda s: s.astype(str).tolist() and [["high"] * 25] * 10, "are no table of numbers"),
    ],
)
def test_scores_that_are_none_are_refused(change: object, message: str) -> None:
    truth, scores = world(10, 8)
    with pytest.raises(EvidenceError, match=message):
        Evidence.from_scores(change(scores), TREE.ids, truth, TREE)  # type: ignore[operator]


def test_scores_of_unknown_or_repeated_concepts_are_refused() -> None:
    truth, scores = world(10, 9)
    with pytest.raises(UnknownConceptError, match="krill"):
        Evidence.from_scores(scores[:, :1], ["krill"], truth, TREE)
    with pytest.raises(EvidenceError, match="scores of g0 are given twice"):
        Evidence.from_scores(scores[:, :2], ["g0", "g0"], truth, TREE)
    with pytest.raises(EvidenceError, match="folds is 1; expected 2 or more"):
        Evidence.from_scores(scores, TREE.ids, truth, TREE, folds=1)
