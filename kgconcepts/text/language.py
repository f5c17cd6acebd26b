"""English: sentences, and the forms in which a term is written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any

from kgconcepts.errors import MissingExtraError

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc, Span

__all__ = ["EPITHET", "forms", "parsed", "pipeline", "privative", "sentences", "words"]

# The second word of a species' name, before what goes on without an article.
EPITHET = (
    r"(?!species|members|larva|naupli|females|males|medusa|bodies|is |was )"
    r"[a-z-]+(?:us|is|a|um|i|ae|e|or|ns|x|on|os|es)"
    r"(?:,| \(| (?:is|was|also|has|lacks|have|bears|differs)\b)"
)
_LONGEST = 50_000  # characters that are looked at
_LONGEST_WORD = 100
# After these a sentence goes on.
_ABBREVIATED = (
    *("sp.", "spp.", "subsp.", "ssp.", "var.", "cf.", "aff.", "ca.", "c.", "approx.", "e.g."),
    *("i.e.", "etc.", "fig.", "figs.", "no.", "vol.", "et al.", "vs.", "gen.", "nov.", "dia."),
)
_SPELLINGS = (
    *(("colour", "color"), ("grey", "gray"), ("mould", "mold"), ("moult", "molt")),
    *(("fibre", "fiber"), ("centre", "center"), ("disc", "disk"), ("armour", "armor")),
    *(("fertilis", "fertiliz"), ("oesoph", "esoph"), ("mollusc", "mollusk"), ("aemo", "emo")),
)
_ISE, _IZE = (re.compile(rf"(?<=\w\w\w)i{c}(?=e[ds]?$|ing$|ation$)") for c in "sz")
_NOUN_OF = (  # 'transparent': 'transparency'
    (re.compile(r"ent$"), ("ence", "ency")),
    (re.compile(r"ant$"), ("ance", "ancy")),
    (
        re.compile(r"ly symmetric$"),
        (" symmetry", " body symmetry", "ly symmetrical", "-symmetrical"),
    ),
    (re.compile(r"symmetric$"), ("symmetry", "symmetrical")),
    (re.compile(r"onial$"), ("ony", "onies", "ony-forming")),
    (re.compile(r"(?:(?<=ment)|at)ed$"), ("ation",)),
    (re.compile(r"branched$"), ("branching",)),
)
_LATIN_PLURALS = (
    (re.compile(r"a$"), ("ae", "um")),
    (re.compile(r"us$"), ("i", "era", "ora")),
    (re.compile(r"um$"), ("a",)),
    (re.compile(r"on$"), ("a",)),
    (re.compile(r"is$"), ("es", "ides")),
    (re.compile(r"[ei]x$"), ("ices",)),
    (re.compile(r"nx$"), ("nges",)),
    (re.compile(r"ma$"), ("mata",)),
)
_IRREGULAR = {"foot": "feet", "tooth": "teeth", "larva": "larvae", "seta": "setae"}


@cache
def pipeline() -> Language:
    """Return a pipeline that knows words and sentences; it needs no model.

    Raises
    ------
    MissingExtraError
        If spaCy is not installed.
    """
    try:
        import spacy  # noqa: PLC0415 (slow, and comes with an extra)
    except ImportError as error:
        raise MissingExtraError("spacy", "text") from error
    nlp = spacy.blank("en")
    nlp.max_length = 2 * _LONGEST
    nlp.add_pipe("sentencizer")
    tokenizer: Any = nlp.tokenizer
    for word in _ABBREVIATED:
        tokenizer.add_special_case(word, [{"ORTH": word}])
    return nlp


def sentences(text: str) -> Iterator[Span]:
    """Give the sentences of a text.

    Examples
    --------
    >>> [str(s) for s in sentences("A. tonsa is 1.5 mm long. Acartia sp. is small.")]
    ['A. tonsa is 1.5 mm long.', 'Acartia sp. is small.']
    """
    for line in text[:_LONGEST].split("\n"):
        for sentence in parsed(line).sents:
            if not sentence.text.isspace() and sentence.text:
                yield sentence


def parsed(text: str) -> Doc:
    """Return the words of a text, without what is too long to be one."""
    return pipeline()(re.sub(rf"\S{{{_LONGEST_WORD},}}", " ", text[:_LONGEST]))


def forms(name: str) -> tuple[str, ...]:
    """Return the forms in which a term is written, in small letters.

    That is English and Latin plurals, hyphens and blanks, British and American spelling, and nouns
    of the same meaning. Some are no words, which does no harm.

    Examples
    --------
    >>> {"seta", "setae"} <= {*forms("seta")}
    True
    >>> "transparency" in forms("transparent"), "jelly like" in forms("jelly-like")
    (True, True)
    """
    found = {" ".join(name.casefold().split()): None}
    for one in tuple(found):
        if one.endswith(" habit"):
            found[one.removesuffix(" habit")] = None
    for one in tuple(found):
        found |= dict.fromkeys(_plurals(one))
        for pattern, endings in _NOUN_OF:
            found |= {pattern.sub(end, one): None for end in endings if pattern.search(one)}
        if match := re.fullmatch(r"(\w+)-shaped", one):
            found |= {f"{how} {match[1]}": None for how in _SHAPED}
    for one in tuple(found):
        for british, american in _SPELLINGS:
            found |= {one.replace(british, american): None, one.replace(american, british): None}
        found |= {_ISE.sub("iz", one): None, _IZE.sub("is", one): None}
    for one in tuple(found):
        if "-" in one:
            found |= {one.replace("-", " "): None, one.replace("-", ""): None}
        elif " " in one:
            found[one.replace(" ", "-")] = None
    return tuple(found)


_SHAPED = ("shaped like a", "in the shape of a", "the shape of a", "in the form of a")


def privative(name: str) -> tuple[str, ...]:
    """Return the words that say of something that it has no such part: 'eyeless', 'shell-less'."""
    one = name.casefold()
    return () if " " in one or "-" in one else (f"{one}less", f"{one}-less", f"{one} less")


def words(text: str) -> frozenset[str]:
    """Return the words of a text that lists them."""
    return frozenset(text.split())


def _plurals(name: str) -> Iterator[str]:
    first, blank, last = name.rpartition(" ")
    if last in _IRREGULAR:
        yield f"{first}{blank}{_IRREGULAR[last]}"
    ending = "es" if re.search(r"(?:s|x|z|ch|sh)$", last) else "s"
    yield f"{name}{ending}"
    if re.search(r"[^aeiou]y$", last):
        yield f"{name[:-1]}ies"
    for pattern, endings in _LATIN_PLURALS:
        for end in endings:
            if pattern.search(last):
                yield f"{first}{blank}{pattern.sub(end, last)}"
