"""Where an ontology says that its relations are said: the sources of its axioms."""

from __future__ import annotations

import os

from kgconcepts.graph import Relation
from kgconcepts.identifiers import curie
from kgconcepts.sources import triples as rdf
from kgconcepts.sources.axioms import Expressions
from kgconcepts.sources.document import opened
from kgconcepts.sources.vocabularies import DCTERMS, OWL

__all__ = ["read_evidence"]


def read_evidence(path: str | os.PathLike[str]) -> dict[Relation, str]:
    """Read the sources (``dcterms:source``) of the axioms of an OWL file in RDF.

    Parameters
    ----------
    path : path-like
        Other files than RDF have none.

    Returns
    -------
    dict of Relation → str
        As `kgconcepts.write` takes it.

    Raises
    ------
    SourceError
        If the file cannot be read.
    """
    with opened(path) as document:
        if document.members or not rdf.can_read(document):
            return {}
        triples = rdf.parse(document)
    said = {axiom: rdf.value(text) for axiom, text in triples.pairs(DCTERMS + "source")}
    subjects = dict(triples.pairs(OWL + "annotatedSource"))
    targets = dict(triples.pairs(OWL + "annotatedTarget"))
    names = {
        term: curie(rdf.value(term))
        for term, kind in triples.pairs(rdf.RDF + "type")
        if kind == f"<{OWL}Class>" and term.startswith("<")
    }
    expressions = Expressions(triples, names)
    found: dict[Relation, str] = {}
    for axiom, subject in subjects.items():
        target = targets.get(axiom, "")
        if axiom not in said or subject not in names:
            continue
        if target in names:
            found[Relation(names[subject], "is_a", names[target])] = said[axiom]
        else:
            for relation, parent in expressions.parts(target):
                found[Relation(names[subject], relation, parent)] = said[axiom]
    return found
