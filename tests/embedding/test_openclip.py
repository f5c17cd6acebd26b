"""The text side of an image-text model, with weights that are numbers and nothing else."""

from __future__ import annotations

import json
import pickle
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kgconcepts.embedding.encoder import encoder
from kgconcepts.embedding.openclip import SHORT, OpenClipEncoder
from kgconcepts.errors import SourceError, TextError

torch = pytest.importorskip("torch")
open_clip = pytest.importorskip("open_clip")
safetensors = pytest.importorskip("safetensors.torch")

UNITS = 12
CONFIG = {
    "embed_dim": UNITS,
    "vision_cfg": {"image_size": 32, "layers": 1, "width": 16, "head_width": 8, "patch_size": 16},
    "text_cfg": {
        "context_length": 77, "vocab_size": 49408, "width": 16, "heads": 2, "layers": 1
    },
}  # fmt: skip
ARCHITECTURE = "tiny-plankton"
TEXTS = [f"a photo of Animalia Arthropoda Copepoda number {k}" for k in range(30)]


@pytest.fixture(scope="module")
def whole() -> Any:
    torch.manual_seed(0)
    return open_clip.model.CLIP(**CONFIG).eval()


@pytest.fixture(scope="module")
def folder(whole: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model as the hub has it."""
    folder = tmp_path_factory.mktemp("clip")
    said = {"model_cfg": CONFIG, "preprocess_cfg": {}}
    (folder / "open_clip_config.json").write_text(json.dumps(said))
    safetensors.save_file(whole.state_dict(), folder / "open_clip_model.safetensors")
    return folder


@pytest.fixture(scope="module")
def architecture(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A model that open_clip knows by its name, without weights."""
    path = tmp_path_factory.mktemp("configs") / f"{ARCHITECTURE}.json"
    path.write_text(json.dumps(CONFIG))
    open_clip.add_model_config(path)
    return ARCHITECTURE


def test_rows_are_those_of_the_whole_model_and_of_unit_length(folder: Path, whole: Any) -> None:
    found = OpenClipEncoder(f"local-dir:{folder}").encode(TEXTS)
    with torch.inference_mode():
        expected = whole.encode_text(open_clip.tokenize(TEXTS), normalize=True).numpy()
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, atol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, atol=1e-6)


def test_the_image_side_is_not_kept(folder: Path) -> None:
    made = OpenClipEncoder(f"local-dir:{folder}")
    kept = [name for name, _ in made._text.named_parameters()]
    assert kept
    assert not any(name.startswith("visual") for name in kept)


def test_order_and_company_make_no_difference(folder: Path) -> None:
    made = OpenClipEncoder(f"local-dir:{folder}", batch_size=8)
    shuffled = np.random.default_rng(0).permutation(len(TEXTS))
    found = made.encode(TEXTS)
    np.testing.assert_array_equal(made.encode([TEXTS[k] for k in shuffled]), found[shuffled])
    np.testing.assert_allclose(made.encode(TEXTS[:1]), found[:1], atol=1e-5)


def test_empty_and_repeated_texts(folder: Path) -> None:
    done: list[int] = []
    made = OpenClipEncoder(f"local-dir:{folder}", batch_size=8, progress=done.append)
    assert made.encode([]).shape == (0, UNITS)
    found = made.encode(["", "zoea", "zoea", "copepod " * 200])
    assert sum(done) == 4
    assert not found[0].any()
    np.testing.assert_array_equal(found[1], found[2])
    np.testing.assert_allclose(np.linalg.norm(found[3]), 1, atol=1e-6)


def test_weights_from_a_file_are_the_same_model(
    folder: Path, architecture: str, tmp_path: Path, whole: Any
) -> None:
    made = OpenClipEncoder(architecture, folder / "open_clip_model.safetensors")
    of_folder = OpenClipEncoder(f"local-dir:{folder}")
    np.testing.assert_array_equal(made.encode(TEXTS), of_folder.encode(TEXTS))
    assert made.sha256 == of_folder.sha256
    torch.save(whole.state_dict(), tmp_path / "weights.pt")  # numbers only, so it is read
    named = encoder(f"open_clip:{architecture}/{tmp_path}/weights.pt")
    np.testing.assert_array_equal(named.encode(TEXTS), made.encode(TEXTS))


def test_other_weights_or_another_activation_have_another_hash(
    folder: Path, tmp_path: Path
) -> None:
    before = OpenClipEncoder(f"local-dir:{folder}").sha256
    other = Path(shutil.copytree(folder, tmp_path / "other"))
    weights = safetensors.load_file(other / "open_clip_model.safetensors")
    weights["ln_final.bias"] = weights["ln_final.bias"] + 1e-3
    safetensors.save_file(weights, other / "open_clip_model.safetensors")
    assert OpenClipEncoder(f"local-dir:{other}").sha256 != before
    quick = Path(shutil.copytree(folder, tmp_path / "quick"))
    said = {"model_cfg": {**CONFIG, "quick_gelu": True}}
    (quick / "open_clip_config.json").write_text(json.dumps(said))
    assert OpenClipEncoder(f"local-dir:{quick}").sha256 != before


class Trap:
    """Leaves a mark when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, tuple[Path]]:
        return Path.touch, (self.path,)


@pytest.mark.parametrize("kind", ["pickle", "torch", "text", "other"])
@pytest.mark.parametrize("name", ["weights.pt", "weights.bin", "weights.safetensors"])
def test_a_file_that_is_not_its_weights_is_refused_and_never_run(
    tmp_path: Path, architecture: str, kind: str, name: str
) -> None:
    path, mark = tmp_path / name, tmp_path / "sprung"
    if kind == "pickle":
        path.write_bytes(pickle.dumps(Trap(mark)))
    elif kind == "torch":
        torch.save({"ln_final.bias": Trap(mark)}, path)
    elif kind == "text":
        path.write_text("weights")
    else:
        safetensors.save_file({"ln_final.bias": torch.zeros(3)}, path)
    with pytest.raises(SourceError, match=f"{name}: does not load as weights") as caught:
        OpenClipEncoder(architecture, path)
    assert "\n" not in str(caught.value)
    assert not mark.exists()


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("ViT-B-32", "names no weights; give ViT-B-32/TAG"),
        ("ViT-B-32/laion", "'laion' is no file, and no tag of ViT-B-32; it has openai"),
        ("biocrip", "is no model of open_clip; expected MODEL/TAG.*or one of bioclip, bioclip-2"),
    ],
)
def test_a_name_that_is_none_is_told(name: str, message: str) -> None:
    with pytest.raises(TextError, match=message):
        encoder(f"open_clip:{name}")


def test_a_folder_without_a_model_is_told(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "missing"):
        with pytest.raises(SourceError, match="does not load as weights of local-dir"):
            encoder(f"open_clip:local-dir:{folder}")


def test_names_stand_for_models_of_the_hub(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def create_model(model: str, **_options: Any) -> None:
        asked.append(model)
        raise OSError("no network here")

    monkeypatch.setattr(open_clip, "create_model", create_model)
    names = [*SHORT, "hf-hub:imageomics/bioclip", "project-oceania/some-model"]
    for name in names:
        with pytest.raises(TextError, match=r"cannot be had \(no network here\)"):
            encoder(f"open_clip:{name}")
    assert asked == [*SHORT.values(), names[-2], f"hf-hub:{names[-1]}"]
