"""Vectors of concepts in a file."""

from __future__ import annotations

import json
import os
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
from pydantic import TypeAdapter
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from kgconcepts.concept import plain
from kgconcepts.embedding.hierarchical import HierarchicalEmbedding
from kgconcepts.errors import SourceError, UnknownConceptError
from kgconcepts.files import replacing
from kgconcepts.graph import ConceptGraph

__all__ = ["Vectors", "read_vectors", "write_vectors"]

_FORMAT = "kgconcepts vectors 1"
_IDS = TypeAdapter(list[str])


@dataclass(frozen=True)
class Vectors:
    """Vectors of ``K`` concepts, as they lie in a file.

    Parameters
    ----------
    ids : tuple of str, K
    vectors : float32 array of shape (K, m)
    variance : array of shape (K,)
    encoder : str
        Name, version and hash of the encoder.
    """

    ids: tuple[str, ...]
    vectors: npt.NDArray[np.float32]
    variance: npt.NDArray[np.float64]
    encoder: str

    def of(self, ids: tuple[str, ...]) -> npt.NDArray[np.float32]:
        """Return the vectors of these concepts.

        Raises
        ------
        UnknownConceptError
            If one has none.
        """
        position = {id_: k for k, id_ in enumerate(self.ids)}
        missing = next((id_ for id_ in ids if id_ not in position), None)
        if missing is not None:
            raise UnknownConceptError(f"{missing!r} has no vector in the file; run embed again")
        return np.asarray(self.vectors[[position[id_] for id_ in ids]])


def write_vectors(
    model: HierarchicalEmbedding, path: str | os.PathLike[str], graph: ConceptGraph
) -> Path:
    """Write vectors and variances (safetensors), and beside them a table of concepts (parquet).

    Returns
    -------
    Path
        Of the table: ``concept, label, kind, words, variance, own, borrowed_from``, a row for each
        row of the arrays.

    Raises
    ------
    OutputError
        If the place cannot be written to.
    """
    path = Path(path)
    beside = path.with_suffix(".concepts.parquet")
    coder = getattr(model, "encoder_", None)  # not there where observations were given
    made_by = f"{coder.name} ({coder.version}) {coder.sha256}" if coder is not None else ""
    table = pl.DataFrame(
        {
            "concept": model.ids_,
            "label": [graph[id_].label for id_ in model.ids_],
            "kind": [graph[id_].kind for id_ in model.ids_],
            "words": model.observations_.words.astype(np.int64),
            "variance": model.variance_,
            "own": model.own_,
            "borrowed_from": [list(some) for some in model.borrowed_from_],
        },
        schema_overrides={"borrowed_from": pl.List(pl.String)},
    )
    arrays: dict[str, npt.NDArray[Any]] = {
        "vectors": np.ascontiguousarray(model.vectors_),
        "variance": np.ascontiguousarray(model.variance_),
    }
    told = {"format": _FORMAT, "ids": json.dumps(model.ids_), "encoder": made_by}
    with ExitStack() as stack:
        first, second = (stack.enter_context(replacing(place)) for place in (path, beside))
        save_file(arrays, first, metadata=told)
        table.write_parquet(second)
    return beside


def read_vectors(path: str | os.PathLike[str]) -> Vectors:
    """Read what `write_vectors` wrote.

    Raises
    ------
    SourceError
        If the file is none of ours, or its arrays are not of its ids.
    """
    expected = "expected what kgconcepts embed wrote (.safetensors)"
    try:
        with safe_open(path, framework="numpy") as file:
            told = file.metadata() or {}
            if told.get("format") != _FORMAT:
                raise SourceError(f"{path}: holds no vectors of concepts; {expected}")
            ids = tuple(map(plain, _IDS.validate_json(told["ids"])))
            vectors, variance = file.get_tensor("vectors"), file.get_tensor("variance")
    except SourceError:
        raise
    except (OSError, SafetensorError, ValueError, KeyError, TypeError) as error:
        account = " ".join(str(error).split())[:200]
        raise SourceError(f"{path}: cannot be read ({account}); {expected}") from error
    K = len(ids)
    numbers = all(a.dtype.kind == "f" and np.isfinite(a).all() for a in (vectors, variance))
    if not numbers or vectors.ndim != 2 or len(vectors) != K or variance.shape != (K,):
        raise SourceError(
            f"{path}: {K} ids, and arrays of shapes {vectors.shape} and {variance.shape}"
            f"{'' if numbers else ' that are not finite numbers'}; {expected}"
        )
    if len(set(ids)) != K:
        raise SourceError(f"{path}: an id comes twice; {expected}")
    return Vectors(ids, vectors.astype(np.float32), variance, told.get("encoder", ""))
