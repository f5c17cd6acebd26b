"""A certificate says what held-out images bear out, and no more."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy.special import expit
from sklearn.metrics import roc_auc_score

from kgconcepts import Hierarchy
from kgconcepts.errors import EvidenceError
from kgconcepts.grounding.certifying.certificate import certify
from kgconcepts.grounding.certifying.controls import random_concepts, shuffled_labels
from kgconcepts.grounding.certifying.stability import stability

# A copepod's two species look alike, a diatom is known by two images, nothing shows a salp.
TREE = Hierarchy.from_edges(
    ["copepod", "diatom", "salp", "rock", "Oithona", "Calanus", "Salpa"],
    [("Oithona", "copepod"), ("Calanus", "copepod"), ("Salpa", "salp")],
)


def handmade(n: int = 60, seed: int = 0) -> tuple[np.ndarray, np.ma.MaskedArray]:
    """Scores that know copepods and their species' names by chance, and targets."""
    rng = np.random.default_rng(seed)
    shown = np.zeros((n, 7), dtype=np.int8)
    shown[: n // 2, TREE.index("copepod")] = 1
    shown[: n // 2 : 2, TREE.index("Oithona")] = shown[1 : n // 2 : 2, TREE.index("Calanus")] = 1
    shown[n // 2, TREE.index("diatom")] = 1
    shown[n // 2 + 1 :, TREE.index("rock")] = 1
    scores = rng.normal(size=(n, 7))
    scores[:, TREE.index("copepod")] += 6 * shown[:, TREE.index("copepod")]
    scores[:, TREE.index("rock")] = rng.normal(size=n)
    return scores, np.ma.masked_array(shown)


def rows(certificate: pl.DataFrame) -> dict[str, dict[str, Any]]:
    return {row["id"]: row for row in certificate.iter_rows(named=True)}


def test_verdicts_in_words() -> None:
    scores, targets = handmade(30)
    table = rows(certify(TREE, scores, targets))
    assert {id_: row["verdict"] for id_, row in table.items()} == {
        "copepod": "grounded",
        "Oithona": "inherited from copepod",
        "Calanus": "inherited from copepod",
        "diatom": "undetectable here",  # one image of 30: p = 1/30 at best, of several
        "rock": "not grounded",
        "salp": "undetectable here",
        "Salpa": "undetectable here",
    }
    assert table["Oithona"]["inherited_from"] == ["copepod"]
    assert table["copepod"]["inherited_from"] == table["rock"]["inherited_from"] == []
    assert [id_ for id_, row in table.items() if row["detectable"]] == [
        *("copepod", "rock", "Oithona", "Calanus"),
    ]
    assert table["salp"]["q_value"] is None
    assert table["copepod"]["q_value"] < 1e-6
    assert table["Oithona"]["q_value"] > 0.05


def test_a_child_is_no_better_than_its_parent() -> None:
    """Species that are told perfectly stay unfound while their copepods are not told."""
    scores, targets = handmade()
    k = [TREE.index("Oithona"), TREE.index("Calanus")]
    scores[:, k] += 9 * targets.data[:, k]
    assert rows(certify(TREE, scores, targets))["Oithona"]["verdict"] == "grounded"
    scores[:, 0] = 99  # above both, and of no use
    table = rows(certify(TREE, scores, targets))
    assert table["copepod"]["q_value"] == 1
    assert table["Oithona"]["p_value"] < 1e-6
    assert table["Oithona"]["q_value"] == 1
    assert table["Oithona"]["verdict"] == "not grounded"


def test_measures_and_counts() -> None:
    scores, targets = handmade()
    targets[3:9] = np.ma.masked
    table = rows(certify(TREE, scores, targets))
    known = np.r_[0:3, 9:60]
    row = table["copepod"]
    shown = targets.data[known, 0] == 1
    assert row["auc"] == pytest.approx(roc_auc_score(shown, scores[known, 0]))
    assert row["auc_low"] <= row["auc"] <= row["auc_high"]
    low, high = row["average_precision_low"], row["average_precision_high"]
    assert low < row["average_precision"] <= high
    assert row["support"] == row["positives"] == shown.sum()
    assert row["negatives"] == (~shown).sum()
    assert row["expected"] == pytest.approx(expit(scores[known, 0]).sum())
    assert row["borrows_from"] == []
    assert table["Salpa"]["auc"] is None
    assert table["Salpa"]["average_precision_low"] is None


def test_it_borrows_from_the_nearest_with_support() -> None:
    tree = Hierarchy.from_edges("abcde", [("b", "a"), ("c", "b"), ("d", "b"), ("d", "e")])
    targets = np.ma.masked_array(np.array([[1, 0, 0, 0, 1], [1, 1, 0, 0, 0]] * 4, dtype=np.int8))
    targets = targets[:, [0, 4, 1, 2, 3]]  # as ids a, e, b, c, d
    table = rows(certify(tree, np.zeros((8, 5)), targets))
    assert list(table) == ["a", "e", "b", "c", "d"]
    assert table["c"]["borrows_from"] == ["b"]
    assert sorted(table["d"]["borrows_from"]) == ["b", "e"]
    assert table["b"]["borrows_from"] == []


def test_controls_that_do_as_well_take_the_discovery_away() -> None:
    scores, targets = handmade()
    fold = np.arange(60) % 5
    controls, leaking = [], []
    for seed in range(60):
        control = shuffled_labels(TREE, targets, seed, fold)
        noise = np.random.default_rng(seed).normal(size=scores.shape)
        controls.append((control, noise))
        leaking.append((control, noise + 6 * control.targets.data))  # a fit that sees its images
    table = rows(certify(TREE, scores, targets, fold, controls=controls))
    assert table["copepod"]["verdict"] == "grounded"
    assert table["copepod"]["p_value"] <= 1 / 201
    table = rows(certify(TREE, scores, targets, fold, controls=leaking))
    assert table["copepod"]["verdict"] == "undetectable here"
    assert table["copepod"]["p_value"] > 0.2


def test_only_what_means_nothing_in_a_control_is_a_control() -> None:
    scores, targets = handmade()
    fold = np.arange(60) % 5
    controls = [(random_concepts(TREE, targets, seed), scores) for seed in range(80)]
    assert not any(control.null[TREE.index("copepod")] for control, _ in controls)
    p = rows(certify(TREE, scores, targets, fold, controls=controls))["copepod"]["p_value"]
    assert p == pytest.approx(1 / (1 + 160))  # Oithona and Calanus, 80 times


def test_stable_units_are_counted() -> None:
    scores, targets = handmade()
    selected = np.zeros((4, 7, 5), dtype=bool)
    selected[:, 0, :2] = True
    certificate = certify(
        TREE, scores, targets, units=selected[0].sum(axis=1), stability=stability(selected)
    )
    table = rows(certificate)
    assert (table["copepod"]["units"], table["copepod"]["stable_units"]) == (2, 2)
    assert (table["rock"]["units"], table["rock"]["stable_units"]) == (0, 0)
    assert 0 == table["rock"]["false_units"] < table["copepod"]["false_units"]
    assert "units" not in certify(TREE, scores, targets).columns


@pytest.mark.parametrize(
    "targets",
    [
        np.ma.masked_array([[1, 0, 0, 0, 1, 0, 0]]),
        np.ma.masked_array(np.ones((5, 7))),
        np.ma.masked_array(np.zeros((5, 7))),
        np.ma.masked_equal(np.full((5, 7), -1), -1),
        np.ma.masked_all((0, 7)),
    ],
    ids=["one image", "all shown", "none shown", "all unknown", "no images"],
)
@pytest.mark.parametrize("controlled", [False, True])
def test_where_nothing_can_be_compared_nothing_is_claimed(
    targets: np.ma.MaskedArray, controlled: bool
) -> None:
    targets = targets.astype(np.int8)
    scores = np.zeros(targets.shape)
    controls = [(random_concepts(TREE, targets, 0), scores)] if controlled else []
    table = certify(TREE, scores, targets, controls=controls)
    assert len(table) == 7
    assert table["q_value"].null_count() == table["p_value"].null_count() == 7
    assert set(table["verdict"]) == {"undetectable here"}
    assert not table["detectable"].any()


def test_the_same_input_is_the_same_certificate() -> None:
    scores, targets = handmade()
    assert certify(TREE, scores, targets).equals(certify(TREE, scores.copy(), targets.copy()))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"scores": np.zeros((60, 6))}, r"scores are of shape \(60, 6\), targets of \(60, 7\)"),
        ({"scores": np.full((60, 7), np.nan)}, "image 0, concept copepod: found nan"),
        ({"level": 0.0}, "level is 0.0; expected a rate"),
    ],
)
def test_errors_say_what_to_do(change: dict[str, Any], message: str) -> None:
    scores, targets = handmade()
    given = {"scores": scores, "targets": targets, "level": 0.05} | change
    with pytest.raises(EvidenceError, match=message):
        certify(TREE, **given)
