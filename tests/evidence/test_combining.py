"""Several sides on the same images: who agree count more, who contradict one another less."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgconcepts import Concept, ConceptGraph, Evidence, Hierarchy
from kgconcepts.errors import EvidenceError
from kgconcepts.evidence.annotators import reliabilities

NAMES = ("Copepoda", "Oithona", "Calanus", "Salpa", "Thalia", "Beroe")
GRAPH = ConceptGraph(
    [Concept(name, name) for name in NAMES],
    [
        ("Oithona", "is_a", "Copepoda"),
        ("Calanus", "is_a", "Copepoda"),
        ("Thalia", "is_a", "Salpa"),
    ],
)
DAG = GRAPH.hierarchy(traits=True)
CLASSES = [DAG.ids[leaf] for leaf in DAG.leaves]

labels = st.lists(st.sampled_from([*NAMES, None]), min_size=6, max_size=6)


def said(*names: str | None) -> Evidence:
    return Evidence.from_labels(names, GRAPH)


def factors(evidence: Evidence, image: int = 0) -> dict[str, float]:
    """Log factors of an image, the least of them taken off."""
    e = evidence.class_log_factors(DAG, [image])[0]
    return dict(zip(CLASSES, (e - e.min()).tolist(), strict=True))


def same(one: Evidence, other: Evidence) -> None:
    np.testing.assert_array_equal(one.targets.filled(-1), other.targets.filled(-1))
    np.testing.assert_allclose(
        one.class_log_factors(DAG), other.class_log_factors(DAG), rtol=1e-5, atol=1e-5
    )
    np.testing.assert_allclose(one.weight, other.weight)


@given(given_=st.lists(labels, min_size=1, max_size=4), data=st.data())
def test_the_order_does_not_matter(given_: list[list[str | None]], data: st.DataObject) -> None:
    several = [said(*one).weighted(k + 1) for k, one in enumerate(given_)]
    order = data.draw(st.permutations(range(len(several))))
    rho = [0.9 - 0.2 * k for k in range(len(several))]
    same(Evidence.combine(several), Evidence.combine([several[k] for k in order]))
    same(
        Evidence.combine(several, rho),
        Evidence.combine([several[k] for k in order], [rho[k] for k in order]),
    )


@given(given_=st.lists(labels, min_size=1, max_size=3), place=st.integers(0, 3))
def test_who_knows_nothing_changes_nothing(given_: list[list[str | None]], place: int) -> None:
    several = [said(*one) for one in given_]
    more = several.copy()
    more.insert(place, said(*[None] * 6))
    same(Evidence.combine(several), Evidence.combine(more))
    if len(several) == 1:
        same(several[0], Evidence.combine(more))


@given(given_=st.lists(labels, min_size=1, max_size=3), chosen=st.lists(st.integers(0, 5)))
def test_part_of_what_is_combined_is_the_same_part_of_all_that_is_known(
    given_: list[list[str | None]], chosen: list[int]
) -> None:
    whole = Evidence.combine([said(*one) for one in given_]).weighted(np.arange(6))
    part = whole.take(chosen)
    np.testing.assert_array_equal(
        part.class_log_factors(DAG), whole.class_log_factors(DAG, np.array(chosen, dtype=int))
    )
    np.testing.assert_array_equal(part.targets.filled(-1), whole.targets.filled(-1)[chosen])
    np.testing.assert_array_equal(part.weight, whole.weight[chosen])
    only = whole.only(chosen)
    np.testing.assert_array_equal(only.take(chosen).informed, part.informed)
    others = np.setdiff1d(np.arange(6), chosen)
    assert not only.informed[others].any()
    assert not only.class_log_factors(DAG, others).any()


def test_agreement_counts_double_and_contradiction_cancels() -> None:
    one, agrees, denies = said("Oithona", "Salpa"), said("Oithona", None), said("Calanus", None)
    alone = factors(Evidence.combine([one], [0.8]))
    assert alone["Oithona"] > 1
    assert alone["Calanus"] == alone["Beroe"] == 0
    both = factors(Evidence.combine([one, agrees], [0.8, 0.8]))
    against = factors(Evidence.combine([one, denies], [0.8, 0.8]))
    assert both["Oithona"] > 1.5 * alone["Oithona"]
    assert against["Oithona"] > against["Beroe"]
    assert abs(against["Oithona"] - against["Calanus"]) < 0.5


def test_what_is_said_of_an_image_counts_as_knowing_or_guessing_says() -> None:
    """Of four statements three are Oithona: a guess agrees with it three times of four."""
    evidence = Evidence.combine([said("Oithona", "Oithona", "Oithona", "Beroe")], [0.6])
    assert factors(evidence)["Oithona"] == pytest.approx(np.log((0.6 + 0.4 * 0.75) / (0.4 * 0.75)))
    assert factors(evidence, 3)["Beroe"] == pytest.approx(np.log((0.6 + 0.4 / 4) / (0.4 / 4)))


def test_what_nobody_contradicts_is_the_pattern() -> None:
    evidence = Evidence.combine([said("Oithona", "Copepoda"), said("Calanus", "Oithona")])
    first, second = evidence.targets
    assert dict(zip(DAG.ids, first.tolist(), strict=True)) == {
        **{"Copepoda": 1, "Oithona": None, "Calanus": None},
        **{"Salpa": 0, "Thalia": 0, "Beroe": 0},
    }
    np.testing.assert_array_equal(
        second.filled(-1), said("Oithona").targets.filled(-1)[0]
    )  # the finer of two that agree


def test_where_annotators_never_meet_all_is_certain() -> None:
    evidence = Evidence.combine([said("Oithona", None), said(None, "Salpa")])
    same(evidence, said("Oithona", "Salpa"))


def test_what_is_certain_is_joined_and_voted_on_where_it_contradicts() -> None:
    seen = Evidence.from_traits([{"Oithona": False}] * 2, GRAPH)
    evidence = Evidence.combine([said("Copepoda", "Oithona"), seen], [1, 1])
    assert evidence.certain.tolist() == [True, False]
    np.testing.assert_array_equal(
        evidence.class_log_factors(DAG, [0]), said("Calanus").class_log_factors(DAG)
    )
    assert np.isfinite(evidence.class_log_factors(DAG, [1])).all()


def test_labels_beside_ratios_stay_certain() -> None:
    ratios = Evidence.from_scores(np.eye(3), ["Oithona", "Salpa", "Beroe"], said(*NAMES[:3]), DAG)
    evidence = Evidence.combine([ratios, said("Copepoda", "Oithona", None)])
    assert evidence.certain.tolist() == [True, True, False]
    np.testing.assert_array_equal(
        np.isinf(evidence.class_log_factors(DAG, [0, 1])),
        np.isinf(said("Copepoda", "Oithona").class_log_factors(DAG)),
    )


def test_who_is_not_relied_on_says_nothing() -> None:
    evidence = Evidence.combine([said("Oithona"), said("Salpa")], [0.9, 0])
    np.testing.assert_array_equal(evidence.targets.filled(-1), said("Oithona").targets.filled(-1))
    assert factors(evidence)["Thalia"] == 0


def test_what_no_class_agrees_with_together_is_no_error() -> None:
    evidence = Evidence.combine([said("Salpa"), Evidence.from_traits([{"Salpa": False}], GRAPH)])
    assert np.isfinite(evidence.class_log_factors(DAG)).all()


@pytest.mark.parametrize("rho", [(0.9, 0.6, 0.3), (0.8, 0.8, 0.8)])
def test_reliability_is_learnt_from_agreement(rho: tuple[float, ...]) -> None:
    """Annotators who know or guess: what each vote counts tells the reliability back."""
    rng = np.random.default_rng(3)
    prior = np.array([0.4, 0.1, 0.3, 0.2])
    truth = rng.choice(CLASSES, 3000, p=prior)
    several = []
    for r in rho:
        guess = rng.permutation(truth)
        several.append(said(*np.where(rng.random(3000) < r, truth, guess).tolist()))
    learnt = Evidence.combine(several)
    given = Evidence.combine(several, rho)
    one, other = (e.class_log_factors(DAG) for e in (learnt, given))
    one, other = (e - e.max(axis=1, keepdims=True) for e in (one, other))
    assert np.median(np.abs(one - other)) < 0.15
    best = np.array(CLASSES)[(np.log(prior) + learnt.class_log_factors(DAG)).argmax(axis=1)]
    singly = [e.targets.data[:, DAG.leaves] == 1 for e in several]
    right = [(np.array(CLASSES)[one.argmax(axis=1)] == truth).mean() for one in singly]
    assert (best == truth).mean() >= max(right)


def test_combined_evidence_may_be_combined_again() -> None:
    two = Evidence.combine([said("Oithona"), said("Calanus")], [0.8, 0.8])
    three = Evidence.combine([two, said("Oithona")], [1, 0.8])
    assert factors(three)["Oithona"] > factors(three)["Calanus"] > factors(three)["Beroe"]


def test_evidence_on_other_images_or_concepts_is_refused() -> None:
    other = ConceptGraph([Concept("Beroe", "Beroe")])
    with pytest.raises(EvidenceError, match="evidence 1 is on 2 images"):
        Evidence.combine([said("Beroe"), said("Beroe", "Beroe")])
    with pytest.raises(EvidenceError, match="evidence 1 is on 1 images and 1 concepts"):
        Evidence.combine([said("Beroe"), Evidence.from_labels(["Beroe"], other)])
    with pytest.raises(EvidenceError, match="there is no evidence to combine"):
        Evidence.combine([])


@pytest.mark.parametrize(
    ("reliability", "message"),
    [
        ([1.2], "reliability 0: found 1.2; expected a number from 0 to 1"),
        ([float("nan")], "reliability 0: found nan"),
        ([-0.1], "reliability 0: found -0.1"),
        ([0.5, 0.5], r"reliabilities are of shape \(2,\); expected one for each of the 1"),
        (["much"], "reliabilities are no numbers"),
    ],
)
def test_a_reliability_that_is_no_probability_is_refused(
    reliability: list[float], message: str
) -> None:
    with pytest.raises(EvidenceError, match=message):
        Evidence.combine([said("Beroe")], reliability)


def test_weights_multiply() -> None:
    evidence = said("Beroe", "Salpa").weighted([1, 3]).weighted(2)
    np.testing.assert_array_equal(evidence.weight, [2, 6])
    np.testing.assert_array_equal(Evidence.combine([evidence, evidence]).weight, [4, 36])
    assert said("Beroe").weight == 1


@pytest.mark.parametrize(
    ("weight", "message"),
    [
        ([1, -1], "weight of image 1: found -1; expected a finite number, not below 0"),
        ([np.nan, 1], "weight of image 0: found nan"),
        ([1, np.inf], "weight of image 1: found inf"),
        ([1, 2, 3], r"weights are of shape \(3,\); expected one number, or \(2 images\)"),
        (["a", "b"], "weights are no numbers"),
    ],
)
def test_a_weight_that_is_none_is_refused(weight: object, message: str) -> None:
    with pytest.raises(EvidenceError, match=message):
        said("Beroe", "Salpa").weighted(weight)  # type: ignore[arg-type]


def test_what_no_class_agrees_with_is_refused_where_classes_are_asked_for() -> None:
    targets = [[-1] * 6, [1 if name in ("Oithona", "Thalia") else -1 for name in DAG.ids]]
    evidence = Evidence.from_targets(targets, DAG.ids)
    with pytest.raises(EvidenceError, match=r"image 1: no class agrees .*shows .*Thalia.*correct"):
        evidence.class_log_factors(DAG)
    assert not evidence.class_log_factors(DAG, [0]).any()


def test_a_hierarchy_of_other_concepts_is_refused() -> None:
    with pytest.raises(EvidenceError, match="about 6 concepts, the hierarchy about 1, or"):
        said("Beroe").class_log_factors(Hierarchy.from_edges("a", []))


def test_classes_that_agree_are_the_same_taken_together_or_by_pattern() -> None:
    evidence = said("Oithona", "Copepoda", None, "Salpa", "Oithona")
    possible = evidence.possible_classes(DAG)
    assert possible.shape == (3, len(CLASSES))
    np.testing.assert_array_equal(
        evidence.class_log_factors(DAG), evidence.class_log_factors(DAG, possible=possible)
    )
    assert {c for c, p in zip(CLASSES, possible[1], strict=True) if p} == {"Oithona", "Calanus"}


def test_learnt_reliabilities_are_those_that_annotators_were_made_with() -> None:
    rng = np.random.default_rng(4)
    truth = rng.integers(0, 5, 8000)
    patterns = np.eye(5, dtype=np.int8)
    rho = np.array([0.95, 0.8, 0.5])
    knows = rng.random((8000, 3)) < rho
    said = np.where(knows, truth[:, None], rng.integers(0, 5, (8000, 3)))
    learnt = reliabilities(patterns, said)
    assert learnt is not None
    np.testing.assert_allclose(learnt, rho, atol=0.03)
    two = reliabilities(patterns, said[:, :2])  # of whom only the product can be known
    np.testing.assert_allclose(two, np.sqrt(rho[0] * rho[1]), atol=0.03)


def test_one_contradiction_voids_nobodys_labels() -> None:
    one = said(*["Oithona"] * 5, "Salpa", "Beroe", "Calanus")
    other = said("Calanus", *[None] * 7)
    evidence = Evidence.combine([one, other])
    assert factors(evidence, 7)["Calanus"] > 2
