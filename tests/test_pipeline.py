"""The whole way over a user's own data, and every way in which these can be wrong."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import rdflib
from PIL import Image

import kgconcepts as kg
from kgconcepts import cli
from kgconcepts.comparison import OURS, Trial, annotate, certificate_of, fit_and_judge
from kgconcepts.grounding.certifying.certificate import certify
from kgconcepts.grounding.quality import SUPPORT_BINS, support_bin
from kgconcepts.pipeline import run
from kgconcepts.project import read_project

ONTOLOGY = """\
@prefix : <http://purl.obolibrary.org/obo/> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
<http://x.org/plankton> a owl:Ontology ; owl:versionInfo "3" ;
    <http://purl.org/dc/terms/license> "CC0" .
:X_1 a owl:Class ; rdfs:label "Copepoda" ; :IAO_0000115 "Small crustaceans." ;
    rdfs:subClassOf [ a owl:Restriction ; owl:onProperty :BFO_0000051 ; owl:someValuesFrom :X_9 ] .
:X_2 a owl:Class ; rdfs:label "Calanus" ; rdfs:subClassOf :X_1 .
:X_3 a owl:Class ; rdfs:label "Oithona" ; rdfs:subClassOf :X_1 .
:X_4 a owl:Class ; rdfs:label "Salpa" .
:X_5 a owl:Class ; rdfs:label "Doliolum" .
:X_9 a owl:Class ; rdfs:label "antenna" .
"""
LABELS = ("cal", "oith", "salp", "cope")

PROJECT = """\
name = "test"
out = "results"
[knowledge]
sources = ["plankton.ttl"]
labels = "labels.csv"
[images]
table = "images.csv"
root = "images"
where = { split = "dev" }
[classifier]
latents = "latents.npz"
[annotation]
fractions = [0.5]
seeds = [0, 1]
"""


@dataclass
class Data:
    """A user's folder, and ways to spoil it."""

    folder: Path

    def replace(self, name: str, found: str, instead: str) -> None:
        path = self.folder / name
        text = path.read_text()
        assert found in text
        path.write_text(text.replace(found, instead, 1))

    def latents(self, change: Callable[[dict[str, np.ndarray]], object]) -> None:
        path = self.folder / "latents.npz"
        with np.load(path) as archive:
            arrays = dict(archive)
        change(arrays)
        np.savez(path, **arrays)


def make_data(folder: Path) -> Data:
    rng = np.random.default_rng(0)
    (folder / "plankton.ttl").write_text(ONTOLOGY)
    (folder / "labels.csv").write_text(
        "label,concept\ncal,Calanus\noith,X:3\nsalp,salpa\ncope,Copepoda\n"
    )
    means = rng.normal(size=(3, 5)) * 4
    lines, files, Z = ["file,label,split"], [], []
    for number in range(64):
        label = LABELS[number % 4] if number < 60 else ""
        name = f"{number:02}.png"
        (folder / "images").mkdir(exist_ok=True)
        Image.fromarray(rng.integers(0, 255, (20, 12), dtype=np.uint8)).save(
            folder / "images" / name
        )
        lines.append(f"{name},{label},{'teacher' if number < 4 else 'dev'}")
        files.append(name)
        Z.append(rng.normal(means[number % 4 if number % 4 < 3 else number % 2]))
    (folder / "images.csv").write_text("\n".join(lines) + "\n")
    np.savez(folder / "latents.npz", Z=np.array(Z, np.float32)[::-1], files=files[::-1])
    (folder / "project.toml").write_text(PROJECT)
    return Data(folder)


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Data with the results of a first run."""
    folder = tmp_path_factory.mktemp("project")
    make_data(folder)
    run(read_project(folder / "project.toml"))
    return folder


@pytest.fixture
def data(made: Path, tmp_path: Path) -> Data:
    """A copy of the data, without results."""
    shutil.copytree(made, tmp_path / "project", ignore=shutil.ignore_patterns("results"))
    return Data(tmp_path / "project")


def command(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "kgconcepts", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        env={"COLUMNS": "200", "PATH": "/usr/bin:/bin"},
    )


def test_the_results_are_all_there(made: Path) -> None:
    dictionary = kg.ConceptDictionary.read(made / "results" / "dictionary.json")
    assert dictionary == kg.ConceptDictionary.read(made / "results" / "dictionary.owl")
    assert [dictionary.graph[i].label for i in dictionary.hierarchy.ids] == [
        "Salpa", "antenna", "Copepoda", "Calanus", "Oithona",
    ]  # fmt: skip
    triples = rdflib.Graph().parse(made / "results" / "dictionary.owl")
    assert len(set(triples.subjects(rdflib.RDF.type, rdflib.OWL.Class))) == len(dictionary)
    page = (made / "results" / "report.html").read_text()
    assert "Copepoda" in page
    assert "data:image/png" in page
    comparison = pl.read_csv(made / "results" / "comparison.csv")
    assert set(comparison["model"]) == {
        "flat ridge", "flat multinomial", "nearest class mean", "hierarchical", "permuted parents",
    }  # fmt: skip
    assert set(comparison["seed"]) == {0, 1}


def test_provenance_says_what_it_was_made_from(made: Path) -> None:
    record = json.loads((made / "results" / "dictionary.json").read_text())
    provenance = record["provenance"]
    assert provenance["annotated"] == 28
    assert provenance["judged"] == 28
    assert provenance["classifier"] == "latents.npz"
    assert len(provenance["latents_sha256"]) == 64
    (source,) = (s for s in record["sources"] if s["name"] == "plankton.ttl")
    assert (source["version"], source["licence"]) == ("3", "CC0")
    copepods = next(c for c in record["concepts"] if c["concept"]["label"] == "Copepoda")
    assert copepods["concept"]["source"] == "plankton.ttl"
    assert copepods["texts"][0]["text"] == "Small crustaceans."
    assert copepods["texts"][0]["licence"] == "CC0"
    assert copepods["certificate"]["support"] > 0
    assert copepods["certificate"]["auc_low"] <= copepods["certificate"]["auc"]


def test_traits_are_unknown_unless_said_to_be_complete(data: Data) -> None:
    part = kg.ConceptDictionary.read(run_and_read(data)).certificate("X:9")
    assert part.auc is None
    assert part.negatives == 0
    data.replace("project.toml", "labels =", "traits_complete = true\nlabels =")
    part = kg.ConceptDictionary.read(run_and_read(data)).certificate("X:9")
    assert part.auc is not None
    assert part.auc > 0.9


def run_and_read(data: Data) -> Path:
    run(read_project(data.folder / "project.toml"))
    return data.folder / "results" / "dictionary.json"


def test_a_second_run_reuses_what_has_not_changed(
    data: Data, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_and_read(data)
    kept = {p: p.stat().st_mtime_ns for p in (data.folder / "results" / "steps").iterdir()}
    (data.folder / "latents.npz").rename(data.folder / "renamed.npz")
    data.replace("project.toml", "latents.npz", "renamed.npz")
    run_and_read(data)
    again = {p: p.stat().st_mtime_ns for p in (data.folder / "results" / "steps").iterdir()}
    assert again == kept
    (data.folder / "renamed.npz").rename(data.folder / "latents.npz")
    data.latents(lambda arrays: arrays["Z"].__imul__(np.float32(1.5)))
    data.replace("project.toml", "renamed.npz", "latents.npz")
    run_and_read(data)
    other = set((data.folder / "results" / "steps").iterdir())
    assert not other & set(kept)


def test_all_labels_may_be_annotated_and_are_judged_on_folds(data: Data) -> None:
    data.replace("project.toml", "fractions = [0.5]\nseeds = [0, 1]", "fractions = [1.0]")
    dictionary = kg.ConceptDictionary.read(run_and_read(data))
    assert dictionary.grounding.provenance.annotated == 56
    assert "folds" in dictionary.grounding.provenance.judged_on
    salps = dictionary.certificate("X:4")
    assert salps.support == salps.positives == 14
    assert salps.auc is not None
    assert salps.auc > 0.9
    assert salps.verdict == "grounded"


def test_certificates_are_by_the_images_that_were_judged(made: Path) -> None:
    dictionary = kg.ConceptDictionary.read(made / "results" / "dictionary.json")
    comparison = pl.read_csv(made / "results" / "comparison.csv").filter(
        (pl.col("model") == OURS) & (pl.col("seed") == 0)
    )
    certificates = dictionary.grounding.certificates
    for row in comparison.iter_rows(named=True):
        among = [c for c in certificates if support_bin(c.support) == row["support"]]
        for name in ("auc", "average_precision"):
            measured = [getattr(c, name) for c in among if getattr(c, name) is not None]
            assert len(measured) == row["concepts"]
            assert np.mean(measured) == pytest.approx(row[name], abs=1e-6)
    assert set(comparison["support"]) <= set(SUPPORT_BINS)
    copepods, salps = dictionary.certificate("X:1"), dictionary.certificate("X:4")
    # 28 images judged and 28 annotated: 14 in all show a salp, 42 a copepod.
    assert (copepods.support + salps.support) == 28
    assert (copepods.positives, salps.positives) == (42 - copepods.support, 14 - salps.support)
    assert salps.verdict == "grounded"
    assert salps.q_value is not None
    assert salps.q_value < 0.05
    assert salps.average_precision_low <= salps.average_precision <= salps.average_precision_high
    assert salps.expected == pytest.approx(salps.positives, abs=4)
    assert all(c.units is not None and c.units <= 5 for c in certificates)
    page = (made / "results" / "report.html").read_text()
    assert "Verdict" in page


def labelled(counts: dict[str, int]) -> tuple[kg.ConceptGraph, kg.Evidence, np.ndarray]:
    """Two kinds of copepods and a salp, so many images of each, in four latent units."""
    names = ("Copepoda", "Calanus", "Oithona", "Salpa")
    graph = kg.ConceptGraph(
        [kg.Concept(name, name) for name in names],
        [("Calanus", "is_a", "Copepoda"), ("Oithona", "is_a", "Copepoda")],
    )
    labels = [name for name, number in counts.items() for _ in range(number)]
    means = {name: 6 * np.eye(4)[k] for k, name in enumerate(names)}
    rng = np.random.default_rng(0)
    Z = np.array([rng.normal(means[name]) for name in labels], dtype=np.float32)
    return graph, kg.Evidence.from_labels(labels, graph), Z


def test_support_is_of_the_annotated_images_and_quality_of_the_others() -> None:
    """One Oithona among 41: a draw of a fourth that leaves it out makes it unseen."""
    graph, truth, Z = labelled({"Calanus": 20, "Salpa": 20, "Oithona": 1})
    hierarchy = graph.hierarchy(traits=True)
    k = hierarchy.index("Oithona")
    seed = next(s for s in range(99) if not annotate(truth, 0.25, s)[0].support[k])
    evidence, judged = annotate(truth, 0.25, seed)
    found = fit_and_judge(Trial(0.25, seed, OURS), hierarchy, Z, truth)
    targets = truth.take(judged).targets
    scores = np.random.default_rng(0).normal(size=targets.shape)
    bare = certify(hierarchy, scores, targets)
    table = certificate_of(hierarchy, found, scores, targets)
    assert table["support"].to_list() == evidence.support.tolist()
    assert bare["support"][k] == 1
    assert bare["borrows_from"][k].to_list() == []
    assert table["borrows_from"][k].to_list() == ["Copepoda"]
    assert table["positives"][k] == 1
    assert table["units"].dtype == pl.Int64
    ours = {"support", "borrows_from", "units", "stable_units", "false_units"}
    kept = [name for name in bare.columns if name not in ours]
    assert table.select(kept).equals(bare.select(kept))
    assert set(bare.columns) <= set(table.columns)


def test_the_annotated_keep_all_that_is_known_of_them() -> None:
    _, truth, _ = labelled({"Calanus": 6, "Salpa": 6})
    sure = truth.weighted(np.arange(1, 13))
    evidence, judged = annotate(sure, 0.5, 3)
    drawn = evidence.annotated
    assert drawn.sum() == 6
    assert (judged == ~drawn).all()
    np.testing.assert_array_equal(evidence.weight, sure.weight)
    np.testing.assert_array_equal(evidence.open_traits, sure.open_traits)
    np.testing.assert_array_equal(evidence.targets[drawn], sure.targets[drawn])
    assert np.ma.getmaskarray(evidence.targets)[~drawn].all()


def add_head(arrays: dict[str, np.ndarray]) -> None:
    rng = np.random.default_rng(5)
    arrays["weight"] = rng.normal(size=(7, arrays["Z"].shape[1])).astype(np.float32)
    arrays["bias"] = rng.normal(size=7).astype(np.float32)


def test_a_head_beside_the_latents_is_learnt_from_and_told_apart(
    data: Data, capsys: pytest.CaptureFixture[str]
) -> None:
    data.replace("project.toml", "seeds = [0, 1]", "seeds = [0]")
    without = kg.ConceptDictionary.read(run_and_read(data))
    assert "head" not in capsys.readouterr().err
    data.latents(add_head)
    given = kg.ConceptDictionary.read(run_and_read(data))
    assert "the classifier's head of 7 classes" in capsys.readouterr().err
    comparison = pl.read_csv(data.folder / "results" / "comparison.csv")
    assert {m for m in comparison["model"] if "head" in m} == {
        "flat ridge on the head", "flat multinomial on the head",
    }  # fmt: skip
    assert not np.array_equal(given.grounding.directions, without.grounding.directions)
    assert "trust: part 1, taxon" in given.grounding.provenance.model
    data.latents(lambda arrays: arrays.update(bias=arrays["bias"][:3]))
    with pytest.raises(kg.errors.LatentsError, match=r"latents.npz: weight .*\(7, 5\)"):
        run_and_read(data)


@pytest.mark.slow
def test_latents_that_mean_nothing_are_judged_neither_better_nor_worse_than_a_guess() -> None:
    """Pooling the scores of several folds would give .3; the standard error here is .02."""
    rng = np.random.default_rng(1)
    classes = [f"c{k}" for k in range(15)]
    graph = kg.ConceptGraph([kg.Concept(c, c) for c in classes])
    labels = [c for k, c in enumerate(classes) for _ in range(2 + k % 3)]
    truth = kg.Evidence.from_labels(labels, graph)
    for model in ("hierarchical", "flat ridge", "nearest class mean"):
        auc = []
        for seed in range(12):
            Z = rng.normal(size=(len(labels), 8)).astype(np.float32)
            trial = Trial(1.0, seed, model)
            auc.append(fit_and_judge(trial, graph.hierarchy(), Z, truth)["auc"])
        assert abs(np.nanmean(auc) - 0.5) < 0.09


def test_a_folder_of_images_a_class_and_labels_that_are_names(data: Data) -> None:
    for number, row in enumerate(pl.read_csv(data.folder / "images.csv").iter_rows(named=True)):
        names = {"cal": "Calanus", "oith": "Oithona", "salp": "Salpa", "cope": "Copepoda"}
        place = data.folder / "sorted" / names.get(row["label"], "Copepoda")
        place.mkdir(parents=True, exist_ok=True)
        shutil.copy(data.folder / "images" / row["file"], place / f"{number:02}.png")
    np.save(data.folder / "latents.npy", np.random.default_rng(0).normal(size=(64, 4)))
    (data.folder / "project.toml").write_text(
        'name = "folder"\nout = "results"\n[knowledge]\nsources = ["plankton.ttl"]\n'
        '[images]\nfolder = "sorted"\n[classifier]\nlatents = "latents.npy"\n'
        "[annotation]\nfractions = [0.3]\n"
    )
    assert len(kg.ConceptDictionary.read(run_and_read(data))) == 5


def spoil_image(data: Data) -> None:
    (data.folder / "images" / "10.png").write_bytes(b"no image")
    (data.folder / "net.py").write_text(
        "import torch\n"
        "def net(): return torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(64, 3))\n"
    )
    torch = pytest.importorskip("torch")
    net = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(64, 3))
    torch.save(net.state_dict(), data.folder / "net.pt")
    data.replace(
        "project.toml",
        'latents = "latents.npz"',
        'model = "net:net"\nstate_dict = "net.pt"\nlayer = "1"\nsize = 8',
    )


WRONG: dict[str, tuple[Callable[[Data], object], tuple[str, ...]]] = {
    "a missing ontology": (
        lambda d: (d.folder / "plankton.ttl").unlink(),
        ("plankton.ttl", "cannot be read"),
    ),
    "a missing table of images": (
        lambda d: (d.folder / "images.csv").unlink(),
        ("images.csv", "cannot be read"),
    ),
    "missing latents": (
        lambda d: (d.folder / "latents.npz").unlink(),
        ("latents.npz", "cannot be read"),
    ),
    "a label without a row": (
        lambda d: d.replace("images.csv", "07.png,cope", "07.png,krill"),
        ("07.png", "row 8", "krill"),
    ),
    "a row without a concept": (
        lambda d: d.replace("labels.csv", "salp,salpa", "salp,Salpidae"),
        ("labels.csv, line 4", "Salpidae"),
    ),
    "a cycle": (
        lambda d: d.replace("plankton.ttl", '"Copepoda" ;', '"Copepoda" ; rdfs:subClassOf :X_3 ;'),
        ("plankton.ttl", "X:1 --> X:3 --> X:1"),
    ),
    "a malformed ontology": (
        lambda d: d.replace("plankton.ttl", ":X_4 a owl:Class ;", ":X_4 a owl:Class ; ;;( "),
        ("plankton.ttl, line 10", "malformed"),
    ),
    "latents of the wrong length": (
        lambda d: d.latents(lambda a: a.update(Z=a["Z"][:50])),
        ("latents.npz", "50 rows", "64 file names"),
    ),
    "latents of other images": (
        lambda d: d.latents(lambda a: a.update(files=np.char.add("x", a["files"]))),
        ("latents.npz", "04.png"),
    ),
    "nameless latents of the wrong length": (
        lambda d: d.latents(lambda a: a.update(Z=a["Z"][:50]) or a.pop("files")),
        ("latents.npz", "50 rows for 64 images"),
    ),
    "NaN in latents": (
        lambda d: d.latents(lambda a: a["Z"].__setitem__((3, 2), np.nan)),
        ("latents.npz, row 4 (60.png), unit 2", "nan"),
    ),
    "latents that would run code": (
        lambda d: np.savez(d.folder / "latents.npz", Z=np.array([{}], dtype=object)),
        ("latents.npz", "pickle"),
    ),
    "an image that does not open": (spoil_image, ("10.png", "row 11", "does not open")),
    "a missing image": (
        lambda d: spoil_image(d) or (d.folder / "images" / "08.png").unlink(),
        ("08.png", "row 9", "is not there"),
    ),
    "labels that are all alike": (
        lambda d: (d.folder / "labels.csv").write_text(
            "label,concept\n" + "".join(f"{label},salpa\n" for label in LABELS)
        ),
        ("nothing can be judged",),
    ),
    "a seed given twice": (
        lambda d: d.replace("project.toml", "seeds = [0, 1]", "seeds = [0, 0]"),
        ("annotation", "give each once"),
    ),
    "a network without images": (
        lambda d: (
            d.replace("project.toml", 'latents = "latents.npz"', 'export = "a.pt2"')
            or d.replace("project.toml", 'root = "images"', "")
        ),
        ("images.root",),
    ),
    "latents of another format than their name says": (
        lambda d: (
            np.save(d.folder / "x.npy", np.ones(3))
            or (d.folder / "x.npy").rename(d.folder / "latents.npz")
        ),
        ("latents.npz", "cannot be read as latents"),
    ),
    "XML that is no ontology": (
        lambda d: (d.folder / "plankton.ttl").write_text("<?xml version='1.0'?><eml><x/></eml>"),
        ("plankton.ttl",),
    ),
    "an unknown setting": (
        lambda d: d.replace("project.toml", "root =", "rood ="),
        ("project.toml", "images.rood"),
    ),
    "somebody's folder for the results": (
        lambda d: (d.folder / "results").mkdir() or (d.folder / "results" / "a").write_text(""),
        ("results", "did not write"),
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_bad_input_is_one_line_that_names_it_and_nothing_is_written(
    data: Data,
    case: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    spoil, says = WRONG[case]
    spoil(data)
    before = {p for p in data.folder.rglob("*") if "results" in p.parts}
    monkeypatch.syspath_prepend(data.folder)
    monkeypatch.setattr(sys, "argv", ["kgconcepts", "run", str(data.folder / "project.toml")])
    with pytest.raises(SystemExit) as stopped:
        cli.main()
    assert stopped.value.code == 2
    errors = [line for line in capsys.readouterr().err.splitlines() if "error:" in line]
    assert len(errors) == 1
    for part in says:
        assert part in errors[0]
    written = {p for p in data.folder.rglob("*") if "results" in p.parts and p.is_file()} - before
    assert not [p for p in written if p.parent.name == "results" and p.suffix != ".json"]
    assert {p.name for p in written if p.parent.name == "results"} <= {".kgconcepts.json"}


def test_the_command_line_ends_with_code_2_and_one_line(data: Data) -> None:
    data.replace("labels.csv", "salp,salpa", "salp,Salpidae")
    ended = command("run", data.folder / "project.toml")
    assert ended.returncode == 2
    assert ended.stderr.strip().count("\n") == 0
    assert "Traceback" not in ended.stderr
    assert ended.stderr.startswith("error: ")


def test_a_dry_run_lists_everything_missing_and_writes_nothing(data: Data) -> None:
    before = set(data.folder.rglob("*"))
    fine = command("run", "--dry-run", data.folder / "project.toml")
    assert fine.returncode == 0
    assert "60 images, 56 labelled with 4 labels" in fine.stdout
    assert "[28] images annotated" in fine.stdout
    (data.folder / "latents.npz").unlink()
    data.replace("labels.csv", "salp,salpa", "salp,Salpidae")
    before.discard(data.folder / "latents.npz")
    lacking = command("run", "--dry-run", data.folder / "project.toml")
    assert lacking.returncode == 2
    missing = [line for line in lacking.stdout.splitlines() if line.startswith("MISSING")]
    assert len(missing) == 2
    assert "Salpidae" in missing[0]
    assert "latents.npz" in missing[1]
    assert set(data.folder.rglob("*")) == before


def test_reading_a_file_says_what_is_in_it(data: Data) -> None:
    said = command("read", data.folder / "plankton.ttl")
    assert said.returncode == 0
    assert "6 concepts: 5 taxon, 1 part" in said.stdout
    assert "3 relations" in said.stdout
