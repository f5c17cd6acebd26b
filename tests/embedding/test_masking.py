"""Names of ancestors go out of texts, and nothing else."""

from __future__ import annotations

from itertools import pairwise

import pytest

from kgconcepts import Concept, ConceptGraph
from kgconcepts.embedding.masking import masked
from kgconcepts.text.passage import Passage


def without(text: str, *above: str | tuple[str, ...], own: str = "Oithona") -> str:
    """Mask the text of a concept below ancestors of these names (label, and synonyms)."""
    names = [(one,) if isinstance(one, str) else one for one in above]
    concepts = [Concept(f"A{k}", some[0], synonyms=some[1:]) for k, some in enumerate(names)]
    chain = [f"A{k}" for k in range(len(names))] + ["own"]
    graph = ConceptGraph(
        [*concepts, Concept("own", own)],
        [(child, "is_a", parent) for parent, child in pairwise(chain)],
    )
    found = masked(graph, {"own": [Passage(text, "ours")]}).get("own", ())
    return found[0].text if found else ""


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("A copepod with one eye.", "A with one eye."),
        ("Copepods swim; COPEPOD eggs sink.", "swim; eggs sink."),
        ("One of the Copepoda, a copepod.", "One of the , a ."),
        ("A copepod's leg and copepod-like legs.", "A 's leg and -like legs."),
        ("(copepod) 'copepods' copepod", "( ) ' '"),
        ("Copepodid, copepodology, supercopepod.", "Copepodid, copepodology, supercopepod."),
        ("copepod2 and copepod_2", "copepod2 and copepod_2"),
    ],
)
def test_labels_and_synonyms_go_where_they_are_words_of_their_own(text: str, left: str) -> None:
    assert without(text, ("Copepoda", "copepod")) == left


@pytest.mark.parametrize(
    ("name", "text", "left"),
    [
        ("cell", "A cellular thing of two cells, unicell.", "A cellular thing of two , unicell."),
        ("box", "Boxes in a box.", "in a ."),
        ("marine snow", "A flake of marine snow, of snow.", "A flake of , of snow."),
        ("marine snow", "Aquamarine snow; marine snowfall.", "Aquamarine snow; marine snowfall."),
        ("comb-jelly", "A comb-jelly is no jelly.", "A is no jelly."),
        ("C. (x)+", "Known as C. (x)+ or C. x or Cz (x)+.", "Known as or C. x or Cz (x)+."),
        ("a|b", "a or b, and a|b", "a or b, and"),
        (".*", "All of it, and .* too", "All of it, and too"),
        ("[a-z]", "abc [a-z]", "abc"),
        ("\\d", "7 \\d", "7"),
        ("Écrevisse", "Une écrevisse et des ÉCREVISSES", "Une et des"),
        ("mer-de-glace", "In mer de glace, MER_DE-GLACE.", "In , ."),
        ("marine snow", "Marine-snow, marine_snow.", ", ."),
        ("marine snow", "A marine, snow.", "A marine, snow."),
        ("fly", "Two flies, one fly, a flyer.", "Two , one , a flyer."),
        ("Oithona (genus)", "An Oithona (genus) is an Oithona.", "An is an ."),
    ],
)  # fmt: skip
def test_names_of_any_letters_are_taken_as_they_are_written(
    name: str, text: str, left: str
) -> None:
    assert without(text, name) == left


@pytest.mark.parametrize("text", ["A flake of marine\nsnow.", "A flake of marine  snow."])
def test_names_of_several_words_go_across_ends_of_lines(text: str) -> None:
    assert without(text, "marine snow") == "A flake of ."


def test_a_name_goes_where_it_is_written_as_it_is_called() -> None:
    assert without("Eine Großalge.", "Großalge") == "Eine ."


def test_the_longer_name_goes_first() -> None:
    assert without("A cell wall is no cell.", "cell", "cell wall") == "A is no ."


def test_of_a_species_name_the_genus_goes() -> None:
    left = without("Oithona similis is small.", "Oithona", own="Oithona similis")
    assert left == "similis is small."


def test_its_own_name_stays_where_it_is_no_ancestors() -> None:
    assert without("Oithona is a copepod.", "copepod") == "Oithona is a ."
    assert without("Oithona is a copepod.", "copepod", "Oithona") == "is a ."


@pytest.fixture
def graph() -> ConceptGraph:
    """Meroplankton is told by habitat and by kind; a larva of a barnacle is both."""
    names = {"1": "plankton", "2": "animal", "3": "meroplankton", "4": "barnacle", "5": "cyprid"}
    return ConceptGraph(
        [Concept(id_, name) for id_, name in names.items()]
        + [Concept("6", "antenna", "part"), Concept("7", "salp")],
        [
            ("3", "is_a", "1"),
            ("4", "is_a", "2"),
            ("5", "is_a", "3"),
            ("5", "is_a", "4"),
            ("5", "has_part", "6"),
            ("7", "is_a", "2"),
        ],
    )


def test_ancestors_through_all_parents_go_and_what_is_related_otherwise_stays(
    graph: ConceptGraph,
) -> None:
    text = "A cyprid is plankton, an animal, meroplankton, a barnacle, with an antenna; no salp."
    found = masked(graph, {"5": [Passage(text, "ours")]})["5"]
    assert found[0].text == "A cyprid is , an , , a , with an antenna; no salp."


def test_what_is_below_stays(graph: ConceptGraph) -> None:
    found = masked(graph, {"2": [Passage("An animal: barnacles, salps.", "ours")]})["2"]
    assert found[0].text == "An animal: barnacles, salps."


def test_passages_keep_their_source_and_empty_ones_go(graph: ConceptGraph) -> None:
    passages = [
        Passage("Barnacles!", "Wikipedia", "CC BY-SA 4.0", section="intro"),
        Passage("barnacle", "ours", section="names"),
        Passage("", "ours"),
    ]
    found = masked(graph, {"5": passages, "4": [Passage("animal", "ours")]})
    assert found["5"] == (Passage("!", "Wikipedia", "CC BY-SA 4.0", section="intro"),)
    assert list(found) == ["5"]


def test_texts_of_what_is_not_in_the_graph_stay(graph: ConceptGraph) -> None:
    found = masked(graph, {"99": [Passage("A barnacle.", "ours")]})
    assert found["99"][0].text == "A barnacle."


@pytest.mark.parametrize(
    "text",
    ["(" * 500_000, "a" * 1_000_000, "a " * 500_000, "aes" * 300_000, "c. (x)" * 150_000],
    ids=["brackets", "one word", "words", "plurals", "nearly the name"],
)
def test_hostile_texts_come_through_whole(text: str) -> None:
    assert without(text, "C. (x)+", "aaaa", "(a((", "aesaes") == " ".join(text.split())


def test_a_long_text_loses_every_name() -> None:
    assert without("copepods eat. " * 50_000, "copepod") == " ".join(["eat."] * 50_000)
