"""The dictionary as a page to read: trees of concepts, each with its certificate and pictures."""

from __future__ import annotations

import base64
import io
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import jinja2
import numpy as np

from kgconcepts.dictionary import ConceptDictionary
from kgconcepts.errors import UnreadableImageError
from kgconcepts.files import replacing
from kgconcepts.graph import TRAITS, ConceptGraph
from kgconcepts.grounding.certifying.verdict import GROUNDED, INHERITED, NOT_GROUNDED, UNDETECTABLE
from kgconcepts.grounding.quality import SUPPORT_BINS, support_bin

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["ComparisonRow", "Picture", "thumbnail", "write_report"]

SECTIONS = {
    "Taxa and objects": ("taxon", "object"),
    "Parts": ("part",),
    "Qualities": ("quality",),
    "Stages": ("stage",),
}
VERDICTS = ("grounded", "inherited", "not grounded", "undetectable")
OPEN_LEVELS = 2
INDENTED_LEVELS = 12
APHIA = "https://www.marinespecies.org/aphia.php?p=taxdetails&id="


@dataclass(frozen=True, slots=True)
class Picture:
    """An image as shown beside a concept.

    Parameters
    ----------
    image : int or str
        Its file name, or position.
    data_uri : str
        What `thumbnail` returns.
    probability : float
        Of the concept.
    shown : bool or None
        Whether the image's label says that it shows the concept; None where this is not known.

    Raises
    ------
    UnreadableImageError
        If `data_uri` is anything that a browser would have to fetch.
    """

    image: int | str
    data_uri: str
    probability: float
    shown: bool | None = None

    def __post_init__(self) -> None:
        if not re.fullmatch(r"data:image/png;base64,[A-Za-z0-9+/]+=*", self.data_uri):
            raise UnreadableImageError(
                f"image {self.image}: found {self.data_uri[:40]!r}; expected a PNG as data: URI; "
                "make it with thumbnail"
            )


@dataclass(frozen=True, slots=True)
class ComparisonRow:
    """What a model reaches on the concepts of one support bin.

    Parameters
    ----------
    model : str
    support_bin : str
        One of `SUPPORT_BINS`.
    concepts : float
        How many concepts were measured, mean over seeds.
    auc, average_precision : float or None
        Means over concepts and seeds; None where there was nothing to measure.
    auc_low, auc_high, ap_low, ap_high : float or None
        Range over seeds.
    control : bool
        Whether the model is meant to fail, as with permuted parents.
    """

    model: str
    support_bin: str
    concepts: float
    auc: float | None = None
    auc_low: float | None = None
    auc_high: float | None = None
    average_precision: float | None = None
    ap_low: float | None = None
    ap_high: float | None = None
    control: bool = False


class _Node(NamedTuple):
    """A concept where a walk through a tree meets it, the `first` time with its card.

    `path` leads there from the root; `closes` says how many elements end after it.
    """

    id: str
    path: tuple[str, ...]
    first: bool
    closes: int


def thumbnail(image: Image, size: int = 64) -> str:
    """Return an image as a small square PNG in a data: URI.

    Parameters
    ----------
    image : PIL image
        Of any mode; grey stays grey, deep grey is stretched from its darkest to its lightest.
    size : int
        Side in pixels; the aspect is kept, on white.
    """
    from PIL import Image, ImageOps  # noqa: PLC0415 (comes with an extra)

    image = ImageOps.exif_transpose(image)
    if image.mode[0] in "IF":
        deep = np.nan_to_num(np.asarray(image, dtype=float))
        spread = max(float(np.ptp(deep)), 1e-12)
        image = Image.fromarray(np.uint8(255 * (deep - deep.min()) / spread))
    grey = image.mode in ("1", "L", "LA", "La")
    image = image.convert("LA" if grey else "RGBA")
    image = ImageOps.contain(image, (size, size), Image.Resampling.LANCZOS)
    ground = Image.new("L" if grey else "RGB", (size, size), "white")
    place = ((size - image.width) // 2, (size - image.height) // 2)
    ground.paste(image.convert(ground.mode), place, image.getchannel("A"))
    file = io.BytesIO()
    ground.save(file, "PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()


def write_report(
    dictionary: ConceptDictionary,
    path: Path,
    title: str,
    best: Mapping[str, Sequence[Picture]],
    worst: Mapping[str, Sequence[Picture]],
    comparison: Sequence[ComparisonRow],
) -> None:
    """Write a dictionary as one HTML page that loads nothing from elsewhere and runs no script.

    Parameters
    ----------
    dictionary : ConceptDictionary
    path : path
        Written whole or not at all.
    title : str
    best : mapping of id → pictures
        The images with the highest probability.
    worst : mapping of id → pictures
        The worst mistakes: images that show the concept and were missed, and false alarms.
    comparison : sequence of ComparisonRow
        Several models, each with its quality in each support bin; may be empty.

    Raises
    ------
    UnknownConceptError
        If pictures are of a concept that the dictionary does not have.
    OutputError
        If the place cannot be written to.
    """
    for id_ in (*best, *worst):
        dictionary.hierarchy.index(id_)
    shown = [p.data_uri for chosen in (best, worst) for ps in chosen.values() for p in ps]
    template = resources.files("kgconcepts.export").joinpath("report.html.jinja")
    graph, certificates = dictionary.graph, dictionary.grounding.certificates
    trees = {name: _tree(graph, kinds) for name, kinds in SECTIONS.items()}
    page = _environment().from_string(template.read_text(encoding="utf-8"))
    html = page.render(
        title=title,
        dictionary=dictionary,
        graph=graph,
        provenance=dictionary.grounding.provenance,
        trees={name: nodes for name, nodes in trees.items() if nodes},
        traits=_traits(graph),
        below=_below(graph),
        had_by=_had_by(graph),
        names=_names(graph),
        best=best,
        worst=worst,
        stored={uri: number for number, uri in enumerate(dict.fromkeys(shown))},
        comparison=comparison,
        bins={
            name: [c for c in certificates if support_bin(c.support) == name]
            for name in SUPPORT_BINS
        },
        verdicts=VERDICTS if any(_verdict_kind(c.verdict) for c in certificates) else (),
        open_levels=OPEN_LEVELS,
        indented_levels=INDENTED_LEVELS,
    )
    with replacing(path) as temporary:
        # A file name need not be Unicode.
        temporary.write_bytes(html.encode("utf-8", errors="replace"))


def _tree(graph: ConceptGraph, kinds: Sequence[str]) -> list[_Node]:
    """List the concepts of some kinds, each before those below it: flat, however deep they go.

    A concept with two parents comes under both, what is below it only under the first.
    """
    ids = [concept.id for kind in kinds for concept in graph if concept.kind == kind]
    among = set(ids)
    children: dict[str | None, list[str]] = {None: []}
    for id_ in ids:
        parents = [p for p in graph.related(id_, "is_a") if p in among]
        for parent in parents or (None,):
            children.setdefault(parent, []).append(id_)
    nodes: list[_Node] = []
    seen: set[str] = set()
    stack: list[tuple[str, tuple[str, ...]]] = [(root, ()) for root in reversed(children[None])]
    while stack:
        id_, path = stack.pop()
        first = id_ not in seen
        if first:
            seen.add(id_)
            stack.extend((c, (*path, id_)) for c in reversed(children.get(id_, ())))
        after = len(stack[-1][1]) if stack else 0
        nodes.append(_Node(id_, path, first, len(path) + first - after))
    return nodes


def _traits(graph: ConceptGraph) -> dict[str, dict[tuple[str, str], str]]:
    """Return (relation, trait) → who states it, the nearest of the concept and its ancestors."""
    tree = graph.hierarchy()
    stated: dict[str, list[tuple[str, str]]] = {id_: [] for id_ in tree.ids}
    for child, relation, trait in graph.relations:
        if relation in TRAITS:
            stated[child].append((relation, trait))
    return {
        # Of equal keys the last holds: the nearest.
        id_: {t: owner for owner in (*tree.ancestors(id_), id_) for t in stated[owner]}
        for id_ in tree.ids
    }


def _below(graph: ConceptGraph) -> dict[str, int]:
    tree = graph.hierarchy()
    counts = tree.roll_up(np.ones(len(tree), dtype=np.int64)).tolist()
    return {id_: count - 1 for id_, count in zip(tree.ids, counts, strict=True)}


def _had_by(graph: ConceptGraph) -> dict[str, list[str]]:
    owners: dict[str, list[str]] = {}
    for child, relation, trait in graph.relations:
        if relation in TRAITS:
            owners.setdefault(trait, []).append(child)
    return owners


def _names(graph: ConceptGraph) -> list[tuple[str, str]]:
    """Return all labels and synonyms in the order of the alphabet, with whose they are."""
    named = {(name, c.id) for c in graph for name in (c.label, *c.synonyms)}
    return sorted(named, key=lambda one: (one[0].casefold(), one))


def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {"score": _score, "aphia": _aphia, "verdict_kind": _verdict_kind}
    environment.tests["measured"] = _measured
    environment.globals["support_bin"] = support_bin
    return environment


def _verdict_kind(verdict: str | None) -> str:
    """Return which of `VERDICTS` it is; empty where there is none.

    >>> _verdict_kind("inherited from PLK:1"), _verdict_kind("undetectable here")
    ('inherited', 'undetectable')
    """
    grounded, inherited, not_grounded, undetectable = VERDICTS
    if verdict is not None and verdict.startswith(INHERITED.format("")):
        return inherited
    known = {GROUNDED: grounded, NOT_GROUNDED: not_grounded, UNDETECTABLE: undetectable}
    return known.get(verdict or "", "")


def _measured(value: float | None) -> bool:
    return value is not None and math.isfinite(value)


def _score(value: float | None, digits: int = 2) -> str:
    """Return a share as people read it; what is not quite 1 is not rounded to it.

    >>> _score(0.927), _score(0.9996), _score(1.0), _score(None)
    ('0.93', '> 0.99', '1.00', '–')
    """
    if value is None or not math.isfinite(value):
        return "–"
    least = 10**-digits
    if value < 1 and round(value, digits) == 1:
        return f"> {1 - least:.{digits}f}"
    if value > 0 and round(value, digits) == 0:
        return f"< {least:.{digits}f}"
    return f"{value:.{digits}f}"


def _aphia(xref: str) -> str:
    """Return where a species register describes it; empty for what is no AphiaID."""
    return APHIA + xref.removeprefix("AphiaID:") if re.fullmatch(r"AphiaID:[0-9]+", xref) else ""
