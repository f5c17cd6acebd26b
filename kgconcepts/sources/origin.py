"""The sources that a file which we wrote says it was made from."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import TypeAdapter, ValidationError

from kgconcepts.errors import SourceError
from kgconcepts.graph import Source

__all__ = ["as_text", "own_sources"]

_SOURCES = TypeAdapter(list[Source])


def as_text(sources: Iterable[Source]) -> str:
    """Return sources as one text (JSON), to be kept in a file's header."""
    return _SOURCES.dump_json(list(sources), exclude_defaults=True).decode()


def own_sources(text: str, where: str) -> list[Source] | None:
    """Return the sources that such a text names; None where there is no text.

    Raises
    ------
    SourceError
        If it is damaged.
    """
    if not text:
        return None
    try:
        return _SOURCES.validate_json(text)
    except ValidationError as error:
        raise SourceError(
            f"{where}: kgconcepts' own list of sources is damaged: "
            f"{' '.join(str(error).split())[:200]}; remove it"
        ) from error
