"""What a person decided about which article belongs to which concept."""

from __future__ import annotations

import os

from kgconcepts.errors import SourceError, UnknownConceptError
from kgconcepts.graph import ConceptGraph
from kgconcepts.sources import tables
from kgconcepts.sources.document import opened
from kgconcepts.text.article import as_title
from kgconcepts.text.page import LANGUAGE, usable

__all__ = ["COLUMNS", "read_decisions"]

COLUMNS = ("concept", "language", "title")


def read_decisions(path: str | os.PathLike[str], graph: ConceptGraph) -> dict[str, tuple[str, str]]:
    """Read a table of decisions.

    Parameters
    ----------
    path : path-like
        A TSV or CSV with the columns ``concept``, an id or name; ``language``, empty for the
        preferred one; ``title``, empty where no article is about the concept. Other columns are
        left alone, so that rows of the table of articles can be taken over.

    graph : ConceptGraph

    Returns
    -------
    dict of id → (language, title)

    Raises
    ------
    SourceError
        With the line, if a concept comes twice or is not there, a language is no code, or a title
        cannot be one.
    """
    found: dict[str, tuple[str, str]] = {}
    with opened(path) as document:
        for where, cells in tables.rows(document, COLUMNS):
            try:
                id_ = graph.find_one(cells["concept"])
            except UnknownConceptError as error:
                raise SourceError(f"{where}: concept {error}") from error
            language, title = cells["language"], as_title(cells["title"])
            if id_ in found:
                raise SourceError(f"{where}: {id_} is decided twice; keep one row")
            if language and not LANGUAGE.fullmatch(language):
                raise SourceError(f"{where}: language {language!r}; expected a code such as en")
            if title and not usable(title):
                raise SourceError(f"{where}: {title!r} is no title of an article; correct it")
            found[id_] = (language, title)
    return found
