"""Text from elsewhere, without what is left over of its markup, and of bearable length."""

from __future__ import annotations

import re

__all__ = ["LONGEST", "clean"]

LONGEST = 50_000  # characters of a passage
# Marks that turn the direction of writing, break words where nobody sees it, or are not seen.
_UNSEEN = re.compile(
    "[\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]"
)
_LEFT_OVER = (
    *[(re.compile(r"\{\{[^{}]*\}\}|\{\|[^{}]*\|\}"), "")] * 4,  # templates in others, tables
    (re.compile(r"\[\[(?:File|Image|Category):[^\[\]]*\]\]", re.IGNORECASE), ""),
    (re.compile(r"\[\[(?:[^\[\]|]*\|)?([^\[\]|]*)\]\]"), r"\1"),
    (re.compile(r"\[(?:\d{1,3}|citation needed|edit)\]"), ""),
    (re.compile(r"\{\\displaystyle [^{}]*\}"), ""),
    (re.compile(r"[^\S\n]+"), " "),
    (re.compile(r" ?\([ ,;:–-]*\)"), ""),  # of a pronunciation
    (re.compile(r" ([,;.])(?=\s|$)"), r"\1"),
    (re.compile(r" *\n\s*"), "\n"),
)


def clean(text: str) -> str:
    """Return text without left-overs of markup, cut at a sentence where it is too long.

    What looks like HTML stays, as text: it is to be escaped wherever it is shown.

    Examples
    --------
    >>> clean("Oithona () is a {{genus|rank}}genus of [[Copepod|copepods]].[1]")
    'Oithona is a genus of copepods.'
    """
    text = _UNSEEN.sub("", text[: 4 * LONGEST])
    for pattern, instead in _LEFT_OVER:
        text = pattern.sub(instead, text)
    text = text.strip()
    if len(text) <= LONGEST:
        return text
    cut = max(text.rfind(end, 0, LONGEST) for end in (". ", ".\n", "\n"))
    return text[: cut + 1 if cut > 0 else LONGEST].rstrip() + " …"
