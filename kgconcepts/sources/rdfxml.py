"""What an RDF/XML file is asked before and after it is parsed, as the parser trusts it."""

from __future__ import annotations

import mmap
import re
from xml.parsers import expat

import numpy as np

from kgconcepts.errors import SourceError
from kgconcepts.sources.document import Document

__all__ = ["check_depth", "check_entities", "ends", "fault"]

_ENTITY = re.compile(rb"<!ENTITY\s+(%\s+)?([^\s]+)\s+(?:(\"[^\"]*\"|'[^']*')|([^>]*))")
_LONGEST_ENTITY = 1000  # bytes; they stand for namespaces
_MOST_GROWTH = 10
_DEEPEST = 1000
_BLOCK = 2**22


def check_entities(document: Document) -> None:
    """Refuse XML entities that nest, lead outside, or would make the text many times longer.

    The parser expands whatever a file declares.
    """
    with (
        document.path.open("rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content,
    ):
        if content.find(b"<!ENTITY") < 0:
            return
        size = grown = len(content)
        # Wherever they stand: a comment must not hide a declaration, nor be much in its way.
        for parameter, name, quoted, outside in _ENTITY.findall(content):
            called = name[:60].decode(errors="replace")
            if parameter or outside or b"&" in quoted or len(quoted) > _LONGEST_ENTITY:
                raise SourceError(
                    f"{document.where}: XML entity {called} nests, is long or leads outside "
                    "the file; such entities are not expanded: write out what it stands for"
                )
            uses = sum(1 for _ in re.finditer(re.escape(b"&" + name + b";"), content))
            grown += uses * len(quoted)
    if grown > _MOST_GROWTH * size + 2**20:
        raise SourceError(
            f"{document.where}: its XML entities make {size:,} bytes {grown:,}; expected no more "
            f"than {_MOST_GROWTH} times as many"
        )


def check_depth(document: Document) -> None:
    """Refuse XML whose elements nest so deep that the parser's time grows with the square of it.

    Tags in comments and in quotes are counted too, as it must be quick.
    """
    depth, before = 0, b""
    with document.path.open("rb") as file:
        while block := file.read(_BLOCK):
            content = np.frombuffer(before + block, np.uint8)
            one, two = content[:-1], content[1:]
            tags = np.flatnonzero((one == ord("<")) | ((one == ord("/")) & (two == ord(">"))))
            step = np.where((one[tags] == ord("/")) | (two[tags] == ord("/")), -1, 1)
            step[(two[tags] == ord("!")) | (two[tags] == ord("?"))] = 0
            depths = depth + np.cumsum(step)
            if depths.size and depths.max() > _DEEPEST:
                raise SourceError(
                    f"{document.where}: more than {_DEEPEST:,} elements within each other; "
                    "expected an ontology, whose axioms nest less"
                )
            depth, before = int(depths[-1]) if depths.size else depth, block[-1:]


def ends(document: Document) -> bool:
    """Return whether an XML file ends in its root's closing tag."""
    with document.path.open("rb") as file:
        file.seek(max(0, document.path.stat().st_size - 4096))
        return re.search(rb"</(\w+:)?RDF\s*>\s*$", file.read()) is not None


def fault(document: Document) -> tuple[int, str] | None:
    """Return the line of what is no XML, and what it is."""
    parser = expat.ParserCreate()
    try:
        with document.path.open("rb") as file:
            parser.ParseFile(file)
    except expat.ExpatError as error:
        return error.lineno, f"{expat.ErrorString(error.code)} (column {error.offset + 1})"
    return None
