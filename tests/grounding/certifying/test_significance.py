"""A concept is tested among its parents' images, by ranks, with p-values that hold."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kstest, mannwhitneyu, norm, rankdata

from kgconcepts import Hierarchy
from kgconcepts.grounding.certifying.significance import (
    NEIGHBOURS,
    Comparisons,
    controlled,
    exact_p,
    uncontrolled,
    within_parents,
)

TREE = Hierarchy.from_edges("abcd", [("b", "a"), ("c", "b"), ("d", "b")])


def compare(
    targets: object, scores: object, fold: object = None, tree: Hierarchy = TREE
) -> Comparisons:
    known = np.ma.masked_equal(np.array(targets, dtype=np.int8), -1)
    scores = np.array(scores, dtype=float)
    fold = np.zeros(len(scores), np.intp) if fold is None else np.array(fold)
    return within_parents(tree, scores, known, fold)


@given(
    images=st.lists(st.tuples(st.integers(0, 4), st.booleans()), min_size=2, max_size=9).filter(
        lambda images: len({shown for _, shown in images}) == 2
    )
)
def test_the_exact_p_value_counts_all_permutations(images: list[tuple[int, bool]]) -> None:
    score, truth = np.array([float(s) for s, _ in images]), np.array([t for _, t in images])
    ranks = rankdata(score)
    sums = [ranks[list(some)].sum() for some in combinations(range(len(ranks)), truth.sum())]
    expected = np.mean(np.array(sums) >= ranks[truth].sum() - 1e-9)
    assert exact_p(score, truth) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(("m", "n"), [(1, 300), (2, 60), (7, 9), (12, 40)])
def test_without_ties_it_is_mann_and_whitney_s(m: int, n: int) -> None:
    rng = np.random.default_rng(m)
    positive, negative = rng.normal(0.4, 1, m), rng.normal(0, 1, n)
    expected = mannwhitneyu(positive, negative, alternative="greater", method="exact").pvalue
    truth = np.arange(m + n) < m
    assert exact_p(np.r_[positive, negative], truth) == pytest.approx(expected, rel=1e-9)


def test_of_very_many_images_it_is_the_normal_distribution_s() -> None:
    rng = np.random.default_rng(0)
    positive, negative = rng.normal(0.1, 1, 400), rng.normal(0, 1, 1500)
    expected = mannwhitneyu(
        positive, negative, alternative="greater", method="asymptotic", use_continuity=False
    ).pvalue
    truth = np.arange(1900) < 400
    assert exact_p(np.r_[positive, negative], truth) == pytest.approx(expected, rel=1e-3)


def test_z_is_the_rank_sum_less_its_mean_over_its_deviation_in_each_fold() -> None:
    rng = np.random.default_rng(1)
    tree = Hierarchy.from_edges("a", [])
    score, truth = rng.normal(size=40).round(1), rng.random(40) < 0.4
    fold = np.repeat([0, 1], [15, 25])
    tests = compare(truth[:, None] * 1, score[:, None], fold, tree)
    total = variance = 0.0
    for f in (0, 1):
        ranks = rankdata(score[fold == f]) / ((fold == f).sum() + 1)
        drawn = [ranks[rng.permutation(truth[fold == f])].sum() for _ in range(20_000)]
        total += ranks[truth[fold == f]].sum() - np.mean(drawn)
        variance += np.var(drawn)
    assert tests.z[0] == pytest.approx(total / np.sqrt(variance), abs=0.05)
    perfect = compare(truth[:, None] * 1, truth[:, None] + rng.random((40, 1)) / 9, fold, tree)
    assert perfect.z[0] == pytest.approx(tests.best[0]) == pytest.approx(perfect.best[0])


def test_a_child_is_compared_among_the_images_of_its_parents_only() -> None:
    """``c`` is scored above all that is not ``b``, but below ``d``: its parent's merit."""
    targets = [[1, 1, 1, 0]] * 5 + [[1, 1, 0, 1]] * 5 + [[1, 0, 0, 0]] * 10
    logits = [[9, 3, 1, 2]] * 5 + [[9, 3, 2, 1]] * 5 + [[9, -3, -9, -9]] * 10
    tests = compare(targets, logits)
    assert [TREE.ids[k] for k in tests.concept] == ["b", "c", "d"]  # all images show a
    np.testing.assert_array_equal(tests.positives, [10, 5, 5])
    np.testing.assert_array_equal(tests.negatives, [10, 5, 5])
    assert tests.z[0] > 3
    assert (tests.z[1:] < -2).all()
    assert [above.tolist() for above in tests.parents] == [[], [0], [0]]


def test_what_cannot_be_told_from_its_parent_hands_its_children_up() -> None:
    targets = [[1, 1, 1, 0]] * 3 + [[1, 1, 0, 1]] * 3
    tests = compare(targets, np.arange(24.0).reshape(6, 4))
    assert [TREE.ids[k] for k in tests.concept] == ["c", "d"]
    assert [above.tolist() for above in tests.parents] == [[], []]
    np.testing.assert_array_equal(tests.negatives, [3, 3])


def test_the_unknown_is_compared_with_nothing() -> None:
    targets = [[1, 1, 1, 0]] * 3 + [[1, 1, 0, 1]] * 3 + [[1, 1, -1, -1]] * 4 + [[-1] * 4] * 2
    scores = np.random.default_rng(0).normal(size=(12, 4))
    tests = compare(targets, scores)
    np.testing.assert_array_equal(tests.positives + tests.negatives, [6, 6])
    scores[6:] = 99
    np.testing.assert_array_equal(compare(targets, scores).z, tests.z)


def test_of_two_parents_the_images_of_both() -> None:
    dag = Hierarchy.from_edges("abcd", [("c", "a"), ("c", "b"), ("d", "a"), ("d", "c")])
    rows = [[1, 1, 1, 1], [1, 1, 1, 0], [1, 1, 0, 0], [1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 0, 0]]
    tests = compare(rows * 2, np.random.default_rng(0).normal(size=(12, 4)), tree=dag)
    np.testing.assert_array_equal(tests.positives, [8, 8, 4, 2])
    np.testing.assert_array_equal(tests.negatives, [4, 4, 2, 2])
    # a is above c, so that d is compared among c's images and waits for c alone.
    assert [above.tolist() for above in tests.parents] == [[], [], [0, 1], [2]]


@pytest.mark.parametrize("targets", [[[1, 1, 1, 0]], [[-1] * 4] * 3, [[1, 1, 1, 0]] * 3])
def test_where_nothing_differs_nothing_is_tested(targets: list[list[int]]) -> None:
    tests = compare(targets, np.zeros((len(targets), 4)))
    assert len(tests.concept) == len(tests.z) == len(tests.parents) == 0


def test_p_values_of_what_is_like_the_controls_are_uniform() -> None:
    rng = np.random.default_rng(2)
    m = rng.integers(1, 60, 4000)
    spread = 1 + m / 60  # the more images, the wider, as in cross-validation
    z = rng.normal(size=4000) * spread
    p = controlled(z[:2000], m[:2000], z[2000:], m[2000:])
    assert kstest(p, "uniform").pvalue > 0.001
    assert p.min() >= 1 / (1 + 2000)
    for few in (m[:2000] < 10, m[:2000] > 40):
        assert abs((p[few] <= 0.05).mean() - 0.05) < 0.025


def test_the_share_of_controls_that_do_as_well() -> None:
    p = controlled(np.array([2.0, 5.0]), np.array([3, 3]), np.arange(9.0), np.full(9, 3))
    np.testing.assert_allclose(p, [8 / 10, 5 / 10])
    more = np.arange(NEIGHBOURS + 50.0)
    far = np.r_[np.full(NEIGHBOURS, 3), np.full(50, 500)]
    assert controlled(np.array([1e9]), np.array([3]), more, far)[0] == 1 / (1 + NEIGHBOURS)


def test_without_controls_the_variance_is_doubled() -> None:
    np.testing.assert_allclose(uncontrolled(np.array([0.0, 2.0])), [0.5, norm.sf(np.sqrt(2))])
