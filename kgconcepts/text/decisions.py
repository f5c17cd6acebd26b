"""What a person decided about which article belongs to which concept."""

from __future__ import annotations

import os

from kgconcepts.errors import SourceError
from kgconcepts.sources import tables
from kgconcepts.sources.document import opened

__all__ = ["COLUMNS", "read_decisions"]

COLUMNS = ("concept", "language", "title")


def read_decisions(path: str | os.PathLike[str]) -> dict[str, tuple[str, str]]:
    """Read a table of decisions.

    Parameters
    ----------
    path : path-like
        A TSV or CSV with the columns ``concept``, an id; ``language``, empty for the preferred
        one; ``title``, empty where no article is about the concept. Other columns are left alone,
        so that rows of the table of articles can be taken over.

    Returns
    -------
    dict of id → (language, title)

    Raises
    ------
    SourceError
        With the line, if a concept comes twice or has no id.
    """
    found: dict[str, tuple[str, str]] = {}
    with opened(path) as document:
        for where, cells in tables.rows(document, COLUMNS):
            id_ = cells["concept"]
            if not id_ or id_ in found:
                what = f"{id_} is decided twice" if id_ else "no concept"
                raise SourceError(f"{where}: {what}; give each concept's id once")
            found[id_] = (cells["language"], cells["title"])
    return found
