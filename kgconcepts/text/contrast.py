"""New terms: what the texts of a taxon speak of, and those of its siblings do not."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import scipy.sparse as sp
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS, CountVectorizer

from kgconcepts.graph import ConceptGraph
from kgconcepts.text.candidate import Candidate
from kgconcepts.text.language import parsed, sentences, words
from kgconcepts.text.passage import Passage
from kgconcepts.text.scope import scopes
from kgconcepts.text.terms import Terms
from kgconcepts.text.visual import Visual

__all__ = ["contrast"]

_EACH = 5  # new terms of a taxon, at most
_LONGEST = 3  # words of a phrase
_LEAST = 0.5  # how likely a picture must be able to show it
# Between these words, and at punctuation, phrases end.
_BREAKS = ENGLISH_STOP_WORDS | words(
    """has have had is are was were also usually often generally typically mostly called known named
    include includes including found occur occurs live lives living consist consists contain
    contains form forms formed like unlike within than that which who whose its their containing
    belonging belong comprising comprises described feed feeds used using make makes made
    reach reaches reaching grow grows growing however although sometimes may can about around
    approximately up one two three four five six seven eight nine ten first second largest smallest
    common member members species genus genera family families order class phylum group groups
    suborder subfamily superfamily subclass type types several various different world ocean oceans
    sea seas water waters deep depth depths part parts specimen specimens individual individuals
    animal animals organism organisms monotypic extant marine number length total size average cm
    mm m ft metres meters centimetres inches lack lacks lacking without build builds bear bears
    bearing possess possesses carry carries distinguished characterized characterised identified
    recognised long short large small pair pairs set sets example examples appearance relative
    relatives kind kinds habit tissue tissues allow allows placed""",
)
_ADJECTIVE = re.compile(
    r"(?:-shaped|-like|-coloured|-colored|ous|ular|iform|ed|ish|ose|ate|ic|al|ent|ant|y|er|ive)$"
)
_HAVING = re.compile(
    r"\b(?:has|have|having|with|bear\w*|possess\w*|its|their|each|carr(?:y|ies)|form(?:s|ing)?|build\w*|"
    r"characteri[sz]ed by|presence of|lack\w*|without)\b"
    r"(?:(?! (?:to|that|which|who|is|are|was|were|one of)\b)[ ,(-]+\w+){0,6}[ ,(-]*$"
)


def contrast(graph: ConceptGraph, texts: Mapping[str, Sequence[Passage]]) -> tuple[Candidate, ...]:
    """Find phrases that tell a taxon from its siblings, and are no terms of the graph.

    Phrases are weighted by class-based TF-IDF, a taxon with its texts being a class among its
    siblings: ``tf · log(1 + A / f)``, where ``tf`` is how often the taxon's texts have the phrase,
    ``f`` how often all siblings' texts have it, and ``A`` the mean number of phrases of a sibling
    (Grootendorst, 2022, BERTopic, https://arxiv.org/abs/2203.05794, eq. 2). Names of taxa and of
    anything else, what is said of others (`scopes`), and what no picture shows are left out.

    Parameters
    ----------
    graph : ConceptGraph
    texts : mapping of id → passages
        English ones are read.

    Returns
    -------
    tuple of Candidate
        With an empty `concept`; a few of each taxon. The relation is a guess, from the phrase's
        last word and from whether something has it. The score is the weight over the largest of
        the siblings'.

    Examples
    --------
    >>> from kgconcepts import Concept
    >>> graph = ConceptGraph(
    ...     [Concept("1", "Copepoda"), Concept("2", "Oithona"), Concept("3", "Calanus")],
    ...     [("2", "is_a", "1"), ("3", "is_a", "1")],
    ... )
    >>> texts = {"2": [Passage("It has knobbed filaments and eyes.", "a book")],
    ...          "3": [Passage("It has eyes.", "a book")]}
    >>> [(c.taxon, c.relation, c.term) for c in contrast(graph, texts)]
    [('2', 'has_part', 'knobbed filaments')]
    """
    terms, visual = Terms(graph), Visual(graph)
    said: dict[str, dict[str, tuple[str, Passage]]] = {}
    counted: dict[str, list[str]] = {}
    for taxon, passages in texts.items():
        if taxon in graph and graph[taxon].kind == "taxon":
            counted[taxon] = []
            for phrase, sentence, passage in _phrases(terms, passages):
                counted[taxon].append(phrase)
                said.setdefault(taxon, {}).setdefault(phrase, (sentence, passage))
    families: dict[tuple[str, ...], list[str]] = {}
    for taxon in counted:
        families.setdefault(graph.related(taxon, "is_a"), []).append(taxon)
    found: dict[tuple[str, str], Candidate] = {}
    groups = [(siblings, siblings) for siblings in families.values() if len(siblings) > 1]
    # Without a sibling that has texts, a taxon is told from all others.
    alone = [siblings[0] for siblings in families.values() if len(siblings) == 1]
    for taxa, others in (*groups, (alone, list(counted))):
        for taxon, phrase, score in _weighed(taxa, others, counted):
            sentence, passage = said[taxon][phrase]
            named = terms.mentions(parsed(phrase))
            visible = max(
                visual.of_words(phrase, sentence),
                *(visual.of(id_) for mention in named for id_ in mention.concepts),
                0.0,
            )
            relation = _relation(phrase, sentence)
            if visible >= _LEAST and relation:
                found[taxon, phrase] = Candidate(
                    taxon, relation, "", phrase, sentence, score, passage, visible
                )
    return tuple(found.values())


def _weighed(
    taxa: Sequence[str], siblings: Sequence[str], counted: Mapping[str, Sequence[str]]
) -> Iterator[tuple[str, str, float]]:
    """Give the phrases of taxa that their siblings have not, with their weights."""
    if not any(counted[taxon] for taxon in taxa):
        return
    vectorizer = CountVectorizer(analyzer=lambda taxon: counted[taxon])
    counts = sp.csr_array(vectorizer.fit_transform(siblings))
    phrases = vectorizer.get_feature_names_out()
    of_all = np.asarray(counts.sum(axis=0)).ravel()
    shared = np.asarray((counts > 0).sum(axis=0)).ravel()
    weights = sp.csr_array(counts.multiply(np.log1p(counts.sum() / len(siblings) / of_all)))
    top = weights.max()
    position = {taxon: k for k, taxon in enumerate(siblings)}
    for taxon in taxa:
        row = weights[[position[taxon]]].toarray()[0]
        best = np.argsort(-row, kind="stable")
        own = [k for k in best[: row.astype(bool).sum()] if shared[k] == 1 or len(siblings) == 1]
        for k in own[:_EACH]:
            yield taxon, str(phrases[k]), round(float(row[k] / top), 2)


def _phrases(terms: Terms, passages: Sequence[Passage]) -> Iterator[tuple[str, str, Passage]]:
    """Give the phrases of passages that are no names, each with its sentence."""
    for passage in passages:
        for sentence in sentences(passage.text) if passage.language == "en" else ():
            doc = sentence.as_doc()
            known = {t for m in terms.mentions(doc) for t in range(m.start, m.end)}
            known.update(token.i for token in doc if token.lower_ in ("body", "bodies", "-"))
            named = {t for _, start, end in terms.taxa(doc) for t in range(start, end)}
            out = [(s.start, s.end) for s in scopes(doc.text) if s.kind != "partial"]
            text = " ".join(doc.text.split())
            phrase: list[int] = []
            for token in (*doc, None):
                whole = token is not None and (
                    token.lower_ not in _BREAKS
                    and not token.lower_.endswith(("ing", "ly"))
                    and (token.is_alpha or token.text == "-")
                    and not (token.text[:1].isupper() and token.i > 0)
                    and token.i not in named
                    and not any(start <= token.idx < end for start, end in out)
                )
                if whole and token is not None:
                    phrase.append(token.i)
                    continue
                while phrase and doc[phrase[0]].text == "-":
                    phrase = phrase[1:]  # of '20-jointed'
                told = [doc[k].lower_ for k in phrase if doc[k].text != "-"]
                new = not known.issuperset(phrase)
                if 2 <= len(told) <= _LONGEST and new and len(told[-1]) > 2:
                    yield doc[phrase[0] : phrase[-1] + 1].text.casefold(), text, passage
                phrase = []


def _relation(phrase: str, sentence: str) -> str:
    """Guess how a taxon has what a phrase names; empty where it seems to have none of it."""
    before = sentence.casefold().partition(phrase)[0]
    last = phrase.rpartition(" ")[2]
    if re.search(r"(?:-shaped|-like|coloured|colored|shape|colour|color|symmetry)$", last):
        return "has_quality"
    if re.search(r"\b(?:larva|larvae|stage|juvenile|cyst|egg|eggs)$", last):
        return "has_stage"
    if last in ("body", "bodies"):
        return "has_quality"
    clause = re.split(r"[;.]", before)[-1]
    if _HAVING.search(clause) and not (_ADJECTIVE.search(last) and not last.endswith("s")):
        return "has_part"
    return ""
