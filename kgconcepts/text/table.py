"""Tables of texts: each text to the concept that it is about."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping

from kgconcepts.graph import ConceptGraph, fold
from kgconcepts.sources import tables
from kgconcepts.sources.document import opened
from kgconcepts.text.cleaning import clean
from kgconcepts.text.language import EPITHET
from kgconcepts.text.passage import Passage
from kgconcepts.text.texts import Texts

__all__ = ["read_texts"]

_PROVENANCE = ("title", "url", "revision", "accessed", "language", "section")
_SENTENCE = re.compile(r"(?<=[^\W\d_A-Z][.!?]|[):\"”][.!?])\s+(?=[A-Z\"'“])")
_SINGULAR = re.compile(r"[a-z]+(?<!s|a|e|i)\b")  # neither plural nor Latin plural
_MOST_WORDS = 4  # of a name at the beginning of a sentence
_BEFORE = re.compile(
    r"[\"'“]?(?:(?:the|a|an|most|all|species|members|genus|family|order|class|phylum|suborder|"
    r"superfamily|subfamily|subclass|subphylum|infraorder|of|in) )*",
    re.IGNORECASE,
)


def read_texts(path: str | os.PathLike[str], graph: ConceptGraph, licence: str = "") -> Texts:
    r"""Read a table of texts about concepts.

    A text is a concept's only where it is about the concept. Summaries often go on to the family,
    or tell of nothing else: sentences that begin with the name of another concept, and those after
    them, go to that one; what begins with another name that the row gives (``names``), and no
    concept has, goes to none.

    Parameters
    ----------
    path : path-like
        A TSV or CSV with the columns ``concept``, an id or name, and ``text``; further ``names``,
        with commas between them, ``licence``, ``source``, ``title``, ``url``, ``revision``,
        ``accessed``, ``language`` and ``section`` as far as there are such.
    graph : ConceptGraph
        Rows about concepts that it does not have are left out.
    licence : str
        Of texts whose row gives none.

    Raises
    ------
    SourceError
        If it is no such table, with the line.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from kgconcepts import Concept
    >>> graph = ConceptGraph([Concept("1", "Beroidae"), Concept("2", "Beroe")])
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "texts.tsv")
    ...     _ = path.write_text("concept\ttext\nBeroe\tBeroe has no tentacles. It glows. "
    ...                         "The Beroidae are comb jellies.\n")
    ...     texts = read_texts(path, graph)
    >>> [texts[id_][0].text for id_ in ("2", "1")]
    ['Beroe has no tentacles. It glows.', 'The Beroidae are comb jellies.']
    """
    found: dict[str, list[Passage]] = {}
    with opened(path) as document:
        for _, cells in tables.rows(document, ("concept", "text")):
            said = {name: cells[name] for name in _PROVENANCE if cells.get(name)}
            for id_, text in _parts(cells, graph):
                passage = Passage(
                    clean(text),
                    cells.get("source") or document.name,
                    cells.get("licence") or licence,
                    **said,
                )
                found.setdefault(id_, []).append(passage)
    return Texts(found)


def _parts(cells: Mapping[str, str], graph: ConceptGraph) -> Iterator[tuple[str, str]]:
    """Give the parts of a row's text, each with the id of what it is about."""
    own = graph.find(cells["concept"])
    names = (cells["concept"], *cells.get("names", "").split(","))
    others = {fold(name) for name in names} - {""}
    about = own[0] if own and not cells.get("names") else ""
    run: list[str] = []
    for sentence in _SENTENCE.split(cells["text"]):
        topic = _topic(sentence, cells["concept"], own, others, graph)
        if topic is not None and topic != about:
            if about and run:
                yield about, " ".join(run)
            about, run = topic, []
        if sentence not in run:  # summaries repeat themselves
            run.append(sentence)
    if about and run:
        yield about, " ".join(run)


def _topic(
    sentence: str, name: str, own: list[str], others: set[str], graph: ConceptGraph
) -> str | None:
    """Return the id of what a sentence turns to; empty for what is no concept, None if nothing."""
    article = _BEFORE.search(sentence)
    before = article[0] if article else ""
    rest = sentence[len(before) :]
    words = re.findall(r"[\w-]+", rest[:200])
    if before.casefold() == "the " and _SINGULAR.match(rest):
        return None  # 'the bacterium': what was spoken of before
    for number in range(min(_MOST_WORDS, len(words)), 0, -1):
        leading = " ".join(words[:number])
        if _of_species(sentence, leading):
            return ""
        found = [id_ for id_ in graph.find(leading) if graph[id_].kind in ("taxon", "object")]
        if len(found) == 1:
            return own[0] if found[0] in own else found[0]
        if fold(leading) in others or found:
            return "" if fold(leading) != fold(name) or not own else own[0]
    if own and re.search(rf"\b{re.escape(name)}\b", sentence) and not _of_species(sentence, name):
        return own[0]
    return None


def _of_species(sentence: str, genus: str) -> bool:
    """Return whether a sentence begins with a species of a genus, and not with the genus."""
    return re.match(rf"{re.escape(genus)} {EPITHET}", sentence) is not None
