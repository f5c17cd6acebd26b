"""Passages by concept, in order, with whose they are; tables of them; and attribution."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import kgconcepts as kg
from kgconcepts.errors import OutputError, SourceError
from kgconcepts.text.article import Article
from kgconcepts.text.attribution import attribute
from kgconcepts.text.cleaning import LONGEST, clean
from kgconcepts.text.decisions import read_decisions
from kgconcepts.text.table import read_texts
from kgconcepts.text.texts import Texts, definitions

HOSTILE = "<script>alert(1)</script> | ](javascript:x) \0 \u202eevil\n# Head <!-- end a.jsonl -->"
WIKI = kg.Passage(
    "Small.", "Wikipedia", "CC BY-SA 4.0", "Copepod", "https://en.wikipedia.org/wiki/Copepod", "7",
    "2026-11-25T10:00:00+00:00",
)  # fmt: skip


@pytest.fixture
def graph() -> kg.ConceptGraph:
    concepts = [
        kg.Concept("1", "Beroidae", definition="A family.", source="a.owl"),
        kg.Concept("2", "Beroe", comment="Also melon jellies.", source="a.owl"),
        kg.Concept("3", "Copepoda", synonyms=("copepods", "copepod")),
    ]
    return kg.ConceptGraph(
        concepts, [("2", "is_a", "1")], [kg.graph.Source("a.owl", "", "2", "CC0")]
    )


def test_definitions_and_comments_are_texts(graph: kg.ConceptGraph) -> None:
    texts = definitions(graph)
    assert texts["1"] == (
        kg.Passage("A family.", "a.owl", "CC0", revision="2", section="definition"),
    )
    assert texts["2"][0].section == "comment"
    assert "3" not in texts


def test_sources_keep_their_order_and_nothing_comes_twice(graph: kg.ConceptGraph) -> None:
    own = definitions(graph)
    joined = own.then({"1": [WIKI, *own["1"]]}, Texts({"3": [WIKI]}, [Article("3", "found")]))
    assert joined["1"] == (*own["1"], WIKI)
    assert joined.articles["3"].status == "found"
    assert own["1"] == definitions(graph)["1"]  # unchanged


def test_texts_are_read_as_written(tmp_path: Path, graph: kg.ConceptGraph) -> None:
    texts = definitions(graph).then({"3": [WIKI, kg.Passage(HOSTILE, HOSTILE, title=HOSTILE)]})
    texts.write(tmp_path / "texts.jsonl")
    assert dict(Texts.read(tmp_path / "texts.jsonl")) == dict(texts)


@pytest.mark.parametrize(
    "line",
    [
        "no json",
        "[1]",
        '{"concept": "1"}',
        '{"concept": "1", "passages": [{"text": 1}]}',
        "[" * 100_000,
    ],
)
def test_a_line_that_is_no_text_has_its_number(tmp_path: Path, line: str) -> None:
    path = tmp_path / "texts.jsonl"
    path.write_text('{"concept": "1", "passages": []}\n' + line + "\n")
    with pytest.raises(SourceError, match=r"texts.jsonl, line 2: .*; expected \{\"concept\""):
        Texts.read(path)


def test_a_table_of_what_became_of_each_search(tmp_path: Path, graph: kg.ConceptGraph) -> None:
    texts = Texts({}, [Article("3", "refused", "en", "X\ty", by="name", reason="why\nnot")])
    texts.write_articles(tmp_path / "a.tsv", graph)
    lines = (tmp_path / "a.tsv").read_text().splitlines()
    assert lines[0].split("\t")[:4] == ["concept", "label", "status", "language"]
    assert lines[1].startswith("3\tCopepoda\trefused\ten\t")
    assert texts.outcomes == {"refused": 1}


def test_attribution_names_work_revision_licence_and_date(tmp_path: Path) -> None:
    Texts({"1": [WIKI]}).write(tmp_path / "a.jsonl")
    said = (tmp_path / "ATTRIBUTION.md").read_text()
    assert "[CC BY-SA 4.0](https://creativecommons.org/licenses/by-sa/4.0/)" in said
    assert "[Copepod](https://en.wikipedia.org/wiki/Copepod), Wikipedia (en), revision 7" in said
    assert "2026" in said
    assert "introduction" in said


def test_attribution_of_several_files_and_of_people_stays(tmp_path: Path) -> None:
    path = tmp_path / "ATTRIBUTION.md"
    path.write_text("# Ours\n\nBy hand.\n")
    for name in ("a.jsonl", "b.jsonl", "a.jsonl"):
        attribute(tmp_path / name, {"1": [WIKI]})
    said = path.read_text()
    assert said.startswith("# Ours\n\nBy hand.\n")
    assert [said.count(f"## {name}") for name in ("a.jsonl", "b.jsonl")] == [1, 1]
    attribute(tmp_path / "a.jsonl", {})
    said = path.read_text()
    assert "a.jsonl" not in said
    assert "b.jsonl" in said


def test_a_licence_that_is_hostile(tmp_path: Path) -> None:
    licence = "https://x.org/a](javascript:alert(1)) <img src=x> [b"
    attribute(tmp_path / "a.jsonl", {"1": [kg.Passage("x", "y", licence)]})
    said = (tmp_path / "ATTRIBUTION.md").read_text()
    assert not re.search(r"(?<!\\)\]\(javascript|<img", said)


def test_attribution_of_hostile_texts(tmp_path: Path) -> None:
    passage = kg.Passage("x", HOSTILE, HOSTILE, HOSTILE, "javascript:alert(1)", HOSTILE, HOSTILE)
    for _ in range(2):
        attribute(tmp_path / "a.jsonl", {"1": [passage]})
    said = (tmp_path / "ATTRIBUTION.md").read_text()
    assert "<script" not in said
    assert not re.search(r"(?<!\\)\]\((?:javascript|\))", said)
    assert said.count("<!-- end") == 1


def test_an_attribution_that_is_no_text_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "ATTRIBUTION.md").write_bytes(b"\xff\xfe")
    with pytest.raises(OutputError, match="is left alone; move it away"):
        attribute(tmp_path / "a.jsonl", {"1": [WIKI]})


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("A () b ( ; , ) c", "A b c"),
        ("{{Taxobox|name={{x}}}}A genus", "A genus"),
        ("[[File:a.jpg|thumb]]One [[Copepod|copepods]][2]", "One copepods"),
        ("ab\u202ec\u200bd\ufeff", "abcd"),
        ("a\n\n\n b  c", "a\nb c"),
        ("<script>x</script>", "<script>x</script>"),  # it is text, and escaped where shown
    ],
)
def test_left_overs_of_markup_are_removed(text: str, left: str) -> None:
    assert clean(text) == left


def test_a_text_without_end_is_cut_at_a_sentence() -> None:
    cut = clean("A sentence of some words. " * 300_000)
    assert len(cut) <= LONGEST + 2
    assert cut.endswith("words. …")
    assert len(clean("x" * 5_000_000)) <= LONGEST + 2
    assert clean("{" * 5_000_000)
    assert clean(" " * 5_000_000) == ""


TABLE = """concept\tnames\ttext
Beroe\tberoe, comb jellies\tBeroe has no tentacles. It glows. The Beroidae are large. They swim.
Beroe forskalii\tberoe\tBeroe forskalii is red. It is large.
Nowhere\tnowhere\tNothing begins here. Copepods are small. The copepod is transparent.
"""


def test_a_text_goes_to_what_it_is_about(tmp_path: Path, graph: kg.ConceptGraph) -> None:
    path = tmp_path / "texts.tsv"
    path.write_text(TABLE)
    texts = read_texts(path, graph, "CC BY-SA 4.0")
    assert {id_: [p.text for p in some] for id_, some in texts.items()} == {
        "2": ["Beroe has no tentacles. It glows."],
        "1": ["The Beroidae are large. They swim."],
        "3": ["Copepods are small. The copepod is transparent."],
    }
    assert {p.licence for some in texts.values() for p in some} == {"CC BY-SA 4.0"}
    assert {p.source for some in texts.values() for p in some} == {"texts.tsv"}


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("Beroe\tIt has no tentacles. It glows.", {"2"}),
        ("2\tBody transparent.", {"2"}),
        ("Beroe\tBeroe glows. The Beroidae, which contain Beroe, are large.", {"1", "2"}),
    ],
)
def test_a_text_is_its_rows_until_it_turns_to_another(
    tmp_path: Path, graph: kg.ConceptGraph, row: str, expected: set[str]
) -> None:
    path = tmp_path / "texts.tsv"
    path.write_text(f"concept\ttext\n{row}\n")
    assert {*read_texts(path, graph)} == expected


def test_a_row_may_say_where_its_text_is_from(tmp_path: Path, graph: kg.ConceptGraph) -> None:
    path = tmp_path / "texts.csv"
    path.write_text("concept,text,source,licence,url,revision\n2,Beroe glows.,A book,CC0,,3\n")
    (passage,) = read_texts(path, graph, "CC BY 4.0")["2"]
    assert (passage.source, passage.licence, passage.revision) == ("A book", "CC0", "3")


@pytest.mark.data
def test_real_summaries_go_to_what_they_are_about(shared_data: Path) -> None:
    graph = kg.read(Path(__file__).parents[2] / "ontology" / "plankton.owl")
    texts = read_texts(shared_data / "text" / "marine_concepts.tsv", graph, "CC BY-SA 4.0")
    assert len(texts) > 200

    def of(name: str) -> str:
        return " ".join(p.text for p in texts.get(graph.find_one(name), ()))

    assert of("Cucumariidae").startswith("Cucumariidae is a family of sea cucumbers")
    assert "family" not in of("Aglantha digitale").split(".")[1]
    assert "phyllura" not in of("Galiteuthis")  # a species, which the graph does not have


def test_decisions_are_read_from_a_table(tmp_path: Path, graph: kg.ConceptGraph) -> None:
    path = tmp_path / "decisions.tsv"
    path.write_text("concept\tlanguage\ttitle\tnote\n1\t\tBeroidae\tsure\n2\ten\t\tnone\n")
    assert read_decisions(path, graph) == {"1": ("", "Beroidae"), "2": ("en", "")}
    for rows, message in (
        ("1\t\tA\nBeroidae\t\tB\n", "line 3: 1 is decided twice"),
        ("nobody\t\tA\n", "line 2: concept 'nobody' names no concept"),
        ("1\tevil.org/?\tA\n", "line 2: language 'evil.org/\\?'"),
        ("1\t\tA|B\n", "line 2: 'A|B' is no title"),
    ):
        path.write_text(f"concept\tlanguage\ttitle\n{rows}")
        with pytest.raises(SourceError, match=message.replace("|", r"\|")):
            read_decisions(path, graph)
