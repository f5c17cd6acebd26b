"""In which parts of a sentence something is denied, said of others only, or not said at all.

In the spirit of NegEx and ConText (Chapman et al., 2001, https://doi.org/10.1006/jbin.2001.1029;
Harkema et al., 2009, https://doi.org/10.1016/j.jbi.2009.05.002): a cue opens a scope, which goes
on, or back, to the next word that closes it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

__all__ = ["Scope", "scopes"]

_HAVING = r"has|have|had|is|are|was|were|possess\w*|bears?|retains?|carr(?:y|ies)"
_CLAUSE = (
    r"[;:]|\. |\b(?:but|however|although|though|while|whereas|except|because|which|who|whose)\b"
)


class _Cue(NamedTuple):
    """What opens a scope of a kind, and what closes it."""

    kind: str
    opens: str
    closes: str
    back: bool = False


_CUES = (
    # that something is not there
    _Cue(
        "denied",
        r"\b(?:lack(?:s|ed|ing)?|lost(?= (?:its|their|the|all))|without|devoid of|absence of|"
        r"loss of|lose|loses|free of|neither|nor|"
        r"no(?! (?:longer|more|less|other|doubt|known|such|one|way|fewer|clear))|"
        r"(?:do|does|did|can)(?: not|n't|not) (?:\w+ ){0,2}(?:have|possess|bear|develop|form|show|"
        r"retain|carry|contain|exhibit)|"
        r"(?:is|are|was|were)(?: not|n't)(?! (?:only|known|always|necessarily|usually|considered|"
        r"to be|all|true|found|visible|in fact|closely)))\b",
        rf"{_CLAUSE}|\b(?:with|that|as|and (?:has|have|is|are|with)|{_HAVING})\b|\bany,",
    ),
    _Cue(
        "denied",
        r"\b(?:(?:is|are|was|were|being)(?: \w+ly)? (?:absent|lacking|missing|lost|wanting)|"
        r"(?:is|are) not (?:present|developed|found))\b",
        rf"{_CLAUSE}|\b(?:with|{_HAVING})\b",
        back=True,
    ),
    # that it holds for some, or perhaps
    _Cue(
        "partial",
        r"\b(?:some(?! \d| extent)|"
        r"(?:few|several|certain|many|one|two|three|\d+) of (?:the|them|its|these|which|their)|"
        r"(?:few|several|certain|many|one|other) (?:\w+ )?(?:species|members|genera|individuals|"
        r"forms|specimens|types|groups)|in (?:some|certain|many|rare) \w+|many (?:are|have)|may|"
        r"might|(?:sometimes|occasionally|rarely|seldom)(?! (?:called|known|referred|spelled))|"
        r"possibly|perhaps|thought to|reduced or absent)\b",
        _CLAUSE,
    ),
    # that it is, or looks like, something else
    _Cue(
        "other",
        r"\b(?:unlike|in contrast (?:to|with)|in comparison (?:to|with)|compared (?:to|with)|"
        r"as opposed to|rather than|instead of|in place of|shaped like|"
        r"(?:grows?|develops?|turns?|metamorphos\w+|mou?lts?) (?:\w+ )?into|"
        r"differ\w*(?: \w+)? from|distinguish\w* from|"
        r"distinct from|resembl\w+|similar(?: \w+){0,3} to|looks? like|looking like|mistaken for|"
        r"confused with|than|as in|related to|reminiscent of|like (?:most|many|all|other|some))\b",
        r", (?!which|who|that|whose|where|or )|;|\. |"
        r"\b(?:by|in that|in having|because|but|and (?:has|have|is|are|by)|extending)\b",
    ),
    # food, hosts, places
    _Cue(
        "other",
        r"\b(?:feed(?:s|ing)? (?:up)?on|eat(?:s|ing)?|prey(?:s|ing)? (?:up)?on|predators? of|prey|"
        r"consum(?:e|es|ing)|diets? (?:of|consists? of|includes?)|graz\w+ on|"
        r"(?:ecto|endo)?parasit(?:es?|ic) (?:of|on|in)|hosts? (?:of|to|for|include)|"
        r"symbio\w+ with|commensals? (?:with|on|of|in)|"
        r"liv(?:es|ing|e) (?:on|in|inside|among|under)|attach(?:ed|es)? to|"
        r"found (?:on|in|inside|among|near|at|along)|"
        r"(?:is|are) (?:home|native) to|inhabit\w*|associated with|used (?:as|for|in|by)|"
        r"eaten by|preyed upon by)\b",
        rf", |{_CLAUSE}|\b(?:and (?:has|have|is|are)|with (?:its|their|the|a|an))\b",
    ),
    # names, and where they come from
    _Cue(
        "name",
        r"\b(?:(?:also |commonly |sometimes |often |otherwise |formerly )*(?:known|referred to)"
        r"(?: \w+){0,3}? as|common names?(?: \w+){0,2}|called|named(?! for)|nicknamed|"
        r"names? (?:include|are|is|comes|derives?|originates?|means)|scientific name|genus name)\b",
        r", (?:is|are|was|were|has|have|compris\w+|belongs?|contains?|includes?|consists?)\b|"
        r";|\. |\)|\b(?:due to|because|is an?|are an?|referring to|refers to|in reference to|"
        r"(?:and|that) (?:is|are|has|have))\b",
    ),
    _Cue(
        "name",
        r"\b(?:from|derive[sd]? from|in) (?:the )?(?:Ancient |Neo-?|Old |Modern |Late )?(?:Greek|"
        r"Latin|Japanese|Norwegian|German|French|Italian|Spanish|Portuguese|Dutch|English|Chinese|"
        r"Arabic|Hawaiian)\b|\bmeaning\b|\bafter (?:the|its)\b",
        r"[);]|\. |\b(?:due to|because|referring to|refers? to|in reference to|is an?|are an?)\b",
    ),
    # 'family Peristediidae, the armoured gurnards'; 'X, the orange sea pen, is'
    _Cue(
        "name",
        r"\b[A-Z][a-z]+(?:dae|nae|formes|oidea|ida|acea)\b,? (?=the |or )",
        r", |;|\. |\)",
    ),
    _Cue("name", r",? \(?(?:or|the|commonly(?: the)?) (?=[^,]{3,60}, (?:is|are|also)\b)", r", "),
)
_COMPILED = tuple(
    (cue.kind, re.compile(cue.opens), re.compile(cue.closes), cue.back) for cue in _CUES
)
_QUOTED = re.compile(
    r"[\"“”][^\"“”]{1,80}[\"“”]|\((?:from|derived|lit|meaning|Latin|Greek)"
    r"(?:[^()]|\([^()]*\))*\)"
)


@dataclass(frozen=True, slots=True)
class Scope:
    """A part of a sentence, by characters.

    Parameters
    ----------
    kind : str
        ``denied``; ``partial``, said of some or as a possibility; ``other``, said of something
        else; ``name``, not said but part of a name or its history.
    start, end : int
    """

    kind: str
    start: int
    end: int


def scopes(sentence: str) -> list[Scope]:
    """Return the scopes of a sentence.

    Examples
    --------
    >>> sentence = "Unlike Calanus, it lacks a rostrum and has long antennules."
    >>> [(s.kind, sentence[s.start : s.end]) for s in scopes(sentence)]
    [('denied', ' a rostrum '), ('other', ' Calanus')]
    """
    return [*_cued(sentence), *(Scope("name", *m.span()) for m in _QUOTED.finditer(sentence))]


def _cued(sentence: str) -> Iterator[Scope]:
    for kind, opens, closes, back in _COMPILED:
        text = sentence if kind == "name" else sentence[:1].lower() + sentence[1:]
        for cue in opens.finditer(text):
            if back:
                ends = [m.end() for m in closes.finditer(text, 0, cue.start())]
                yield Scope(kind, ends[-1] if ends else 0, cue.start())
            else:
                end = closes.search(text, cue.end())
                yield Scope(kind, cue.end(), end.start() if end else len(text))
