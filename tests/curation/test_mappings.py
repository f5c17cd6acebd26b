"""Mappings are read from SSSOM and written to it; what a person wrote there is understood."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from kgconcepts.curation.mappings import CLOSE, EXACT, Mapping, Mappings
from kgconcepts.errors import SourceError

HEADER = "subject_id\tpredicate_id\tobject_id\tmapping_justification\n"
IDS = st.sampled_from(
    [
        *("PLK:0000001", "PATO:0000014", "AphiaID:1080", "planktonset1.0:copepod_other"),
        *("EcoTaxa:living>Copepoda<Maxillopoda", "https://example.org/a#b", "a name", "FBbt:1"),
        *("planktonzilla:class/Copepoda", "urn:uuid:1", "PLK:a b", "https://example.org/a#c"),
    ]
)
WORDS = st.text(st.sampled_from(list("aé \"'#\\|:")), max_size=8).map(lambda t: " ".join(t.split()))


def read(tmp_path: Path, text: str) -> Mappings:
    path = tmp_path / "x.sssom.tsv"
    path.write_text(text, encoding="utf-8")
    return Mappings.read(path)


@given(data=st.data())
def test_what_is_written_reads_back_equal(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    mapping = st.builds(
        Mapping,
        *(IDS, st.sampled_from([EXACT, CLOSE, "owl:sameAs"]), IDS),
        *(st.just("semapv:LexicalMatching"), WORDS, WORDS, st.booleans()),
        *(st.sampled_from([None, 0.0, 0.925, 1.0]), WORDS),
    )
    mappings = Mappings(data.draw(st.lists(mapping, max_size=4)))
    path = tmp_path_factory.mktemp("sssom") / "m.sssom.tsv"
    mappings.write(path)
    assert Mappings.read(path) == mappings


def test_the_file_is_sssom_with_its_prefixes(tmp_path: Path) -> None:
    """The slots that the specification requires are there, and CURIEs expand by its curie_map."""
    path = tmp_path / "m.sssom.tsv"
    Mappings([Mapping("PATO:0000014", EXACT, "AphiaID:1080", "semapv:LexicalMatching")]).write(path)
    lines = path.read_text().splitlines()
    metadata = yaml.safe_load("\n".join(line[1:] for line in lines if line.startswith("#")))
    assert {"curie_map", "license", "mapping_set_id"} <= metadata.keys()
    assert metadata["curie_map"]["PATO"] == "http://purl.obolibrary.org/obo/PATO_"
    assert metadata["curie_map"]["AphiaID"] == "urn:lsid:marinespecies.org:taxname:"
    names, cells = (line.split("\t") for line in lines if not line.startswith("#"))
    row = dict(zip(names, cells, strict=True))
    assert row["subject_id"] == "PATO:0000014"
    assert row["predicate_id"] == "skos:exactMatch"
    assert row["mapping_justification"] == "semapv:LexicalMatching"


def test_prefixes_are_those_of_the_file(tmp_path: Path) -> None:
    head = "# curie_map:\n#   w: https://www.marinespecies.org/aphia.php?p=taxdetails&id=\n"
    head += "#   o: http://purl.obolibrary.org/obo/\n#   s: http://www.w3.org/2004/02/skos/core#\n"
    (mapping,) = read(tmp_path, f"{head}{HEADER}o:PATO_1\ts:exactMatch\tw:1080\tx\n")
    assert (mapping.subject, mapping.predicate, mapping.object) == (
        *("PATO:1", EXACT, "AphiaID:1080"),
    )
    (plain,) = read(tmp_path, f"{HEADER}WoRMS:1080\tskos:exactMatch\tPLK:1\tx\n")
    assert plain.subject == "AphiaID:1080"


def test_other_columns_may_stand_anywhere_and_nothing_found_is_nothing(tmp_path: Path) -> None:
    text = (
        "#mapping_set_id: https://x.org/m\nauthor_id\tpredicate_modifier\tobject_id\tsubject_id\t"
        "predicate_id\n"
        "orcid:1\tNot\tPLK:2\tPLK:1\tskos:exactMatch\n"
        "\t\tsssom:NoTermFound\tPLK:1\tskos:exactMatch\n"
    )
    (mapping,) = read(tmp_path, text)
    assert (mapping.same, mapping.different) == (False, True)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a\tb\n", "line 1: no column subject_id, predicate_id, object_id among a, b"),
        ("", "no column subject_id"),
        (f"#a: [\n{HEADER}", "its metadata is no YAML"),
        (f"#a: &x [1]\n#b: [*x, *x]\n{HEADER}", "YAML aliases"),
        (f"#a: {'x' * 2**21}\n{HEADER}", "characters of metadata"),
        (f"{HEADER}a\tb\tc\td\te\n", "line 2: 5 cells; expected 4"),
        (f"{HEADER}a\tskos:exactMatch\n", "line 2: 2 cells; expected 4"),
        (f"{HEADER}a\texactMatch\tc\td\n", "line 2: predicate 'exactMatch'; expected skos:exact"),
        (f"{HEADER}a\tskos:exactmatch\tc\td\n", "line 2: predicate 'skos:exactmatch'; expected"),
        (
            "subject_id\tpredicate_id\tobject_id\tconfidence\na\tx:b\tc\thigh\n",
            "line 2: confidence 'high'; expected a number",
        ),
        (
            "subject_id\tpredicate_id\tobject_id\tpredicate_modifier\na\tx:b\tc\tno\n",
            "line 2: predicate_modifier 'no'; expected Not, or nothing",
        ),
    ],
)
def test_what_is_malformed_is_refused_with_its_line(
    tmp_path: Path, text: str, message: str
) -> None:
    with pytest.raises(SourceError, match=message):
        read(tmp_path, text)


def test_metadata_makes_no_objects(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no YAML"):
        read(tmp_path, f"#a: !!python/object/apply:os.system ['true']\n{HEADER}")
