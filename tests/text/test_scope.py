"""What of a sentence is denied, said of some or of others only, or part of a name."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgconcepts.text.scope import had, of_another, scopes, subject


def kinds(sentence: str, word: str) -> set[str]:
    """Return the kinds of the scopes that a word of a sentence stands in."""
    at = sentence.index(word)
    return {scope.kind for scope in scopes(sentence) if scope.start <= at < scope.end}


@pytest.mark.parametrize(
    ("sentence", "word", "expected"),
    [
        # denied
        ("It lacks eyes, gills and a tail.", "tail", "denied"),
        ("It lacks a tail but has eyes.", "eyes", ""),
        ("It is devoid of gills.", "gills", "denied"),
        ("The absence of a carapace is typical.", "carapace", "denied"),
        ("They have lost their tentacles.", "tentacles", "denied"),
        ("It has neither eyes nor gills.", "gills", "denied"),
        ("No species has a shell.", "shell", "denied"),
        ("None of the species have a shell.", "shell", "denied"),
        ("They never have tentacles.", "tentacles", "denied"),
        ("A shell is not present.", "shell", "denied"),
        ("There are no tentacles around the mouth.", "mouth", ""),
        ("It lacks eyes in the adult stage.", "adult", ""),
        # not denied
        ("The rostrum is no longer than the eyes.", "rostrum", ""),
        ("It has not only gills but a tail.", "gills", ""),
        ("It was not known to have gills.", "gills", ""),
        # said of some, or perhaps
        ("Some species have a tail.", "tail", "partial"),
        ("One of them has a tail.", "tail", "partial"),
        ("A few species have a tail.", "tail", "partial"),
        ("Eyes may be present.", "Eyes", "partial"),
        ("The eyes are reduced or absent.", "eyes", "partial"),
        ("It is not known whether it has a shell.", "shell", "partial"),
        ("The genus contains several bioluminescent species.", "bioluminescent", "partial"),
        ("It is one of the orders of flattened fishes.", "flattened", ""),
        # others
        ("Unlike Calanus, which has eyes, it has gills.", "eyes", "other"),
        ("Unlike Calanus, which has eyes, it has gills.", "gills", ""),
        ("It differs from Calanus in having gills.", "gills", ""),
        ("It is distinguished from squids by its tail.", "tail", ""),
        ("It resembles a transparent animal.", "transparent", "other"),
        ("Arms modified from the ancestral foot.", "foot", "other"),
        ("It feeds on larvae of crabs.", "larvae", "other"),
        ("They are parasites of the gills of fish.", "gills", "other"),
        ("It is found with marine copepods.", "marine", "other"),
        # names
        ("The name is from the Greek for tail.", "tail", "name"),
        ("It is also known as the red sea squirt.", "red", "name"),
        ("Common names include red sea squirt.", "red", "name"),
        (
            "Sebastes miniatus, the vermilion rockfish, red snapper, and rasher, is a fish.",
            "red",
            "name",
        ),
        ('It is called the "black tail".', "tail", "name"),
    ],
)
def test_where_a_word_stands(sentence: str, word: str, expected: str) -> None:
    assert kinds(sentence, word) == set(expected.split())


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("It has tails.", True),
        ("It is characterised by a head, and a set of tails.", True),
        ("A worm with two tails.", True),
        ("It has eyes, and they lose tails.", False),
        ("It was found near tails.", False),
    ],
)
def test_what_is_had(sentence: str, expected: bool) -> None:
    assert had(sentence, sentence.index("tails")) is expected


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("The tail is long.", True),
        ("It is flat; its long tail bears spines.", True),
        ("The tail of the fish is long.", False),
        ("It hits the tail.", False),
    ],
)
def test_what_a_clause_is_about(sentence: str, expected: bool) -> None:
    start = sentence.index("tail")
    assert subject(sentence, start, start + len("tail")) is expected


@pytest.mark.parametrize(
    ("sentence", "rank", "expected"),
    [
        ("The Enoploteuthidae are a family of squid.", "genus", True),
        ("Acesta is a genus of bivalves.", "species", True),
        ("Acesta sphoni is a species of bivalve.", "genus", True),
        ("Abraliopsis is a genus of squid.", "species", False),  # by its own name
        ("The eye-flash squid is a species of squid.", "species", False),
        ("Sea stars are a class of echinoderms.", "class", False),
        ("It is the only genus of the family.", "species", False),
        ("Its arms are long.", "species", False),
        ("Acesta is a genus of bivalves.", "", False),  # nobody knows
    ],
)
def test_what_is_visibly_another_taxon(sentence: str, rank: str, expected: bool) -> None:
    assert of_another(sentence, ["Abraliopsis", "squid"], rank) is expected


@given(st.text(max_size=300))
def test_scopes_are_within_the_sentence(text: str) -> None:
    assert all(0 <= s.start <= s.end <= len(text) for s in scopes(text))
    assert not of_another(text, [text], "genus") or len(text) > 10


@given(st.sampled_from(["a shell", "eyes and gills", "long antennules"]))
def test_a_denial_covers_all_that_is_listed(listed: str) -> None:
    sentence = f"It lacks {listed}."
    (scope,) = scopes(sentence)
    assert (scope.kind, sentence[scope.start : scope.end].strip(" .")) == ("denied", listed)


@pytest.mark.parametrize(
    "text",
    [
        "unlike " * 7_000,
        "some species " * 4_000,
        "A, the b, " * 6_000,
        "Aidae " * 7_000,
        "(" * 50_000,
    ],
)
def test_hostile_sentences_end_soon(text: str) -> None:
    start = time.perf_counter()
    list(scopes(text))
    of_another(text, [], "genus")
    had(text, len(text))
    assert time.perf_counter() - start < 2
