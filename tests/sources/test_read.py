"""A file's format is guessed from what is in it, and what cannot be read is named."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

import kgconcepts as kg
from kgconcepts.errors import CycleError, SourceError
from kgconcepts.sources import planktonzilla, template

TURTLE = """<http://x.org/Oithona> a <http://www.w3.org/2002/07/owl#Class> ;
    <http://www.w3.org/2000/01/rdf-schema#label> "Oithona" .
"""
PREFIX = "http://www.w3.org/2002/07/owl#"
TEMPLATE = "\t".join(template.COLUMNS) + "\nPLK:1\tOithona\ttaxon" + "\t" * 9 + "\n"
TABLE = (
    ",".join(planktonzilla.COLUMNS)
    + "\nzooscan,Oithona,animalia,,,,,oithona,,oithona,living,,106485\n"
)
XML = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
  xmlns:rdfs="http://www.w3.org/2000/01/rdf-schema#" xmlns:owl="http://www.w3.org/2002/07/owl#">
  <owl:Class rdf:about="http://x.org/Oithona"><rdfs:label>Oithona</rdfs:label></owl:Class>
</rdf:RDF>
"""


@pytest.mark.parametrize("name", ["plankton.owl", "plankton.txt", "plankton"])
@pytest.mark.parametrize(
    "content",
    [
        TURTLE,
        "# a comment\n" + TURTLE,
        "\n\n" + TURTLE,
        f"@prefix owl: <{PREFIX}> .\n" + TURTLE,
        f"PREFIX owl: <{PREFIX}>\n" + TURTLE,
        XML,
        '<?xml version="1.0"?>\n' + XML,
        TEMPLATE,
        TABLE,
        TABLE.replace(",", ";"),
        TABLE.replace("\n", "\r\n"),
    ],
)
def test_the_format_is_guessed_from_the_content(tmp_path: Path, name: str, content: str) -> None:
    path = tmp_path / name
    path.write_text(content, newline="")
    graph = kg.read(path)
    assert "Oithona" in {concept.label for concept in graph}
    assert set(graph.sources) == {name}
    assert graph == kg.read(str(path))


@pytest.mark.parametrize(
    "start",
    [
        f"prefix owl: <{PREFIX}>\n",
        "BASE <http://x.org/>\n",
        "base <http://x.org/>\n",
        "_:b0 a <http://x.org/Note> .\n",
        "<urn:x:1> a <http://x.org/Note> .\n",
        "[] a <http://x.org/Note> .\n",
    ],
)
def test_turtle_and_n_triples_may_begin_in_other_ways(tmp_path: Path, start: str) -> None:
    path = tmp_path / "plankton.ttl"
    path.write_text(start + TURTLE)
    assert [concept.label for concept in kg.read(path)] == ["Oithona"]


@pytest.mark.parametrize(
    "start", ["<!-- ours -->\n", '<!DOCTYPE rdf:RDF [<!ENTITY owl "http://x.org">]>\n']
)
def test_xml_may_begin_without_a_declaration(tmp_path: Path, start: str) -> None:
    path = tmp_path / "plankton.owl"
    path.write_text(start + XML)
    assert [concept.label for concept in kg.read(path)] == ["Oithona"]


@pytest.mark.parametrize("content", [TURTLE, XML, TEMPLATE, TABLE])
def test_a_byte_order_mark_makes_no_difference(tmp_path: Path, content: str) -> None:
    plain, marked = tmp_path / "a" / "p", tmp_path / "b" / "p"
    for path, encoding in ((plain, "utf-8"), (marked, "utf-8-sig")):
        path.parent.mkdir()
        path.write_text(content, encoding=encoding)
    assert list(kg.read(marked)) == list(kg.read(plain))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "neither RDF"),
        (b"id,name\n1,Oithona\n", "neither RDF"),
        (b"\x89PNG\r\n\x1a\n", "is not UTF-8"),
        (gzip.compress(TURTLE.encode()), "is not UTF-8"),
        (TURTLE.encode("utf-16"), "is not UTF-8"),
        ("<http://x.org/Diatomée> a".encode("latin-1"), "is not UTF-8"),
        (TURTLE.encode() + b"<http://x.org/a> a ;", "line 3: malformed turtle"),
        (XML.encode()[:-20], "malformed xml: .*:3:"),
    ],
)
def test_a_file_of_no_known_format_is_refused_by_name(
    tmp_path: Path, content: bytes, message: str
) -> None:
    path = tmp_path / "plankton.owl"
    path.write_bytes(content)
    with pytest.raises(SourceError, match=message) as caught:
        kg.read(path)
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["missing.owl", "."])
def test_a_file_that_is_not_there_is_refused_by_name(tmp_path: Path, name: str) -> None:
    with pytest.raises(SourceError, match=r"cannot be read .*check the path"):
        kg.read(tmp_path / name)


def test_a_cycle_is_refused_with_its_walk_and_its_file(tmp_path: Path) -> None:
    path = tmp_path / "plankton.ttl"
    above = "<http://www.w3.org/2000/01/rdf-schema#subClassOf>"
    path.write_text(
        "".join(
            f"<http://x.org/{c}> a <{PREFIX}Class> ; {above} <http://x.org/{p}> .\n"
            for c, p in ("ab", "bc", "ca")
        )
    )
    with pytest.raises(CycleError, match=r"http://x.org/\w --> http://x.org/\w --> ") as caught:
        kg.read(path)
    assert str(caught.value).count("-->") == 3
    assert "plankton.ttl" in str(caught.value)


def test_no_entity_of_an_xml_file_reads_another_file(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("swordfish")
    path = tmp_path / "plankton.owl"
    path.write_text(
        '<?xml version="1.0"?>\n'
        f'<!DOCTYPE rdf:RDF [<!ENTITY steal SYSTEM "{secret.as_uri()}">]>\n'
        + XML.replace(">Oithona<", ">Oithona &steal;<")
    )
    try:
        graph = kg.read(path)
    except SourceError as error:
        assert "swordfish" not in str(error)  # noqa: PT017 (reading without it is as good)
    else:
        assert "swordfish" not in next(iter(graph)).label


@pytest.mark.data
@pytest.mark.parametrize("name", ["taxon-name.owx", "README.tsv"])
def test_real_files_of_formats_unknown_here_are_refused_by_name(
    shared_data: Path, name: str
) -> None:
    folder = shared_data if name == "README.tsv" else shared_data / "ontologies"
    with pytest.raises(SourceError, match=name) as caught:
        kg.read(folder / name)
    assert "\n" not in str(caught.value)
