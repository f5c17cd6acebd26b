"""How many traits tell each pair of a collection's labels apart."""

from __future__ import annotations

import csv
import sys
from collections import Counter
from itertools import combinations
from pathlib import Path

import kgconcepts as kg
from kgconcepts.curation.absence import absent
from kgconcepts.curation.reasoning import inherited
from kgconcepts.files import replacing

HERE = Path(__file__).resolve().parent


def traits(graph: kg.ConceptGraph, labels: Path) -> dict[str, tuple[set[str], set[str]]]:
    """Return for each label the traits of its concepts, and those they are known not to have."""
    had, lacked, tree = inherited(graph), absent(graph), graph.hierarchy()
    found = {}
    with labels.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            ids = {graph.find_one(name) for name in row["concept"].split("|")}
            shown = {trait for id_ in ids for trait in had.of(id_)}
            shown |= {a for id_ in ids for a in (id_, *tree.ancestors(id_))}
            without = {trait for id_ in ids for trait in lacked.of(id_)}
            kinds = ("part", "quality", "stage")
            found[row["label"]] = (
                {i for i in shown if graph[i].kind in kinds},
                {i for i in without if graph[i].kind in kinds},
            )
    return found


def main(collection: str) -> None:
    """Write the table of all pairs beside the labels, and print how it comes out."""
    graph = kg.read(HERE / "plankton.owl")
    labels = HERE / "labels" / f"{collection}.tsv"
    of = traits(graph, labels)
    differ: dict[tuple[str, str], int] = {}
    denied: dict[tuple[str, str], int] = {}
    for one, other in combinations(of, 2):
        (has_1, not_1), (has_2, not_2) = of[one], of[other]
        differ[one, other] = len(has_1 ^ has_2)
        denied[one, other] = len(has_1 & not_2) + len(has_2 & not_1)
    with replacing(labels.with_suffix(".pairs.tsv")) as temporary:
        lines = ["one\tother\tdiffer\tdenied"]
        lines += [
            f"{one}\t{other}\t{n}\t{denied[one, other]}" for (one, other), n in differ.items()
        ]
        temporary.write_text("\n".join(lines) + "\n", encoding="utf-8")
    numbers = sorted(differ.values())
    print(f"{collection}: {len(of)} labels, {len(differ)} pairs")
    print("traits that tell a pair apart: least, 1 %, 5 %, median, most")
    print(*(numbers[int(q * (len(numbers) - 1))] for q in (0, 0.01, 0.05, 0.5, 1)))
    few = Counter(min(n, 5) for n in numbers)
    print("pairs told apart by 0, 1, 2, 3, 4, 5 or more traits:", *(few[n] for n in range(6)))
    print(
        f"pairs of which one is known to lack what the other has: {sum(map(bool, denied.values()))}"
    )
    for (one, other), n in sorted(differ.items(), key=lambda pair: pair[1])[:20]:
        print(f"  {n}  {one} · {other}")


if __name__ == "__main__":
    main(*(sys.argv[1:] or ["planktonset"]))
