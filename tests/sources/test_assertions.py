"""Tables of what taxa have and lack: said once, inherited, with exceptions."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgconcepts import Concept, ConceptGraph
from kgconcepts.curation.reasoning import inherited
from kgconcepts.errors import SourceError
from kgconcepts.sources.assertions import Assertion, asserted, read_assertions

KINDS = {"nauplius": "stage", "larva": "stage", "urosome": "part", "bell": "part"}
TAXA = ("Arthropoda", "Copepoda", "Calanoida", "Calanus", "Oithona", "copepod nauplius")
GRAPH = ConceptGraph(
    [Concept(f"PLK:{k}", name, KINDS.get(name, "taxon")) for k, name in enumerate((*TAXA, *KINDS))],
    [
        ("PLK:1", "is_a", "PLK:0"),
        ("PLK:2", "is_a", "PLK:1"),
        ("PLK:3", "is_a", "PLK:2"),
        ("PLK:4", "is_a", "PLK:1"),
        ("PLK:5", "is_a", "PLK:1"),
        ("PLK:5", "has_stage", "PLK:6"),
        ("PLK:6", "is_a", "PLK:7"),
    ],
)


def _table(path: Path, *rows: str) -> Path:
    lines = ["taxon relation trait except evidence".replace(" ", "\t"), *rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def _having(graph: ConceptGraph, trait: str) -> set[str]:
    """Labels of what has a trait, inherited or not."""
    had = inherited(graph)
    (id_,) = graph.find(trait)
    return {graph[c].label for c in had.ids if id_ in had.traits and id_ in had.of(c)}


@pytest.mark.parametrize(
    ("exceptions", "expected"),
    [
        ("", {"Copepoda", "Calanoida", "Calanus", "Oithona", "copepod nauplius"}),
        ("copepod nauplius", {"Calanoida", "Calanus", "Oithona"}),
        ("larva", {"Calanoida", "Calanus", "Oithona"}),
        ("larva|Calanus", {"Oithona"}),
        ("calanoida | copepod nauplius", {"Oithona"}),
    ],
)
def test_a_trait_holds_for_all_below_but_for_the_exceptions_and_what_is_above_them(
    tmp_path: Path, exceptions: str, expected: set[str]
) -> None:
    path = _table(tmp_path / "traits.tsv", f"Copepoda\thas_part\turosome\t{exceptions}\ta book")
    rows = read_assertions(path, GRAPH)
    assert rows[0].evidence == "a book"
    assert _having(asserted(GRAPH, rows), "urosome") == expected


@given(data=st.data())
def test_nothing_that_is_excepted_has_it_and_all_else_that_can_does(
    dags: st.SearchStrategy[tuple[list[str], list[tuple[str, str]]]], data: st.DataObject
) -> None:
    ids, edges = data.draw(dags)
    graph = ConceptGraph(
        [*(Concept(id_, id_) for id_ in ids), Concept("trait", "trait", "part")],
        [(child, "is_a", parent) for child, parent in edges],
    )
    tree = graph.hierarchy()
    taxon = data.draw(st.sampled_from(ids))
    below = tree.descendants(taxon)
    exceptions = data.draw(st.sets(st.sampled_from(below))) if below else set()
    row = Assertion("traits.tsv, line 2", taxon, "has_part", "trait", tuple(exceptions), "")
    without = exceptions | set(tree.descendants(exceptions))
    without |= set(tree.ancestors(without))
    assert _having(asserted(graph, [row]), "trait") == {taxon, *below} - without


def test_what_holds_for_a_taxon_holds_for_its_forms_too_but_for_the_exceptions() -> None:
    names = ("Copepoda", "Oithona", "nauplius form", "Oithona nauplius", "egg-carrying", "antenna")
    graph = ConceptGraph(
        [Concept(name, name, "part" if name == "antenna" else "taxon") for name in names],
        [
            ("Oithona", "is_a", "Copepoda"),
            ("nauplius form", "form_of", "Copepoda"),
            ("Oithona nauplius", "is_a", "nauplius form"),
            ("Oithona nauplius", "form_of", "Oithona"),
            ("egg-carrying", "form_of", "Oithona"),
        ],
    )

    def having(*exceptions: str) -> set[str]:
        row = Assertion("traits.tsv, line 2", "Copepoda", "has_part", "antenna", exceptions, "")
        return _having(asserted(graph, [row]), "antenna")

    assert having() == set(names) - {"antenna"}
    assert having("nauplius form") == {"Copepoda", "Oithona", "egg-carrying"}
    assert having("Oithona") == set()


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("Copepod\thas_part\tbell\t\t", "line 2: taxon 'Copepod' names no term; correct it"),
        ("Copepoda\thas_part\tbel\t\t", "line 2: trait 'bel' names no term; correct it"),
        ("Copepoda\thas\tbell\t\t", "line 2: 'has' is no relation to a trait; expected one of"),
        ("Copepoda\tlacks_part\tbell\tCalanu\t", "line 2: except 'Calanu' names no term"),
        (
            "Calanoida\tlacks_part\tbell\tOithona\t",
            "the exception 'Oithona' is not below Calanoida",
        ),
    ],
)
def test_what_is_wrong_has_its_line(tmp_path: Path, row: str, message: str) -> None:
    path = _table(tmp_path / "traits.tsv", row)
    with pytest.raises(SourceError) as error:
        asserted(GRAPH, read_assertions(path, GRAPH))
    assert message in str(error.value)


def test_what_is_said_twice_is_refused(tmp_path: Path) -> None:
    rows = ["Copepoda\thas_part\tbell\t\ta", "copepoda\thas_part\tbell\tCalanus\tb"]
    with pytest.raises(SourceError, match=r"line 3: says what .*traits.tsv, line 2 says"):
        read_assertions(_table(tmp_path / "traits.tsv", *rows), GRAPH)
