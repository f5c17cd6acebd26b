"""The ontology's own tables: one row a term, references by label."""

from __future__ import annotations

from pathlib import Path

import pytest

import kgconcepts as kg
from kgconcepts.errors import CycleError, SourceError
from kgconcepts.graph import Source
from kgconcepts.sources.document import opened
from kgconcepts.sources.template import COLUMNS, can_read, read_templates

ONTOLOGY = Path(__file__).parents[2] / "ontology"


def table(path: Path, *rows: dict[str, str], delimiter: str = "\t") -> Path:
    """Write rows, blank where nothing is said."""
    lines = [COLUMNS, *([row.get(column, "") for column in COLUMNS] for row in rows)]
    path.write_text("".join(delimiter.join(line) + "\n" for line in lines), encoding="utf-8")
    return path


COPEPODA = {
    "id": "PLK:1",
    "label": "Copepoda",
    "kind": "taxon",
    "rank": "class",
    "definition": "Small crustaceans, mostly.",
    "synonyms": "copepod | oar-foot|",
    "xrefs": "AphiaID:1080",
    "has_part": "antenna",
}
OITHONA = {"id": "PLK:2", "label": "Oithona", "kind": "taxon", "parents": "copepoda"}
ANTENNA = {"id": "PLK:3", "label": "antenna", "kind": "part"}


def test_a_row_is_a_concept_with_all_that_it_says(tmp_path: Path) -> None:
    graph = kg.read(table(tmp_path / "taxa.tsv", COPEPODA, OITHONA, ANTENNA))
    assert graph["PLK:1"] == kg.Concept(
        "PLK:1",
        "Copepoda",
        "taxon",
        "Small crustaceans, mostly.",
        ("copepod", "oar-foot"),
        ("AphiaID:1080",),
        "class",
        "taxa.tsv",
    )
    assert set(graph.relations) == {("PLK:2", "is_a", "PLK:1"), ("PLK:1", "has_part", "PLK:3")}


def test_tables_refer_to_one_another_by_label(tmp_path: Path) -> None:
    taxa = table(tmp_path / "taxa.tsv", OITHONA, COPEPODA)
    parts = table(tmp_path / "parts.tsv", ANTENNA)
    graph = read_templates([taxa, parts], licence="CC0-1.0", version="0.1")
    assert graph.ids == ("PLK:2", "PLK:1", "PLK:3")
    assert graph.hierarchy(traits=True).ancestors("PLK:2") == ("PLK:3", "PLK:1")
    assert [(s.name, s.version, s.licence) for s in graph.sources.values()] == [
        ("taxa.tsv", "0.1", "CC0-1.0"),
        ("parts.tsv", "0.1", "CC0-1.0"),
    ]
    assert graph["PLK:3"].source == "parts.tsv"
    with pytest.raises(SourceError, match=r"taxa.tsv, line 3: has_part 'antenna' names no term"):
        kg.read(taxa)


def test_every_trait_and_several_parents_are_relations(tmp_path: Path) -> None:
    row = {
        **{"id": "PLK:9", "label": "larva", "kind": "taxon"},
        **{"parents": "a|b", "has_part": "c", "has_quality": "d", "has_stage": "e"},
    }
    others = [
        {"id": f"X:{name}", "label": name, "kind": kind}
        for name, kind in zip("abcde", ("taxon", "taxon", "part", "quality", "stage"), strict=True)
    ]
    graph = kg.read(table(tmp_path / "taxa.tsv", row, *others))
    assert set(graph.relations) == {
        ("PLK:9", "is_a", "X:a"),
        ("PLK:9", "is_a", "X:b"),
        ("PLK:9", "has_part", "X:c"),
        ("PLK:9", "has_quality", "X:d"),
        ("PLK:9", "has_stage", "X:e"),
    }


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([COPEPODA, ANTENNA, COPEPODA | {"id": "PLK:8"}], r"line 4: 'Copepoda' is given twice"),
        ([ANTENNA, ANTENNA | {"label": "ANTENNA"}], r"line 3: 'ANTENNA' is given twice"),
        ([ANTENNA, ANTENNA | {"label": "seta"}], r"line 3: 'PLK:3' is given twice"),
        ([OITHONA], r"line 2: is_a 'copepoda' names no term; add it or correct it"),
        ([ANTENNA | {"kind": "organ"}], r"PLK:3 is of kind 'organ'; expected one of taxon"),
    ],
)
def test_a_table_that_does_not_hold_together_is_refused_with_its_place(
    tmp_path: Path, rows: list[dict[str, str]], message: str
) -> None:
    with pytest.raises(SourceError, match=message) as caught:
        kg.read(table(tmp_path / "taxa.tsv", *rows))
    assert "taxa.tsv" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_concept_below_itself_is_a_cycle(tmp_path: Path) -> None:
    path = table(tmp_path / "taxa.tsv", COPEPODA | {"parents": "Copepoda"}, ANTENNA)
    with pytest.raises(CycleError, match=r"taxa.tsv: .*PLK:1 --> PLK:1"):
        kg.read(path).hierarchy()


@pytest.mark.parametrize(("cells", "found"), [(11, 11), (13, 13), (1, 1)])
def test_a_ragged_row_is_refused_with_its_line(tmp_path: Path, cells: int, found: int) -> None:
    path = table(tmp_path / "taxa.tsv", ANTENNA)
    path.write_text(path.read_text() + "\t".join(["x"] * cells) + "\n")
    with pytest.raises(SourceError, match=f"taxa.tsv, line 3: {found} cells; expected 12"):
        kg.read(path)


def test_blank_lines_are_skipped(tmp_path: Path) -> None:
    path = table(tmp_path / "taxa.tsv", ANTENNA)
    path.write_text(path.read_text() + "\n\n")
    assert kg.read(path).ids == ("PLK:3",)


def test_missing_columns_are_named(tmp_path: Path) -> None:
    path = tmp_path / "taxa.tsv"
    path.write_text("id\tlabel\tkind\nPLK:1\tCopepoda\ttaxon\n")
    with pytest.raises(SourceError, match=r"taxa.tsv, line 1: no column rank, parents, definition"):
        read_templates([path])
    path.write_text("")
    with pytest.raises(SourceError, match="among none; add it to the header"):
        read_templates([path])


def test_a_table_without_rows_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"taxa.tsv"):
        read_templates([table(tmp_path / "taxa.tsv")])


@pytest.mark.parametrize("character", ["\u2028", "\x85", "\x0b", "\x0c", "\x1c"])
def test_what_a_word_processor_leaves_in_a_cell_ends_no_line(
    tmp_path: Path, character: str
) -> None:
    row = ANTENNA | {"definition": f"A feeler.{character}Of crustaceans."}
    graph = kg.read(table(tmp_path / "parts.tsv", row, COPEPODA))
    held = character if character in "\u2028\x85" else "\N{REPLACEMENT CHARACTER}"
    assert graph["PLK:3"].definition == f"A feeler.{held}Of crustaceans."


def test_a_quoted_cell_may_hold_delimiters_and_lines(tmp_path: Path) -> None:
    row = ANTENNA | {"definition": '"A ""feeler"",\nof crustaceans."'}
    path = table(tmp_path / "parts.csv", row, OITHONA, delimiter=",")
    with pytest.raises(SourceError, match=r"parts.csv, line 4: is_a 'copepoda'"):
        kg.read(path)
    graph = kg.read(table(tmp_path / "parts.csv", row, delimiter=","))
    assert graph["PLK:3"].definition == 'A "feeler",\nof crustaceans.'


@pytest.mark.parametrize("delimiter", ["\t", ",", ";"])
def test_the_delimiter_is_seen_from_the_header(tmp_path: Path, delimiter: str) -> None:
    path = table(tmp_path / "parts", ANTENNA, delimiter=delimiter)
    with opened(path) as document:
        assert can_read(document)
    assert kg.read(path).ids == ("PLK:3",)


def test_the_project_s_own_tables_are_one_graph_without_a_cycle() -> None:
    names = ("taxa", "forms", "parts", "qualities", "stages", "objects")
    paths = [ONTOLOGY / f"{name}.tsv" for name in names]
    graph = read_templates(paths)
    rows = sum(len(path.read_text(encoding="utf-8").splitlines()) - 1 for path in paths)
    assert len(graph) == rows > 100
    assert all(isinstance(source, Source) for source in graph.sources.values())
    dag = graph.hierarchy(traits=True)
    assert {graph[dag.ids[k]].kind for k in dag.leaves} <= {"taxon", "object"}
