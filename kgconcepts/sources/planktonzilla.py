"""The planktonzilla label table: labels of image collections with ranks, AphiaID and qualifier.

Source of the format: Inria-Chile/planktonzilla, ``planktonzilla_taxonomy.csv``.
"""

from __future__ import annotations

from kgconcepts.errors import SourceError
from kgconcepts.graph import Concept, ConceptGraph, Relation
from kgconcepts.sources import tables
from kgconcepts.sources.document import Document

__all__ = ["NAME", "can_read", "finest_name", "label_id", "read"]

NAME = "planktonzilla label table"
RANKS = ("Kingdom", "Phylum", "Class", "Order", "Family", "Genus", "Species")
COLUMNS = (
    *("Dataset", "Raw_Labels", *RANKS),
    *("proposed_label", "root_class", "qualifier", "aphia_ID"),
)
_STAGES = ("larvae", "egg")


def can_read(document: Document) -> bool:
    """Return whether a document is such a table."""
    return set(COLUMNS) <= set(tables.header(document.head))


def label_id(collection: str, label: str) -> str:
    """Return the id of a collection's label."""
    return f"{collection}:{label}"


def finest_name(cells: dict[str, str]) -> str:
    """Return what names a row's finest taxon: its AphiaID, or its name."""
    if number := cells["aphia_ID"].removesuffix(".0"):
        return f"AphiaID:{number}"
    lineage = _lineage(cells)
    return lineage[-1][1] if lineage else cells["proposed_label"]


def read(document: Document, collection: str = "") -> ConceptGraph:
    """Read the labels, their ancestors at every rank, and their qualifiers.

    A label is a concept of its own, below its finest taxon, with its qualifier (stage, part, view)
    as trait; a label without a taxon is below the table's own name for it and its root class.

    Parameters
    ----------
    document : Document
    collection : str
        Read the labels of this collection (``planktonset1.0``, ``zooscan``…) alone.
    """
    source = document.source
    table = [
        row for row in tables.rows(document, COLUMNS) if collection in ("", row.cells["Dataset"])
    ]
    if not table:
        raise SourceError(f"{document.where}: no rows of collection {collection!r}; check its name")
    aphia = _aphia_ids(table)
    concepts: dict[str, Concept] = {}
    relations: dict[Relation, None] = {}

    def add(id_: str, label: str, kind: str, rank: str = "", xref: str = "") -> str:
        xrefs = (xref,) if xref else ()
        concepts.setdefault(id_, Concept(id_, label, kind, "", (), xrefs, rank, source.name))
        return id_

    for where, cells in table:
        above = ""
        kind = "taxon"
        for rank, name in _lineage(cells):
            number = aphia.get((rank, name), "")
            xref = f"AphiaID:{number}" if number else ""
            id_ = add(xref or f"planktonzilla:{rank}/{name}", name.capitalize(), kind, rank, xref)
            if above:
                relations[Relation(id_, "is_a", above)] = None
            above = id_
        if not above:
            root, name = cells["root_class"], cells["proposed_label"]
            kind = "taxon" if root == "living" else "object"
            above = add(f"planktonzilla:{root}", root, kind)
            if name != root:
                id_ = add(f"planktonzilla:{root}/{name}", name.replace("_", " "), kind)
                relations[Relation(id_, "is_a", above)] = None
                above = id_
        label = label_id(cells["Dataset"], cells["Raw_Labels"])
        if label in concepts:
            raise SourceError(f"{where}: label {label} is given twice; keep one of the rows")
        add(label, cells["Raw_Labels"], kind)
        relations[Relation(label, "is_a", above)] = None
        if qualifier := cells["qualifier"]:
            stage = qualifier in _STAGES
            trait = add(
                f"planktonzilla:qualifier/{qualifier}",
                qualifier.replace("_", " "),
                "stage" if stage else "quality",
            )
            relations[Relation(label, "has_stage" if stage else "has_quality", trait)] = None
    return ConceptGraph(concepts.values(), relations, [source])


def _lineage(cells: dict[str, str]) -> list[tuple[str, str]]:
    """Return (rank, name) from the root; a species with its genus, as names are not unique."""
    lineage = [(rank.lower(), cells[rank]) for rank in RANKS if cells[rank]]
    if lineage and lineage[-1][0] == "species" and cells["Genus"]:
        lineage[-1] = ("species", f"{cells['Genus']} {cells['Species']}")
    return lineage


def _aphia_ids(table: list[tables.Row]) -> dict[tuple[str, str], str]:
    """Return AphiaIDs by rank and name, those alone that one taxon has and that has no other."""
    found: dict[tuple[str, str], set[str]] = {}
    owners: dict[str, set[tuple[str, str]]] = {}
    for _, cells in table:
        lineage = _lineage(cells)
        number = cells["aphia_ID"].removesuffix(".0")
        if lineage and number:
            found.setdefault(lineage[-1], set()).add(number)
            owners.setdefault(number, set()).add(lineage[-1])
    return {
        taxon: number
        for taxon, numbers in found.items()
        for number in numbers
        if len(numbers) == 1 and len(owners[number]) == 1
    }
