"""Whatever a file holds, reading it ends soon: in a graph, or in one line that says what is wrong.

Each case is read in a process of its own, with 3 GB of memory and a minute of time.
"""

from __future__ import annotations

import gzip
import json
import os
import struct
import subprocess
import sys
import threading
import zipfile
import zlib
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import NamedTuple

import pytest

from kgconcepts.sources import planktonzilla

READ = """
import json, resource, sys
resource.setrlimit(resource.RLIMIT_AS, (8 * 2**30, 8 * 2**30))  # polars reserves, and uses less
resource.setrlimit(resource.RLIMIT_CPU, (60, 60))
import kgconcepts as kg
for path in sys.argv[2:]:
    try:
        graph = kg.read(path)
        labels = [c.label[:200] for c in list(graph)[:5]]
        found = {"concepts": len(graph), "labels": labels}
        if sys.argv[1] == "hierarchy":
            tree = graph.hierarchy()
            found["levels"] = int(tree.levels.max()) + 1
            found["ancestors"] = len(tree.ancestors(tree.ids[-1]))
    except kg.errors.KGConceptsError as error:
        found = {"error": str(error)}
    found["kilobytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps([path, found]), flush=True)
"""
OWL = "http://www.w3.org/2002/07/owl#"
RDFS = "http://www.w3.org/2000/01/rdf-schema#"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
SECRET = "swordfish"  # noqa: S105 (of a test)
DEPTH = 100_000


class Outcome(NamedTuple):
    """What came of reading a file: an error, or a graph."""

    error: str = ""
    concepts: int = 0
    labels: tuple[str, ...] = ()
    levels: int = 0
    ancestors: int = 0
    kilobytes: int = 0


def read(*paths: Path, hierarchy: bool = False) -> list[Outcome]:
    """Read files apart, within limits; each is read, or refused in one line that names it."""
    command = [sys.executable, "-c", READ, "hierarchy" if hierarchy else "read", *map(str, paths)]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found = dict(map(json.loads, done.stdout.splitlines()))
    assert list(found) == list(map(str, paths))
    for path, outcome in found.items():
        if error := outcome.get("error", ""):
            assert "\n" not in error
            assert len(error) < 2000
            assert path in error
        else:
            assert outcome["concepts"]
        assert outcome["kilobytes"] < 3 * 2**20
    return [
        Outcome(**{k: tuple(v) if isinstance(v, list) else v for k, v in outcome.items()})
        for outcome in found.values()
    ]


def written(folder: Path, files: dict[str, str | bytes]) -> list[Path]:
    paths = []
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        paths.append(path)
    return paths


# XML that grows, or reaches for what is outside


@pytest.fixture
def outside(tmp_path: Path) -> Iterator[tuple[str, str, list[str]]]:
    """Addresses of a secret file and of a server on loopback, and what was asked of it."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    (tmp_path / "secret").write_text(SECRET)
    yield (tmp_path / "secret").as_uri(), f"http://127.0.0.1:{server.server_port}/x", asked
    server.shutdown()
    thread.join()
    server.server_close()


XML = {
    "rdf.owl": (
        f'<rdf:RDF xmlns:rdf="{RDF}" xmlns:rdfs="{RDFS}" xmlns:owl="{OWL}">'
        '<owl:Class rdf:about="http://x.org/a"><rdfs:label>{text}</rdfs:label></owl:Class></rdf:RDF>'
    ),
    "owlxml.owx": (
        f'<Ontology xmlns="{OWL}" ontologyIRI="http://x.org/o"><Declaration>'
        '<Class IRI="http://x.org/a"/></Declaration><AnnotationAssertion>'
        f'<AnnotationProperty IRI="{RDFS}label"/><IRI>http://x.org/a</IRI>'
        "<Literal>{text}</Literal></AnnotationAssertion></Ontology>"
    ),
    "graph.graphml": (
        '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">'
        '<key id="label" for="node" attr.name="label" attr.type="string"/><graph>'
        '<node id="X:1"><data key="label">{text}</data></node></graph></graphml>'
    ),
    "dwca/meta.xml": (
        '<archive xmlns="http://rs.tdwg.org/dwc/text/"><core encoding="UTF-8" '
        'fieldsTerminatedBy="\\t" rowType="http://rs.tdwg.org/dwc/terms/Taxon"><files><location>'
        '{text}</location></files><id index="0"/>'
        '<field index="1" term="http://rs.tdwg.org/dwc/terms/scientificName"/></core></archive>'
    ),
}
LAUGHS = '<!ENTITY a "lol">' + "".join(
    f'<!ENTITY {chr(98 + k)} "{f"&{chr(97 + k)};" * 10}">' for k in range(12)
)
ENTITIES = {
    "billion laughs": (LAUGHS, "&m;"),
    "quadratic": (f'<!ENTITY a "{"x" * 100_000}">', "&a;" * 100_000),
    "external file": ('<!ENTITY a SYSTEM "{file}">', "&a;"),
    "external address": ('<!ENTITY a SYSTEM "{http}">', "&a;"),
    "parameter of a file": ('<!ENTITY % a SYSTEM "{file}"> %a;', "x"),
    "parameter of an address": ('<!ENTITY % a SYSTEM "{http}"> %a;', "x"),
}


@pytest.mark.parametrize("case", ENTITIES)
def test_xml_entities_neither_grow_nor_reach_outside(
    tmp_path: Path, outside: tuple[str, str, list[str]], case: str
) -> None:
    file, http, asked = outside
    declared, text = ENTITIES[case]
    declared = declared.replace("{file}", file).replace("{http}", http)
    paths = written(
        tmp_path,
        {
            name: f"<!DOCTYPE x [{declared}]>".replace("DOCTYPE x", "DOCTYPE rdf:RDF")
            + content.replace("{text}", text)
            for name, content in XML.items()
        },
    )
    (tmp_path / "dwca" / "taxa.txt").write_text("1\tAlpha\n")
    paths[-1] = tmp_path / "dwca"
    for outcome in read(*paths):
        assert "entit" in outcome.error.lower()
        assert SECRET not in outcome.error
    assert asked == []


def test_a_document_type_elsewhere_is_not_fetched(
    tmp_path: Path, outside: tuple[str, str, list[str]]
) -> None:
    file, http, asked = outside
    for place in (file, http):
        paths = written(
            tmp_path,
            {
                name: f'<!DOCTYPE rdf:RDF SYSTEM "{place}">' + content.replace("{text}", "Alpha")
                for name, content in XML.items()
            },
        )
        (tmp_path / "dwca" / "taxa.txt").write_text("1\tAlpha\n")
        for outcome in read(*paths[:-1], tmp_path / "dwca"):
            assert outcome.labels == ("Alpha",) or "document type" in outcome.error
    assert asked == []


# Archives


def zeros(gigabytes: int) -> tuple[bytes, int]:
    """So many gigabytes of zeros, deflated: one block, again and again."""
    block = 2**24
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    first = deflate.compress(bytes(block)) + deflate.flush(zlib.Z_FULL_FLUSH)
    times = gigabytes * 2**30 // block
    return first * times + deflate.flush(), times * block


def zip_of(path: Path, name: str, packed: bytes, size: int) -> Path:
    """An archive of one member that is said to unpack to so many bytes."""
    head = struct.pack("<5H3L", 20, 0, 8, 0, 0x21, 0, len(packed), min(size, 2**32 - 1))
    extra = struct.pack("<HHQ", 1, 8, size) if size >= 2**32 - 1 else b""
    called = name.encode()
    local = b"PK\3\4" + head + struct.pack("<HH", len(called), len(extra)) + called + extra
    central = b"PK\1\2" + struct.pack("<H", 45) + head
    central += struct.pack("<5H2L", len(called), len(extra), 0, 0, 0, 0, 0) + called + extra
    end = struct.pack("<4H2LH", 0, 0, 1, 1, len(central), len(local) + len(packed), 0)
    path.write_bytes(local + packed + central + b"PK\5\6" + end)
    return path


def test_ten_gigabytes_in_an_archive_are_not_unpacked(tmp_path: Path) -> None:
    packed, size = zeros(10)
    gz = tmp_path / "bomb.owl.gz"
    gz.write_bytes(gzip.compress(b"")[:10] + packed + struct.pack("<LL", 0, size % 2**32))
    outcomes = read(
        zip_of(tmp_path / "honest.zip", "a.owl", packed, size),
        zip_of(tmp_path / "modest.zip", "a.owl", packed, 100),
        zip_of(tmp_path / "boasting.zip", "a.owl", b"\3\0", size),
        gz,
    )
    for outcome in outcomes:
        assert "unpack" in outcome.error


def test_links_and_archives_in_archives_lead_nowhere(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text(f'<http://x.org/a> a <{OWL}Class> ; <{RDFS}label> "{SECRET}" .')
    link, nested, both = (tmp_path / f"{name}.zip" for name in ("link", "nested", "both"))
    info = zipfile.ZipInfo("a.ttl")
    info.external_attr = 0o120777 << 16
    for path in (link, both):
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(info, str(secret))
            if path == both:
                archive.writestr("a.ttl/b.ttl", "x")
    with zipfile.ZipFile(nested, "w") as archive:
        archive.write(link, "inner.zip")
    for outcome in read(link, nested, both):
        assert outcome.error
        assert SECRET not in outcome.error


# Text that is none, and that never ends

OBO = "format-version: 1.2\n\n[Term]\nid: A:1\nname: "
TURTLE = f'<http://x.org/a> a <{OWL}Class> ; <{RDFS}label> "'
TEXTS = {
    "a.obo": (OBO, "\n"),
    "a.csv": ("AphiaID,scientificname,parentNameUsageID\n1,", ",\n"),
    "a.tsv": ("AphiaID\tscientificname\tparentNameUsageID\n1\t", "\t\n"),
    "a.ttl": (TURTLE, '" .\n'),
    "a.nt": (
        f'<http://x.org/a> <{RDF}type> <{OWL}Class> .\n<http://x.org/a> <{RDFS}label> "',
        '" .\n',
    ),
    "worms.json": ('{"AphiaID": 1, "scientificname": "', '"}'),
    "graphs.json": ('{"graphs": [{"nodes": [{"id": "A:1", "type": "CLASS", "lbl": "', '"}]}]}'),
    "ld.json": (f'{{"@id": "http://x.org/a", "@type": "{OWL}Class", "{RDFS}label": "', '"}'),
    "a.owl": tuple(XML["rdf.owl"].split("{text}")),
    "a.owx": tuple(XML["owlxml.owx"].split("{text}")),
    "a.graphml": tuple(XML["graph.graphml"].split("{text}")),
}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "filled"),
    [*((name, "text") for name in TEXTS), *((f"a.{x}", "zeros") for x in ("csv", "obo", "owl"))],
)
def test_a_line_of_a_gigabyte_is_read_or_refused(tmp_path: Path, name: str, filled: str) -> None:
    before, after = TEXTS[name]
    path = tmp_path / name
    with path.open("wb") as file:
        file.write(before.encode())
        if filled == "zeros":  # a file with a hole, and so that its beginning is text
            file.write(b"x" * 2**20)
            file.seek(2**30, os.SEEK_CUR)
        else:
            for _ in range(1024):
                file.write(b"x" * 2**20)
        file.write(after.encode())
    read(path)
    path.unlink()


def test_a_label_of_ten_megabytes_is_read_or_refused(tmp_path: Path) -> None:
    long = {name: before + "x" * 10_000_000 + after for name, (before, after) in TEXTS.items()}
    for outcome in read(*written(tmp_path, long)):
        assert outcome.error or outcome.labels == ("x" * 200,)


def test_odd_encodings_are_refused(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {}
    for name, (before, after) in TEXTS.items():
        text = f"{before}diatomée{after}"
        for encoding in ("latin-1", "utf-16-le", "utf-16-be", "utf-16", "utf-32"):
            files[f"{encoding}/{name}"] = text.encode(encoding)
        files[f"surrogate/{name}"] = text.replace("é", "\ud800").encode(errors="surrogatepass")
    for outcome in read(*written(tmp_path, files)):
        assert "UTF" in outcome.error or "holds a NUL" in outcome.error


ODD = "<script>alert(1)</script>\x1b[31m\x07\x00\x7f\u202e\ufeff\u0085\u2028'\"&"


def test_labels_hold_no_control_characters_whatever_the_file_says(tmp_path: Path) -> None:
    escaped = json.dumps(ODD)[1:-1]
    turtle = "".join(f"\\u{ord(c):04X}" for c in ODD)
    paths = written(
        tmp_path,
        {
            "worms.json": f"{TEXTS['worms.json'][0]}{escaped}\\ud800{TEXTS['worms.json'][1]}",
            "graphs.json": f"{TEXTS['graphs.json'][0]}{escaped}{TEXTS['graphs.json'][1]}",
            "lone.json": f"{TEXTS['graphs.json'][0]}\\ud800{TEXTS['graphs.json'][1]}",
            "ld.json": f"{TEXTS['ld.json'][0]}{escaped}{TEXTS['ld.json'][1]}",
            "a.ttl": f"{TURTLE}{turtle}{TEXTS['a.ttl'][1]}",
            "a.obo": OBO + ODD.replace("\u2028", "").replace("\x00", "") + "\n",
            "a.csv": TEXTS["a.csv"][0] + '"' + ODD.replace('"', '""').replace("\x00", "") + '",\n',
        },
    )
    for outcome in read(*paths):
        for text in (*outcome.labels, outcome.error):
            assert not {"\x1b", "\x07", "\x00"} & set(text)


def test_nul_characters_far_from_the_beginning_do_no_harm(tmp_path: Path) -> None:
    read(
        *written(
            tmp_path,
            {
                name: f"{before}{'x' * 100_000}\0\0{after}"
                for name, (before, after) in TEXTS.items()
            },
        )
    )


# What is deep, wide or round


def nested(opening: str, closing: str, deep: int = 1_000_000) -> str:
    return opening * deep + closing * deep


DEEP = {
    "lists.json": '{"graphs": [{"nodes": ' + nested("[", "]") + "}]}",
    "objects.json": '{"graphs": [{"nodes": [' + nested('{"meta":', "}") + "]}]}",
    "worms.json": '{"AphiaID": 1, "scientificname": "a", "child": ' + nested("[", "]") + "}",
    "classification.json": nested('{"AphiaID": 1, "scientificname": "a", "child": ', "}", 100_000),
    "ld.json": f'{{"@type": "{OWL}Class", "@id": ' + nested("[", "]") + "}",
    "ld objects.json": '{"@type": "x", "http://x.org/p": ' + nested('{"@id":', "}") + "}",
    "rdf.owl": XML["rdf.owl"].replace("{text}", nested("<rdfs:label>", "</rdfs:label>")),
    "nodes.owl": XML["rdf.owl"].replace(
        "<rdfs:label>{text}</rdfs:label>",
        nested("<rdfs:subClassOf><owl:Class>", "</owl:Class></rdfs:subClassOf>"),
    ),
    "owlxml.owx": XML["owlxml.owx"].replace("{text}", nested("<Class>", "</Class>")),
    "unions.owx": XML["owlxml.owx"].replace(
        "<Declaration>", nested("<ObjectUnionOf>", "</ObjectUnionOf>") + "<Declaration>"
    ),
    "graph.graphml": XML["graph.graphml"].replace(
        "<graph>", "<graph>" + nested('<node id="a"><graph>', "</graph></node>", 300_000)
    ),
    "data.graphml": XML["graph.graphml"].replace("{text}", nested("<data>", "</data>")),
    "lists.ttl": f"<http://x.org/a> <{RDFS}subClassOf> {nested('(', ')', 300_000)} .",
    "nodes.ttl": f"<http://x.org/a> <{RDFS}subClassOf> "
    + "[ <http://x.org/p> " * 300_000
    + '"x"'
    + "]" * 300_000
    + " .",
    "dwca/meta.xml": XML["dwca/meta.xml"].replace("{text}", nested("<files>", "</files>")),
    "a.obo": OBO + "a\nrelationship: " + nested("{", "}") + "\n",
    "a.csv": TEXTS["a.csv"][0] + '"' * 999_999 + ",\n",
}


@pytest.mark.parametrize("name", DEEP)
def test_what_is_nested_very_deep_is_read_or_refused(tmp_path: Path, name: str) -> None:
    (path,) = written(tmp_path, {name: DEEP[name]})
    read(path if path.name != "meta.xml" else path.parent)


def test_expressions_nested_in_one_another_are_read_or_refused(tmp_path: Path) -> None:
    some = f"<http://x.org/a> a <{OWL}Class> ; <{RDFS}subClassOf> _:b0 .\n" + "".join(
        f"_:b{k} a <{OWL}Restriction> ; <{OWL}onProperty> <http://x.org/p> ; "
        f"<{OWL}someValuesFrom> _:b{k + 1} .\n"
        for k in range(DEPTH)
    )
    both = f"<http://x.org/a> a <{OWL}Class> ; <{OWL}equivalentClass> _:b0 .\n" + "".join(
        f"_:b{k} <{OWL}intersectionOf> _:l{k} .\n_:l{k} <{RDF}first> _:b{k + 1} ; "
        f"<{RDF}rest> <{RDF}nil> .\n"
        for k in range(DEPTH)
    )
    ring = (
        f"<http://x.org/a> a <{OWL}Class> ; <{OWL}equivalentClass> _:b .\n"
        f"_:b <{OWL}intersectionOf> _:l .\n_:l <{RDF}first> _:b ; <{RDF}rest> _:l .\n"
    )
    for outcome in read(*written(tmp_path, {"some.ttl": some, "both.ttl": both, "ring.ttl": ring})):
        assert outcome.concepts == 1


def chain(line: Callable[[int], str], head: str = "", tail: str = "") -> str:
    return head + "".join(map(line, range(DEPTH))) + tail


def rdf_class(k: int) -> str:
    above = f'<rdfs:subClassOf rdf:resource="http://x.org/{k - 1}"/>' if k else ""
    return f'<owl:Class rdf:about="http://x.org/{k}">{above}</owl:Class>\n'


CHAINS: dict[str, Callable[[], str]] = {
    "chain.owl": lambda: chain(
        rdf_class,
        f'<rdf:RDF xmlns:rdf="{RDF}" xmlns:rdfs="{RDFS}" xmlns:owl="{OWL}">',
        "</rdf:RDF>",
    ),
    "chain.ttl": lambda: chain(
        lambda k: (
            f"<http://x.org/{k}> a <{OWL}Class> ; <{RDFS}subClassOf> <http://x.org/{k - 1}> .\n"
        )
    ),
    "skos.ttl": lambda: chain(
        lambda k: (
            f"<http://x.org/{k}> a s:Concept ; s:prefLabel 'c{k}' ; "
            f"s:broader <http://x.org/{k - 1}> .\n"
        ),
        "@prefix s: <http://www.w3.org/2004/02/skos/core#> .\n",
    ),
    "chain.owx": lambda: chain(
        lambda k: (
            f'<SubClassOf><Class IRI="http://x.org/{k}"/><Class IRI="http://x.org/{k - 1}"/>'
            f'</SubClassOf><Declaration><Class IRI="http://x.org/{k}"/></Declaration>\n'
        ),
        f'<Ontology xmlns="{OWL}" ontologyIRI="http://x.org/o">',
        "</Ontology>",
    ),
    "chain.obo": lambda: chain(
        lambda k: f"[Term]\nid: A:{k}\nname: c{k}\n" + (f"is_a: A:{k - 1}\n\n" if k else "\n"),
        "format-version: 1.2\n\n",
    ),
    "worms.csv": lambda: chain(
        lambda k: f"{k + 1},c{k},{k}\n", "AphiaID,scientificname,parentNameUsageID\n"
    ),
    "ecotaxa.tsv": lambda: chain(
        lambda k: f"{k + 1}\t{k}\tc{k}\tP\n", "id\tparent_id\tname\ttaxotype\n"
    ),
    "graphs.json": lambda: json.dumps(
        {
            "graphs": [
                {
                    "nodes": [{"id": f"A:{k}", "type": "CLASS", "lbl": "c"} for k in range(DEPTH)],
                    "edges": [
                        {"sub": f"A:{k}", "pred": "is_a", "obj": f"A:{k - 1}"}
                        for k in range(1, DEPTH)
                    ],
                }
            ]
        }
    ),
    "chain.graphml": lambda: chain(
        lambda k: (
            f'<node id="A:{k}"><data key="l">c</data></node>'
            + (
                f'<edge source="A:{k}" target="A:{k - 1}"><data key="r">is_a</data></edge>'
                if k
                else ""
            )
        ),
        '<graphml xmlns="http://graphml.graphdrawing.org/xmlns"><key id="l" attr.name="label"/>'
        '<key id="r" for="edge" attr.name="relation"/><graph>',
        "</graph></graphml>",
    ),
}


@pytest.mark.parametrize("name", CHAINS)
def test_a_chain_of_a_hundred_thousand_is_read_and_walked(tmp_path: Path, name: str) -> None:
    (outcome,) = read(*written(tmp_path, {name: CHAINS[name]()}), hierarchy=True)
    assert outcome.concepts == outcome.levels == DEPTH, outcome
    assert outcome.ancestors == DEPTH - 1


def test_a_ring_is_read_and_no_hierarchy(tmp_path: Path) -> None:
    paths = written(
        tmp_path,
        {
            "a.obo": "format-version: 1.2\n\n"
            + "".join(
                f"[Term]\nid: A:{k}\nname: c{k}\nis_a: A:{(k + 1) % DEPTH}\n\n"
                for k in range(DEPTH)
            ),
            "b.csv": "AphiaID,scientificname,parentNameUsageID\n1,a,2\n2,b,1\n",
        },
    )
    assert [outcome.concepts for outcome in read(*paths)] == [DEPTH, 2]
    command = [sys.executable, "-c", READ, "hierarchy", *map(str, paths)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    for line in done.stdout.splitlines():
        assert "is among its own ancestors" in json.loads(line)[1]["error"]


@pytest.mark.parametrize("columns", [2_000, 100_000])
def test_a_table_of_very_many_columns_is_read_or_refused(tmp_path: Path, columns: int) -> None:
    files: dict[str, str | bytes] = {}
    for name, head in (
        ("worms.csv", ["AphiaID", "scientificname", "parentNameUsageID"]),
        ("ecotaxa.csv", ["id", "parent_id", "name", "taxotype"]),
        ("nodes.csv", ["id", "label", "kind"]),
    ):
        more = [f"c{k}" for k in range(columns)]
        row = ["1"] * (len(head) + columns)
        files[name] = "\n".join(",".join(cells) for cells in ([*head, *more], row)) + "\n"
    read(*written(tmp_path, files))


def test_what_is_no_file_is_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "folder" / "nodes.csv")
    (tmp_path / "round").symlink_to(tmp_path / "round")
    pipe, device, folder, ring = read(
        tmp_path / "pipe", Path("/dev/zero"), tmp_path / "folder", tmp_path / "round"
    )
    assert "is neither a file nor a folder; give - and pipe it in" in pipe.error
    assert "is neither a file nor a folder" in device.error
    assert "of no known format" in folder.error
    assert "cannot be read" in ring.error


def test_the_command_line_lets_no_control_character_of_a_file_through(tmp_path: Path) -> None:
    row = "zooscan,\x1b[31m,animalia,,,,,oithona,,oithona,living,,106485\n"
    paths = written(
        tmp_path,
        {
            "twice.csv": ",".join(planktonzilla.COLUMNS) + "\n" + row + row,
            "cells.csv": "AphiaID,scientificname,\x1b[31m\n1,2,3,4\x1b[31m\n",
            "\x1b[31m.csv": "x",
        },
    )
    for path in paths:
        command = [sys.executable, "-m", "kgconcepts", "read", str(path)]
        done = subprocess.run(command, capture_output=True, timeout=60, check=False)
        assert done.returncode == 2
        assert done.stderr.startswith(b"error: ")
        assert b"\x1b" not in done.stderr + done.stdout
