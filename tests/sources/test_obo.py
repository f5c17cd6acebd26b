"""OBO: its terms become concepts as those of the same ontology in OWL do."""

from __future__ import annotations

import re
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


@pytest.mark.data
@pytest.mark.parametrize("name", ["cteno", "ecao-simple", "life-stages", "pato"])
def test_real_ontologies_have_what_their_lines_say(shared_data: Path, name: str) -> None:
    text = (shared_data / "ontologies" / f"{name}.obo").read_text(encoding="utf-8")
    terms = [frame for frame in re.split(r"\n(?=\[)", text) if frame.startswith("[Term]")]
    ids = {re.search(r"(?m)^id: (\S+)", term)[1]: term for term in terms}
    edges = {
        (id_, parent)
        for id_, term in ids.items()
        for parent in re.findall(r"(?m)^is_a: (\S+)", term)
    }
    synonyms = {
        (id_, found)
        for id_, term in ids.items()
        for found in re.findall(r'(?m)^synonym: "((?:[^"\\]|\\.)*)"', term)
    }
    graph = kg.read(shared_data / "ontologies" / f"{name}.obo")
    assert len(graph) == len(ids) > 100
    found = {(r.child, r.parent) for r in graph.relations if r.relation == "is_a"}
    assert found == {(child, parent) for child, parent in edges if parent in ids}
    assert sum(bool(c.definition) for c in graph) == sum("\ndef: " in term for term in terms)
    assert sum(len(c.synonyms) for c in graph) == len(synonyms)
    obsolete = {id_ for id_, term in ids.items() if "\nis_obsolete: true" in term}
    assert {c.id for c in graph if c.obsolete} == obsolete


@pytest.mark.data
@pytest.mark.parametrize("name", ["pato", "ecao-simple"])
def test_obo_and_owl_of_an_ontology_say_the_same(shared_data: Path, name: str) -> None:
    folder = shared_data / "ontologies"
    obo = kg.read(folder / f"{name}.obo")
    owl = kg.read(folder / ("pato-simple.owl" if name == "pato" else f"{name}.owl"))
    # OWL keeps merged terms as deprecated classes of their own; OBO has them as alt_id.
    merged = {c.id for c in owl if c.id not in obo}
    assert all(owl[id_].obsolete and obo.find(id_) for id_ in merged)
    assert set(obo.ids) == set(owl.ids) - merged
    for ours in obo:
        other = owl[ours.id]
        assert (ours.label, ours.definition) == (other.label, other.definition)
        assert ours.scoped_synonyms == other.scoped_synonyms
        assert (ours.obsolete, ours.kind) == (other.obsolete, other.kind)
    isa = [{r for r in graph.relations if r.relation == "is_a"} for graph in (obo, owl)]
    assert isa[0] == isa[1]
