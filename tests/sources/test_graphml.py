"""GraphML: ours and that of other programs, where it says what its edges mean."""

from __future__ import annotations

from pathlib import Path

import networkx as nx
import pytest

import kgconcepts as kg
from kgconcepts.errors import SourceError
from kgconcepts.findings import Finding

# As yEd writes it: pictures within data, groups as graphs within nodes.
FOREIGN = """<?xml version="1.0" encoding="UTF-8" standalone="no"?>
<!-- a graph -->
<graphml xmlns="http://graphml.graphdrawing.org/xmlns" xmlns:y="http://www.yworks.com/xml/graphml">
  <key for="port" id="d0" yfiles.type="portgraphics"/>
  <key attr.name="label" attr.type="string" for="node" id="d1"/>
  <key attr.name="kind" attr.type="string" for="node" id="d2"><default>taxon</default></key>
  <key attr.name="weight" attr.type="double" for="node" id="d3"/>
  <key for="node" id="d4" yfiles.type="nodegraphics"/>
  <key attr.name="relation" attr.type="string" for="edge" id="d5"/>
  <key attr.name="label" attr.type="string" for="edge" id="d6"/>
  <graph edgedefault="directed" id="G">
    <node id="n0"><data key="d1">Copepoda</data><data key="d3">1.5</data>
      <data key="d4"><y:ShapeNode><y:NodeLabel>a &lt;picture&gt;</y:NodeLabel></y:ShapeNode></data>
    </node>
    <node id="n1"><data key="d1">group</data>
      <graph edgedefault="directed" id="n1:">
        <node id="n1::n0"><data key="d1">antenna</data><data key="d2">part</data></node>
      </graph>
    </node>
    <edge id="e0" source="n1" target="n0"><data key="d5">is_a</data></edge>
    <edge id="e1" source="n1" target="n1::n0"><data key="d5">RO:1</data>
      <data key="d6">has</data></edge>
  </graph>
</graphml>
"""


def write(folder: Path, content: str) -> Path:
    path = folder / "graph.xml"
    path.write_text(content, encoding="utf-8")
    return path


def test_graphml_of_other_programs_is_read_where_its_edges_have_a_relation(tmp_path: Path) -> None:
    graph = kg.read(write(tmp_path, FOREIGN))
    assert {c.id: (c.label, c.kind) for c in graph} == {
        "n0": ("Copepoda", "taxon"),
        "n1::n0": ("antenna", "part"),
        "n1": ("group", "taxon"),
    }
    assert set(graph.relations) == {("n1", "is_a", "n0"), ("n1", "RO:1", "n1::n0")}
    assert graph.relation_labels == {"RO:1": "has"}
    assert set(graph.sources) == {"graph.xml"}
    assert graph["n0"].source == "graph.xml"


def test_what_networkx_writes_is_read(tmp_path: Path) -> None:
    made = nx.DiGraph()
    made.add_node("PLK:1", label="Copepoda", synonyms="copepod|oar-foot", obsolete=True)
    made.add_node("PLK:2")
    made.add_edge("PLK:2", "PLK:1", relation="is_a", weight=3)
    nx.write_graphml_xml(made, tmp_path / "graph.graphml")
    graph = kg.read(tmp_path / "graph.graphml")
    assert graph["PLK:1"].synonyms == ("copepod", "oar-foot")
    assert graph["PLK:1"].obsolete
    assert graph["PLK:2"].label == "PLK:2"
    assert graph.relations == (("PLK:2", "is_a", "PLK:1"),)


def test_edges_without_a_relation_are_refused_as_they_may_mean_anything(tmp_path: Path) -> None:
    content = FOREIGN.replace('<data key="d5">is_a</data>', "")
    message = r"graph.xml, line 20: the edge from n1 to n0 .* 'relation'; expected one of is_a, "
    with pytest.raises(SourceError, match=message):
        kg.read(write(tmp_path, content))


def test_a_relation_that_holds_for_all_edges_may_be_given_once(tmp_path: Path) -> None:
    content = FOREIGN.replace('<data key="d5">is_a</data>', "").replace(
        'for="edge" id="d5"/>', 'for="edge" id="d5"><default>part_of</default></key>'
    )
    assert ("n1", "part_of", "n0") in kg.read(write(tmp_path, content)).relations


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (">is_a<", ">subclass<", "line 20: 'subclass' is no relation; expected one of is_a"),
        ('id="n1::n0"', 'id="n0"', "line 17: the id 'n0' is given twice"),
        ('id="n1::n0"', 'id=""', "line 17: a concept without an id"),
        ("</graphml>", "", "line 25: malformed XML: no element found"),
        ("<!-- a graph -->", '<!DOCTYPE graphml [<!ENTITY a "b">]>', "XML entity a; entities are"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    assert old in FOREIGN
    with pytest.raises(SourceError, match=f"graph.xml, .*{message}"):
        kg.read(write(tmp_path, FOREIGN.replace(old, new)))


def test_a_graph_without_nodes_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"graph.xml: has no node"):
        kg.read(write(tmp_path, "<graphml><graph/></graphml>"))


def test_an_unknown_kind_and_a_node_that_is_not_there_are_findings(tmp_path: Path) -> None:
    content = FOREIGN.replace(">part<", ">limb<").replace('target="n0"', 'target="n9"')
    graph = kg.read(write(tmp_path, content))
    assert set(graph.findings) == {
        Finding("WARN", "unknown_kind", "n1::n0", "kind", "limb"),
        Finding("WARN", "unresolved_reference", "n1", "is_a", "n9"),
    }
