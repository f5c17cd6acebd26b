"""How far concepts deviate and texts err, told by the texts themselves (empirical Bayes)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from scipy.optimize import minimize
from threadpoolctl import threadpool_limits

from kgconcepts.embedding.gaussian import GaussianDAG
from kgconcepts.hierarchy import Positions
from kgconcepts.paths import beyond

__all__ = ["Variances", "empirical_bayes"]

Floats = npt.NDArray[np.float64]

_LOG_LOW, _LOG_HIGH = np.log(1e-4), np.log(20.0)
_LEAST_FALL = 0.1  # of the noise with the amount of text: more text is never less sure
_MOST_FALL = 1.5
_STEPS = 60
_FEWEST = 30  # texts; fewer do not tell their noise from what is their own
_MOST, _AT_ONCE = 10_000, 500  # concepts that the variances are told from


@dataclass(frozen=True)
class Variances:
    """How far concepts deviate from their parents, and texts from their concepts.

    In units of the covariance of the axes.

    Parameters
    ----------
    groups : tuple of str
        Ranks, or depths: what deviates alike.
    deviations : tuple of float
        Of each group.
    noise : float
        Of a text of one word that no picture can show.
    fall : float
        Power with which the noise falls with the number of words.
    visual : float
        How far the noise's logarithm falls where a picture can show all that a text says.
    mean : tuple of float, m
        Of the texts, about which roots are; empty for that of the texts at hand.
    """

    groups: tuple[str, ...]
    deviations: tuple[float, ...]
    noise: float
    fall: float
    visual: float
    mean: tuple[float, ...] = field(default=(), repr=False)

    def of(self, groups: Iterable[str]) -> Floats:
        """Return the variance of deviations; of a group never seen, the geometric mean of all."""
        known = dict(zip(self.groups, self.deviations, strict=True))
        other = float(np.exp(np.mean(np.log(self.deviations))))
        return np.array([known.get(group, other) for group in groups])

    def of_texts(self, words: Floats, visual: Floats) -> Floats:
        """Return the variance of texts; infinite where there is none."""
        log_words = np.log(np.maximum(words, 1))
        noise = np.log(self.noise) - self.fall * log_words - self.visual * visual
        return np.where(words > 0, np.exp(noise), np.inf)


def empirical_bayes(
    dag: GaussianDAG, texts: Floats, groups: Sequence[str], words: Floats, visual: Floats
) -> Variances:
    r"""Choose the variances under which the texts are most likely; of fewer than 30 usual ones.

    Parameters
    ----------
    dag : GaussianDAG
    texts : array of shape (K, m)
        Of mean zero and unit variance; a few random projections do.
    groups : sequence of str, K
        Concepts whose deviations are of one variance. Groups are held together by a normal prior
        on the logarithms, of standard deviation 1, which matters where a group has few texts.
    words, visual : arrays of shape (K,)
        The amount of text (0 where there is none), and which share of it a picture can show.

    Notes
    -----
    The gradient of the marginal likelihood is that of the complete data's, expected under the
    posterior (Fisher's identity): of ``log τ_c`` it is ``½ (m - E‖δ_c‖² / τ_c)``.
    """
    some = _closed(dag.above)
    if len(some) < len(texts):
        dag = GaussianDAG(dag.above[some][:, some].tocsr())
        texts, words, visual = texts[some], words[some], visual[some]
    names, of = np.unique(np.array(groups)[some], return_inverse=True)
    G, m = len(names), texts.shape[1]
    told = words > 0
    if told.sum() < _FEWEST:
        return Variances(tuple(names.tolist()), (0.3,) * G, noise=1.0, fall=0.3, visual=0.1)
    log_words = np.log(np.maximum(words, 1))

    def objective(log: Floats) -> tuple[float, Floats]:
        steps = np.exp(log[:G])[of]
        errors = np.exp(log[G] - log[G + 1] * log_words - log[G + 2] * visual)
        found = dag.posterior(texts, steps, np.where(told, errors, np.inf))
        moved = ((dag.steps @ found.mean) ** 2).sum(axis=1)
        missed = ((texts - found.mean) ** 2).sum(axis=1)
        apart = log[:G] - log[:G].mean()
        value = (moved / steps).sum() + (missed / errors)[told].sum() + apart @ apart
        spreads = np.log(steps).sum() + np.log(errors[told]).sum()
        value += m * (found.factor.log_determinant + spreads)
        by_step = m - (moved + m * found.step_variance) / steps
        by_error = np.where(told, m - (missed + m * found.variance) / errors, 0.0)
        slope = np.empty(G + 3)
        slope[:G] = np.bincount(of, by_step, minlength=G) + 2 * apart
        slope[G:] = by_error.sum(), -(by_error @ log_words), -(by_error @ visual)
        scale = 2 * m * max(int(told.sum()), 1)
        return float(value / scale), slope / scale

    bounds = [(_LOG_LOW, _LOG_HIGH)] * (G + 1) + [(_LEAST_FALL, _MOST_FALL), (0.0, _MOST_FALL)]
    start = np.concatenate([np.full(G, np.log(0.5)), [0.0, 0.3, 0.1]])
    options = {"maxiter": _STEPS}
    with threadpool_limits(1):  # of many small steps
        best = minimize(
            objective, start, jac=True, method="L-BFGS-B", bounds=bounds, options=options
        ).x
    return Variances(
        tuple(names.tolist()),
        tuple(np.exp(best[:G]).tolist()),
        float(np.exp(best[G])),
        float(best[G + 1]),
        float(best[G + 2]),
    )


def _closed(above: sp.csr_array) -> Positions:
    """Return up to about `_MOST` concepts, chosen at random, with all that is above them.

    What the model says of these is exact: what is below does not matter where it is not looked at.
    """
    K = above.shape[0]
    if K <= _MOST:
        return np.arange(K)
    chosen = np.zeros(K, dtype=bool)
    for some in np.array_split(np.random.default_rng(0).permutation(K), K // _AT_ONCE + 1):
        chosen[some] = True
        chosen[beyond(above, some)] = True
        if chosen.sum() >= _MOST:
            break
    return np.flatnonzero(chosen)
