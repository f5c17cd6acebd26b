"""Articles of a Wikipedia, and the titles that lead to them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["LANGUAGE", "Asked", "Page", "usable"]

LANGUAGE = re.compile(r"[a-z][a-z-]{1,11}")  # code of a Wikipedia
_LONGEST_TITLE = 255  # bytes
_NO_TITLE = re.compile(
    r"[#<>\[\]|{}\x00-\x1f\x7f\ufffd\ud800-\udfff]|^[ _:]*$|^:|~~~|^\.{1,2}$|(^|/)\.{1,2}(/|$)"
)


@dataclass(frozen=True, slots=True)
class Page:
    """An article, as far as its introduction.

    Parameters
    ----------
    language : str
        Code of the Wikipedia that it is in.
    id, revision : int
    title, url : str
    text : str
        Introduction.
    wikidata : str
        Id of what it is about; empty where it has none.
    disambiguation : bool
    categories : tuple of str
        Without the hidden ones, and without ``Category:``.
    languages : mapping of str → str
        Titles of the article in other languages.
    accessed : str
        When it was fetched, ISO 8601 in UTC.
    """

    language: str
    id: int
    revision: int
    title: str
    url: str
    text: str = ""
    wikidata: str = ""
    disambiguation: bool = False
    categories: tuple[str, ...] = ()
    languages: Mapping[str, str] = field(default_factory=dict)
    accessed: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a title leads to.

    Parameters
    ----------
    page : int
        Id of the article; 0 where there is none.
    redirected : bool
        Whether a redirect led there.
    fragment : str
        The part of the article that the redirect leads to, if it leads to one.
    """

    page: int
    redirected: bool = False
    fragment: str = ""


def usable(title: str) -> bool:
    """Return whether MediaWiki can have an article of this title.

    Source: https://www.mediawiki.org/wiki/Manual:$wgLegalTitleChars

    Examples
    --------
    >>> [usable(title) for title in ("Oithona", "A|B", "", "sv:Hoppkräftor", "a" * 256)]
    [True, False, False, False, False]
    """
    return not (
        _NO_TITLE.search(title)
        or len(title.encode("utf-8", "replace")) > _LONGEST_TITLE
        or re.match(r"[A-Za-z -]+:(?! )", title)  # another namespace, project or language
    )
