"""Knowledge, beside the peers: time and memory of each in a process of its own.

Read are a generated ontology of 100,000 classes (label, synonym and cross-reference each, a
definition for a third), from RDF/XML and from OBO, and a table of 600,000 taxa with 250,000
synonyms. Asked is a hierarchy of 1,000,000 concepts, each with one or (in three of ten) two parents
among those before it: 41 levels, 113 ancestors a concept. Run:
``pip install -e '.[bench]'``, then ``python benchmarks/sources.py [repeats]``.
"""

from __future__ import annotations

import os
import random
import statistics
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

from rich.console import Console
from rich.table import Table

CLASSES, TAXA, SYNONYMS, CONCEPTS, SEED = 100_000, 600_000, 250_000, 1_000_000, 0
WORDS = [
    "anterior",
    "posterior",
    "dorsal",
    "ventral",
    "spine",
    "seta",
    "valve",
    "raphe",
    "carapace",
    "antenna",
    "larva",
]
OBO = "http://purl.obolibrary.org/obo/"
HEAD = f"""<?xml version="1.0"?>
<rdf:RDF xmlns:obo="{OBO}" xmlns:owl="http://www.w3.org/2002/07/owl#"
 xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
 xmlns:rdfs="http://www.w3.org/2000/01/rdf-schema#"
 xmlns:oio="http://www.geneontology.org/formats/oboInOwl#">
<owl:Ontology rdf:about="{OBO}big.owl"/>"""
READERS = {
    "kgconcepts": "import kgconcepts; found = kgconcepts.read(PATH)",
    "kgconcepts + hierarchy": "import kgconcepts; found = kgconcepts.read(PATH).hierarchy()",
    "pronto": "import pronto; found = pronto.Ontology(PATH)",
    "rdflib": "import rdflib; found = rdflib.Graph().parse(PATH, format='xml')",
    "owlready2": "import owlready2; "
    "found = owlready2.World().get_ontology('file://' + PATH).load()",
    "nxontology": "from nxontology.imports import from_file; found = from_file(PATH)",
    "fastobo": "import fastobo; found = fastobo.load(PATH)",
}
CASES = {
    "ontology.owl": ("kgconcepts", "pronto", "rdflib", "owlready2"),
    "ontology.obo": ("kgconcepts", "pronto", "nxontology", "fastobo"),
    "worms.csv": ("kgconcepts + hierarchy",),
}
TIMED = """
import resource, time
PATH = {path!r}
start = time.perf_counter()
{code}
print(time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""
HIERARCHY = """
import resource, time
import numpy as np
rng = np.random.default_rng({seed})
K = {concepts}
child = np.repeat(np.arange(1, K), 1 + (rng.random(K - 1) < 0.3))
parent = (rng.random(len(child)) * child).astype(int)
ids = [f"c{{k}}" for k in range(K)]
edges = [(ids[c], ids[p]) for c, p in zip(child.tolist(), parent.tolist())]
some, others = ([ids[k] for k in rng.integers(0, K, 1000).tolist()] for _ in range(2))
ones, eight = np.ones(K, dtype=int), rng.random((K, 8))
{imports}
for name, code in {steps!r}.items():
    start = time.perf_counter()
    exec(code)
    seconds = time.perf_counter() - start
    print(name, seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, sep=";")
"""
STEPS = {
    "kgconcepts": (
        "from kgconcepts import Hierarchy",
        {
            "from edges": "tree = Hierarchy.from_edges(ids, edges)",
            "levels": "tree.levels",
            "ancestors of 1,000": "[tree.ancestors(c) for c in some]",
            "descendants of 1,000": "[tree.descendants(c) for c in some]",
            "common ancestors of 500 pairs": "[tree.lowest_common_ancestors(pair) "
            "for pair in zip(others[::2], others[1::2])]",
            "sums along all paths": "tree.roll_up(ones, paths=True)",
            "sums, each once, the first": "tree.roll_up(ones)",
            "sums, each once, again": "tree.roll_up(ones)",
            "sums of 8 columns": "tree.push_down(eight)",
        },
    ),
    "networkx": (
        "import networkx as nx",
        {
            "from edges": "graph = nx.DiGraph(); graph.add_nodes_from(ids); "
            "graph.add_edges_from((p, c) for c, p in edges)",
            "levels": "list(nx.topological_generations(graph))",
            "ancestors of 1,000": "[nx.ancestors(graph, c) for c in some]",
            "descendants of 1,000": "[nx.descendants(graph, c) for c in some]",
        },
    ),
    "nxontology": (
        "import networkx as nx; from nxontology import NXOntology",
        {
            "from edges": "graph = nx.DiGraph(); graph.add_nodes_from(ids); "
            "graph.add_edges_from((p, c) for c, p in edges); "
            "tree = NXOntology(graph); tree.freeze()",
            "ancestors of 1,000": "[tree.node_info(c).ancestors for c in some]",
            "descendants of 1,000": "[tree.node_info(c).descendants for c in some]",
            "common ancestors of 500 pairs": "[tree.similarity(*pair).common_ancestors "
            "for pair in zip(others[::2], others[1::2])]",
        },
    ),
}


def write_ontology(folder: Path) -> None:
    rng = random.Random(SEED)  # noqa: S311 (no secret)
    rdf, obo = [HEAD], ["format-version: 1.4\nontology: big\n"]
    for k in range(CLASSES):
        label = f"{' '.join(rng.choices(WORDS, k=3))} {k}"
        parents = (
            {rng.randrange(k // 10, k) for _ in range(1 + (rng.random() < 0.2))} if k else set()
        )
        definition = " ".join(rng.choices(WORDS, k=14)) if k % 3 == 0 else ""
        rdf.append(f'<owl:Class rdf:about="{OBO}BIG_{k:07d}">')
        rdf += [f' <rdfs:subClassOf rdf:resource="{OBO}BIG_{p:07d}"/>' for p in sorted(parents)]
        obo.append(f"[Term]\nid: BIG:{k:07d}\nname: {label}")
        if definition:
            rdf.append(f" <obo:IAO_0000115>{definition}</obo:IAO_0000115>")
            obo.append(f'def: "{definition}" []')
        rdf.append(f" <oio:hasDbXref>X:{k}</oio:hasDbXref>")
        rdf.append(f" <oio:hasExactSynonym>of {label}</oio:hasExactSynonym>")
        rdf.append(f" <rdfs:label>{label}</rdfs:label>\n</owl:Class>")
        obo.append(f'synonym: "of {label}" EXACT []\nxref: X:{k}')
        obo += [f"is_a: BIG:{p:07d}" for p in sorted(parents)] + [""]
    (folder / "ontology.owl").write_text("\n".join([*rdf, "</rdf:RDF>\n"]))
    (folder / "ontology.obo").write_text("\n".join(obo))


def write_taxa(folder: Path) -> None:
    rng = random.Random(SEED)  # noqa: S311 (no secret)
    ranks = ["Kingdom", "Phylum", "Class", "Order", "Family", "Genus", "Species", "Subspecies"]
    depth = [0, 0]
    with (folder / "worms.csv").open("w") as file:
        print(
            "AphiaID,scientificname,authority,status,rank,valid_AphiaID,parentNameUsageID",
            file=file,
        )
        print("1,Biota,,accepted,Superdomain,1,", file=file)
        for k in range(2, TAXA + 1):
            parent = rng.randrange(max(1, k // 8), k)
            while depth[parent] >= len(ranks):
                parent = rng.randrange(1, max(2, k // 4))
            depth.append(depth[parent] + 1)
            rank = ranks[depth[k] - 1] if k % 50 else ""
            print(
                f'{k},Taxon{k} n{k % 977},"(A{k % 3000}, 1900)",accepted,{rank},{k},{parent}',
                file=file,
            )
        for k in range(TAXA + 1, TAXA + SYNONYMS + 1):
            valid = rng.randrange(2, TAXA)
            print(f"{k},Old{k} n{k % 977},,unaccepted,Species,{valid},{valid}", file=file)


def run(code: str) -> list[str]:
    """Run code in a process of its own; return the lines that it prints."""
    return subprocess.run(  # noqa: S603 (our own code)
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    ).stdout.splitlines()


def median(runs: list[list[float]]) -> float:
    return statistics.median(seconds for seconds, _ in runs)


def add(table: Table, what: str, by: str, runs: list[list[float]], ours: float) -> None:
    """Add a row for runs, each its seconds and megabytes."""
    seconds = [run[0] for run in runs]
    table.add_row(
        what,
        by,
        f"{median(runs):.2f}",
        f"{min(seconds):.2f}-{max(seconds):.2f}",
        f"{max(run[1] for run in runs):.0f}",
        f"{median(runs) / ours:.1f}",
    )


def main(repeats: int) -> None:
    names = (
        "kgconcepts",
        "pronto",
        "rdflib",
        "owlready2",
        "nxontology",
        "fastobo",
        "networkx",
        "pyoxigraph",
        "polars",
        "scipy",
    )
    console = Console(width=100)
    console.print(
        f"Python {sys.version.split()[0]}, {os.cpu_count()} cores, seed {SEED}, {repeats} runs; "
        + ", ".join(f"{name} {version(name)}" for name in names)
    )
    table = Table("what", "by", "seconds (median)", "range", "MB", "ours is faster by")
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        write_ontology(folder)
        write_taxa(folder)
        for name, readers in CASES.items():
            ours = 0.0
            for reader in readers:
                code = TIMED.format(path=str(folder / name), code=READERS[reader])
                runs = [[float(number) for number in run(code)[-1].split()] for _ in range(repeats)]
                ours = ours or median(runs)
                add(table, name, reader, runs, ours)
    by_step: dict[str, dict[str, list[list[float]]]] = {}
    for peer, (imports, steps) in STEPS.items():
        code = HIERARCHY.format(seed=SEED, concepts=CONCEPTS, imports=imports, steps=steps)
        for _ in range(repeats):
            for line in run(code)[-len(steps) :]:
                step, *numbers = line.split(";")
                found = by_step.setdefault(step, {}).setdefault(peer, [])
                found.append([float(number) for number in numbers])
    for step, peers in by_step.items():
        for peer, runs in peers.items():
            add(table, f"hierarchy: {step}", peer, runs, median(peers["kgconcepts"]))
    console.print(table)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
