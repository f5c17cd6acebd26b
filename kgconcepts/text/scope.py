"""In which parts of a sentence something is denied, said of others only, or not said at all.

In the spirit of NegEx and ConText (Chapman et al., 2001, https://doi.org/10.1006/jbin.2001.1029;
Harkema et al., 2009, https://doi.org/10.1016/j.jbi.2009.05.002): a cue opens a scope, which goes
on, or back, to the next word that closes it.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import NamedTuple

__all__ = ["Scope", "had", "of_another", "scopes", "subject"]

_HAVING = r"has|have|had|is|are|was|were|possess\w*|bears?|retains?|carr(?:y|ies)"
_PLACE = "in|on|at|around|near|between|behind|below|above|inside|during|from|by"
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
        rf"{_CLAUSE}|\b(?:{_PLACE}|with|that|as|and (?:has|have|is|are|with)|{_HAVING})\b|\bany,",
    ),
    _Cue(
        "denied",
        r"\b(?:(?:is|are|was|were|being)(?: \w+ly)? (?:absent|lacking|missing|lost|wanting)|"
        r"(?:is|are) not (?:present|developed|found))\b",
        rf"{_CLAUSE}|\b(?:with|{_HAVING})\b",
        back=True,
    ),
    _Cue(
        "denied",
        r"\b(?:never|no(?:ne of (?:the|its|them|these))?"
        r"(?: (?:known|living|other))?(?: (?:species|members?|individuals?))? (?=has|have|had))",
        rf"{_CLAUSE}|\b(?:{_PLACE}|with|that|as|and (?:has|have|is|are|with))\b",
    ),
    # that it holds for some, or perhaps
    _Cue(
        "partial",
        r"\b(?:(?:may|might|can|could|(?:is|are) (?:sometimes|often|rarely|either)|"
        r"(?:is|are) (?:reduced|small|vestigial|present|rudimentary) or) ?(?:be )?"
        r"(?:absent|present|lacking|missing|lost|wanting))\b",
        rf"{_CLAUSE}|\b(?:with|{_HAVING})\b",
        back=True,
    ),
    _Cue(
        "partial",
        r"\b(?:some(?! \d| extent)|a few (?:are|have)|whether|hardly|scarcely|barely|"
        r"(?:contains?|includes?) (?:several |some |a few |many |numerous )?"
        r"(?=(?:[\w-]+ ){1,2}(?:species|members|forms)\b(?! with either))"
        r"(?!\d|all|only|one|two|three|four|five)|"
        r"(?<!is )(?<!are )"
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
        r"confused with|than|as in|related to|reminiscent of|"
        r"(?:modified|evolved) from|homologous (?:to|with)|"
        r"like (?:most|many|all|other|some))\b",
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
        r"found (?:on|in|inside|among|near|at|along|with|alongside)|"
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
    # 'Sebastes miniatus, the vermilion rockfish, red snapper and rasher, is'
    _Cue(
        "name",
        r"^[A-Z][a-z]+(?: [a-z]+)?, (?:the|or|commonly) (?=(?:[^,;:]{3,40}, ){1,8}(?:is|are)\b)",
        r", (?=is|are)",
    ),
    _Cue("name", r",? \(?(?:or|the|commonly(?: the)?) (?=[^,]{3,60}, (?:is|are|also)\b)", r", "),
)
_COMPILED = tuple(
    (cue.kind, re.compile(cue.opens), re.compile(cue.closes), cue.back) for cue in _CUES
)
_HAD = re.compile(
    r"\b(?:has|have|having|had|with|bear\w*|possess\w*|its|their|each|carr(?:y|ies|ying)|includ\w+|"
    r"consist(?:s|ing)? of|compris\w+|form(?:s|ed|ing)?|secret\w+|build\w*|produc\w+|enclosed|"
    r"surrounded by|characteri[sz]ed by|presence of|made of|composed of|covered (?:by|with|in)|"
    r"ends? in)\b"
)
_BEFORE = re.compile(r"[;.]|, (?:but|which)\b|, and (?=(?:it|they|is|are|was|were|lives?|found)\b)")
# Before and after what a clause is about.
_SUBJECT = re.compile(r"(?:^|[;,] (?:and )?)(?:the|its|their|each) (?:[\w-]+ ){0,2}$", re.I)
_SAID = re.compile(
    r" (?:is|are|has|have|bears?|consists?|measures?|reach(?:es)?|lacks?|tapers?)\b",
)
_RANKS = ("species", "genus", "family", "order", "class", "phylum")
_INTRODUCES = re.compile(
    r"(?!(?:It|They|This|These|There|Members)\b)(?:The )?"
    r"(?P<name>[A-Z][a-z]+(?P<ending>idae|inae|oidea|iformes)?\b(?: (?!are\b)[a-z]{3,})?)"
    r"(?:,? \([^()]{0,60}\))?(?:,? [^.;]{0,60},)? (?:is|are) (?:an?|the|one of the)"
    r"(?: [\w-]+){0,3}? (?P<rank>species|genus|genera|family|families)\b"
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


def had(sentence: str, at: int) -> bool:
    """Return whether what stands at a place is said to be had: after 'has', 'with', 'its', 'bears'.

    Parameters
    ----------
    sentence : str
    at : int
        Where it begins.

    Examples
    --------
    >>> had("It has long antennules.", 12), had("The antennules are long.", 4)
    (True, False)
    """
    clause = _BEFORE.split(sentence[:at])[-1]
    return _HAD.search(clause) is not None


def subject(sentence: str, start: int, end: int) -> bool:
    """Return whether a clause is about what stands at a place: 'The bell is …', 'Its arms have …'.

    Examples
    --------
    >>> subject("The bell is flat.", 4, 8), subject("The mouth of the river is wide.", 4, 9)
    (True, False)
    """
    goes_on = _SAID.match(sentence, end)
    return goes_on is not None and _SUBJECT.search(sentence[:start]) is not None


def of_another(sentence: str, names: Collection[str], rank: str) -> bool:
    """Return whether a sentence introduces another taxon than the one of these names.

    That is a taxon of another rank ('… is a genus of …', of a species), or one whose name ends as
    those of families and orders do. A common name that nobody gave is taken for the taxon's own.

    Parameters
    ----------
    sentence : str
    names : collection of str
    rank : str
        Of the taxon; empty where it is not known.

    Examples
    --------
    >>> of_another("The Enoploteuthidae are a family of squid.", ["Abraliopsis"], "genus")
    True
    >>> of_another("The eye-flash squid is a species of squid.", ["Abralia veranyi"], "species")
    False
    """
    told = _INTRODUCES.match(sentence)
    if not told or told["name"].casefold() in {name.casefold() for name in names}:
        return False
    found = told["rank"].replace("genera", "genus").replace("families", "family")
    return told["ending"] is not None or (rank in _RANKS and found != rank)


def _cued(sentence: str) -> Iterator[Scope]:
    for kind, opens, closes, back in _COMPILED:
        text = sentence if kind == "name" else sentence[:1].lower() + sentence[1:]
        closed = [m.end() for m in closes.finditer(text)] if back else []
        reached = 0
        for cue in opens.finditer(text):
            if back:
                before = bisect_right(closed, cue.start())
                yield Scope(kind, closed[before - 1] if before else 0, cue.start())
            elif cue.end() > reached:  # what opens within such a scope ends with it
                end = closes.search(text, cue.end())
                reached = end.start() if end else len(text)
                yield Scope(kind, cue.end(), reached)
