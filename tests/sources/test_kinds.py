"""The kind of a concept follows from its place where nobody says it."""

from __future__ import annotations

from kgconcepts.sources.kinds import guess

IS_A = "is_a"


def test_what_is_known_holds() -> None:
    assert guess(["PATO:1", "b:2"], [], {"b:2": "object"}) == {"PATO:1": "quality", "b:2": "object"}


def test_what_relations_lead_to_has_the_kind_that_they_tell() -> None:
    relations = [
        ("x:copepod", "has_part", "x:antenna"),
        ("x:copepod", "has_quality", "x:clear"),
        ("x:copepod", "has_stage", "x:nauplius"),
        ("x:gut", "RO:0002492", "x:larva"),
        ("x:early", "RO:0002087", "x:egg"),
    ]
    ids = {end for child, _, parent in relations for end in (child, parent)}
    kinds = guess(ids, relations, {})
    assert kinds == {
        "x:copepod": "taxon",
        "x:antenna": "part",
        "x:clear": "quality",
        "x:nauplius": "stage",
        "x:gut": "taxon",
        **dict.fromkeys(("x:larva", "x:early", "x:egg"), "stage"),
    }


def test_kinds_go_down_and_up_to_what_has_no_other_kind_below() -> None:
    relations = [
        ("x:antenna", IS_A, "x:appendage"),
        ("x:telson", IS_A, "x:appendage"),
        ("x:first antenna", IS_A, "x:antenna"),
        ("x:appendage", IS_A, "x:thing"),
        ("x:copepod", IS_A, "x:thing"),
        ("x:copepod", "has_part", "x:antenna"),
    ]
    ids = {end for child, _, parent in relations for end in (child, parent)}
    kinds = guess(ids, relations, {})
    assert {id_ for id_, kind in kinds.items() if kind == "part"} == {
        "x:antenna",
        "x:telson",
        "x:first antenna",
        "x:appendage",
    }


def test_parts_of_stages_are_stages_and_other_parts_are_parts() -> None:
    relations = [
        ("x:naupliar phase", "part_of", "x:larval phase"),
        ("x:nauplius I", "part_of", "x:naupliar phase"),
        ("x:gut", "part_of", "x:body"),
        ("x:egg", "has_stage", "x:larval phase"),
    ]
    ids = {end for child, _, parent in relations for end in (child, parent)}
    kinds = guess(ids, relations, {})
    assert kinds["x:nauplius I"] == kinds["x:naupliar phase"] == "stage"
    assert kinds["x:gut"] == "part"


def test_a_cycle_is_no_trap() -> None:
    relations = [("x:a", IS_A, "x:b"), ("x:b", IS_A, "x:a"), ("x:c", "has_part", "x:a")]
    relations += [("x:d", "part_of", "x:e"), ("x:e", "part_of", "x:d")]
    kinds = guess(["x:a", "x:b", "x:c", "x:d", "x:e"], relations, {})
    assert [kinds[f"x:{letter}"] for letter in "abcde"] == ["part", "part", "taxon", "part", "part"]


def test_prefixes_of_well_known_ontologies_tell_the_kind() -> None:
    ids = ["HsapDv:1", "UBERON:1", "NCBITaxon:1", "CHEBI:1", "ZZZ:1", "AphiaID:1"]
    assert list(guess(ids, [], {}).values()) == [
        "stage",
        "part",
        "taxon",
        "object",
        "taxon",
        "taxon",
    ]
