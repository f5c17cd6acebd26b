"""A piece of text about a concept, with where it comes from."""

from __future__ import annotations

from dataclasses import dataclass, fields

from kgconcepts.graph import plain

__all__ = ["Passage"]


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of text about a concept.

    Parameters
    ----------
    text : str
        The text itself; untrusted, to be escaped wherever it is shown.
    source : str
        The work that it is taken from: an ontology's file name, or ``Wikipedia``.
    licence : str
        Under which it may be used; empty where the source states none.
    title, url, revision, accessed, language, section : str
        Where in the source, as far as it has such.
    """

    text: str
    source: str
    licence: str = ""
    title: str = ""
    url: str = ""
    revision: str = ""
    accessed: str = ""
    language: str = "en"
    section: str = ""

    def __post_init__(self) -> None:
        for field in fields(self):
            object.__setattr__(self, field.name, plain(getattr(self, field.name)))
