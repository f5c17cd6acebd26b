"""kgconcepts: concepts of a knowledge graph, grounded in an image classifier.

Names are loaded when first used, so that ``import kgconcepts`` stays quick.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from kgconcepts.version import __version__

if TYPE_CHECKING:
    from kgconcepts.curation.check import check as check
    from kgconcepts.curation.diff import diff as diff
    from kgconcepts.curation.match import match as match
    from kgconcepts.curation.merge import merge as merge
    from kgconcepts.dictionary import ConceptDictionary as ConceptDictionary
    from kgconcepts.embedding.encoder import encoder as encoder
    from kgconcepts.embedding.hierarchical import HierarchicalEmbedding as HierarchicalEmbedding
    from kgconcepts.embedding.order import Order as Order
    from kgconcepts.evidence import Evidence as Evidence
    from kgconcepts.export.write import write as write
    from kgconcepts.graph import Concept as Concept
    from kgconcepts.graph import ConceptGraph as ConceptGraph
    from kgconcepts.grounding.estimator import HierarchicalGrounder as HierarchicalGrounder
    from kgconcepts.hierarchy import Hierarchy as Hierarchy
    from kgconcepts.sources import read as read
    from kgconcepts.text.passage import Passage as Passage
    from kgconcepts.text.texts import Texts as Texts
    from kgconcepts.text.wikipedia import WikipediaSource as WikipediaSource

_WHERE = {
    "Concept": "graph",
    "ConceptDictionary": "dictionary",
    "ConceptGraph": "graph",
    "Evidence": "evidence",
    "HierarchicalEmbedding": "embedding.hierarchical",
    "HierarchicalGrounder": "grounding.estimator",
    "Hierarchy": "hierarchy",
    "Order": "embedding.order",
    "Passage": "text.passage",
    "Texts": "text.texts",
    "WikipediaSource": "text.wikipedia",
    "check": "curation.check",
    "diff": "curation.diff",
    "encoder": "embedding.encoder",
    "match": "curation.match",
    "merge": "curation.merge",
    "read": "sources",
    "write": "export.write",
}

__all__ = [*_WHERE, "__version__"]  # noqa: PLE0604 (the names are strings)


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module 'kgconcepts' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"kgconcepts.{_WHERE[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
