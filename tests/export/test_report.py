"""The report: one page that says what was measured, loads nothing and trusts no name."""

from __future__ import annotations

import base64
import io
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from kgconcepts.dictionary import Certificate, ConceptDictionary, Grounding, Provenance
from kgconcepts.errors import UnknownConceptError, UnreadableImageError
from kgconcepts.export.report import ComparisonRow, Picture, thumbnail, write_report
from kgconcepts.graph import Concept, ConceptGraph, Source
from kgconcepts.text.passage import Passage

HOSTILE = ("<script>alert(1)</script>", '"><img src=x onerror=1>', "' onload='1", "{{ 7 * 7 }}")
DOT = thumbnail(Image.new("L", (8, 8), 90))
VOID = {"br", "hr", "img", "input", "link", "meta"}
APART = {"dd", "dt", "li", "p", "small", "td", "th"}


class Page(HTMLParser):
    """A page's elements, and the words between them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.above: dict[str, list[str]] = {}
        self.open: list[str] = []
        self.texts: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.texts.append(" " * (tag in APART))
        self.elements.append((tag, found))
        if found.get("id"):
            self.above[str(found["id"])] = list(self.open)
        if tag not in VOID and tag not in {"path", "rect"}:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"</{tag}> closes another element"
        self.texts.append(" " * (tag in APART))

    def handle_data(self, data: str) -> None:
        if not self.open or self.open[-1] not in {"style", "script"}:
            self.texts.append(data)

    @property
    def text(self) -> str:
        return " ".join("".join(self.texts).split())

    def of_class(self, name: str) -> list[dict[str, str | None]]:
        return [a for _, a in self.elements if name in (a.get("class") or "").split()]


def dictionary_of(
    graph: ConceptGraph,
    certificate: Certificate | None = None,
    texts: dict[str, list[Passage]] | None = None,
) -> ConceptDictionary:
    K = len(graph.hierarchy(traits=True))
    grounding = Grounding(
        np.zeros((K, 3), np.float32),
        np.zeros(K, np.float32),
        np.zeros(3, np.float32),
        (certificate or Certificate(12, 0.913, 0.87, 0.95, 0.4, 12, 88),) * K,
        Provenance("a model", "a classifier", "c0ffee", "", 100, 90, "held-out folds", "kg 1"),
    )
    return ConceptDictionary(graph, texts, None, grounding)


def page_of(dictionary: ConceptDictionary, path: Path, **given: object) -> Page:
    content: dict[str, object] = {
        **{"title": "Report", "best": {}, "worst": {}, "comparison": []},
        **given,
    }
    write_report(dictionary, path / "report.html", **content)  # type: ignore[arg-type]
    page = Page((path / "report.html").read_text(encoding="utf-8"))
    assert page.open == []
    return page


@pytest.fixture
def plankton() -> ConceptGraph:
    return ConceptGraph(
        [
            Concept("PLK:1", "Copepoda", definition="Oar-footed.", source="taxa.tsv", rank="class"),
            Concept("PLK:2", "nauplius", synonyms=("larve",)),
            Concept("PLK:3", "copepod nauplius", xrefs=("AphiaID:1080", "EOL:7")),
            Concept("PLK:4", "fed copepod nauplius"),
            Concept("PLK:5", "antenna", kind="part"),
            Concept("PLK:6", "bubble", kind="object"),
            Concept("PLK:7", "body part", kind="part"),
        ],
        [
            ("PLK:3", "is_a", "PLK:1"),
            ("PLK:3", "is_a", "PLK:2"),
            ("PLK:4", "is_a", "PLK:3"),
            ("PLK:1", "has_part", "PLK:5"),
            ("PLK:5", "is_a", "PLK:7"),
        ],
        [Source("taxa.tsv", "ab12", "1", "CC-BY-4.0")],
    )


def test_every_concept_has_one_card(plankton: ConceptGraph, tmp_path: Path) -> None:
    dictionary = dictionary_of(plankton)
    page = page_of(dictionary, tmp_path)
    cards = Counter(a["id"] for a in page.of_class("card"))
    assert cards == {f"c{k}": 1 for k in range(len(dictionary))}
    ids = Counter(a["id"] for _, a in page.elements if "id" in a)
    assert max(ids.values()) == 1


def test_links_within_the_page_lead_somewhere(plankton: ConceptGraph, tmp_path: Path) -> None:
    page = page_of(dictionary_of(plankton), tmp_path)
    targets = [a["href"] or "" for tag, a in page.elements if tag == "a"]
    inner = {t[1:] for t in targets if t.startswith("#")}
    assert inner <= set(page.above)
    assert {t for t in targets if not t.startswith("#")} == {
        "https://www.marinespecies.org/aphia.php?p=taxdetails&id=1080"
    }


def test_a_concept_with_two_parents_comes_under_both(
    plankton: ConceptGraph, tmp_path: Path
) -> None:
    dictionary = dictionary_of(plankton)
    page = page_of(dictionary, tmp_path)
    assert len(page.of_class("again")) == 1
    assert "described under its other parent, with the 1 below it" in page.text
    assert "Also a kind of nauplius" in page.text
    card = f"c{dictionary.hierarchy.index('PLK:4')}"
    assert page.above[card].count("details") == 3


def test_inherited_traits_say_from_where(plankton: ConceptGraph, tmp_path: Path) -> None:
    page = page_of(dictionary_of(plankton), tmp_path)
    assert page.text.count("antenna inherited from Copepoda") == 2
    assert "Stated of Copepoda" in page.text


def test_names_are_text_and_never_markup(tmp_path: Path) -> None:
    hostile = "".join(HOSTILE)
    graph = ConceptGraph(
        [
            Concept(
                f"id{hostile}", hostile, "taxon", hostile, (hostile,), (hostile,), hostile, hostile
            ),
            Concept("PLK:2", hostile, "part", hostile),
        ],
        [(f"id{hostile}", "has_part", "PLK:2")],
        [Source(hostile, hostile, hostile, hostile)],
    )
    passages = [
        Passage(hostile, hostile, hostile, hostile, "javascript:alert(1)", language=hostile),
        Passage("x", "y", url='https://a.example/"><script>'),
    ]
    dictionary = dictionary_of(graph, texts={f"id{hostile}": passages})
    dictionary.grounding = replace(
        dictionary.grounding,
        provenance=Provenance(hostile, hostile, hostile, hostile, 1, 1, hostile, hostile),
    )
    pictures = {f"id{hostile}": [Picture(hostile, DOT, 0.5, None)]}
    page = page_of(
        dictionary,
        tmp_path,
        title=hostile,
        best=pictures,
        worst=pictures,
        comparison=[ComparisonRow(hostile, "unseen", 1, 0.5)],
    )
    tags = {tag for tag, _ in page.elements}
    assert not tags & {"script", "iframe", "object", "embed", "link", "base", "form", "input"}
    assert not [name for _, a in page.elements for name in a if name.startswith("on")]
    assert not [a for _, a in page.elements if "src" in a]
    assert not [a for _, a in page.elements if (a.get("href") or "").startswith("javascript")]
    assert " ".join(hostile.split()) in page.text


def test_nothing_is_loaded_from_elsewhere(plankton: ConceptGraph, tmp_path: Path) -> None:
    pictures = {"PLK:1": [Picture("a.png", DOT, 0.93, True), Picture("b.png", DOT, 0.1, False)]}
    page = page_of(dictionary_of(plankton), tmp_path, best=pictures, worst=pictures)
    assert not [a for _, a in page.elements if "src" in a]
    stored = {a["id"]: a["href"] or "" for tag, a in page.elements if tag == "image"}
    assert len(stored) == 1, "each picture once"
    assert all(source.startswith("data:image/png;base64,") for source in stored.values())
    shown = [a["href"] for tag, a in page.elements if tag == "use"]
    assert shown == [f"#{id_}" for id_ in stored] * 4
    assert not [t for t, _ in page.elements if t in {"link", "script"}]
    html = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "url(" not in html
    assert "@import" not in html
    policy = [a["content"] for _, a in page.elements if a.get("http-equiv")]
    assert policy[0] is not None
    assert policy[0].startswith("default-src 'none'; img-src data:;")


def test_pictures_say_what_their_labels_say(plankton: ConceptGraph, tmp_path: Path) -> None:
    pictures = [
        Picture("a.png", DOT, 0.03, True),
        Picture("b.png", DOT, 0.97, False),
        Picture("c.png", DOT, 0.5, None),
    ]
    page = page_of(dictionary_of(plankton), tmp_path, worst={"PLK:1": pictures})
    assert [len(page.of_class(c)) for c in ("shown", "not-shown", "not-known")] == [2, 2, 1]
    assert "✓ 0.03 missed" in page.text
    assert "✗ 0.97 false alarm" in page.text
    alts = [a["aria-label"] for _, a in page.elements if a.get("role") == "img" and "viewbox" in a]
    assert alts[0] == "Image a.png: probability 0.03, shown according to its label"


@pytest.mark.parametrize("nothing", [None, float("nan")])
def test_what_was_not_measured_is_a_dash_with_words(
    plankton: ConceptGraph, tmp_path: Path, nothing: float | None
) -> None:
    unseen = Certificate(0, nothing, nothing, nothing, nothing, borrows_from=("PLK:1",))
    rows = [ComparisonRow("model", "unseen", 3, nothing, nothing, nothing, nothing)]
    page = page_of(dictionary_of(plankton, unseen), tmp_path, comparison=rows)
    assert "– Not measured: no image that was judged is known to show it." in page.text
    assert "Unseen: borrowed from Copepoda." in page.text
    everything = page.text + " ".join(str(v) for _, a in page.elements for v in a.values() if v)
    assert "None" not in everything.replace("None shows it", "")
    assert "nan" not in everything


def test_a_certificate_is_told_in_words(plankton: ConceptGraph, tmp_path: Path) -> None:
    page = page_of(dictionary_of(plankton), tmp_path)
    assert "12 images that show it, 88 that do not." in page.text
    assert "0.913 (95 % interval 0.870 – 0.950)" in page.text
    assert "in 91.3 % of pairs" in page.text
    assert "Guessing gives 0.120." in page.text
    assert "does not exclude guessing" not in page.text
    unsure = page_of(dictionary_of(plankton, Certificate(2, 0.7, 0.4, 0.9)), tmp_path)
    assert "The interval does not exclude guessing." in unsure.text


def claim(graph: ConceptGraph, path: Path, **told: object) -> str:
    """The words of a page whose concepts all have this certificate."""
    certificate = Certificate(12, 0.913, 0.87, 0.95, 0.4, 12, 88, **told)  # type: ignore[arg-type]
    return page_of(dictionary_of(graph, certificate), path).text


def test_a_verdict_is_told_in_words_with_its_q_value(
    plankton: ConceptGraph, tmp_path: Path
) -> None:
    grounded = claim(
        plankton, tmp_path, verdict="grounded", p_value=0.00003, q_value=0.0123, detectable=True
    )
    assert "Verdict Grounded: images that show it are told from others" in grounded
    assert "q = 0.012: " in grounded
    assert "p < 0.0001." in grounded
    assert "Only from these" not in grounded
    unsure = Certificate(3, 0.6, 0.4, 0.8, verdict="grounded", q_value=0.01)
    page = page_of(dictionary_of(plankton, unsure), tmp_path)
    assert "Only from these: among all images it may be a guess" in page.text
    inherited = claim(
        plankton,
        tmp_path,
        verdict="inherited from PLK:1, PLK:2",
        inherited_from=("PLK:1", "PLK:2"),
        q_value=1.0,
        detectable=False,
    )
    assert "Inherited from Copepoda, nauplius, which are grounded" in inherited
    assert "with so few images it could not be" in inherited
    assert "inherited from PLK" not in inherited
    refuted = claim(plankton, tmp_path, verdict="not grounded", q_value=0.7, detectable=True)
    assert "Not grounded: images that show it are not told from others" in refuted
    few = claim(plankton, tmp_path, verdict="undetectable here", q_value=0.7, detectable=False)
    assert "Undetectable here: with so few images" in few
    same = claim(plankton, tmp_path, verdict="undetectable here", detectable=False)
    assert "Undetectable here: no image judged sets it apart from what is above it." in same
    unseen = Certificate(0, positives=0, negatives=9, verdict="undetectable here")
    page = page_of(dictionary_of(plankton, unseen), tmp_path)
    assert "Undetectable here: no image that was judged shows it." in page.text


def test_verdicts_are_counted_by_annotated_images(plankton: ConceptGraph, tmp_path: Path) -> None:
    dictionary = dictionary_of(plankton)
    verdicts = ["grounded"] * 3 + ["inherited from PLK:1"] * 2 + ["not grounded", None]
    dictionary.grounding = replace(
        dictionary.grounding,
        certificates=tuple(
            Certificate(12 if k else 0, verdict=v, inherited_from=("PLK:1",) if k in (3, 4) else ())
            for k, v in enumerate(verdicts)
        ),
    )
    page = page_of(dictionary, tmp_path)
    assert "Grounded Inherited Not grounded Undetectable unseen 1 0 0 1 0 0 0" in page.text
    assert "> 10 6 0 0 2 2 1 0" in page.text
    lines = [a["class"] for a in page.of_class("verdict")]
    assert Counter(lines) == Counter(
        {
            "verdict grounded": 3,
            "verdict inherited": 2,
            "verdict not-grounded": 1,
            "verdict none": 1,
        }
    ) + Counter(
        f"verdict {kind}" for kind in ("grounded", "inherited", "not-grounded", "undetectable")
    )


def test_a_dictionary_without_verdicts_has_no_place_for_them(
    plankton: ConceptGraph, tmp_path: Path
) -> None:
    page = page_of(dictionary_of(plankton), tmp_path)
    assert not page.of_class("verdict")
    assert "Verdict" not in page.text
    assert "Latent units" not in page.text
    strange = page_of(dictionary_of(plankton, Certificate(3, verdict=HOSTILE[0])), tmp_path)
    assert not strange.of_class("verdict")


def test_intervals_expected_images_and_units_are_told(
    plankton: ConceptGraph, tmp_path: Path
) -> None:
    text = claim(
        plankton,
        tmp_path,
        average_precision_low=0.21,
        average_precision_high=0.62,
        expected=11.34,
        units=30,
        stable_units=2,
        false_units=0.42,
    )
    assert "0.400 (95 % interval 0.210 – 0.620)" in text
    assert "Of these, by the sum of their probabilities, 11.3 show it." in text
    assert "30 of 3 in what it adds to what is above it." in text
    assert "2 of them are there when the images are drawn again, at most 0.4 by chance." in text
    assert "drawn again" not in claim(plankton, tmp_path, units=30)


def test_the_comparison_marks_the_best_model_and_the_control(
    plankton: ConceptGraph, tmp_path: Path
) -> None:
    rows = [
        ComparisonRow("ours", "> 10", 40, 0.9, 0.88, 0.92, 0.5, 0.4, 0.6),
        ComparisonRow("flat", "> 10", 40, 0.8),
        ComparisonRow("ours", "unseen", 9, 0.7),
        ComparisonRow("permuted parents", "> 10", 40, 0.95, control=True),
    ]
    page = page_of(dictionary_of(plankton), tmp_path, comparison=rows)
    assert len(page.of_class("best")) == 3
    assert len(page.of_class("control")) == 1
    assert "permuted parents control" in page.text
    assert page.text.index("unseen 9 concepts") < page.text.index("> 10 images 40 concepts")
    assert all("scope" in a for tag, a in page.elements if tag == "th")


def test_a_tree_may_be_deep(tmp_path: Path) -> None:
    names = [f"clade {k}" for k in range(300)]
    edges = [(child, "is_a", parent) for parent, child in pairwise(names)]
    graph = ConceptGraph([Concept(name, name) for name in names], edges)
    page = page_of(dictionary_of(graph), tmp_path)
    assert page.above["c299"].count("details") == 300
    opened = [a for tag, a in page.elements if tag == "details" and "open" in a]
    assert len(opened) == 2


def test_a_dictionary_of_one_concept_is_a_page_too(tmp_path: Path) -> None:
    page = page_of(dictionary_of(ConceptGraph([Concept("PLK:1", "Oithona")])), tmp_path)
    assert "No definition is given." in page.text
    assert len(page.of_class("card")) == 1


def test_the_page_is_written_whole_or_not_at_all(
    plankton: ConceptGraph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "report.html"
    path.write_text("before")
    with pytest.raises(UnknownConceptError, match="PLK:404"):
        write_report(dictionary_of(plankton), path, "t", {"PLK:404": []}, {}, [])

    def full(self: Path, data: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space left"):
        write_report(dictionary_of(plankton), path, "t", {}, {}, [])
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_name_need_not_be_unicode(plankton: ConceptGraph, tmp_path: Path) -> None:
    pictures = {"PLK:1": [Picture("vignette_\udcff.png", DOT, 0.5, True)]}
    page = page_of(dictionary_of(plankton), tmp_path, best=pictures)
    assert "vignette_?.png" in page.text


@pytest.mark.parametrize(
    "uri", ["https://a.example/x.png", "data:text/html,x", "data:image/svg+xml;base64,AA==", ""]
)
def test_a_picture_is_a_png_of_its_own(uri: str) -> None:
    with pytest.raises(UnreadableImageError, match="make it with thumbnail"):
        Picture("a.png", uri, 0.5)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I", "F", "I;16"])
def test_a_thumbnail_is_a_small_square_png(mode: str) -> None:
    uri = thumbnail(Image.new(mode, (30, 90)), size=48)
    Picture("a", uri, 0.5)
    small = Image.open(io.BytesIO(base64.b64decode(uri.partition(",")[2])))
    assert small.format == "PNG"
    assert small.size == (48, 48)
    assert small.mode == ("RGB" if mode in {"P", "RGB", "RGBA", "CMYK"} else "L")


def test_a_thumbnail_keeps_the_aspect_on_white() -> None:
    wide = thumbnail(Image.new("RGB", (200, 100), "red"))
    small = np.asarray(Image.open(io.BytesIO(base64.b64decode(wide.partition(",")[2]))))
    red = (small == [255, 0, 0]).all(axis=2)
    assert red.sum() == 64 * 32
    assert red[16:48].all()
    assert (small[~red] == 255).all()


def test_a_thumbnail_shows_all_of_a_deep_grey_image() -> None:
    deep = Image.fromarray(np.linspace(1000, 40000, 64 * 64).reshape(64, 64).astype(np.uint16))
    small = np.asarray(Image.open(io.BytesIO(base64.b64decode(thumbnail(deep).partition(",")[2]))))
    assert (small.min(), small.max()) == (0, 255)
    clear = Image.new("LA", (64, 64), (0, 0))
    bare = np.asarray(Image.open(io.BytesIO(base64.b64decode(thumbnail(clear).partition(",")[2]))))
    assert (bare == 255).all()
