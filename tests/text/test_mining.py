"""What sentences say that a taxon has and lacks, and what they do not say."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import kgconcepts as kg
from kgconcepts.errors import SourceError
from kgconcepts.text.candidate import Candidate
from kgconcepts.text.contrast import contrast
from kgconcepts.text.mining import Miner, mine
from kgconcepts.text.review import COLUMNS, accepted, write_review
from kgconcepts.text.scope import scopes
from kgconcepts.text.visual import Visual

ANNOTATED = Path(__file__).parent / "annotated.tsv"
PARTS = ("eye", "gill", "tail", "rostrum", "antennule", "tentacle", "spine", "shell", "house")
QUALITIES = (
    "squid-like",
    "transparent",
    "black",
    "flattened",
    "colonial",
    "marine",
    "siliceous",
    "branched",
)
STAGES = ("larva", "polyp", "adult", "medusa")


@pytest.fixture(scope="module")
def graph() -> kg.ConceptGraph:
    """Parts, qualities and stages, and some taxa."""
    concepts = [
        kg.Concept("part", "body part", "part"),
        kg.Concept("quality", "visible quality", "quality"),
        kg.Concept("colour", "colour", "quality"),
        kg.Concept("material", "material", "quality"),
        kg.Concept("stage", "life stage", "stage"),
        kg.Concept("biota", "Biota"),
        kg.Concept("squid", "Teuthida", synonyms=("squid", "squids")),
        kg.Concept("calanus", "Calanus"),
        kg.Concept("oithona", "Oithona", rank="genus"),
        kg.Concept("comb", "Ctenophora", synonyms=("comb jelly", "comb jellies")),
        *(kg.Concept(name, name, "part") for name in PARTS),
        *(kg.Concept(name, name, "quality") for name in QUALITIES),
        *(kg.Concept(name, name, "stage") for name in STAGES),
    ]
    above = {"black": "colour", "siliceous": "material"}
    relations = [
        *((name, "is_a", "part") for name in PARTS),
        *((name, "is_a", above.get(name, "quality")) for name in QUALITIES),
        *((name, "is_a", "stage") for name in STAGES),
        *((name, "is_a", "quality") for name in ("colour", "material")),
        *((name, "is_a", "biota") for name in ("squid", "calanus", "oithona", "comb")),
        ("quality", "visible_in", "biota"),
        ("transparent", "visible_in", "biota"),
    ]
    return kg.ConceptGraph(concepts, relations)


@pytest.fixture(scope="module")
def miner(graph: kg.ConceptGraph) -> Miner:
    return Miner(graph)


def said(miner: Miner, sentence: str) -> set[str]:
    signs = {"has": "", "lacks": "-"}
    return {signs[s.relation.split("_")[0]] + s.concept for s in miner.statements(sentence)}


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        # had
        ("It has long antennules and a tail.", "antennule tail"),
        ("They are transparent animals with two eyes.", "transparent eye"),
        ("The body is transparent.", "transparent"),
        ("Its larvae settle.", "larva"),
        ("They are known as polyps and have tentacles.", "polyp tentacle"),
        ("It forms a mucus house.", "house"),
        ("They build skeletons of siliceous spicules.", "siliceous"),
        ("It is a genus of colonial, marine demosponges.", "colonial marine"),
        ("They exhibit transparency.", "transparent"),
        ("The shell is transparent.", "shell transparent"),
        ("It has eight tails and a pair of shells.", "tail shell"),
        ("They are one of the orders of marine, flattened animals.", "marine flattened"),
        # denied
        ("It lacks a rostrum.", "-rostrum"),
        ("It has no shell.", "-shell"),
        ("They never have tentacles.", "-tentacle"),
        ("No species has gills.", "-gill"),
        ("There are no tentacles around the gills.", "-tentacle gill"),
        ("It lacks eyes, gills and a tail.", "-eye -gill -tail"),
        ("It has no eyes but a long tail.", "-eye tail"),
        ("They are eyeless.", "-eye"),
        ("A shell-less, transparent squid.", "-shell transparent"),
        ("Gills are absent.", "-gill"),
        ("They do not normally have a polyp stage.", "-polyp"),
        ("They are characterised by the loss of their tentacles.", "-tentacle"),
        ("Animals without gills and with a tail.", "-gill tail"),
        ("It is not transparent.", "-transparent"),
        ("Its tail is no longer than its body.", "tail"),
        ("It has not only gills but a tail.", "gill tail"),
        # compared
        ("Unlike Calanus, which has a rostrum, it has spines.", "spine"),
        ("In contrast to squids with tentacles, it has a tail.", "tail"),
        ("It has a line in place of a rostrum, and a tail.", "tail"),
        ("A larva that grows straight into a medusa.", "larva"),
        ("It has spines or is without any, and a tail.", "spine tail"),
        ("It resembles a transparent animal with a tail.", ""),
        ("It is distinguished from squids by its antennules.", "antennule"),
        ("It has smaller tentacles than squids with gills.", "tentacle"),
        # of some only
        ("Some species are transparent.", ""),
        ("It may have a tail.", ""),
        ("In some species, the tail is long.", ""),
        ("Gills may be absent.", ""),
        ("The gills are reduced or absent.", ""),
        ("The genus contains several transparent species.", ""),
        # of others
        ("It feeds on larvae of crabs.", ""),
        ("It feeds on squids with tentacles.", ""),
        ("It feeds on squids with its tentacles.", "tentacle"),
        ("It has a tail, although squids have tentacles.", "tail"),
        # names
        ("It is also known as the black-eyed squid.", ""),
        ("Common names include black squid and flattened squid.", ""),
        ("The name is from the Greek for tail.", ""),
        ('It is called the "black tail".', ""),
        ("The comb jellies are marine animals.", "marine"),
        ("They are squid-like animals.", "squid-like"),
        ("Squilla fusca, the red squid, black squid, and rasher, is a species.", ""),
        # a quality of a part
        ("The tentacles, which are black, bear spines.", "tentacle spine"),
        ("The eggs are transparent.", ""),
        ("It has black eyes.", "eye"),
        ("Its tentacles are branched.", "tentacle"),
        ("It lives in marine habitats.", ""),
        # words that are no terms
        ("It was caught at 30 feet by the White House.", ""),
        ("The rat-tail and the ear-like shell-form are names.", ""),
        ("It has body parts, a colour and a life stage.", ""),
    ],
)
def test_statements(miner: Miner, sentence: str, expected: str) -> None:
    assert said(miner, sentence) == set(expected.split())


@given(st.sampled_from([p for p in PARTS if p != "house"]))
def test_a_denial_turns_having_into_lacking(miner: Miner, part: str) -> None:
    assert said(miner, f"It has {part}s.") == {part}
    assert said(miner, f"It has no {part}s.") == {f"-{part}"}


def test_the_score_falls_with_hedges(miner: Miner) -> None:
    plain, hedged, young = (
        miner.statements(sentence)[-1].score
        for sentence in ("It has eyes.", "It usually has eyes.", "The larvae have eyes.")
    )
    assert plain > hedged > young > 0


@given(st.text(max_size=300))
def test_any_text_is_borne(text: str) -> None:
    assert all(0 <= scope.start <= len(text) for scope in scopes(text))


@pytest.mark.parametrize(
    "text", ["a (" * 20_000, '"' * 50_000, "unlike " * 9_000, "\0\u202e" * 9_000]
)
def test_hostile_sentences_end_soon(miner: Miner, text: str) -> None:
    assert isinstance(miner.statements(text), list)


def passage(text: str) -> kg.Passage:
    return kg.Passage(text, "Wikipedia", "CC BY-SA 4.0", "Oithona", "https://a.example", "7")


def test_candidates_of_a_taxon(graph: kg.ConceptGraph) -> None:
    relations = (*graph.relations, ("oithona", "has_part", "eye"), ("biota", "lacks_part", "gill"))
    known = kg.ConceptGraph(graph, relations)
    text = (
        "Oithona is a genus of transparent copepods. It has an eye, gills and usually a tail. "
        "It has a tail. Calanus has a rostrum. It has spines."
    )
    found = mine(known, {"oithona": [passage(text)], "eye": [passage("It has a tail.")]})
    assert {(c.relation, c.concept): c.contradicts for c in found} == {
        ("has_quality", "transparent"): False,
        ("has_part", "gill"): True,  # as nothing that lives has
        ("has_part", "tail"): False,
    }
    (tail,) = (c for c in found if c.concept == "tail")
    assert tail.sentence == "It has a tail."  # the one that says it best
    assert tail.score == 0.95  # as two sentences say it
    assert tail.passage.revision == "7"


@pytest.mark.parametrize(
    "text",
    [
        "The Enoploteuthidae are a family of squid. They have a tail.",
        "Acesta sphoni is a species of bivalve. It has a tail.",
        "Calanus has a rostrum. It has a tail.",
    ],
)
def test_what_is_said_of_another_taxon_is_passed_over(graph: kg.ConceptGraph, text: str) -> None:
    assert mine(graph, {"oithona": [passage(text)]}) == ()
    again = mine(graph, {"oithona": [passage(f"{text} Oithona has spines.")]})
    assert [c.concept for c in again] == ["spine"]


@pytest.mark.parametrize(
    "sentence",
    [
        "Oithona similis lacks a tail.",
        "O. similis has a tail.",
        "In Calanus, a tail is present.",
        "The genus Calanus has a tail.",
        "Members of Calanus have a tail.",
    ],
)
def test_what_is_said_of_one_species_or_of_another_taxon(
    graph: kg.ConceptGraph, sentence: str
) -> None:
    assert mine(graph, {"oithona": [passage(f"Oithona is a genus. {sentence}")]}) == ()


def test_larvae_of_a_taxon_are_no_species_of_it(graph: kg.ConceptGraph) -> None:
    (found, *_) = mine(graph, {"oithona": [passage("Oithona larvae have a tail.")]})
    assert found.concept in ("larva", "tail")


def test_what_other_sentences_deny_is_flagged(graph: kg.ConceptGraph) -> None:
    found = mine(graph, {"oithona": [passage("It has a tail. It lacks a tail.")]})
    assert [c.contradicts for c in found] == [True, True]


def test_texts_in_other_languages_are_not_read(graph: kg.ConceptGraph) -> None:
    swedish = kg.Passage("It has a tail.", "Wikipedia", language="sv")
    assert mine(graph, {"oithona": [swedish]}) == ()


def test_new_terms_tell_siblings_apart(graph: kg.ConceptGraph) -> None:
    texts = {
        "oithona": [passage("It has plumose caudal rami and a tail. It was described in 1884.")],
        "calanus": [passage("It has a tail, with stout hairs at the tip.")],
        "squid": [passage("They have stout hairs at the tip.")],
    }
    found = {(c.taxon, c.term): c.relation for c in contrast(graph, texts)}
    assert found == {("oithona", "plumose caudal rami"): "has_part"}


def test_what_a_picture_can_show(graph: kg.ConceptGraph) -> None:
    visual = Visual(graph)
    assert visual.of("transparent") == 1
    assert visual.of("black") == 0.5
    for seen, unseen in (
        ("transparent body", "commercially important"),
        ("long antennules", "described in 1884"),
        ("black spots", "found in the Indian Ocean"),
        ("segmented tail", "feeding behaviour"),
    ):
        assert visual.of_words(seen) > 0.5 > visual.of_words(unseen)


def candidate(**fields: object) -> Candidate:
    given = {
        "taxon": "oithona",
        "relation": "has_part",
        "concept": "tail",
        "term": "tails",
        "sentence": "It has a tail.",
        "score": 0.9,
        "passage": passage(""),
    }
    return Candidate(**{**given, **fields})  # type: ignore[arg-type]


def review(path: Path, *rows: dict[str, str]) -> None:
    """Fill in the rows of a review table."""
    with path.open(encoding="utf-8", newline="") as file:
        table = list(csv.DictReader(file, dialect="excel-tab"))
    for cells, filled in zip(table, rows, strict=True):
        cells.update(filled)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, dialect="excel-tab", lineterminator="\n")
        writer.writeheader()
        writer.writerows(table)


def test_what_a_person_accepts_is_taken_with_its_evidence(
    graph: kg.ConceptGraph, tmp_path: Path
) -> None:
    path = tmp_path / "candidates.tsv"
    candidates = [
        candidate(),
        candidate(concept="", term="Naupliar Eye", score=0.8),
        candidate(relation="lacks_part", concept="gill", score=0.7),
        candidate(concept="eye", score=0.6),
    ]
    write_review(candidates, path, graph)
    review(path, {"decision": "yes"}, {"decision": "Yes", "parent": "eye"}, {"decision": "y"}, {})
    found = accepted(graph, path)
    assert found.new == ("local:naupliar-eye",)
    assert found.graph["local:naupliar-eye"].label == "Naupliar Eye"
    assert found.graph.related("local:naupliar-eye", "is_a") == ("eye",)
    assert found.graph.related("oithona", "has_part") == ("tail", "local:naupliar-eye")
    assert found.graph.related("oithona", "lacks_part") == ("gill",)
    assert set(found.evidence.values()) == {
        "Wikipedia, Oithona, revision 7, CC BY-SA 4.0, https://a.example: “It has a tail.”"
    }
    kg.write(found.graph, tmp_path / "new.ttl", found.evidence)
    assert "revision 7, CC BY-SA 4.0" in (tmp_path / "new.ttl").read_text()
    assert kg.read(tmp_path / "new.ttl").related("oithona", "lacks_part") == ("gill",)
    found.write_traits(tmp_path / "traits.tsv")
    attribution = (tmp_path / "ATTRIBUTION.md").read_text()
    assert [f"## {name}" in attribution for name in ("candidates.tsv", "traits.tsv")] == [True] * 2
    assert "[Oithona](https://a.example), Wikipedia (en), revision 7" in attribution
    rows = (tmp_path / "traits.tsv").read_text().splitlines()
    assert rows[0] == "taxon\trelation\ttrait\texcept\tevidence"
    assert rows[1].startswith("Oithona\thas_part\ttail\t\tWikipedia, Oithona, revision 7")


def test_new_terms_have_ids_of_their_own(graph: kg.ConceptGraph, tmp_path: Path) -> None:
    path = tmp_path / "candidates.tsv"
    rows = [("has_part", "knobbed cell"), ("has_quality", "knobbed cell"), ("has_part", "β cell")]
    rows += [("has_part", "α cell"), ("has_part", "Knobbed Cell")]
    write_review([candidate(relation=r, concept="", term=t) for r, t in rows], path, graph)
    review(path, *[{"decision": "yes"}] * len(rows))
    found = accepted(graph, path)
    new = {id_: (found.graph[id_].label, found.graph[id_].kind) for id_ in found.new}
    assert sorted((label.casefold(), kind) for label, kind in new.values()) == [
        *(("knobbed cell", "part"), ("knobbed cell", "quality")),
        *(("α cell", "part"), ("β cell", "part")),
    ]
    again = accepted(found.graph, path)  # they are known now
    assert again.new == ()
    assert Miner(found.graph).statements("It has knobbed cells.")


@pytest.mark.parametrize(
    ("filled", "message"),
    [
        ({"decision": "perhaps"}, "decision 'perhaps'; expected yes or no"),
        ({"decision": "yes", "relation": "is_a"}, "'is_a' is no relation to a trait"),
        ({"decision": "yes", "taxon": "Nobody"}, "taxon 'Nobody' names no concept"),
        ({"decision": "yes", "concept": "Nothing"}, "concept 'Nothing' names no concept"),
        ({"decision": "yes", "concept": "black"}, "is a quality; has_part needs a part"),
        ({"decision": "yes", "concept": "", "term": "new", "parent": "black"}, "name a part"),
        ({"decision": "yes", "concept": "", "term": "??"}, "term .* is no name"),
    ],
)
def test_a_review_that_cannot_be_taken_names_its_line(
    graph: kg.ConceptGraph, tmp_path: Path, filled: dict[str, str], message: str
) -> None:
    path = tmp_path / "candidates.tsv"
    write_review([candidate()], path, graph)
    review(path, filled)
    with pytest.raises(SourceError, match=f"candidates.tsv, line 2: .*{message}"):
        accepted(graph, path)


def test_a_hostile_sentence_in_a_review_is_one_cell(graph: kg.ConceptGraph, tmp_path: Path) -> None:
    path = tmp_path / "candidates.tsv"
    hostile = 'a\tb\n"c\r\nyes\t=cmd()\0'
    write_review([candidate(sentence=hostile, term=hostile, concept="")], path, graph)
    assert accepted(graph, path).evidence == {}
    assert len(path.read_text().splitlines()) == 2
