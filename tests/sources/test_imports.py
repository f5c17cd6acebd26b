"""What an ontology imports is read when it is asked for, and nothing is opened when it is not."""

from __future__ import annotations

import gzip
import io
import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

import kgconcepts as kg
from kgconcepts.errors import SourceError
from kgconcepts.sources import imports
from kgconcepts.version import __version__

OWL = "http://www.w3.org/2002/07/owl#"
PREFIXES = (
    f"@prefix owl: <{OWL}> .\n@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n"
    "@prefix x: <http://x.org/> .\n"
)


def ontology(name: str, *imported: str, parent: str = "", iri: str = "") -> str:
    """One class of this name, labelled in capitals, below `parent`."""
    header = f"<{iri or f'http://x.org/{name}.ttl'}> a owl:Ontology"
    what = "".join(f" ; owl:imports <{address}>" for address in imported)
    above = f" ; rdfs:subClassOf x:{parent}" if parent else ""
    return (
        f'{PREFIXES}{header}{what} .\nx:{name} a owl:Class ; rdfs:label "{name.upper()}"{above} .\n'
    )


class Web:
    """A web server on loopback, and what was asked of it."""

    def __init__(self) -> None:
        self.pages: dict[str, str | bytes] = {}
        self.moved: dict[str, str] = {}
        self.asked: list[str] = []
        self.headers: list[dict[str, str]] = []
        self.silent = threading.Event()
        web = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                web.asked.append(self.path)
                web.headers.append(dict(self.headers))
                if self.path == "/silent":
                    web.silent.wait(20)
                elif self.path in web.moved:
                    self.send_response(302)
                    self.send_header("Location", web.moved[self.path])
                    self.end_headers()
                elif self.path in web.pages:
                    page = web.pages[self.path]
                    content = page.encode() if isinstance(page, str) else page
                    self.send_response(200)
                    longer = 9 if self.path == "/broken" else 0
                    self.send_header("Content-Length", str(len(content) + longer))
                    self.end_headers()
                    self.wfile.write(content)
                else:
                    self.send_error(404)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Iterator[Web]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    web = Web()
    thread = threading.Thread(target=web.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield web
    web.silent.set()
    web.server.shutdown()
    thread.join()
    web.server.server_close()


def labels(graph: kg.ConceptGraph) -> dict[str, str]:
    return {concept.id.removeprefix("http://x.org/"): concept.label for concept in graph}


def test_nothing_is_fetched_or_opened_unless_it_is_asked_for(tmp_path: Path, web: Web) -> None:
    os.mkfifo(tmp_path / "pipe.ttl")  # to open it would be to wait without end
    path = tmp_path / "a.ttl"
    path.write_text(ontology("a", f"{web.address}/b.ttl", "pipe.ttl"))
    graph = kg.read(path)
    assert labels(graph) == {"a": "A"}
    assert graph.sources["a.ttl"].imports[0] == f"{web.address}/b.ttl"
    assert web.asked == []
    with pytest.raises(SourceError, match=r"a\.ttl: imports .*b\.ttl', which .*404"):
        kg.read(path, imports=True)
    assert web.asked == ["/b.ttl"]
    path.write_text(ontology("a", "pipe.ttl"))
    with pytest.raises(SourceError, match=r"imports 'pipe\.ttl', which cannot be read: .*neither"):
        kg.read(path, imports=True)


def test_imports_are_read_once_each_and_cycles_end(tmp_path: Path, web: Web) -> None:
    b, c = f"{web.address}/b.ttl", f"{web.address}/c.ttl"
    web.pages["/b.ttl"] = ontology("b", c, "http://x.org/a.ttl", iri=b)
    web.pages["/c.ttl"] = ontology("c", b, f"{c}#part", iri=c)
    (tmp_path / "a.ttl").write_text(ontology("a", b, c))
    graph = kg.read(tmp_path / "a.ttl", imports=True)
    assert labels(graph) == {"a": "A", "b": "B", "c": "C"}
    assert list(graph.sources) == ["a.ttl", b, c]
    assert web.asked == ["/b.ttl", "/c.ttl"]


def test_files_are_found_beside_the_file_that_imports_them(tmp_path: Path) -> None:
    files = {
        "root.ttl": ontology("a", "parts/b.ttl"),
        "parts/b.ttl": ontology("b", "deep/c%20c.ttl"),
        "parts/deep/c c.ttl": ontology("c", "../d.obo", (tmp_path / "root.ttl").as_uri()),
        "parts/d.obo": "format-version: 1.2\nimport: deep/e.ttl\n\n[Term]\nid: D:1\nname: D\n",
        "parts/deep/e.ttl": ontology("e"),
    }
    (tmp_path / "parts" / "deep").mkdir(parents=True)
    for name, content in files.items():
        (tmp_path / name).write_text(content)
    graph = kg.read(tmp_path / "root.ttl", imports=True)
    assert list(graph.sources) == ["root.ttl", "b.ttl", "c c.ttl", "d.obo", "e.ttl"]


def test_a_parent_in_an_import_is_above_the_concept_that_names_it(tmp_path: Path, web: Web) -> None:
    web.pages["/b.ttl"] = ontology("b")
    path = tmp_path / "a.ttl"
    path.write_text(ontology("a", f"{web.address}/b.ttl", parent="b"))
    assert [f.rule for f in kg.read(path).findings] == ["unresolved_reference"]
    graph = kg.read(path, imports=True)
    assert graph.related("http://x.org/a", "is_a") == ("http://x.org/b",)
    assert graph.findings == ()


def test_what_is_declared_and_described_elsewhere_has_the_label_from_there(
    tmp_path: Path, web: Web
) -> None:
    web.pages["/b.ttl"] = ontology("b")
    path = tmp_path / "a.ttl"
    path.write_text(ontology("a", f"{web.address}/b.ttl", parent="b") + "x:b a owl:Class .\n")
    graph = kg.read(path, imports=True)
    assert graph["http://x.org/b"].label == "B"
    assert graph["http://x.org/b"].source == f"{web.address}/b.ttl"
    assert not graph.findings


def test_what_the_importing_file_says_comes_first(tmp_path: Path, web: Web) -> None:
    web.pages["/b.ttl"] = ontology("b").replace('"B"', '"theirs"')
    path = tmp_path / "a.ttl"
    path.write_text(ontology("b", f"{web.address}/b.ttl"))
    (concept,) = kg.read(path, imports=True)
    assert (concept.label, concept.synonyms) == ("B", ("theirs",))


CATALOG = """<?xml version="1.0" encoding="UTF-8" standalone="no"?>
<catalog prefer="public" xmlns="urn:oasis:names:tc:entity:xmlns:xml:catalog">
  <uri id="User Entered Import Resolution" name="http://x.org/b.ttl" uri="mine/b.ttl"/>
  <group id="Folder Repository, directory=, recursive=true" prefer="public" xml:base="">
    <uri name="http://x.org/b.ttl" uri="other.ttl"/>
    <uri name="http://x.org/c.ttl" uri="{c}"/>
  </group>
</catalog>
"""


def test_a_catalog_says_which_file_stands_for_an_address(tmp_path: Path, web: Web) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / imports.CATALOG).write_text(CATALOG.format(c=f"{web.address}/moved"))
    (tmp_path / "a.ttl").write_text(ontology("a", "http://x.org/b.ttl"))
    (tmp_path / "mine" / "b.ttl").write_text(ontology("b", "http://x.org/c.ttl"))
    web.pages["/moved"] = ontology("c", "http://x.org/b.ttl", iri="http://x.org/c2.ttl")
    graph = kg.read(tmp_path / "a.ttl", imports=True)
    assert list(graph.sources) == ["a.ttl", "b.ttl", f"{web.address}/moved"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("<catalog>", "malformed XML: no element found"),
        ('<!DOCTYPE c [<!ENTITY a "b">]><c>&a;</c>', "declares entities"),
        ('<!DOCTYPE c [<!ENTITY a SYSTEM "file:///etc/hostname">]><c>&a;</c>', "declares entities"),
        ('<?xml version="1.0" encoding="x-none"?><c/>', "malformed XML: unknown encoding"),
    ],
)
def test_a_catalog_that_is_none_is_refused_by_name(
    tmp_path: Path, content: str, message: str
) -> None:
    (tmp_path / "a.ttl").write_text(ontology("a"))
    (tmp_path / imports.CATALOG).write_text(content)
    assert len(kg.read(tmp_path / "a.ttl")) == 1
    with pytest.raises(SourceError, match=rf"{imports.CATALOG}: {message}"):
        kg.read(tmp_path / "a.ttl", imports=True)


def test_a_redirection_is_followed_and_packed_documents_are_unpacked(
    tmp_path: Path, web: Web
) -> None:
    web.moved["/purl/b.ttl"] = "/deep/b.ttl.gz"
    web.pages["/deep/b.ttl.gz"] = gzip.compress(ontology("b", "c.ttl").encode())
    web.pages["/deep/c.ttl"] = ontology("c")
    (tmp_path / "a.ttl").write_text(ontology("a", f"{web.address}/purl/b.ttl"))
    graph = kg.read(tmp_path / "a.ttl", imports=True)
    assert labels(graph) == {"a": "A", "b": "B", "c": "C"}
    assert web.asked == ["/purl/b.ttl", "/deep/b.ttl.gz", "/deep/c.ttl"]
    for headers in web.headers:
        assert headers["User-Agent"] == f"kgconcepts/{__version__}"
        assert "text/turtle" in headers["Accept"]
        assert "Authorization" not in headers


@pytest.mark.parametrize("place", ["file:///etc/hostname", "ftp://127.0.0.1/b.ttl", "//u:p@[::1"])
def test_a_redirection_does_not_lead_out_of_the_web(tmp_path: Path, web: Web, place: str) -> None:
    web.moved["/b.ttl"] = place
    (tmp_path / "a.ttl").write_text(ontology("a", f"{web.address}/b.ttl"))
    with pytest.raises(SourceError, match=r"a\.ttl: imports .*which cannot be fetched"):
        kg.read(tmp_path / "a.ttl", imports=True)


@pytest.mark.parametrize("scheme", ["file", "relative"])
def test_what_comes_from_the_web_cannot_import_files(tmp_path: Path, web: Web, scheme: str) -> None:
    (tmp_path / "secret.ttl").write_text(ontology("secret"))
    secret = tmp_path / "secret.ttl"
    web.pages["/b.ttl"] = ontology("b", secret.as_uri() if scheme == "file" else secret.name)
    (tmp_path / "a.ttl").write_text(ontology("a", f"{web.address}/b.ttl"))
    what = "cannot import files" if scheme == "file" else "404"
    with pytest.raises(SourceError, match=rf"b\.ttl: imports .*{what}"):
        kg.read(tmp_path / "a.ttl", imports=True)


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/none", "cannot be fetched: 404 Not Found"),
        ("/silent", "cannot be fetched: no answer within 0.2 seconds"),
        ("/large", "is larger than 1,000 bytes"),
        ("/page", "cannot be read: .*of no known format"),
        ("/malformed", "cannot be read: .*line 2: malformed Turtle"),
        ("/broken", "broke off after 300 of 309 bytes"),
        ("/round", "cannot be fetched: 302"),
    ],
)
def test_an_import_that_fails_is_named_with_its_importer_and_the_cause(
    tmp_path: Path, web: Web, monkeypatch: pytest.MonkeyPatch, path: str, message: str
) -> None:
    monkeypatch.setattr(imports, "_SILENCE", 0.2)
    monkeypatch.setattr(imports, "MOST_BYTES", 1000)
    web.pages |= {
        "/large": "#" * 2000,
        "/page": "<!DOCTYPE html><html></html>",
        "/malformed": PREFIXES.splitlines()[0] + "\nx:a x:b",
        "/broken": "#" * 300,
    }
    web.moved["/round"] = "/round"
    (tmp_path / "a.obo").write_text(
        f"format-version: 1.2\nimport: {web.address}{path}\n\n[Term]\nid: A:1\n"
    )
    with pytest.raises(SourceError, match=message) as caught:
        kg.read(tmp_path / "a.obo", imports=True)
    assert str(caught.value).startswith(f"{tmp_path / 'a.obo'}: imports '{web.address}/")
    assert "\n" not in str(caught.value)


def test_a_document_that_drips_is_given_up(
    tmp_path: Path, web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports, "_LONGEST", -1.0)
    web.pages["/b.ttl"] = ontology("b")
    (tmp_path / "a.ttl").write_text(ontology("a", f"{web.address}/b.ttl"))
    with pytest.raises(SourceError, match="was not there whole after"):
        kg.read(tmp_path / "a.ttl", imports=True)


def test_a_server_that_is_not_there_is_named(tmp_path: Path, web: Web) -> None:
    (tmp_path / "a.ttl").write_text(ontology("a", "http://127.0.0.1:9/b.ttl"))
    with pytest.raises(SourceError, match=r"imports 'http://127.0.0.1:9/b.ttl', which cannot be f"):
        kg.read(tmp_path / "a.ttl", imports=True)


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("urn:x:b", "is no address of a file or of the web"),
        ("ftp://x.org/b.ttl", "is no address of a file or of the web"),
        ("file://x.org/b.ttl", "is a file of another machine"),
        ("http://name:word@127.0.0.1/b.ttl", "cannot be fetched: holds a name or password"),
        ("missing.ttl", "cannot be read: .*No such file"),
    ],
)
def test_an_address_that_leads_nowhere_is_refused(
    tmp_path: Path, address: str, message: str
) -> None:
    (tmp_path / "a.ttl").write_text(ontology("a", address))
    with pytest.raises(SourceError, match=rf"a\.ttl: imports .*, which {message}"):
        kg.read(tmp_path / "a.ttl", imports=True)


def test_standard_input_has_no_folder_that_imports_could_lie_in(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"imports 'b.ttl', which is no address .* nor beside"):
        kg.read(io.BytesIO(ontology("a", "b.ttl").encode()), imports=True)


def test_very_many_imports_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imports, "_MOST", 3)
    for k in range(5):
        (tmp_path / f"a{k}.ttl").write_text(ontology(f"a{k}", f"a{k + 1}.ttl"))
    with pytest.raises(SourceError, match=r"a3\.ttl: imports 'a4.ttl', which is the 4th; .*3 at"):
        kg.read(tmp_path / "a0.ttl", imports=True)
