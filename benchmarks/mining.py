"""What is found in 150 annotated sentences, beside looking up names, in one run.

Prints precision and recall of statements (has or lacks, and which part, quality or stage) for the
half of the sentences that was looked at while the rules were written, and for the half that was
kept. What is said of some only ('often', 'some species', 'spherical or oval') counts neither way.
The sentences are Wikipedia's, from ``../shared/data/text/marine_concepts.tsv``; the
annotations, ``tests/text/annotated.tsv``, know them by their hash. Run: ``python
benchmarks/mining.py``.
"""

from __future__ import annotations

import csv
import hashlib
import platform
import re
import sys
import time
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import spacy
from rich.console import Console
from rich.table import Table

import kgconcepts as kg
from kgconcepts.text.language import pipeline
from kgconcepts.text.mining import Miner
from kgconcepts.text.terms import Terms

ROOT = Path(__file__).parents[1]
ANNOTATED = ROOT / "tests" / "text" / "annotated.tsv"
TEXTS = ROOT.parent / "shared" / "data" / "text" / "marine_concepts.tsv"

Statements = set[tuple[str, str]]
_SENTENCE = re.compile(r"(?<=[a-z0-9)\"][.!?])\s+(?=[A-Z\"])")


def sentences(texts: Path) -> Iterator[tuple[str, str]]:
    """Give the sentences of the table, each with its hash."""
    with texts.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, dialect="excel-tab"):
            for sentence in _SENTENCE.split(row["text"].strip()):
                yield hashlib.sha256(sentence.strip().encode()).hexdigest()[:16], sentence.strip()


def annotated(path: Path, half: str, scope: str = "all") -> dict[str, Statements]:
    """Return what was annotated of each sentence of a half, by hash."""
    found: dict[str, Statements] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, dialect="excel-tab"):
            if row["half"] == half:
                said = found.setdefault(row["sentence"], set())
                if row["scope"] == scope:
                    said.add((row["relation"], row["concept"]))
    return found


def figures(
    method: Callable[[str], Statements], half: str, texts: dict[str, str]
) -> tuple[int, int, int]:
    """Return how many statements were found rightly, found wrongly, and missed."""
    right = wrong = missed = 0
    of_some = annotated(ANNOTATED, half, "some")
    for key, said in annotated(ANNOTATED, half).items():
        found = method(texts[key]) - of_some[key]
        right += len(found & said)
        wrong += len(found - said)
        missed += len(said - found)
    return right, wrong, missed


def methods(graph: kg.ConceptGraph) -> dict[str, Callable[[str], Statements]]:
    """Return ours and its peers."""
    terms, miner = Terms(graph), Miner(graph)
    exact = {
        name.casefold(): c.id
        for c in graph
        if c.kind in ("part", "quality", "stage")
        for name in (c.label, *c.synonyms)
    }

    def relation(id_: str) -> str:
        return f"has_{graph[id_].kind}"

    def by_name(sentence: str) -> Statements:
        text = f" {' '.join(re.findall(r'[a-z-]+', sentence.casefold()))} "
        return {(relation(id_), id_) for name, id_ in exact.items() if f" {name} " in text}

    def by_form(sentence: str) -> Statements:
        found = terms.mentions(pipeline()(sentence))
        return {(relation(id_), id_) for mention in found for id_ in mention.concepts}

    def ours(sentence: str) -> Statements:
        return {(said.relation, said.concept) for said in miner.statements(sentence)}

    found = {"names as written": by_name, "names in all their forms": by_form}
    try:
        import negspacy.negation  # noqa: F401, PLC0415 (comes with the bench extra)
    except ImportError:
        return {**found, "ours": ours}
    nlp = spacy.blank("en")
    sentencizer: Any = nlp.add_pipe("sentencizer")
    negex: Any = nlp.add_pipe("negex", config={"ent_types": ["TERM"]})

    def negated(sentence: str) -> Statements:
        doc = nlp.make_doc(sentence)
        sentencizer(doc)
        mentions = terms.mentions(doc)
        doc.ents = [spacy.tokens.Span(doc, m.start, m.end, "TERM") for m in mentions]
        negex(doc)
        return {
            (relation(id_).replace("has", "lacks" if span._.negex or m.absent else "has"), id_)
            for span, m in zip(doc.ents, mentions, strict=True)
            for id_ in m.concepts
        }

    return {**found, "names in all their forms, negspacy": negated, "ours": ours}


def main() -> None:
    if not TEXTS.exists():
        sys.exit(f"{TEXTS}: the real data are not beside this checkout")
    versions = (f"{name} {version(name)}" for name in ("kgconcepts", "spacy", "scikit-learn"))
    print(f"{', '.join(versions)}, Python {platform.python_version()}")
    graph = kg.read(ROOT / "ontology" / "plankton.owl")
    texts = dict(sentences(TEXTS))
    table = Table("half", "method", "right", "wrong", "missed", "precision", "recall", "F1", "ms")
    for half in ("seen", "kept"):
        number = len(annotated(ANNOTATED, half))
        for name, method in methods(graph).items():
            start = time.perf_counter()
            right, wrong, missed = figures(method, half, texts)
            each = 1000 * (time.perf_counter() - start) / number
            counts = (right / (right + wrong), right / (right + missed))
            f1 = 2 * right / (2 * right + wrong + missed)
            table.add_row(
                f"{half} ({number})",
                name,
                *map(str, (right, wrong, missed)),
                *(f"{value:.3f}" for value in (*counts, f1)),
                f"{each:.1f}",
            )
    Console(width=120).print(table)


if __name__ == "__main__":
    main()
