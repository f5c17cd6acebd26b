"""The texts of a graph's concepts, and what became of the search for them."""

from __future__ import annotations

import csv
import json
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, fields
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from kgconcepts.errors import SourceError
from kgconcepts.files import replacing
from kgconcepts.graph import ConceptGraph
from kgconcepts.sources.document import opened
from kgconcepts.text.article import Article
from kgconcepts.text.attribution import attribute
from kgconcepts.text.passage import Passage

__all__ = ["Texts", "definitions", "names"]

_PASSAGES = TypeAdapter(tuple[Passage, ...])


class Texts(Mapping[str, tuple[Passage, ...]]):
    """Passages by concept, each concept's own; read it, do not change it.

    Parameters
    ----------
    passages : mapping of id → passages
        Those of a concept in the order in which they are to be read. Repeated ones count once.
    articles : iterable of Article
        What became of the search for articles, concepts without one among them.

    Examples
    --------
    >>> said = Texts({"PLK:1": [Passage("A small crustacean.", "ours.owl")]})
    >>> more = Texts({"PLK:1": [Passage("It has one eye.", "Wikipedia")], "PLK:2": []})
    >>> [passage.text for passage in said.then(more)["PLK:1"]]
    ['A small crustacean.', 'It has one eye.']
    >>> "PLK:2" in more
    False
    """

    def __init__(
        self, passages: Mapping[str, Iterable[Passage]], articles: Iterable[Article] = ()
    ) -> None:
        unique = {id_: tuple(dict.fromkeys(some)) for id_, some in passages.items()}
        self._passages = {id_: some for id_, some in unique.items() if some}
        self.articles = {article.concept: article for article in articles}

    def __getitem__(self, id_: str) -> tuple[Passage, ...]:
        return self._passages[id_]

    def __iter__(self) -> Iterator[str]:
        return iter(self._passages)

    def __len__(self) -> int:
        return len(self._passages)

    def __repr__(self) -> str:
        number = sum(map(len, self.values()))
        return f"<Texts: {number} passages of {len(self)} concepts>"

    def then(self, *others: Mapping[str, Iterable[Passage]]) -> Texts:
        """Return these texts with others after them."""
        joined: dict[str, list[Passage]] = {id_: list(some) for id_, some in self.items()}
        articles = dict(self.articles)
        for other in others:
            for id_, some in other.items():
                joined.setdefault(id_, []).extend(some)
            if isinstance(other, Texts):
                articles |= other.articles
        return Texts(joined, articles.values())

    @property
    def outcomes(self) -> Counter[str]:
        """How many concepts' articles were found, refused, missing and failed."""
        return Counter(article.status for article in self.articles.values())

    def write(self, path: str | os.PathLike[str]) -> None:
        """Write passages as JSON Lines, a concept a line, and ``ATTRIBUTION.md`` beside them.

        Raises
        ------
        OutputError
            If the place cannot be written to.
        """
        path = Path(path)
        with replacing(path) as temporary, temporary.open("w", encoding="utf-8") as file:
            for id_, some in self.items():
                line = {"concept": id_, "passages": [asdict(passage) for passage in some]}
                file.write(json.dumps(line, ensure_ascii=False) + "\n")
        attribute(path, self)

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> Texts:
        """Read what `write` wrote.

        Raises
        ------
        SourceError
            With the line, if one is of another form.
        """
        found: dict[str, tuple[Passage, ...]] = {}
        with opened(path) as document, document.path.open(encoding="utf-8-sig") as file:
            for number, line in enumerate(file, 1):
                try:
                    said = json.loads(line)
                    id_ = str(said["concept"])
                    found[id_] = (*found.get(id_, ()), *_PASSAGES.validate_python(said["passages"]))
                except (ValueError, KeyError, TypeError, RecursionError, ValidationError) as error:
                    account = " ".join(str(error).split())[:200]
                    raise SourceError(
                        f"{document.where}, line {number}: {account}; expected "
                        '{"concept": "…", "passages": […]}'
                    ) from error
        return cls(found)

    def write_articles(self, path: str | os.PathLike[str], graph: ConceptGraph) -> None:
        """Write what became of the search as a table (TSV): `Article`, with the concept's label."""
        columns = [field.name for field in fields(Article)]
        with (
            replacing(Path(path)) as temporary,
            temporary.open("w", encoding="utf-8", newline="") as file,
        ):
            writer = csv.writer(file, dialect="excel-tab", lineterminator="\n")
            writer.writerow([columns[0], "label", *columns[1:]])
            for id_, article in self.articles.items():
                label = graph[id_].label if id_ in graph else ""
                first, *rest = (str(value or "") for value in asdict(article).values())
                writer.writerow([first, label, *rest])


def definitions(graph: ConceptGraph) -> Texts:
    """Return what the ontologies themselves say of their concepts: definitions and comments."""
    found: dict[str, list[Passage]] = {}
    for concept in graph:
        source = graph.sources.get(concept.source)
        for section, text in (("definition", concept.definition), ("comment", concept.comment)):
            if text:
                passage = Passage(
                    text,
                    source.name if source else concept.source,
                    source.licence if source else "",
                    revision=source.version if source else "",
                    section=section,
                )
                found.setdefault(concept.id, []).append(passage)
    return Texts(found)


def names(graph: ConceptGraph) -> Texts:
    """Return the names of a graph's concepts, label first, as a passage each.

    A name is a text too: of most taxa the only one.
    """
    found: dict[str, list[Passage]] = {}
    for concept in graph:
        source = graph.sources.get(concept.source)
        called = ", ".join(dict.fromkeys((concept.label, *concept.synonyms)))
        licence = source.licence if source else ""
        found[concept.id] = [Passage(called, concept.source, licence, section="names")]
    return Texts(found)
