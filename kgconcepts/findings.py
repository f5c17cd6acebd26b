"""What is wrong, or worth knowing, in knowledge: one record a finding."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

__all__ = ["LEVELS", "Finding", "Level"]

Level = Literal["INFO", "WARN", "ERROR"]
LEVELS: tuple[Level, ...] = get_args(Level)  # from harmless to grave


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One thing that a reader, a merge or a check found; columns as in a ROBOT report.

    Parameters
    ----------
    level : str
        One of `LEVELS`.
    rule : str
        What is broken, as a name with underscores: ``missing_label``, ``cycle``…
    subject : str
        Id of the concept, or name of the source, that it is about.
    property : str
        What of the subject: a relation, or a field of `Concept`.
    value : str
        What was found there.

    References
    ----------
    ROBOT report: http://robot.obolibrary.org/report
    """

    level: Level
    rule: str
    subject: str
    property: str = ""
    value: str = ""
