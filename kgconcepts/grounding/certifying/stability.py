"""Latent units that a concept's deviation keeps when the images are drawn again.

Stability selection (Meinshausen & Bühlmann 2010, *JRSS B* 72(4), 417–473,
doi:10.1111/j.1467-9868.2010.00740.x) on complementary pairs (Shah & Samworth 2013, *JRSS B* 75(1),
55–80, doi:10.1111/j.1467-9868.2011.01034.x): the images are halved ``B`` times, both halves are
fitted, and a unit is stable if it is in a concept's deviation in a share ``π`` of the 2B fits or
more. Of units that a fit picks no more often than by chance, no more are stable on average than the
bounds below say.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kgconcepts.errors import EvidenceError

__all__ = ["Stability", "complementary_halves", "false_units", "stability", "unimodal_constant"]

Mask = npt.NDArray[np.bool_]
Array = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Stability:
    """What resampling says of the latent units of K concepts.

    Parameters
    ----------
    share : array of shape (K, d)
        In which share of the fits a unit is in the concept's deviation.
    stable : bool array of shape (K, d)
        Units in a share of `threshold` or more.
    chosen : array of shape (K,)
        Units in an average fit, q.
    false_units : array of shape (K,)
        Upper bound on how many of the stable units are there by chance, on average.
    threshold : float
    """

    share: Array
    stable: Mask
    chosen: Array
    false_units: Array
    threshold: float


def complementary_halves(
    n: int, pairs: int, seed: int, groups: npt.NDArray[np.intp] | None = None
) -> list[npt.NDArray[np.intp]]:
    """Return 2 × `pairs` halves of the images: number 2b and 2b + 1 share none.

    Parameters
    ----------
    n : int
    pairs : int
        B; 50 in the paper.
    seed : int
    groups : int array of shape (n,), optional
        Images of a group (the same labels) are halved by themselves, so that a rare class is not
        all on one side.

    Examples
    --------
    >>> [half.tolist() for half in complementary_halves(5, 1, seed=0)]
    [[2, 3], [0, 4]]
    """
    rng = np.random.default_rng(seed)
    groups = np.zeros(n, dtype=np.intp) if groups is None else groups
    halves = []
    for _ in range(pairs):
        order = rng.permutation(n)
        order = order[np.argsort(groups[order], kind="stable")]
        # One of each two neighbours in the order goes to either side, by lot.
        couples = order[: n - n % 2].reshape(-1, 2)
        first = rng.integers(0, 2, len(couples))
        rows = np.arange(len(couples))
        halves += [np.sort(couples[rows, side]) for side in (first, 1 - first)]
    return halves


def unimodal_constant(threshold: float, pairs: int, chance: float) -> float:
    """Return C(π, B) of Shah & Samworth (2013), eq. (8), for unimodal distributions.

    Falsely stable units are then at most ``C θ q`` with θ = q / d: 1 / (2 (2π − 1 − 1/(2B))) for
    π in (min(½ + θ², ½ + 1/(2B) + ¾θ²), ¾], ``4 (1 − π + 1/(2B)) / (1 + 1/B)`` above. Infinite for
    a π that is too small.

    Examples
    --------
    >>> unimodal_constant(0.75, 50, 0.05), unimodal_constant(0.9, 50, 0.05)
    (1.0204081632653061, 0.43137254901960775)
    """
    half = 1 / (2 * pairs)
    if threshold <= min(0.5 + chance**2, 0.5 + half + 0.75 * chance**2):
        return float("inf")
    if threshold <= 0.75:
        room = 2 * threshold - 1 - half
        return float(1 / (2 * room)) if room > 0 else float("inf")
    return float(4 * (1 - threshold + half) / (1 + 2 * half))


def false_units(chosen: float, units: int, threshold: float, pairs: int) -> float:
    """Return the bound on falsely stable units: the best of those that apply.

    Meinshausen & Bühlmann's theorem 1, ``q² / ((2π − 1) d)``, which asks that no unit without
    meaning is picked more often than by chance, and Shah & Samworth's under unimodality,
    `unimodal_constant`; no more than all units.

    Parameters
    ----------
    chosen : float
        Units in an average fit, q.
    units : int
        Latent units, d.
    threshold : float
        π, above ½.
    pairs : int
        B.

    Examples
    --------
    >>> round(false_units(10, 100, 0.75, 50), 3), round(false_units(10, 100, 0.9, 50), 3)
    (1.02, 0.431)
    """
    chance = chosen / units
    first = chosen * chance / (2 * threshold - 1)
    second = unimodal_constant(threshold, pairs, chance) * chance * chosen if chosen else 0.0
    return float(min(first, second, units))


def stability(selected: npt.ArrayLike, threshold: float = 0.75) -> Stability:
    """Read the deviations of fits to complementary halves.

    Parameters
    ----------
    selected : bool array of shape (2B, K, d)
        Which units are in each concept's deviation, fits in the order of `complementary_halves`.
    threshold : float, default 0.75
        Share of the fits from which on a unit is stable.

    Raises
    ------
    EvidenceError
        If there are no pairs of fits, or the threshold is not in (½, 1].
    """
    chosen_in = np.asarray(selected, dtype=bool)
    if chosen_in.ndim != 3 or len(chosen_in) < 2 or len(chosen_in) % 2:
        raise EvidenceError(
            f"selected is of shape {chosen_in.shape}; expected (2 B fits to complementary halves, "
            "concepts, latent units)"
        )
    if not 0.5 < threshold <= 1:
        raise EvidenceError(f"threshold is {threshold}; expected more than 0.5, at most 1")
    pairs, units = len(chosen_in) // 2, chosen_in.shape[2]
    share = chosen_in.mean(axis=0)
    chosen = share.sum(axis=1)
    bound = np.array([false_units(q, units, threshold, pairs) for q in chosen])
    return Stability(share, share >= threshold - 1e-12, chosen, bound, threshold)
