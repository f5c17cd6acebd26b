"""Every difference between two graphs shows, once, and can be written down."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

import kgconcepts as kg
from kgconcepts import Concept, ConceptGraph
from kgconcepts.curation import kgcl
from kgconcepts.curation.diff import CHANGES, Change, Changes, diff
from kgconcepts.errors import LossWarning, OutputError
from kgconcepts.graph import KINDS, SCOPES

WORDS = st.text(st.sampled_from(list("aZ é'\"\\|<>@\n\t\x85\u2028")), min_size=1, max_size=6)
TEXTS = st.just("") | WORDS
IDS = ("PLK:1", "PLK:2", "http://x.org/it's", "two words", "'q'")
RELATED = ("is_a", "part_of", "has_stage", "disjoint_with", "RO:0002202", "http://x.org/eats")


@st.composite
def _graphs(draw: st.DrawFn) -> ConceptGraph:
    ids = draw(st.lists(st.sampled_from(IDS), unique=True))
    concepts = []
    for id_ in ids:
        names = draw(st.lists(WORDS, max_size=2, unique=True))
        scopes = st.lists(st.sampled_from(SCOPES), min_size=len(names), max_size=len(names))
        whole = st.lists(st.tuples(st.sampled_from(RELATED), st.sampled_from(ids)), max_size=2)
        concepts.append(
            Concept(
                id_,
                draw(WORDS),
                draw(st.sampled_from(KINDS)),
                draw(TEXTS),
                tuple(names),
                tuple(draw(st.lists(st.sampled_from(["AphiaID:7", "X|1"]), unique=True))),
                draw(st.sampled_from(["", "genus"])),
                draw(st.sampled_from(["old.csv", "new.csv"])),
                tuple(draw(scopes)),
                draw(TEXTS),
                draw(TEXTS),
                draw(st.sampled_from(["", "accepted"])),
                draw(st.booleans()),
                tuple(draw(st.lists(st.sampled_from(IDS), max_size=2))),
                tuple(draw(whole)),
            )
        )
    pairs = st.tuples(st.sampled_from(ids), st.sampled_from(RELATED), st.sampled_from(ids))
    return ConceptGraph(concepts, draw(st.lists(pairs)) if ids else [])


GRAPHS = _graphs()


def _content(graph: ConceptGraph) -> tuple[object, object]:
    """All that a graph says, but for who says it."""
    return {c.id: replace(c, source="") for c in graph}, set(graph.relations)


def _changed(graph: ConceptGraph, id_: str, **fields: object) -> ConceptGraph:
    concepts = [replace(c, **fields) if c.id == id_ else c for c in graph]  # type: ignore[arg-type]
    return ConceptGraph(concepts, graph.relations)


def _rows(changes: Changes) -> list[tuple[str, str, str, str, str]]:
    return [(c.change, c.subject, c.property, c.old, c.new) for c in changes]


@given(graph=GRAPHS)
def test_a_graph_does_not_differ_from_itself(graph: ConceptGraph) -> None:
    again = ConceptGraph(reversed(list(graph)), reversed(graph.relations))
    assert list(diff(graph, graph)) == list(diff(graph, again)) == []
    assert diff(graph, graph).counts == {}


@given(old=GRAPHS, new=GRAPHS)
def test_every_difference_shows(old: ConceptGraph, new: ConceptGraph) -> None:
    assert (not diff(old, new)) == (_content(old) == _content(new))


@given(graph=GRAPHS, data=st.data())
def test_a_single_difference_in_a_concept_shows(graph: ConceptGraph, data: st.DataObject) -> None:
    other = data.draw(GRAPHS)
    if not len(graph) or not len(other):
        return
    one, donor = next(iter(graph)), next(iter(other))
    fields = [name for name in Concept.__slots__ if name not in ("id", "source", "scopes")]
    name = data.draw(st.sampled_from(fields))
    given_ = {name: getattr(donor, name)}
    if name == "synonyms":
        given_["scopes"] = donor.scopes
    changed = _changed(graph, one.id, **given_)
    changes = diff(graph, changed)
    assert bool(changes) == (_content(graph) != _content(changed))
    assert {c.subject for c in changes} <= {one.id}


@given(old=GRAPHS, new=GRAPHS)
def test_what_is_added_one_way_is_removed_the_other_way(
    old: ConceptGraph, new: ConceptGraph
) -> None:
    there, back = diff(old, new), diff(new, old)
    assert {(c.subject, c.property, c.old, c.new) for c in there} == {
        (c.subject, c.property, c.new, c.old) for c in back
    }
    for one, other in (
        ("added", "removed"),
        ("synonym_added", "synonym_removed"),
        ("xref_added", "xref_removed"),
        ("relation_added", "relation_removed"),
    ):
        came = [(c.subject, c.property, c.new) for c in there if c.change == one]
        went = [(c.subject, c.property, c.old) for c in back if c.change == other]
        assert came == went


@given(old=GRAPHS, new=GRAPHS)
def test_changes_come_by_id_then_by_change_and_none_twice(
    old: ConceptGraph, new: ConceptGraph
) -> None:
    changes = diff(old, new)
    order = [(c.subject, CHANGES.index(c.change), c.property, c.old, c.new) for c in changes]
    assert order == sorted(set(order))
    assert sum(changes.counts.values()) == len(changes)
    assert list(changes[1:]) == list(changes)[1:]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"label": "O."}, ("renamed", "PLK:2", "label", "Oithona", "O.")),
        ({"kind": "part"}, ("kind_changed", "PLK:2", "kind", "taxon", "part")),
        ({"definition": "A genus."}, ("definition_changed", "PLK:2", "definition", "", "A genus.")),
        ({"rank": "species"}, ("rank_changed", "PLK:2", "rank", "genus", "species")),
        ({"status": "accepted"}, ("status_changed", "PLK:2", "status", "", "accepted")),
        (
            {"synonyms": ("x",), "scopes": ("broad",)},
            ("synonym_added", "PLK:2", "broad_synonym", "", "x"),
        ),
        ({"xrefs": ()}, ("xref_removed", "PLK:2", "xref", "AphiaID:106485", "")),
        (
            {"obsolete": True, "replaced_by": ("PLK:3",)},
            ("obsoleted", "PLK:2", "replaced_by", "", "PLK:3"),
        ),
        (
            {"intersection": (("is_a", "PLK:1"), ("has_part", "PLK:9"))},
            (
                "intersection_changed",
                "PLK:2",
                "intersection",
                "",
                "has_part PLK:9|is_a PLK:1",
            ),
        ),
    ],
)
def test_a_change_says_what_stood_there_and_what_does_now(
    plankton: ConceptGraph, fields: dict[str, object], expected: tuple[str, ...]
) -> None:
    assert _rows(diff(plankton, _changed(plankton, "PLK:2", **fields))) == [expected]


def test_a_name_that_is_current_again_or_replaced_by_another_is_re_accepted(
    plankton: ConceptGraph,
) -> None:
    obsolete = _changed(plankton, "PLK:2", obsolete=True, replaced_by=("PLK:3",))
    elsewhere = _changed(plankton, "PLK:2", obsolete=True, replaced_by=("PLK:1",))
    assert _rows(diff(obsolete, plankton)) == [("re-accepted", "PLK:2", "replaced_by", "PLK:3", "")]
    assert _rows(diff(obsolete, elsewhere)) == [
        ("re-accepted", "PLK:2", "replaced_by", "PLK:3", "PLK:1")
    ]


def test_a_scope_that_changed_is_a_synonym_removed_and_added() -> None:
    old = ConceptGraph([Concept("a", "a", synonyms=("x",))])
    new = ConceptGraph([Concept("a", "a", synonyms=("x",), scopes=("narrow",))])
    assert _rows(diff(old, new)) == [
        ("synonym_removed", "a", "exact_synonym", "x", ""),
        ("synonym_added", "a", "narrow_synonym", "", "x"),
    ]


def test_one_parent_for_another_is_one_move_and_more_are_told_one_by_one() -> None:
    def under(*parents: str) -> ConceptGraph:
        return ConceptGraph(
            [Concept(name, name) for name in "abcd"], [("a", "is_a", p) for p in parents]
        )

    assert _rows(diff(under("b"), under("c"))) == [("moved", "a", "is_a", "b", "c")]
    assert _rows(diff(under("b"), under("b", "c"))) == [("moved", "a", "is_a", "", "c")]
    assert _rows(diff(under("b", "c"), under("d"))) == [
        ("moved", "a", "is_a", "", "d"),
        ("moved", "a", "is_a", "b", ""),
        ("moved", "a", "is_a", "c", ""),
    ]


def test_another_id_is_not_guessed_to_be_the_same_concept() -> None:
    old = ConceptGraph([Concept("PLK:1", "Oithona", xrefs=("AphiaID:106485",))])
    new = ConceptGraph([Concept("PLK:9", "Oithona", xrefs=("AphiaID:106485",))])
    assert diff(old, new).counts == {"added": 1, "removed": 1}
    kept = ConceptGraph([*_changed(old, "PLK:1", obsolete=True, replaced_by=("PLK:9",)), *new])
    assert diff(old, kept).counts == {"added": 1, "obsoleted": 1}


def test_which_file_says_it_makes_no_difference(plankton: ConceptGraph) -> None:
    elsewhere = ConceptGraph((replace(c, source="b.ttl") for c in plankton), plankton.relations)
    assert len(diff(plankton, elsewhere)) == 0


@given(old=GRAPHS, new=GRAPHS)
def test_tables_and_json_hold_every_change(
    tmp_path_factory: pytest.TempPathFactory, old: ConceptGraph, new: ConceptGraph
) -> None:
    changes = diff(old, new)
    folder = tmp_path_factory.mktemp("changes")

    def tabular(name: str, delimiter: str) -> list[Change]:
        with (folder / name).open(encoding="utf-8", newline="") as file:
            return [Change(**row) for row in csv.DictReader(file, delimiter=delimiter)]

    def objects(name: str) -> list[Change]:
        return [Change(**row) for row in json.loads((folder / name).read_text("utf-8"))]

    readers: dict[str, Callable[[str], list[Change]]] = {
        "changes.tsv": lambda name: tabular(name, "\t"),
        "changes.csv": lambda name: tabular(name, ","),
        "changes.json": objects,
    }
    for name, read in readers.items():
        assert changes.write(folder / name) == ()
        assert read(name) == list(changes)


LITERAL, ID = r"'[^'\n]*'", r"(?:<[^\s<>]+>|[^\s'\"<>]+)"
TEXT = '"[^"\n]*"'
LINES = re.compile(  # what we use of the grammar of kgcl-schema 0.7
    rf"""create\ node\ {ID}\ {LITERAL}|delete\ {ID}|(un)?obsolete\ {ID}
    |obsolete\ {ID}\ with\ replacement\ {ID}|rename\ {ID}\ from\ {LITERAL}\ to\ {LITERAL}
    |move\ {ID}\ {ID}\ {ID}\ from\ {ID}\ to\ {ID}|(create|delete)\ edge\ {ID}\ {ID}\ {ID}
    |create\ (exact|narrow|broad|related)\ synonym\ {LITERAL}\ for\ {ID}
    |remove\ synonym\ {LITERAL}\ for\ {ID}|add\ definition\ {LITERAL}\ to\ {ID}
    |change\ definition\ of\ {ID}\ from\ {LITERAL}\ to\ {LITERAL}|remove\ definition\ for\ {ID}
    |change\ annotation\ of\ {ID}\ with\ {ID}\ from\ {TEXT}\ to\ {TEXT}""",
    re.VERBOSE,
)


@given(old=GRAPHS, new=GRAPHS)
def test_every_change_is_a_line_of_kgcl_or_listed_as_lost(
    old: ConceptGraph, new: ConceptGraph
) -> None:
    changes = diff(old, new)
    lines, lost = kgcl.render(changes, old, new)
    for line in lines:
        assert LINES.fullmatch(line)
        assert line.splitlines() == [line]
    brought = [new[c.subject] for c in changes if c.change == "added"]
    said = sum(len(new.relations_of(c.id)) + len(c.synonyms) + len(c.xrefs) for c in brought)
    assert len(lines) + len(lost) >= len(changes) + said


def test_a_change_as_a_line_of_kgcl(plankton: ConceptGraph, tmp_path: Path) -> None:
    new = ConceptGraph(
        [
            Concept("PLK:1", "copepods", rank="order", xrefs=("AphiaID:1080",)),
            Concept("PLK:2", "Oithona", rank="genus", xrefs=("AphiaID:106485",)),
            Concept("PLK:3", "Calanus", rank="genus", obsolete=True, replaced_by=("PLK:2",)),
            Concept("PLK:4", "Cirripedia", definition="Barnacles'\nown \\ group"),
            *(c for c in plankton if c.id not in ("PLK:1", "PLK:2", "PLK:3", "PLK:4", "PLK:12")),
            Concept("PLK:13", "salp chain", synonyms=("chain",), scopes=("broad",)),
        ],
        [
            *(r for r in plankton.relations if r.child not in ("PLK:2", "PLK:5", "PLK:6")),
            ("PLK:5", "is_a", "PLK:1"),
            ("PLK:6", "has_stage", "PLK:11"),
            ("PLK:13", "is_a", "PLK:6"),
            ("PLK:5", "has_stage", "PLK:11"),
        ],
    )
    diff(plankton, new).write(tmp_path / "changes.kgcl")
    vocabulary = "https://w3id.org/kgconcepts/vocabulary#"
    assert (tmp_path / "changes.kgcl").read_text("utf-8").splitlines() == [
        "create node PLK:13 'salp chain'",
        "rename PLK:1 from 'Copepoda' to 'copepods'",
        f'change annotation of PLK:1 with <{vocabulary}rank> from "class" to "order"',
        "remove synonym 'copepod' for PLK:1",
        "create broad synonym 'chain' for PLK:13",
        "create edge PLK:13 rdfs:subClassOf PLK:6",
        "delete edge PLK:2 rdfs:subClassOf PLK:1",
        "obsolete PLK:3 with replacement PLK:2",
        r"add definition 'Barnacles\u0027\u000aown \u005c group' to PLK:4",
        "move PLK:5 rdfs:subClassOf PLK:4 from PLK:4 to PLK:1",
        "delete edge PLK:6 RO:0000086 PLK:10",
        f"create edge PLK:6 <{vocabulary}has_stage> PLK:11",
        "delete PLK:12",
    ]


def test_what_kgcl_has_no_words_for_is_listed(tmp_path: Path) -> None:
    old = ConceptGraph([Concept("PLK:1", "a", xrefs=("X:1",))])
    new = ConceptGraph([Concept("PLK:1", "b", status="accepted")])
    with pytest.warns(LossWarning, match=r"2 statements have no place in .kgcl: PLK:1 status"):
        lost = diff(old, new).write(tmp_path / "changes.kgcl")
    assert [(f.rule, f.property, f.value) for f in lost] == [
        ("not_written", "status", "accepted"),
        ("not_written", "xref", "X:1"),
    ]
    assert (tmp_path / "changes.kgcl").read_text() == "rename PLK:1 from 'a' to 'b'\n"


def test_a_terminal_shows_how_many_and_some_of_each(plankton: ConceptGraph) -> None:
    renamed = ConceptGraph(
        [replace(c, label=f"[red]{c.label}\x85") for c in plankton], plankton.relations
    )
    console = Console(width=100, file=io.StringIO(), record=True)
    console.print(diff(plankton, renamed))
    console.print(diff(plankton, plankton))
    header, first, *_, last, none = console.export_text().splitlines()
    assert header.split() == ["change", "number", "for", "example"]
    assert first.split()[:4] == ["renamed", "12", "PLK:1", "[red]Copepoda"]
    assert (last, none) == ("12 changes.", "No changes.")


def test_a_format_that_is_not_known_is_refused(plankton: ConceptGraph, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"changes are written in; end it in .tsv, .csv, .json"):
        diff(plankton, plankton).write(tmp_path / "changes.xlsx")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.data
def test_a_real_ontology_edited_as_a_curator_would(shared_data: Path, tmp_path: Path) -> None:
    path = shared_data / "ontologies" / "pato.obo"
    text = path.read_text("utf-8")
    for before, after in (
        ("name: mobility\n", "name: motility\n"),
        ("is_a: PATO:0000051 ! morphology\nis_a: PATO:0001300", "is_a: PATO:0001300"),
        ("is_a: PATO:0001906 ! movement quality\n\n[Term]\nid: PATO:0000009\n",
         "is_a: PATO:0001018\n\n[Term]\nid: PATO:0000009\n"),
        ("name: color hue\n", "name: color hue\nis_obsolete: true\nreplaced_by: PATO:0000014\n"),
    ):  # fmt: skip
        assert text.count(before) == 1
        text = text.replace(before, after)
    (tmp_path / "pato.obo").write_text(text, "utf-8")
    old, new = kg.read(path), kg.read(tmp_path / "pato.obo")
    assert _rows(diff(old, old)) == []
    assert _rows(diff(old, new)) == [
        ("renamed", "PATO:0000004", "label", "mobility", "motility"),
        ("moved", "PATO:0000008", "is_a", "PATO:0001906", "PATO:0001018"),
        ("moved", "PATO:0000014", "is_a", "PATO:0000051", ""),
        ("obsoleted", "PATO:0000015", "replaced_by", "", "PATO:0000014"),
    ]
    diff(old, new).write(tmp_path / "changes.kgcl")
    assert (tmp_path / "changes.kgcl").read_text("utf-8").splitlines() == [
        "rename PATO:0000004 from 'mobility' to 'motility'",
        "move PATO:0000008 rdfs:subClassOf PATO:0001906 from PATO:0001906 to PATO:0001018",
        "delete edge PATO:0000014 rdfs:subClassOf PATO:0000051",
        "obsolete PATO:0000015 with replacement PATO:0000014",
    ]
