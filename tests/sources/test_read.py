"""A file's format is guessed from what is in it, and what cannot be read is named."""

from __future__ import annotations

import gzip
import io
import zipfile
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
        (b"", "of no known format"),
        (b"id,name\n1,Oithona\n", "of no known format"),
        (b"\x89PNG\r\n\x1a\n", "line 1: 0x89 is not UTF-8"),
        (b"PNG\0\0", "holds a NUL"),
        (TURTLE.encode("utf-16"), "is UTF-16; save the file as UTF-8"),
        ("\n\n<http://x.org/Diatomée> a".encode("latin-1"), "line 3: 0xe9 is not UTF-8"),
        ("<http://x.org/Diatomé".encode()[:-1], "line 1: ends in the middle of a character"),
        (TURTLE.encode() + b"<http://x.org/a> a ;", "line 3: malformed Turtle"),
        (XML.encode()[:-20], "line 3: malformed RDF/XML"),
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


@pytest.mark.parametrize("name", ["missing.owl", "nul\0.owl"])
def test_a_file_that_is_not_there_is_refused_by_name(tmp_path: Path, name: str) -> None:
    with pytest.raises(SourceError, match=r"cannot be read .*check the path"):
        kg.read(tmp_path / name)


def test_a_folder_that_holds_no_knowledge_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="of no known format"):
        kg.read(tmp_path)


def test_a_cycle_is_read_but_is_no_hierarchy_and_its_walk_and_file_are_named(
    tmp_path: Path,
) -> None:
    path = tmp_path / "plankton.ttl"
    above = "<http://www.w3.org/2000/01/rdf-schema#subClassOf>"
    path.write_text(
        "".join(
            f"<http://x.org/{c}> a <{PREFIX}Class> ; {above} <http://x.org/{p}> .\n"
            for c, p in ("ab", "bc", "ca")
        )
    )
    graph = kg.read(path)
    with pytest.raises(CycleError, match=r"http://x.org/\w --> http://x.org/\w --> ") as caught:
        graph.hierarchy()
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


def test_what_is_packed_is_read_as_what_it_holds(tmp_path: Path) -> None:
    packed, zipped = tmp_path / "plankton.ttl.gz", tmp_path / "plankton.zip"
    packed.write_bytes(gzip.compress(TURTLE.encode()))
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr("deep/down/plankton.ttl", TURTLE)
        archive.writestr("__MACOSX/._plankton.ttl", "noise")
    for path in (packed, zipped):
        graph = kg.read(path)
        assert [concept.label for concept in graph] == ["Oithona"]
        assert set(graph.sources) == {path.name}


def test_an_open_file_and_standard_input_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "plankton.ttl"
    path.write_text(TURTLE)
    with path.open("rb") as binary, path.open() as text:
        assert kg.read(binary) == kg.read(text) == kg.read(path)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(gzip.compress(TURTLE.encode()))))
    assert set(kg.read("-").sources) == {"standard input"}
