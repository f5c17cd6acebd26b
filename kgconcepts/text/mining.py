"""What sentences say that taxa have and lack, among what a graph knows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from kgconcepts.curation.absence import absent
from kgconcepts.curation.reasoning import Inherited, inherited
from kgconcepts.graph import Concept, ConceptGraph
from kgconcepts.text.candidate import Candidate
from kgconcepts.text.language import EPITHET, parsed, sentences, words
from kgconcepts.text.passage import Passage
from kgconcepts.text.scope import Scope, had, of_another, scopes, subject
from kgconcepts.text.terms import EVERYDAY, Mention, Terms
from kgconcepts.text.visual import Visual
from kgconcepts.text.wholes import ANIMALS, BREAKS, of_the_whole

if TYPE_CHECKING:
    from spacy.tokens import Doc

__all__ = ["Miner", "Statement", "mine"]

_RELATION = {"part": "has_part", "quality": "has_quality", "stage": "has_stage"}
_SHOWN = re.compile(r"\b(?:exhibit|show|display|possess|ha[sv]|capable of)\w*\b(?:[^,;]*)$")
# Parts whose qualities are those of the whole.
_STAND_FOR_IT = words("bell bells shell shells test tests frustule frustules umbrella lorica cell")
_NOUN = re.compile(r"(?:ence|ency|ance|ancy|ation|symmetry)$")  # of a quality
_HEDGED = re.compile(r"\b(?:usually|often|typically|generally|mostly|normally|most|can be|tend)\b")
_YOUNG = re.compile(
    r"(?:the |its |their )?(?:\w+ )?(?:larvae?|juveniles?|eggs?|nauplii|young)\b", re.I
)
_EGGS = re.compile(r"(?:the |its |their )?(?:[\w-]+ )?eggs?\b", re.I)
# Before the name of what a sentence is about.
_LEADING = words(
    """the a an most all in of for among genus family order class phylum species members females
    males adults larvae"""
)
_LONGEST = 2_000  # characters of a sentence that are looked at


@dataclass(frozen=True, slots=True)
class Statement:
    """That what a sentence is about has or lacks something.

    Parameters
    ----------
    relation : str
    concept : str
        Id of what it has or lacks.
    words : str
        That name it.
    score : float
        From 0 to 1.
    """

    relation: str
    concept: str
    words: str
    score: float


class Miner:
    """Finds the parts, qualities and stages of a graph that sentences state of their subject.

    What is denied becomes an absence. What is said of some only, of another organism, of food and
    hosts, or is part of a name, is left out (`scopes`). A quality must be one of the whole body, or
    of its bell, shell, skin, cell or colony; a part with an everyday name must be had by something.

    A statement's score is .9 where a word of having or lacking stands with it, .75 otherwise; less
    by .15 where it holds 'usually' or 'mostly', and by .3 where it is said of larvae or young.

    Parameters
    ----------
    graph : ConceptGraph

    Examples
    --------
    >>> from kgconcepts import Concept
    >>> miner = Miner(ConceptGraph([
    ...     Concept("1", "body part", "part"), Concept("2", "rostrum", "part"),
    ...     Concept("3", "antennule", "part"),
    ... ], [("2", "is_a", "1"), ("3", "is_a", "1")]))
    >>> sentence = "Unlike Calanus, it lacks a rostrum and has long antennules."
    >>> [(s.relation, s.concept, s.score) for s in miner.statements(sentence)]
    [('lacks_part', '2', 0.9), ('has_part', '3', 0.9)]
    """

    def __init__(self, graph: ConceptGraph) -> None:
        self._graph = graph
        self._terms = Terms(graph)
        tree = graph.hierarchy()
        of = [id_ for name in ("material",) for id_ in graph.find(name)]
        self._materials = {below for id_ in of if id_ in tree for below in tree.descendants(id_)}

    def statements(self, sentence: str) -> list[Statement]:
        """Return what a sentence states, in its order, each once."""
        return self._stated(parsed(sentence[:_LONGEST]))

    def topic(self, sentence: str) -> str:
        """Return the id of the taxon whose name a sentence begins with; empty if it does not."""
        doc = parsed(sentence[:_LONGEST])
        first = next((t.i for t in doc if t.lower_ not in _LEADING), 0)
        return next((id_ for id_, start, _ in self._terms.taxa(doc) if start == first), "")

    def _stated(self, doc: Doc) -> list[Statement]:
        taxa = self._terms.taxa(doc)
        named = {token for _, start, end in taxa for token in range(start, end)}
        # Of 'sea squirt' nothing is taken; but 'eel-like' is no eel.
        mentions = [m for m in self._terms.mentions(doc) if not named >= {*range(m.start, m.end)}]
        where = [*scopes(doc.text), *_about_others(doc, taxa)]
        found: dict[tuple[str, str], Statement] = {}
        for mention in mentions:
            span = doc[mention.start : mention.end]
            kinds = {scope.kind for scope in where if scope.start <= span.start_char < scope.end}
            if "other" in kinds or "partial" in kinds or _of_a_compound(doc, mention):
                continue
            if "name" in kinds and not self._is_the_name(doc, mention):
                continue
            lacked = mention.absent or "denied" in kinds
            for concept in mention.concepts:
                if not self._fits(doc, mention, concept, mentions, named, lacked=lacked):
                    continue
                kind = self._graph[concept].kind
                relation = _RELATION[kind]
                relation = relation.replace("has_", "lacks_") if lacked else relation
                score = 0.9 if lacked or had(doc.text, span.start_char) else 0.75
                score -= 0.15 * bool(_HEDGED.search(doc.text))
                if kind != "stage" and _YOUNG.match(doc.text):
                    score -= 0.3
                said = Statement(relation, concept, span.text, round(score, 2))
                found.setdefault((relation, concept), said)
        return list(found.values())

    def _fits(
        self,
        doc: Doc,
        mention: Mention,
        concept: str,
        mentions: Sequence[Mention],
        named: set[int],
        *,
        lacked: bool,
    ) -> bool:
        """Return whether a mention stands where it can be meant."""
        kind = self._graph[concept].kind
        span = doc[mention.start : mention.end]
        name, start = span.text.casefold(), span.start_char
        if doc[mention.start].text[:1].isupper() and mention.start > 0:
            return False  # a name
        if kind == "quality":
            if _NOUN.search(name) and _SHOWN.search(doc.text[:start]):
                return True  # 'exhibits bioluminescence'
            parts = self._tokens(mentions, "part", first=True)
            parts = {token for token in parts if doc[token].lower_ not in _STAND_FOR_IT}
            of_a_part = _EGGS.match(doc.text) or _of_antecedent(doc, mention, parts)
            return not of_a_part and of_the_whole(
                doc,
                mention,
                parts=parts,
                qualities=self._tokens(mentions, "quality"),
                taxa=named,
                hard=concept in self._materials,
            )
        after = doc[mention.end] if mention.end < len(doc) else None
        animal = after is not None and (after.lower_ in ANIMALS or after.i in named)
        if animal and (kind == "part" or name in ("sperm", "egg")):
            return False  # 'sperm whales', 'tooth fungus'
        if name in EVERYDAY:
            before = doc[mention.start - 1] if mention.start else None
            measured = before is not None and (
                before.text in ("m", "cm") or (before.like_num and name in ("foot", "feet"))
            )
            about = had(doc.text, start) or subject(doc.text, start, span.end_char)
            return not measured and (lacked or about)
        return True

    def _tokens(self, mentions: Sequence[Mention], kind: str, *, first: bool = False) -> set[int]:
        """Return the tokens, or the first tokens, that name something of a kind."""
        of_kind = [m for m in mentions if self._graph[m.concepts[0]].kind == kind]
        return {t for m in of_kind for t in range(m.start, m.start + 1 if first else m.end)}

    def _is_the_name(self, doc: Doc, mention: Mention) -> bool:
        """Return whether a part or stage is itself what is called so: 'known as polyps and …'."""
        if self._graph[mention.concepts[0]].kind == "quality":
            return False
        before = doc[mention.start - 1].lower_ if mention.start else ""
        after = doc[mention.end].lower_ if mention.end < len(doc) else "."
        return before in ("as", "called") and (after in BREAKS or after == "and")


def mine(graph: ConceptGraph, texts: Mapping[str, Sequence[Passage]]) -> tuple[Candidate, ...]:
    """Find what texts say that their taxa have and lack, and the graph does not say yet.

    Parameters
    ----------
    graph : ConceptGraph
    texts : mapping of id → passages
        English ones are read. Sentences that begin with another taxon's name, or introduce one of
        another rank ('The Enoploteuthidae are a family of …'), and those after them, are passed
        over.

    Returns
    -------
    tuple of Candidate
        The same of a taxon once, with the sentence that says it most directly. Its score is that
        sentence's, and .05 more, up to .95, for each other sentence that says so. What contradicts
        the graph, or is denied in another sentence, is flagged.
    """
    miner, visual = Miner(graph), Visual(graph)
    has, lacks = inherited(graph), absent(graph)
    found: dict[tuple[str, str, str], Candidate] = {}
    where: dict[tuple[str, str, str], set[str]] = {}
    for taxon, passages in texts.items():
        if taxon not in graph or graph[taxon].kind != "taxon" or graph[taxon].obsolete:
            continue
        known = {"has": _known(has, taxon), "lacks": _known(lacks, taxon)}
        for passage, sentence in _sentences(miner, graph[taxon], passages):
            for said in miner.statements(sentence):
                how = said.relation.partition("_")[0]
                if said.concept in known[how]:
                    continue
                candidate = Candidate(
                    taxon,
                    said.relation,
                    said.concept,
                    said.words,
                    sentence,
                    said.score,
                    passage,
                    visual.of(said.concept),
                    said.concept in known["lacks" if how == "has" else "has"],
                )
                key = (taxon, said.relation, said.concept)
                where.setdefault(key, set()).add(sentence)
                if key not in found or found[key].score < said.score:
                    found[key] = candidate
    for key, candidate in found.items():
        more = 0.05 * (len(where[key]) - 1)
        found[key] = replace(candidate, score=round(min(0.95, candidate.score + more), 2))
    return tuple(_unopposed(found))


def _known(traits: Inherited, id_: str) -> frozenset[str]:
    """Return the traits of a concept, and those that they are kinds of."""
    own = traits.of(id_)
    return frozenset((*own, *traits.hierarchy.ancestors([t for t in own if t in traits.hierarchy])))


def _sentences(
    miner: Miner, taxon: Concept, passages: Sequence[Passage]
) -> Iterator[tuple[Passage, str]]:
    """Give the sentences of a taxon's passages that are about it."""
    names = (taxon.label, *taxon.synonyms)
    for passage in passages:
        own = True
        for sentence in sentences(passage.text) if passage.language == "en" else ():
            topic = miner.topic(sentence.text)
            if topic or of_another(sentence.text, names, taxon.rank):
                own = topic == taxon.id
            if _of_one_species(sentence.text, names):
                own = False
            if own:
                yield passage, " ".join(sentence.text.split())


def _of_one_species(sentence: str, names: Sequence[str]) -> bool:
    """Return whether a sentence begins with one species of the taxon, as 'O. similis'."""
    return any(
        re.match(rf"(?:{re.escape(name)}|{re.escape(name[:1])}\.) {EPITHET}", sentence)
        for name in names
        if " " not in name
    )


def _unopposed(found: Mapping[tuple[str, str, str], Candidate]) -> Iterator[Candidate]:
    """Flag what other sentences deny."""
    for (taxon, relation, concept), candidate in found.items():
        how, _, kind = relation.partition("_")
        other = f"{'lacks' if how == 'has' else 'has'}_{kind}"
        opposed = (taxon, other, concept) in found
        yield replace(candidate, contradicts=True) if opposed else candidate


def _about_others(doc: Doc, taxa: Sequence[tuple[str, int, int]]) -> Iterator[Scope]:
    """Give clauses such as 'although hagfish have vertebrae', which are about other taxa."""
    for _, start, _ in taxa:
        before = doc[max(0, start - 2) : start].text.casefold().split()
        if {"although", "though", "while", "whereas", "but"} & {*before}:
            end = re.search(r"[,;]", doc.text[doc[start].idx :])
            begin = doc[start].idx
            yield Scope("other", begin, begin + end.start() if end else len(doc.text))


def _of_a_compound(doc: Doc, mention: Mention) -> bool:
    """Return whether a mention is one half of a word: 'rat-tail', 'ear-like'."""
    before = doc[mention.start - 1].text if mention.start else ""
    joined = before == "-" and not doc[mention.start - 1].whitespace_
    after = doc[mention.end : mention.end + 2]
    halves = len(after) == 2 and after[0].text == "-" and not doc[mention.end - 1].whitespace_
    stage = halves and after[1].lower_ in ("phase", "stage", "form", "forms", "phases", "stages")
    return joined or (halves and not stage)


def _of_antecedent(doc: Doc, mention: Mention, parts: set[int]) -> bool:
    """Return whether a mention is said of a part before it: 'tentacles, which are red'."""
    near = range(max(1, mention.start - 4), mention.start)
    linked = (k for k in near if doc[k].lower_ in ("which", "that"))
    return any({k - 1, k - 2} & parts and not {*range(k, mention.start)} & parts for k in linked)
