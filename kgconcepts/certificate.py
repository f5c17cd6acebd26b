"""What may be claimed of one concept's grounding."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import polars as pl

__all__ = ["Certificate"]


@dataclass(frozen=True, slots=True)
class Certificate:
    """What was measured of a concept's grounding, and what may be claimed of it.

    What was not measured, or could not be, is None: an AUC where no image judged shows the concept
    or none does not, a verdict in a dictionary written before there were any.

    Parameters
    ----------
    support : int
        Annotated images that show it.
    auc, auc_low, auc_high, average_precision : float or None
        Quality on the images judged, with the AUC's 95 % interval.
    positives, negatives : int or None
        Images judged that show it, and that do not.
    borrows_from : tuple of str
        For a concept without support: where its direction comes from.
    average_precision_low, average_precision_high : float or None
        95 % interval of the average precision.
    expected : float or None
        Images judged that show it, by the sum of their probabilities; to be set beside `positives`.
    p_value : float or None
        That the scores say nothing of which images of its parents show it.
    q_value : float or None
        The least false discovery rate at which it and its ancestors are found.
    detectable : bool or None
        Whether so many images could have shown that it is grounded.
    verdict : str or None
        ``grounded``, ``inherited from`` other concepts, ``not grounded``, ``undetectable here``.
    inherited_from : tuple of str
        The nearest ancestors that are grounded, where it is not itself.
    units, stable_units : int or None
        Latent units in its deviation, and those of them that are there when images are drawn again.
    false_units : float or None
        How many of the stable ones are there by chance, at most, on average.
    """

    support: int
    auc: float | None = None
    auc_low: float | None = None
    auc_high: float | None = None
    average_precision: float | None = None
    positives: int | None = None
    negatives: int | None = None
    borrows_from: tuple[str, ...] = ()
    average_precision_low: float | None = None
    average_precision_high: float | None = None
    expected: float | None = None
    p_value: float | None = None
    q_value: float | None = None
    detectable: bool | None = None
    verdict: str | None = None
    inherited_from: tuple[str, ...] = ()
    units: int | None = None
    stable_units: int | None = None
    false_units: float | None = None

    @classmethod
    def of(cls, table: pl.DataFrame) -> tuple[Certificate, ...]:
        """Take what `certify` says of each concept; what it has no column for is None.

        Examples
        --------
        >>> table = pl.DataFrame({"id": ["a"], "support": [0], "borrows_from": [["b"]]})
        >>> (certificate,) = Certificate.of(table)
        >>> certificate.borrows_from, certificate.verdict
        (('b',), None)
        """
        names = [f.name for f in fields(cls) if f.name in table.columns]
        return tuple(
            cls(**{name: _plain(value) for name, value in row.items()})
            for row in table.select(names).iter_rows(named=True)
        )


def _plain(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
