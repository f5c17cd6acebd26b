"""Catalogue of Life Data Packages, with usages in one table or in three."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from kgconcepts.errors import SourceError
from kgconcepts.graph import ConceptGraph
from kgconcepts.sources import coldp
from kgconcepts.sources.document import opened

USAGES = """\
ID parentID status rank scientificName authorship alternativeID
1 . accepted class Alphata . .
2 1 provisionally_accepted genus Alpha Claus,_1863 .
3 2 accepted species Alpha_prima . worms:5,gbif:6,https://example.org/7
4 3 synonym species Beta_prima . .
5 3 ambiguous_synonym species Gamma_prima . .
6 3 misapplied species Delta_prima . .
7 3 bare_name species Nemo . .
"""


def package(folder: Path, **tables: str) -> Path:
    """Write tables; blanks separate cells, a dot is an empty one, an underscore a blank."""
    folder.mkdir(exist_ok=True)
    for name, text in tables.items():
        suffix = "csv" if "csv" in name else "tsv"
        lines = [
            ["" if cell == "." else cell.replace("_", " ") for cell in line.split()]
            for line in text.splitlines()
        ]
        if suffix == "csv":
            rows = [",".join(f'"{cell}"' for cell in line) for line in lines]
        else:
            rows = ["\t".join(line) for line in lines]
        file = folder / f"{name.removesuffix('_csv').replace('_', '-')}.{suffix}"
        file.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return folder


def read(path: Path) -> ConceptGraph:
    with opened(path) as document:
        assert coldp.can_read(document)
        return coldp.read(document)


@pytest.mark.parametrize("name", ["NameUsage", "name_usage", "NAMEUSAGE_csv"])
@pytest.mark.parametrize("prefix", ["", "col:"])
def test_the_parent_of_a_synonym_is_its_accepted_name(
    tmp_path: Path, name: str, prefix: str
) -> None:
    header, rest = USAGES.split("\n", 1)
    header = " ".join(prefix + column for column in header.split())
    graph = read(package(tmp_path / "p", **{name: f"{header}\n{rest}"}))
    assert graph["p:3"].scoped_synonyms == (
        ("Beta prima", "exact"),
        ("Delta prima", "related"),
        ("Gamma prima", "related"),
    )
    assert graph.related("p:3", "is_a") == ("p:2",)
    assert {c.id for c in graph if c.obsolete} == {"p:4", "p:5", "p:6"}
    assert graph.find("Beta prima") == ["p:3"]
    assert graph["p:2"].status == "provisionally accepted"
    assert graph["p:2"].authority == "Claus, 1863"
    assert (graph["p:7"].status, graph.relations_of("p:7")) == ("bare name", ())
    assert {"AphiaID:5", "GBIF:6", "https://example.org/7"} <= set(graph["p:3"].xrefs)


def test_names_taxa_and_synonyms_in_tables_of_their_own(tmp_path: Path) -> None:
    folder = package(
        tmp_path / "p",
        Taxon="ID parentID nameID provisional\n1 . a false\n2 1 b true\n",
        Name="ID scientificName authorship rank\na Alpha . genus\nb Alpha_prima Claus species\n"
        "c Beta_prima . species\nd Gamma . genus\ne Nemo . species\n",
        Synonym="taxonID nameID status\n2 c .\n1 d misapplied\n2 d misapplied\n",
    )
    graph = read(folder)
    assert graph["p:2"].label == "Alpha prima"
    assert (graph["p:2"].rank, graph["p:2"].authority) == ("species", "Claus")
    assert (graph["p:1"].status, graph["p:2"].status) == ("accepted", "provisionally accepted")
    assert graph.related("p:2", "is_a") == ("p:1",)
    assert graph["p:2"].scoped_synonyms == (("Beta prima", "exact"), ("Gamma", "related"))
    assert graph["p:1"].scoped_synonyms == (("Gamma", "related"),)
    assert graph.find("Gamma") == ["p:1", "p:2"]
    assert [c.label for c in graph if c.status == "bare name"] == ["Nemo"]


def test_columns_of_ranks_make_the_lineage_where_no_taxon_has_a_parent(tmp_path: Path) -> None:
    text = "ID parentID status rank scientificName class genus\n"
    text += "1 . accepted species Alpha_prima Alphata Alpha\n2 1 synonym species Beta . .\n"
    graph = read(package(tmp_path / "p", NameUsage=text))
    above = [graph[id_].label for id_ in graph.hierarchy().ancestors("p:1")]
    assert above == ["Alphata", "Alpha"]
    assert graph["p:1"].synonyms == ("Beta",)


def test_vernacular_names_are_related_synonyms(tmp_path: Path) -> None:
    names = "taxonID name language\n3 sea_flea eng\n4 Ruderfuß deu\n99 nobody eng\n"
    graph = read(package(tmp_path / "p", NameUsage=USAGES, vernacular_name=names))
    scopes = dict(graph["p:3"].scoped_synonyms)
    assert (scopes["sea flea"], scopes["Ruderfuß"], scopes["Beta prima"]) == (
        "related",
        "related",
        "exact",
    )
    assert [(f.rule, f.subject) for f in graph.findings] == [("unresolved_reference", "p:99")]


def test_quotes_mean_something_in_csv_alone(tmp_path: Path) -> None:
    (tmp_path / "tsv").mkdir()
    (tmp_path / "csv").mkdir()
    (tmp_path / "tsv" / "NameUsage.txt").write_text('ID\tscientificName\n1\t"Alpha\n2\tBeta\n')
    (tmp_path / "csv" / "NameUsage.csv").write_text('ID,scientificName\n1,"Al""pha, x"\n2,Beta\n')
    assert read(tmp_path / "tsv")["tsv:1"].label == '"Alpha'
    assert read(tmp_path / "csv")["csv:1"].label == 'Al"pha, x'


def test_what_the_package_says_of_itself_in_a_zip(tmp_path: Path) -> None:
    folder = package(tmp_path / "p", NameUsage=USAGES)
    (folder / "metadata.yaml").write_text(
        "# about\ntitle: 'My: list'\ndescription: |\n  Of Alpha.\n\n  And Beta.\n"
        "issued: 2020-01-01\nversion: 2020-01-01\nlicense: CC0-1.0\ncreator:\n  - title: not this\n"
    )
    with zipfile.ZipFile(tmp_path / "p.zip", "w") as packed:
        for file in folder.iterdir():
            packed.write(file, file.name)
    graph = read(tmp_path / "p.zip")
    source = graph.sources["p.zip"]
    assert (source.title, source.licence, source.version) == ("My: list", "CC0-1.0", "2020-01-01")
    assert source.description == "Of Alpha.\n\nAnd Beta."
    assert "p:3" in graph


@pytest.mark.parametrize(
    "text",
    [
        "title: !!python/object/apply:os.system [exit]\n",
        "a: &a [x]\nb: &b [*a, *a]\ntitle: *b\n",
        "title: " + "[" * 10_000 + "\n",
        "title: [\n",
    ],
)
def test_metadata_is_neither_run_nor_unfolded(tmp_path: Path, text: str) -> None:
    folder = package(tmp_path / "p", NameUsage=USAGES)
    (folder / "metadata.yaml").write_text(text)
    try:
        source = read(folder).sources["p"]
    except SourceError as error:
        assert "metadata.yaml: title is malformed YAML" in str(error)  # noqa: PT017
        assert "\n" not in str(error)  # noqa: PT017
    else:
        assert source.title == ""


def test_a_long_metadata_text_is_refused(tmp_path: Path) -> None:
    folder = package(tmp_path / "p", NameUsage=USAGES)
    (folder / "metadata.yaml").write_text("title: " + "[" * 100_000)
    with pytest.raises(SourceError, match="title of 100,007 characters; shorten it"):
        read(folder)


def test_what_a_table_lacks_is_said(tmp_path: Path) -> None:
    taxa = "ID parentID\n1 .\n"
    folder = package(tmp_path / "p", Taxon=taxa, Name="ID scientificName\na Alpha\n")
    with pytest.raises(SourceError, match=r"Taxon\.tsv, line 1: no column nameid"):
        read(folder)


def test_other_folders_are_left_to_others(tmp_path: Path) -> None:
    (tmp_path / "taxon.txt").write_text("taxonID\tscientificName\n1\tAlpha\n")
    (tmp_path / "NameUsage.tsv").write_text("a\tb\n")
    with opened(tmp_path) as document:
        assert not coldp.can_read(document)
