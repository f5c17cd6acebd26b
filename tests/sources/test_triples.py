"""RDF is parsed whatever its syntax, and its traps are not stepped into."""

from __future__ import annotations

from pathlib import Path

import pytest
import rdflib
from hypothesis import given
from hypothesis import strategies as st

from kgconcepts.errors import SourceError
from kgconcepts.sources import triples
from kgconcepts.sources.document import opened
from kgconcepts.sources.triples import Literal, Triples, literal

HEAD = (
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
    'xmlns:rdfs="http://www.w3.org/2000/01/rdf-schema#"><rdf:Description rdf:about="http://x.org/a">'
)
TAIL = "</rdf:Description></rdf:RDF>"


def parsed(path: Path, content: str) -> Triples:
    path.write_text(content, encoding="utf-8")
    with opened(path) as document:
        assert triples.can_read(document)
        return triples.parse(document)


def test_entities_that_stand_for_namespaces_are_read(tmp_path: Path) -> None:
    found = parsed(
        tmp_path / "a.owl",
        '<?xml version="1.0"?>\n<!DOCTYPE rdf:RDF [<!ENTITY x "http://x.org/">]>\n'
        + HEAD.replace("http://x.org/a", "&x;b")
        + "<rdfs:label>b</rdfs:label>"
        + TAIL,
    )
    assert found.table["s"].to_list() == ["<http://x.org/b>"]


def bomb(doctype: str, text: str) -> str:
    label = f"<rdfs:label>{text}</rdfs:label>"
    return f'<?xml version="1.0"?>\n<!DOCTYPE rdf:RDF [{doctype}]>\n{HEAD}{label}{TAIL}'


NESTED = '<!ENTITY a "lol">' + "".join(
    f'<!ENTITY {chr(98 + k)} "{f"&{chr(97 + k)};" * 10}">' for k in range(12)
)


@pytest.mark.parametrize(
    ("doctype", "text", "message"),
    [
        (NESTED, "&m;", "XML entity b nests, is long or leads outside"),
        ('<!ENTITY a SYSTEM "file:///etc/hostname">', "&a;", "XML entity a nests"),
        ('<!ENTITY a PUBLIC "x" "http://x.org/a">', "&a;", "XML entity a nests"),
        ('<!ENTITY % a SYSTEM "http://x.org/a.dtd"> %a;', "x", "XML entity a nests"),
        (f'<!ENTITY a "{"x" * 2000}">', "&a;" * 9, "XML entity a nests, is long"),
        (f"<!ENTITY a '{'x' * 900}'>", "&a;" * 9000, "its XML entities make"),
    ],
)
def test_entities_that_grow_or_lead_outside_are_refused(
    tmp_path: Path, doctype: str, text: str, message: str
) -> None:
    with pytest.raises(SourceError, match=message):
        parsed(tmp_path / "a.owl", bomb(doctype, text))


def test_a_declaration_far_from_the_beginning_is_found_too(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="XML entity b nests"):
        parsed(tmp_path / "a.owl", bomb(f"<!-- {'x' * 3 * 2**20} -->" + NESTED, "&m;"))


def test_a_comment_does_not_hide_a_declaration(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="XML entity b nests"):
        parsed(tmp_path / "a.owl", bomb("<!-- ]> -->" + NESTED, "&m;"))


def test_a_json_ld_context_elsewhere_is_not_fetched(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"malformed JSON-LD: .*remote contexts"):
        parsed(tmp_path / "a.json", '{"@context": "http://x.org/c", "@id": "http://x.org/a"}')


@pytest.mark.parametrize(
    "content",
    [
        '<http://x.org/a> <http://x.org/b> "' + "x" * 20_000_000 + '" .',
        "<http://x.org/a> <http://x.org/b> " + "(" * 100_000,
        "<http://x.org/a> <http://x.org/b> " + "[ <http://x.org/b> " * 100_000,
    ],
    ids=["endless literal", "endless list", "endless nodes"],
)
def test_turtle_without_end_is_an_error(tmp_path: Path, content: str) -> None:
    with pytest.raises(SourceError, match=r"malformed Turtle"):
        parsed(tmp_path / "a.ttl", content)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("<http://x.org/a> <http://x.org/b>\n\n;", "line 3: malformed Turtle"),
        ("@prefix x: <http://x.org/> .\ny:a x:b x:c .", "line 2: malformed Turtle: .*prefix"),
        (HEAD + "\n<rdfs:label></b>", "line 2: malformed RDF/XML: mismatched tag"),
        (HEAD + "\n<rdfs:label>", "line 2: malformed RDF/XML: no element found.*is the file whole"),
        ('{"@id": "http://x.org/a",\n "@type": }', "line 2: malformed JSON-LD"),
    ],
)
def test_what_is_malformed_is_refused_with_its_line(
    tmp_path: Path, content: str, message: str
) -> None:
    with pytest.raises(SourceError, match=message) as caught:
        parsed(tmp_path / "a.rdf", content)
    assert "\n" not in str(caught.value)


@given(st.text(st.characters(exclude_categories=["Cs"])), st.sampled_from(["", "en", "nl-BE"]))
def test_a_literal_says_what_rdflib_wrote(text: str, language: str) -> None:
    term = rdflib.Literal(text, lang=language or None).n3()
    if (
        "\n" not in term
    ):  # rdflib writes long strings in three quotes, which N-Triples does not have
        assert literal(term) == Literal(text, language)
