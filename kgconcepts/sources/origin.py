"""The sources that a file which we wrote says it was made from."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING

from kgconcepts.errors import SourceError
from kgconcepts.graph import Source

if TYPE_CHECKING:
    from pydantic import TypeAdapter

__all__ = ["as_text", "own_sources"]


@cache
def _sources() -> TypeAdapter[list[Source]]:
    from pydantic import TypeAdapter  # noqa: PLC0415 (slow to load)

    return TypeAdapter(list[Source])


def as_text(sources: Iterable[Source]) -> str:
    """Return sources as one text (JSON), to be kept in a file's header."""
    return _sources().dump_json(list(sources), exclude_defaults=True).decode()


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
        return _sources().validate_json(text)
    except ValueError as error:  # of pydantic
        raise SourceError(
            f"{where}: kgconcepts' own list of sources is damaged: "
            f"{' '.join(str(error).split())[:200]}; remove it"
        ) from error
