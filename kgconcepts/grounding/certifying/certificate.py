"""The certificate: one row for each concept, from scores of models that did not see the image."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.special import expit

from kgconcepts.errors import EvidenceError
from kgconcepts.grounding.certifying.controls import Control
from kgconcepts.grounding.certifying.discoveries import Tree, q_values, still_possible
from kgconcepts.grounding.certifying.significance import (
    Comparisons,
    controlled,
    uncontrolled,
    within_parents,
)
from kgconcepts.grounding.certifying.stability import Stability
from kgconcepts.grounding.certifying.verdict import nearest, verdict
from kgconcepts.grounding.quality import measure, wilson_interval
from kgconcepts.hierarchy import Hierarchy

__all__ = ["certify"]

Array = npt.NDArray[np.float64]
Targets = np.ma.MaskedArray[tuple[int, int], np.dtype[np.int8]]


def certify(
    hierarchy: Hierarchy,
    scores: Array,
    targets: Targets,
    fold: npt.NDArray[np.intp] | None = None,
    *,
    judged: bool = True,
    controls: Iterable[tuple[Control, Array]] = (),
    units: npt.NDArray[np.intp] | None = None,
    stability: Stability | None = None,
    level: float = 0.05,
) -> pl.DataFrame:
    """Say of each concept what held-out images bear out.

    Parameters
    ----------
    hierarchy : Hierarchy, K concepts
    scores : array of shape (n, K)
        Log odds (made honest by `sharpen`), of models that did not see the image.
    targets : masked array of shape (n, K)
        1 shown, 0 not shown, masked unknown.
    fold : int array of shape (n,), optional
        Which model gave an image's scores; one for all by default.
    judged : bool, default True
        Whether the scores are of models that did not see the images. If not, only support is told.
    controls : iterable of (Control, array of shape (n, K))
        Problems of `random_concepts` or `shuffled_labels` and the scores of the same images in the
        same folds, fitted the same way; enough that their `null` concepts make some 200 or more.
        Without, p-values are exact for one model and cautious for several.
    units : int array of shape (K,), optional
        Latent units in each concept's deviation.
    stability : Stability, optional
    level : float
        False discovery rate up to which a concept counts as grounded, if besides its AUC among all
        images is above one half.

    Returns
    -------
    certificate : polars.DataFrame, K rows
        ``id``; ``support``, images known to show it; ``auc`` and ``average_precision`` with their
        95 % intervals (``_low``, ``_high``); ``positives`` and ``negatives`` among the images that
        are judged; ``expected``, positives by the sum of probabilities; ``borrows_from``, for a
        concept without support, its nearest ancestors or traits that have some; ``p_value``;
        ``q_value``, the least false discovery rate at which it and its ancestors are found;
        ``detectable``, whether they could have been at `level`; ``verdict``; ``inherited_from``,
        its nearest ancestors that are found where it is not; ``units``, ``stable_units`` and, of
        these, at most how many are so by chance on average, ``false_units``. Null where there is
        nothing to measure.

    Raises
    ------
    EvidenceError
        If shapes do not fit, scores are not finite or the level is not between 0 and 1.

    Examples
    --------
    >>> tree = Hierarchy.from_edges("abc", [("b", "a"), ("c", "a")])
    >>> targets = np.ma.masked_array(np.array([[1, 1, 0], [1, 0, 1]] * 10, dtype=np.int8))
    >>> scores = np.column_stack([np.full(20, 9.0), *np.where(targets[:, 1:] == 1, 2.0, -2.0).T])
    >>> certify(tree, scores, targets)["verdict"].to_list()
    ['undetectable here', 'grounded', 'grounded']
    """
    _check(hierarchy, scores, targets, level)
    K = len(hierarchy)
    fold = np.zeros(len(scores), dtype=np.intp) if fold is None else fold
    shown = np.ma.filled(targets, 0) == 1
    support = shown.sum(axis=0)
    if not judged:
        targets = np.ma.masked_array(np.ma.getdata(targets), mask=True)
    quality = measure(scores, targets, fold)
    precision_low, precision_high = wilson_interval(quality.average_precision, quality.positives)
    tests = within_parents(hierarchy, scores, targets, fold)
    p, best = _p_values(tests, fold, controls)
    tree = Tree.of(tests.parents)

    p_value, q_value = np.full((2, K), np.nan)
    p_value[tests.concept], q_value[tests.concept] = p, q_values(tree, p)
    detectable = np.zeros(K, dtype=bool)
    detectable[tests.concept] = still_possible(tree, p, best, level)
    # Found among the images of its parents, and told from all others too.
    found = (np.nan_to_num(q_value, nan=1.0) <= level) & (quality.auc > 0.5)
    heirs = [() if found[k] else nearest(hierarchy, k, found) for k in range(K)]
    lenders = [() if support[k] else nearest(hierarchy, k, support > 0) for k in range(K)]
    columns = {
        "id": hierarchy.ids,
        "support": support,
        "auc": quality.auc,
        "auc_low": quality.auc_low,
        "auc_high": quality.auc_high,
        "average_precision": quality.average_precision,
        "average_precision_low": precision_low,
        "average_precision_high": precision_high,
        "positives": quality.positives,
        "negatives": quality.negatives,
        "expected": (expit(scores) * ~np.ma.getmaskarray(targets)).sum(axis=0),
        "borrows_from": [list(names) for names in lenders],
        "p_value": p_value,
        "q_value": q_value,
        "detectable": detectable,
        "verdict": [verdict(bool(found[k]), bool(detectable[k]), heirs[k]) for k in range(K)],
        "inherited_from": [list(names) for names in heirs],
        "units": units,
        "stable_units": None if stability is None else stability.stable.sum(axis=1),
        "false_units": None if stability is None else stability.false_units,
    }
    strings = pl.List(pl.String)
    return pl.DataFrame(
        {name: column for name, column in columns.items() if column is not None},
        schema_overrides={"borrows_from": strings, "inherited_from": strings},
        nan_to_null=True,
    )


def _p_values(
    tests: Comparisons,
    fold: npt.NDArray[np.intp],
    controls: Iterable[tuple[Control, Array]],
) -> tuple[Array, Array]:
    """Return each test's p-value, and the least that its images could have given."""
    z, m = [np.empty(0)], [np.empty(0, dtype=np.intp)]
    for control, scores in controls:
        of_control = within_parents(control.hierarchy, scores, control.targets, fold)
        null = control.null[of_control.concept]
        z.append(of_control.z[null])
        m.append(of_control.positives[null])
    control_z, control_m = np.concatenate(z), np.concatenate(m)
    if len(control_z):
        return (
            controlled(tests.z, tests.positives, control_z, control_m),
            controlled(tests.best, tests.positives, control_z, control_m),
        )
    known = np.isfinite(tests.exact)
    return (
        np.where(known, tests.exact, uncontrolled(tests.z)),
        np.where(known, tests.exact_best, uncontrolled(tests.best)),
    )


def _check(hierarchy: Hierarchy, scores: Array, targets: Targets, level: float) -> None:
    K = len(hierarchy)
    if scores.shape != targets.shape or scores.shape[1:] != (K,):
        raise EvidenceError(
            f"scores are of shape {scores.shape}, targets of {targets.shape}; expected both as "
            f"(images, {K} concepts)"
        )
    if not np.isfinite(scores).all():
        image, k = np.argwhere(~np.isfinite(scores))[0]
        raise EvidenceError(
            f"score of image {image}, concept {hierarchy.ids[k]}: found {scores[image, k]}; "
            "expected finite log odds"
        )
    if not 0 < level < 1:
        raise EvidenceError(f"level is {level}; expected a rate between 0 and 1, such as 0.05")
