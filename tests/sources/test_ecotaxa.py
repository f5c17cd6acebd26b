"""EcoTaxa: taxa and morphological categories, and the paths of annotated objects."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgconcepts.errors import SourceError
from kgconcepts.graph import ConceptGraph
from kgconcepts.sources import ecotaxa
from kgconcepts.sources.document import opened

HEADER = "id aphia_id parent_id rank name taxotype taxostatus source_desc rename_to display_name"
ROWS = [
    ("1", "11", "", "kingdom", "living", "P", "A", "", "", "living<"),
    (
        "2",
        "12",
        "1",
        "class",
        "Copepoda",
        "P",
        "A",
        'Small "crustaceans"\\nof all seas',
        "",
        "Copepoda",
    ),
    ("3", "", "1", "phylum", "Mollusca", "P", "A", "", "", "Mollusca"),
    ("4", "", "2", "", "part", "M", "A", "", "", "part<Copepoda"),
    ("5", "", "3", "", "part", "M", "N", "", "", ""),
    ("6", "", "", "", "not-living", "M", "A", "", "", "not-living"),
    ("7", "", "6", "", "detritus", "M", "A", "", "", "detritus<not-living"),
    ("8", "", "6", "", "debris", "M", "D", "", "7", "debris"),
    ("9", "", "8", "", "fluffy", "M", "A", "", "", "fluffy"),
    ("10", "", "2", "", "dead", "M", "D", "", "", "dead"),
]


def taxonomy(path: Path, separator: str = "\t", header: str = HEADER) -> Path:
    def cell(text: str) -> str:
        return text if separator == "\t" else '"' + text.replace('"', '""') + '"'

    lines = [header.split(), *ROWS]
    text = "\n".join(separator.join(map(cell, line)) for line in lines)
    path.write_text(text + "\n", encoding="utf-8")
    return path


def read(path: Path) -> ConceptGraph:
    with opened(path) as document:
        assert ecotaxa.can_read(document)
        return ecotaxa.read(document)


@pytest.mark.parametrize("separator", ["\t", ",", ";"])
def test_categories_stand_below_their_parents(tmp_path: Path, separator: str) -> None:
    graph = read(taxonomy(tmp_path / "taxoexport.tsv", separator))
    assert len(graph) == len(ROWS)
    assert graph.related("EcoTaxa:4", "is_a") == ("EcoTaxa:2",)
    assert graph.hierarchy().ancestors("EcoTaxa:4") == ("EcoTaxa:1", "EcoTaxa:2")
    assert graph["EcoTaxa:2"].xrefs == ("AphiaID:12",)
    assert graph["EcoTaxa:2"].rank == "class"
    assert graph["EcoTaxa:2"].definition == 'Small "crustaceans"\nof all seas'
    assert graph["EcoTaxa:5"].status == "not reviewed"
    assert not graph.findings


def test_what_shares_its_name_is_called_child_and_parent(tmp_path: Path) -> None:
    graph = read(taxonomy(tmp_path / "taxoexport.tsv"))
    assert graph["EcoTaxa:4"].label == "part<Copepoda"
    assert graph["EcoTaxa:5"].label == "part<Mollusca"  # though the table does not say so
    assert graph["EcoTaxa:1"].label == "living"
    assert graph.find("part") == ["EcoTaxa:4", "EcoTaxa:5"]
    assert graph.find("detritus") == graph.find("detritus<not-living") == ["EcoTaxa:7"]


def test_what_does_not_live_is_an_object(tmp_path: Path) -> None:
    graph = read(taxonomy(tmp_path / "taxoexport.tsv"))
    assert {c.id for c in graph if c.kind == "object"} == {f"EcoTaxa:{k}" for k in (6, 7, 8, 9)}
    assert {c.kind for c in graph} == {"object", "taxon"}


def test_what_was_renamed_is_obsolete_and_replaced(tmp_path: Path) -> None:
    graph = read(taxonomy(tmp_path / "taxoexport.tsv"))
    assert graph["EcoTaxa:8"].obsolete
    assert graph["EcoTaxa:8"].replaced_by == ("EcoTaxa:7",)
    assert graph.find("debris") == ["EcoTaxa:7"]
    assert graph.related("EcoTaxa:9", "is_a") == ("EcoTaxa:7",)
    assert graph["EcoTaxa:10"].obsolete  # deprecated without another in its place
    assert graph["EcoTaxa:10"].replaced_by == ()


def test_numbers_may_have_become_fractions(tmp_path: Path) -> None:
    path = tmp_path / "from_pandas.csv"
    path.write_text(
        "id,parent_id,name,taxotype,rename_to\n1,,Alpha,P,\n2,1.0,Beta,P,\n3,1.0,C,P,2.0\n"
    )
    graph = read(path)
    assert graph.related("EcoTaxa:2", "is_a") == ("EcoTaxa:1",)
    assert graph["EcoTaxa:3"].replaced_by == ("EcoTaxa:2",)


OBJECTS = [
    ("a", "egg<Alpha", "living>Alpha>egg"),
    ("b", "Beta", "living>Beta"),
    ("c", "egg<Beta", "living>Beta>egg"),
    ("d", "Beta", "living>Beta"),
    ("e", "detritus", "not-living>detritus"),
    ("f", "", ""),
]


def objects(
    path: Path, rows: list[tuple[str, ...]] = OBJECTS, more: str = "", types: bool = False
) -> Path:
    header = [
        "object_id",
        "object_annotation_category",
        "object_annotation_hierarchy",
        *more.split(),
    ]
    lines = [header, *([["[t]"] * len(header)] if types else []), *rows]
    text = "\n".join("\t".join(f'"{cell}"' for cell in line) for line in lines)
    path.write_text(text + "\n", encoding="utf-8-sig")
    return path


@pytest.mark.parametrize("types", [False, True])
def test_the_paths_of_objects_make_a_tree(tmp_path: Path, types: bool) -> None:
    graph = read(objects(tmp_path / "ecotaxa_export.tsv", types=types))
    labels = {c.label: c.id for c in graph}
    assert set(labels) == {
        *("living", "Alpha", "Beta", "egg<Alpha", "egg<Beta", "not-living", "detritus"),
    }
    assert graph.related(labels["egg<Beta"], "is_a") == (labels["Beta"],)
    assert graph.hierarchy().ancestors(labels["egg<Alpha"]) == (labels["living"], labels["Alpha"])
    assert {c.label for c in graph if c.kind == "object"} == {"not-living", "detritus"}
    assert {name for _, name, _ in OBJECTS if name} <= set(labels)


def test_categories_with_numbers_are_those_of_the_taxonomy(tmp_path: Path) -> None:
    rows = [("a", "Beta", "living>Beta", "7"), ("b", "egg<Beta", "living>Beta>egg", "8")]
    more = "object_annotation_category_id"
    graph = read(objects(tmp_path / "ecotaxa_export.tsv", rows, more))
    assert graph.ids == ("EcoTaxa:living", "EcoTaxa:7", "EcoTaxa:8")
    assert graph.related("EcoTaxa:8", "is_a") == ("EcoTaxa:7",)
    assert graph.find("egg<Beta") == ["EcoTaxa:8"]


def test_the_tables_of_an_export_are_read_together(tmp_path: Path) -> None:
    objects(tmp_path / "ecotaxa_a.tsv", OBJECTS[:2])
    objects(tmp_path / "ecotaxa_b.tsv", OBJECTS[2:])
    (tmp_path / "readme.txt").write_text("About the export.\n")
    whole = tmp_path / "whole"
    whole.mkdir()
    expected = read(objects(whole / "ecotaxa.tsv"))
    graph = read(tmp_path)
    assert graph.ids == expected.ids
    assert graph.relations == expected.relations


@given(
    st.lists(
        st.lists(st.sampled_from(["a", "b", "c d", "é"]), min_size=1, max_size=5),
        min_size=1,
        max_size=8,
    )
)
def test_every_path_is_found_from_its_end_to_its_root(
    tmp_path_factory: pytest.TempPathFactory, paths: list[list[str]]
) -> None:
    rows = [(str(k), path[-1], ">".join(path)) for k, path in enumerate(paths)]
    graph = read(objects(tmp_path_factory.mktemp("objects") / "e.tsv", rows))
    every = {tuple(path[: k + 1]) for path in paths for k in range(len(path))}
    assert len(graph) == len(every)
    assert len(graph.relations) == sum(len(path) > 1 for path in every)
    tree = graph.hierarchy()
    for path in paths:
        assert len(tree.ancestors(f"EcoTaxa:{'>'.join(path)}")) == len(path) - 1


def test_a_hierarchy_without_end_is_refused(tmp_path: Path) -> None:
    rows = [("a", "x", ">".join("x" * 500_000))]
    with pytest.raises(SourceError, match="more than 100 levels"):
        read(objects(tmp_path / "e.tsv", rows))


def test_other_tables_are_left_to_others(tmp_path: Path) -> None:
    for text in ("id,name\n1,a\n", "AphiaID,scientificname\n1,a\n", ""):
        (tmp_path / "x.csv").write_text(text)
        with opened(tmp_path / "x.csv") as document:
            assert not ecotaxa.can_read(document)
