"""OBO: its terms become concepts as those of the same ontology in OWL do."""

from __future__ import annotations

from pathlib import Path

import pytest

import kgconcepts as kg
from kgconcepts.errors import SourceError

HEAD = "format-version: 1.4\nontology: zzz\ndata-version: 2025\n\n"
PLAIN = '[Term]\nid: ZZZ:1\nname: Copepoda\ndef: "Small crustaceans." [ISBN:1]\n\n'


def read(folder: Path, content: str) -> kg.ConceptGraph:
    path = folder / "zzz.obo"
    path.write_text(HEAD + content, encoding="utf-8", newline="")
    return kg.read(path)


def test_plain_and_other_terms_say_the_same(tmp_path: Path) -> None:
    plain = (
        PLAIN + '[Term]\nid: ZZZ:2\nname: Oithona\nsynonym: "oithonid" RELATED []\nxref: X:1\n'
        "comment: small\nis_a: ZZZ:1 ! Copepoda\nrelationship: has_part ZZZ:3\n\n"
        "[Term]\nid: ZZZ:3\nname: antenna\nis_obsolete: true\n"
    )
    graph = read(tmp_path, plain)
    # A qualifier makes a line one for the parser.
    parsed = read(tmp_path, plain.replace("name: ", 'namespace: "x" {a="b"}\nname: '))
    assert {c.id: c for c in graph} == {c.id: c for c in parsed}
    assert list(graph.ids) == list(parsed.ids) == ["ZZZ:1", "ZZZ:2", "ZZZ:3"]
    assert set(graph.relations) == set(parsed.relations)
    assert graph["ZZZ:2"].scoped_synonyms == (("oithonid", "related"),)
    assert graph["ZZZ:3"].obsolete
    assert graph["ZZZ:3"].kind == "part"
    mixed = read(tmp_path, plain.replace("name: Oithona", 'name: Oithona {a="b"}'))
    assert list(mixed.ids) == list(graph.ids)
    assert {c.id: c for c in mixed} == {c.id: c for c in graph}


def test_relations_go_by_the_identifier_that_their_typedef_gives(tmp_path: Path) -> None:
    graph = read(
        tmp_path,
        PLAIN + "[Term]\nid: ZZZ:2\nrelationship: develops_from ZZZ:1\n"
        "relationship: near ZZZ:1\nintersection_of: ZZZ:1\nintersection_of: part_of ZZZ:1\n\n"
        "[Typedef]\nid: develops_from\nname: develops from\nxref: RO:0002202\n",
    )
    near = "http://purl.obolibrary.org/obo/zzz#near"
    assert set(graph.related("ZZZ:2", "RO:0002202", near)) == {"ZZZ:1"}
    assert graph.relation_labels == {"RO:0002202": "develops from"}
    assert graph["ZZZ:2"].intersection == (("is_a", "ZZZ:1"), ("part_of", "ZZZ:1"))


def test_a_merged_term_is_found_by_its_old_id(tmp_path: Path) -> None:
    graph = read(tmp_path, PLAIN.replace("name:", "alt_id: ZZZ:9\nname:"))
    assert graph.find("ZZZ:9") == ["ZZZ:1"]


def test_windows_line_ends_make_no_difference(tmp_path: Path) -> None:
    assert list(read(tmp_path, PLAIN)) == list(read(tmp_path, PLAIN.replace("\n", "\r\n")))


def test_a_malformed_reference_is_left_out_and_reported(tmp_path: Path) -> None:
    graph = read(tmp_path, PLAIN.replace("[ISBN:1]", "[ISBN:1<new dbxref>]"))
    assert graph["ZZZ:1"].definition == "Small crustaceans."
    (finding,) = graph.findings
    assert (finding.rule, finding.subject) == ("malformed_reference", "zzz.obo, line 8")


def test_what_is_malformed_is_refused_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"zzz.obo, line 7: malformed OBO: expected .*'nam: x'"):
        read(tmp_path, PLAIN.replace("name: Copepoda", "nam: x"))
    with pytest.raises(SourceError, match=r"holds no \[Term\]"):
        read(tmp_path, "")


def test_a_term_that_comes_twice_is_reported(tmp_path: Path) -> None:
    graph = read(tmp_path, PLAIN + PLAIN)
    assert [f.rule for f in graph.findings if f.level == "ERROR"] == ["duplicate_id"]
    assert len(graph) == 1


def test_a_blank_at_the_end_says_nothing(tmp_path: Path) -> None:
    for comment in ("Small. ", "Small, \\{really\\}. "):  # the latter is for the parser
        graph = read(tmp_path, PLAIN.replace("\n\n", f"\ncomment: {comment}\n\n"))
        assert graph["ZZZ:1"].comment == comment.replace("\\", "").rstrip()


def test_remarks_may_stand_anywhere(tmp_path: Path) -> None:
    for remark in ("! seen in May\n", " ! seen in May\n"):
        graph = read(
            tmp_path, PLAIN.replace("name:", f"{remark}name:").replace("def:", f"{remark}def:")
        )
        assert list(graph) == list(read(tmp_path, PLAIN))
