"""Variances that texts tell: those of simulated data come back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy.optimize import approx_fprime

from kgconcepts.embedding import variances
from kgconcepts.embedding.gaussian import GaussianDAG, parents_of
from kgconcepts.embedding.variances import Variances, empirical_bayes

DEVIATIONS = (1.0, 2.0, 0.5, 0.1, 0.3)


def learnt(data: Any, visual: Any = None) -> Variances:
    groups = [f"depth {level}" for level in data.tree.levels.tolist()]
    dag = GaussianDAG(parents_of(data.tree, None, {}))
    texts = np.where(data.words[:, None] > 0, data.T, 0)
    shown = np.zeros(len(data.words)) if visual is None else visual
    return empirical_bayes(dag, texts, groups, data.words, shown)


def test_the_slope_is_that_of_the_likelihood(
    simulated: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    data = simulated(60, 5, DEVIATIONS, told=0.7, branches=3)
    given: dict[str, Any] = {}
    real = variances.minimize

    def minimize(objective: Any, start: Any, **options: Any) -> Any:
        given.update(objective=objective, start=start)
        return real(objective, start, **options)

    monkeypatch.setattr(variances, "minimize", minimize)
    learnt(data, np.random.default_rng(1).random(60))
    objective, start = given["objective"], given["start"]
    for seed in range(3):
        at = start + np.random.default_rng(seed).normal(size=len(start)) / 2
        numeric = approx_fprime(at, lambda log: objective(log)[0], 1e-6)
        np.testing.assert_allclose(objective(at)[1], numeric, atol=1e-5)


def test_the_objective_is_the_dense_marginal_likelihood(
    simulated: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    data = simulated(30, 4, DEVIATIONS, told=0.7, branches=3)
    given: dict[str, Any] = {}
    real = variances.minimize

    def minimize(objective: Any, start: Any, **options: Any) -> Any:
        given.update(objective=objective, start=start)
        return real(objective, start, **options)

    monkeypatch.setattr(variances, "minimize", minimize)
    monkeypatch.setattr(variances, "_FEWEST", 1)
    learnt(data)
    told = np.flatnonzero(data.words > 0)
    up = np.linalg.inv(np.eye(30) - data.tree.parents.toarray())

    def dense(log: Any) -> float:
        steps = np.exp(log[:-3])[data.tree.levels]
        noise = np.exp(log[-3] - log[-2] * np.log(data.words[told]))
        covariance = (up @ np.diag(steps) @ up.T)[np.ix_(told, told)] + np.diag(noise)
        fit = np.trace(np.linalg.solve(covariance, data.T[told] @ data.T[told].T))
        prior = ((log[:-3] - log[:-3].mean()) ** 2).sum()
        value = fit + 4 * np.linalg.slogdet(covariance)[1] + prior
        return float(value / (2 * 4 * len(told)))

    logs = [given["start"] + np.random.default_rng(s).normal(size=7) / 2 for s in range(3)]
    differences = np.diff([given["objective"](log)[0] for log in logs])
    np.testing.assert_allclose(differences, np.diff([dense(log) for log in logs]), rtol=1e-8)


def test_the_variances_of_simulated_data_come_back(simulated: Callable[..., Any]) -> None:
    data = simulated(2000, 32, DEVIATIONS, noise=1.5, fall=0.5, told=0.8, roots=20, branches=4)
    found = learnt(data)
    assert found.groups == tuple(f"depth {level}" for level in range(len(DEVIATIONS)))
    ratio = np.array(found.deviations) / DEVIATIONS
    assert (np.abs(np.log(ratio)) < np.log(1.25)).all(), ratio
    assert found.noise == pytest.approx(1.5, rel=0.15)
    assert found.fall == pytest.approx(0.5, abs=0.1)


def test_texts_that_a_picture_can_show_are_found_to_be_surer(
    simulated: Callable[..., Any],
) -> None:
    data = simulated(1500, 16, (1.0, 0.5), fall=0.3, branches=8)
    shown = np.random.default_rng(3).random(1500)
    errors = (data.T - data.X) * np.exp(-0.5 * shown)[:, None]
    found = learnt(type(data)(data.tree, data.X, data.X + errors, data.words, data.noise), shown)
    assert found.visual == pytest.approx(1.0, abs=0.2)


def test_more_words_are_never_less_sure(simulated: Callable[..., Any]) -> None:
    data = simulated(600, 8, (1.0, 0.5), fall=-0.5)  # the more words, the more noise
    assert learnt(data).fall >= 0.1


def test_a_sample_of_many_concepts_tells_nearly_the_same(
    simulated: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    data = simulated(2400, 32, DEVIATIONS, told=0.8, roots=20, branches=4)
    whole = learnt(data)
    monkeypatch.setattr(variances, "_MOST", 1200)
    monkeypatch.setattr(variances, "_AT_ONCE", 50)
    some = learnt(data)
    assert some != whole  # it was a sample
    assert some.groups == whole.groups
    ratio = np.array(some.deviations) / whole.deviations
    assert (np.abs(np.log(ratio)) < np.log(1.3)).all(), ratio
    assert some.noise == pytest.approx(whole.noise, rel=0.15)
    assert some.fall == pytest.approx(whole.fall, abs=0.1)


def test_a_sample_holds_all_that_is_above_it(
    simulated: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(variances, "_MOST", 100)
    monkeypatch.setattr(variances, "_AT_ONCE", 10)
    above = simulated(1000, 2, (1.0,), branches=2).tree.parents.astype(float).tocsr()
    some = variances._closed(above)
    assert 100 <= len(some) < 300
    assert np.isin(above[some].indices, some).all()


KNOWN = Variances(("class", "genus"), (4.0, 1.0), noise=2.0, fall=0.5, visual=1.0)


def test_a_group_never_seen_deviates_by_the_geometric_mean() -> None:
    np.testing.assert_allclose(KNOWN.of(["genus", "tribe", "class"]), [1.0, 2.0, 4.0])


def test_noise_falls_with_words_and_with_what_a_picture_shows() -> None:
    words, visual = np.array([1.0, 4.0, 100.0, 4.0]), np.array([0.0, 0.0, 0.0, 1.0])
    np.testing.assert_allclose(KNOWN.of_texts(words, visual), [2, 1, 0.2, np.exp(-1)])


def test_where_there_is_no_text_noise_is_infinite() -> None:
    assert KNOWN.of_texts(np.array([0.0]), np.array([0.7])).tolist() == [np.inf]


def test_of_few_texts_the_usual_variances_are_taken(simulated: Callable[..., Any]) -> None:
    found = learnt(simulated(30, 4, DEVIATIONS, told=0.7, branches=3))
    assert set(found.deviations) == {0.3}
    assert (found.noise, found.fall) == (1.0, 0.3)
