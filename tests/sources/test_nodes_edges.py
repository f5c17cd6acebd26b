"""Tables of nodes and edges: one by one, as a folder, as an archive, and as people change them."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

import kgconcepts as kg
from kgconcepts.errors import SourceError
from kgconcepts.findings import Finding
from kgconcepts.graph import Concept, ConceptGraph, Source

NODES = "id,label,kind,synonyms\nPLK:1,Copepoda,taxon,copepod|oar-foot\nPLK:2,antenna,part,\n"
EDGES = "child,relation,parent\nPLK:1,has_part,PLK:2\n"


def write(folder: Path, **tables: str) -> Path:
    for name, content in tables.items():
        (folder / f"x_{name}.csv").write_text(content, encoding="utf-8")
    return folder / "x_nodes.csv"


@pytest.mark.parametrize("suffix", [".csv", ".tsv"])
def test_a_folder_or_archive_of_tables_is_the_graph_that_was_written(
    plankton: ConceptGraph, tmp_path: Path, suffix: str
) -> None:
    source = Source("a.csv", "0" * 64, "2", title='of "plankton"', imports=("http://x.org/o",))
    graph = ConceptGraph(plankton, plankton.relations, [source, Source("b\nc")])
    kg.write(graph, tmp_path / "tables" / f"x{suffix}")
    assert kg.read(tmp_path / "tables") == graph
    with zipfile.ZipFile(tmp_path / "tables.zip", "w") as archive:
        for path in (tmp_path / "tables").iterdir():
            archive.write(path, f"inside/{path.name}")
    assert kg.read(tmp_path / "tables.zip") == graph


def test_lines_quotes_tabs_and_blanks_at_ends_are_kept(tmp_path: Path) -> None:
    text = ' "a"\n\n\tb, c;\\|d \n'
    concept = Concept("PLK:1", text, synonyms=(text, "|"), comment="=1+1", definition=text)
    graph = ConceptGraph([concept])
    for suffix in (".csv", ".tsv"):
        kg.write(graph, tmp_path / f"x{suffix}")
        assert kg.read(tmp_path / f"x{suffix}") == graph


def test_tables_that_people_made_need_no_more_than_ids_labels_and_kinds(tmp_path: Path) -> None:
    graph = kg.read(write(tmp_path, nodes=NODES, edges=EDGES))
    assert graph["PLK:1"].synonyms == ("copepod", "oar-foot")
    assert graph.relations == (("PLK:1", "has_part", "PLK:2"),)
    assert graph["PLK:1"].source == "x_nodes.csv"
    assert set(graph.sources) == {"x_nodes.csv"}
    assert graph.findings == ()


def test_a_spreadsheet_may_use_semicolons_and_leave_empty_rows(tmp_path: Path) -> None:
    semicolons = NODES.replace(",", ";") + ";;;\n;;;\n"
    assert kg.read(write(tmp_path, nodes=semicolons)).ids == ("PLK:1", "PLK:2")


def test_nodes_alone_are_concepts_and_that_edges_are_missing_is_a_finding(tmp_path: Path) -> None:
    graph = kg.read(write(tmp_path, nodes=NODES))
    assert graph.ids == ("PLK:1", "PLK:2")
    (finding,) = graph.findings
    expected = Finding("INFO", "no_edges", "x_nodes.csv", "edges", "no table of edges is beside it")
    assert finding == expected


@pytest.mark.parametrize(
    ("nodes", "edges", "message"),
    [
        (NODES + "PLK:1,again,taxon,\n", EDGES, "x_nodes.csv, row 4: the id 'PLK:1' is given"),
        (NODES + ",nameless,taxon,\n", EDGES, "x_nodes.csv, row 4: a concept without an id"),
        (NODES.partition("\n")[0] + "\n", EDGES, "x_nodes.csv: no row below the header"),
        (NODES + "PLK:3,a,taxon,b,c\n", EDGES, "x_nodes.csv: is no table whose rows are alike"),
        (NODES, EDGES.replace("has_part", "has"), "x_edges.csv, row 2: 'has' is no relation"),
        (NODES, EDGES.replace("parent", "of"), "x_edges.csv: no column parent among child,"),
        (
            NODES.replace("synonyms", "intersection"),
            EDGES,
            "x_nodes.csv, row 2: 'copepod' is no part of an intersection",
        ),
    ],
)
def test_what_is_wrong_is_told_with_table_and_row(
    tmp_path: Path, nodes: str, edges: str, message: str
) -> None:
    with pytest.raises(SourceError, match=message):
        kg.read(write(tmp_path, nodes=nodes, edges=edges))


def test_edges_that_lead_nowhere_are_findings(tmp_path: Path) -> None:
    graph = kg.read(write(tmp_path, nodes=NODES, edges=EDGES + "PLK:9,is_a,PLK:1\n"))
    assert [(f.rule, f.value) for f in graph.findings] == [("unresolved_reference", "PLK:9")]


def test_a_table_of_edges_alone_is_refused_with_what_to_give(tmp_path: Path) -> None:
    write(tmp_path, nodes=NODES, edges=EDGES)
    with pytest.raises(SourceError, match=r"x_edges.csv: is a table of edges.*give the table of"):
        kg.read(tmp_path / "x_edges.csv")


def test_a_folder_of_several_graphs_is_refused(tmp_path: Path) -> None:
    write(tmp_path, nodes=NODES)
    (tmp_path / "y_nodes.csv").write_text(NODES)
    with pytest.raises(SourceError, match=r"several tables of nodes \(x_nodes.csv, y_nodes.csv\)"):
        kg.read(tmp_path)
    assert len(kg.read(tmp_path / "y_nodes.csv")) == 2


def test_a_template_that_lacks_columns_is_not_taken_for_nodes(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="of no known format"):
        kg.read(write(tmp_path, nodes=NODES.replace("synonyms", "parents")))
