"""``ATTRIBUTION.md``: whose texts are in the files beside it, and under which licences."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from urllib.parse import quote

from kgconcepts.errors import OutputError, one_line
from kgconcepts.files import read_text, replacing
from kgconcepts.text.passage import Passage

__all__ = ["NAME", "attribute"]

NAME = "ATTRIBUTION.md"
_HEAD = "# Attribution\n\nTexts in the files of this folder, with their sources and licences.\n"
_LICENCES = {
    "CC BY-SA 4.0": "https://creativecommons.org/licenses/by-sa/4.0/",
    "CC BY 4.0": "https://creativecommons.org/licenses/by/4.0/",
    "CC BY 3.0": "https://creativecommons.org/licenses/by/3.0/",
    "CC0": "https://creativecommons.org/publicdomain/zero/1.0/",
}
_CHANGES = "Left out: markup, references, pictures, and sections that are not listed."


def attribute(path: Path, texts: Mapping[str, Iterable[Passage]]) -> None:
    """Say in ``ATTRIBUTION.md`` beside a file whose texts it holds.

    What is there of other files, or written by hand, stays. Nothing is said of a file without
    texts.

    Raises
    ------
    OutputError
        If the place cannot be written to, or an ``ATTRIBUTION.md`` is there that is no text.
    """
    beside = path.parent / NAME
    passages = dict.fromkeys(passage for some in texts.values() for passage in some)
    if not passages and not beside.exists():
        return
    try:
        before = read_text(beside) if beside.exists() else _HEAD
    except ValueError as error:
        raise OutputError(f"{beside}: is no text and is left alone; move it away") from error
    first, last = (f"<!-- {word} {_plain(path.name)} -->" for word in ("begin", "end"))
    part = "\n".join((first, f"## {_plain(path.name)}", "", *_lines(passages), last))
    block = re.compile(f"{re.escape(first)}.*?{re.escape(last)}", re.DOTALL)
    part = part if passages else ""
    if block.search(before):
        after = block.sub(lambda _: part, before)
    else:
        after = f"{before.rstrip()}\n\n{part}\n" if part else before
    if after != before:
        with replacing(beside) as temporary:
            temporary.write_text(after, encoding="utf-8")


def _lines(passages: Iterable[Passage]) -> list[str]:
    """Return what is said of passages, each work once."""
    works: dict[tuple[str, ...], dict[str, None]] = {}
    for p in passages:
        work = (p.source, p.licence, p.language, p.title, p.url, p.revision, p.accessed[:10])
        works.setdefault(work, {})[p.section or "introduction" if p.title else p.section] = None
    lines: list[str] = []
    for licence in sorted({licence for _, licence, *_ in works}):
        address = _LICENCES.get(licence) or _address(licence)
        name = (
            f"[{_plain(licence)}]({address})"
            if address
            else _plain(licence) or "No licence is stated"
        )
        lines += [f"### {name}", ""]
        if licence == "CC BY-SA 4.0":
            lines += [_CHANGES, "Adaptations must be shared under the same licence.", ""]
        lines += sorted(
            _line(work, sections) for work, sections in works.items() if work[1] == licence
        )
        lines += [""]
    return lines


def _line(work: tuple[str, ...], sections: Iterable[str]) -> str:
    source, _, language, title, url, revision, accessed = work
    address = _address(url)
    named = f"[{_plain(title)}]({address})" if title and address else _plain(title)
    parts = ", ".join(_plain(section) for section in sections if section)
    about = (
        named,
        _plain(source) + (f" ({_plain(language)})" if title else ""),
        f"revision {_plain(revision)}" if revision else "",
        f"accessed {_plain(accessed)}" if accessed else "",
        parts,
    )
    return "- " + ", ".join(filter(None, about))


def _plain(text: str) -> str:
    """Return text that Markdown shows as it is, on one line."""
    return re.sub(r"([\\`*_\[\]#|~!])", r"\\\1", html.escape(one_line(text), quote=False))


def _address(url: str) -> str:
    return quote(url, safe=":/?&=%#,;@+!$'*-._~") if re.match("https?://", url) else ""
