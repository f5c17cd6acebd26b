"""Quality is what scikit-learn measures, on what is known, with an interval that holds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest, norm
from sklearn.metrics import average_precision_score, roc_auc_score

from kgconcepts.grounding.quality import (
    SUPPORT_BINS,
    auc_interval,
    average_precision,
    measure,
    support_bin,
    wilson_interval,
)

# Few distinct scores, so that many are tied.
JUDGED = st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=2, max_size=30).filter(
    lambda images: len({shown for _, shown in images}) == 2
)


@given(images=JUDGED)
def test_auc_is_scikit_learn_s_ties_and_all(images: list[tuple[int, bool]]) -> None:
    scores, truth = np.array([s for s, _ in images], float), np.array([t for _, t in images])
    auc, low, high = auc_interval(scores, truth)
    assert auc == pytest.approx(roc_auc_score(truth, scores), abs=1e-12)
    assert 0 <= low <= auc <= high <= 1


@given(images=JUDGED)
def test_average_precision_is_scikit_learn_s_ties_and_all(images: list[tuple[int, bool]]) -> None:
    scores, truth = np.array([s for s, _ in images], float), np.array([t for _, t in images])
    expected = average_precision_score(truth, scores)
    assert average_precision(scores, truth) == pytest.approx(expected, abs=1e-12)


@given(images=JUDGED)
def test_the_interval_does_not_depend_on_the_scale_and_mirrors(
    images: list[tuple[int, bool]],
) -> None:
    scores, truth = np.array([s for s, _ in images], float), np.array([t for _, t in images])
    auc, low, high = auc_interval(scores, truth)
    assert auc_interval(np.exp(scores), truth) == (auc, low, high)
    for mirrored in (auc_interval(-scores, truth), auc_interval(scores, ~truth)):
        np.testing.assert_allclose(mirrored, (1 - auc, 1 - high, 1 - low), atol=1e-9)


@given(images=JUDGED)
def test_a_higher_level_has_a_wider_interval(images: list[tuple[int, bool]]) -> None:
    scores, truth = np.array([s for s, _ in images], float), np.array([t for _, t in images])
    _, low, high = auc_interval(scores, truth, level=0.8)
    _, lower, higher = auc_interval(scores, truth, level=0.99)
    assert lower <= low
    assert high <= higher


def test_the_variance_is_delong_s_from_all_pairs_with_many_images() -> None:
    """Where images are many, what is added for few of them is nothing."""
    rng = np.random.default_rng(0)
    positive, negative = rng.normal(1, 1, 900).round(1), rng.normal(0, 1, 1100).round(1)
    pairs = (positive[:, None] > negative) + 0.5 * (positive[:, None] == negative)
    auc = pairs.mean()
    variance = pairs.mean(axis=1).var(ddof=1) / 900 + pairs.mean(axis=0).var(ddof=1) / 1100
    half = norm.ppf(0.975) * np.sqrt(variance) / (auc * (1 - auc))
    odds = np.log(auc / (1 - auc))
    expected = [auc, *(1 / (1 + np.exp(-(odds + side * half))) for side in (-1, 1))]
    truth = np.repeat([True, False], [900, 1100])
    found = auc_interval(np.concatenate([positive, negative]), truth)
    np.testing.assert_allclose(found, expected, atol=3e-4)


@pytest.mark.parametrize(
    ("shift", "positives", "negatives"), [(1.2, 50, 50), (0.5, 15, 200), (0.0, 40, 40)]
)
def test_the_interval_holds_the_truth_about_19_times_in_20(
    shift: float, positives: int, negatives: int
) -> None:
    """Two normal populations, a known AUC: 2,000 draws, so 4 standard errors are 2 points."""
    rng = np.random.default_rng(7)
    truth = np.repeat([True, False], [positives, negatives])
    auc = norm.cdf(shift / np.sqrt(2))
    held = 0
    for _ in range(2000):
        _, low, high = auc_interval(rng.normal(shift * truth, 1), truth)
        held += low <= auc <= high
    assert 0.93 <= held / 2000 <= 0.97


@pytest.mark.parametrize("positives", [3, 5, 10])
def test_few_positives_that_mean_nothing_seldom_look_like_something(positives: int) -> None:
    """2.5 % should lie above a guess; with a normal quantile it would be 8 % at 3 positives."""
    rng = np.random.default_rng(3)
    truth = np.arange(300) < positives
    above = sum(auc_interval(rng.normal(size=300), truth)[1] > 0.5 for _ in range(1500))
    assert above / 1500 < 0.05


def test_images_are_ranked_only_among_those_of_their_fold() -> None:
    scores = np.array([0.2, 0.1, 0.9, 0.8])
    truth = np.array([True, False, True, False])
    fold = np.array([0, 0, 1, 1])
    assert auc_interval(scores, truth)[0] == 0.75
    assert auc_interval(scores, truth, fold)[0] == 1
    assert measure(scores[:, None], np.ma.array(truth[:, None] * 1), fold).average_precision == [1]
    assert np.isnan(auc_interval(scores, truth, np.array([0, 1, 0, 1]))).all()


@pytest.mark.parametrize(("m", "n"), [(1, 1), (1, 40), (40, 1)])
def test_of_one_image_nothing_is_certain(m: int, n: int) -> None:
    scores, truth = np.arange(m + n, dtype=float), np.repeat([False, True], [n, m])
    assert auc_interval(scores, truth) == (1.0, 0.0, 1.0)


def test_a_perfect_ranking_is_the_surer_the_more_images_show_it() -> None:
    lows = []
    for m in (2, 5, 20, 100):
        auc, low, high = auc_interval(np.arange(2.0 * m), np.repeat([False, True], m))
        assert (auc, high) == (1.0, 1.0)
        lows.append(low)
    assert lows == sorted(lows)
    assert lows[0] < 0.6
    assert 0.95 < lows[-1] < 1


def test_scores_that_are_all_alike_are_as_good_as_chance() -> None:
    auc, low, high = auc_interval(np.zeros(40), np.repeat([False, True], 20))
    assert auc == 0.5
    assert low < 0.5 < high


def test_measures_are_taken_on_what_is_known() -> None:
    rng = np.random.default_rng(1)
    scores = rng.normal(size=(200, 3)).round(1)
    truth = scores + rng.normal(size=(200, 3)) > 0.5
    hidden = rng.random((200, 3)) < 0.3
    quality = measure(scores, np.ma.masked_array(truth.astype(np.int8), hidden))
    for k in range(3):
        shown, score = truth[~hidden[:, k], k], scores[~hidden[:, k], k]
        assert quality.auc[k] == pytest.approx(roc_auc_score(shown, score))
        assert quality.average_precision[k] == pytest.approx(average_precision_score(shown, score))
        assert (quality.positives[k], quality.negatives[k]) == (shown.sum(), (~shown).sum())
        assert quality.auc_low[k] < quality.auc[k] < quality.auc_high[k]
    moved = np.where(hidden, 1e6, scores)
    again = measure(moved, np.ma.masked_array(truth.astype(np.int8), hidden))
    np.testing.assert_array_equal(again.auc, quality.auc)


def test_what_cannot_be_measured_is_not_a_number() -> None:
    targets = np.ma.masked_array([[1, 0, 1], [1, 0, 0]], [[False] * 3, [False, False, True]])
    quality = measure(np.ones((2, 3)), targets)
    for values in (quality.auc, quality.auc_low, quality.auc_high, quality.average_precision):
        assert np.isnan(values).all()
    np.testing.assert_array_equal(quality.positives, [2, 0, 1])
    np.testing.assert_array_equal(quality.negatives, [0, 2, 0])


@pytest.mark.parametrize("n", [1, 2, 7, 200])
def test_the_interval_of_a_share_is_wilson_s(n: int) -> None:
    for k in {0, 1, n // 2, n}:
        expected = binomtest(k, n).proportion_ci(method="wilson")
        low, high = wilson_interval(np.array([k / n]), np.array([n]))
        np.testing.assert_allclose([low[0], high[0]], expected, atol=1e-12)
    assert np.isnan(wilson_interval(np.array([np.nan]), np.array([0]))).all()


def test_every_support_has_one_bin() -> None:
    names = [support_bin(support) for support in range(50)]
    assert names == ["unseen", *["1–2"] * 2, *["3–10"] * 8, *["> 10"] * 39]
    assert list(dict.fromkeys(names)) == list(SUPPORT_BINS)
