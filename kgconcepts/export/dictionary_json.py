"""The dictionary as JSON, in the schema that docs/dictionary.md describes."""

from __future__ import annotations

from pathlib import Path
from typing import Final, Literal

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from kgconcepts.dictionary import Certificate, ConceptDictionary, Grounding, Provenance
from kgconcepts.errors import SourceError
from kgconcepts.files import read_text, replacing
from kgconcepts.graph import Concept, ConceptGraph, Source
from kgconcepts.text.passage import Passage

__all__ = ["SCHEMA", "ConceptRecord", "DictionaryRecord", "read", "record", "restore", "write"]

SCHEMA: Final = "https://w3id.org/kgconcepts/schema/dictionary-1"


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


class RelationRecord(_Record):
    """A relation of a concept, and the id of the concept at its other end."""

    relation: str
    concept: str


class ConceptRecord(_Record):
    """A concept with all that is known of it; a direction has a number for each latent unit."""

    concept: Concept
    relations: list[RelationRecord]
    texts: list[Passage]
    certificate: Certificate
    direction: list[float]
    intercept: float
    vector: list[float] | None = None


class DictionaryRecord(_Record):
    """A whole dictionary, as it lies in a file."""

    schema_: Literal["https://w3id.org/kgconcepts/schema/dictionary-1"] = Field(alias="schema")
    provenance: Provenance
    sources: list[Source]
    center: list[float]
    concepts: list[ConceptRecord]


def write(dictionary: ConceptDictionary, path: Path) -> None:
    """Write a dictionary, whole or not at all."""
    text = record(dictionary).model_dump_json(by_alias=True, indent=1)
    with replacing(path) as temporary:
        temporary.write_text(text + "\n", encoding="utf-8")


def read(path: Path) -> ConceptDictionary:
    """Read a dictionary.

    Raises
    ------
    SourceError
        If the file does not follow the schema; the message says where.
    """
    try:
        found = DictionaryRecord.model_validate_json(read_text(path))
    except ValidationError as error:
        first = error.errors()[0]
        where = "/".join(str(step) for step in first["loc"]) or "the beginning"
        raise SourceError(
            f"{path}: at {where}: {first['msg']}; expected a dictionary of schema {SCHEMA}"
        ) from error
    return restore(found, str(path))


def record(dictionary: ConceptDictionary) -> DictionaryRecord:
    """Return a dictionary as plain data."""
    grounding = dictionary.grounding
    graph = dictionary.graph
    position = {id_: k for k, id_ in enumerate(dictionary.hierarchy.ids)}
    relations: dict[str, list[RelationRecord]] = {id_: [] for id_ in graph.ids}
    for child, relation, parent in graph.relations:
        relations[child].append(RelationRecord(relation=relation, concept=parent))
    vectors = dictionary.vectors
    return DictionaryRecord(
        schema=SCHEMA,
        provenance=grounding.provenance,
        sources=list(graph.sources.values()),
        center=_numbers(grounding.center),
        concepts=[
            ConceptRecord(
                concept=concept,
                relations=relations[concept.id],
                texts=list(dictionary.texts.get(concept.id, ())),
                certificate=grounding.certificates[k],
                direction=_numbers(grounding.directions[k]),
                intercept=_numbers(grounding.intercepts[k : k + 1])[0],
                vector=None if vectors is None else _numbers(vectors[k]),
            )
            for concept in graph
            for k in (position[concept.id],)
        ],
    )


def restore(found: DictionaryRecord, where: str) -> ConceptDictionary:
    """Return the dictionary that plain data describe.

    Raises
    ------
    SourceError
        If numbers are missing, or a relation leads nowhere.
    """
    graph = ConceptGraph(
        (r.concept for r in found.concepts),
        ((r.concept.id, e.relation, e.concept) for r in found.concepts for e in r.relations),
        found.sources,
    )
    records = {r.concept.id: r for r in found.concepts}
    ordered = [records[id_] for id_ in graph.hierarchy(traits=True).ids]
    d = len(found.center)
    for r in ordered:
        if len(r.direction) != d:
            raise SourceError(
                f"{where}: the direction of {r.concept.id} has {len(r.direction)} numbers; "
                f"expected {d}, as the centre has"
            )
    vectors = [r.vector or [] for r in ordered]
    if len(ordered) != len(records) or len({len(v) for v in vectors}) > 1:
        raise SourceError(f"{where}: concepts are not alike in what is known of them; write anew")
    return ConceptDictionary(
        graph,
        {r.concept.id: r.texts for r in ordered},
        np.array(vectors, dtype=np.float32) if any(vectors) else None,
        Grounding(
            np.array([r.direction for r in ordered], dtype=np.float32).reshape(len(ordered), d),
            np.array([r.intercept for r in ordered], dtype=np.float32),
            np.array(found.center, dtype=np.float32),
            tuple(r.certificate for r in ordered),
            found.provenance,
        ),
    )


def _numbers(values: npt.NDArray[np.float32]) -> list[float]:
    """Return float32 as the shortest decimals that read back as the same float32."""
    return [float(text) for text in values.astype(np.float32).astype(str)]
