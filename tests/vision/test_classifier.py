"""A classifier in torch gives an image's latents, and one that does not fit is refused."""

from __future__ import annotations

import importlib
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kgconcepts.errors import LatentsError, SourceError, UnreadableImageError
from kgconcepts.vision.classifier import compute_latents, exported, imported, prepare
from kgconcepts.vision.images import ImageCollection, read_folder, read_table
from kgconcepts.vision.latents import read_latents

torch = pytest.importorskip("torch")
Image = pytest.importorskip("PIL.Image")

SIZE = 8
NETWORK = """
import torch
from torch import nn


class Plankton(nn.Module):
    def __init__(self, classes=3):
        super().__init__()
        self.features = nn.Sequential(nn.Flatten(), nn.Linear(64, 5), nn.BatchNorm1d(5), nn.ReLU())
        self.drop = nn.Dropout(0.5)
        self.unused = nn.Linear(2, 2)
        self.head = nn.Linear(5, classes)

    def forward(self, x):
        return self.head(self.drop(self.features(x)))


def make():
    torch.manual_seed(1)
    return Plankton()


def other():
    return Plankton(classes=4)


def needs(classes):
    return Plankton(classes)


def fails():
    raise RuntimeError("no such device")


class Spatial(nn.Module):
    def __init__(self):
        super().__init__()
        self.maps = nn.Conv2d(1, 2, 3)

    def forward(self, x):
        return self.maps(x).mean((2, 3))
"""


@pytest.fixture
def images(tmp_path: Path) -> ImageCollection:
    rng = np.random.default_rng(0)
    folder = tmp_path / "images" / "salp"
    folder.mkdir(parents=True)
    for k in range(5):
        pixels = rng.integers(0, 255, (6 + k, 9), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"{k}.png")
    return read_folder(folder.parent)


@pytest.fixture
def network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The module of an import path, new for each test."""
    name = f"network_{tmp_path.name}".replace("-", "_")
    (tmp_path / f"{name}.py").write_text(NETWORK)
    monkeypatch.syspath_prepend(tmp_path)
    return importlib.import_module(name)


def save(network: Any, path: Path) -> tuple[Path, Any]:
    """Write weights that have been trained a little; return them with their module."""
    module = network.make()
    with torch.no_grad():
        module.features[2].running_mean += 0.1
        module.features[1].bias += 0.5
    if path.suffix == ".safetensors":
        pytest.importorskip("safetensors.torch").save_file(module.state_dict(), path)
    else:
        torch.save(module.state_dict(), path)
    return path, module.eval()


def pixels(images: ImageCollection) -> Any:
    stack = np.stack([prepare(images, i, SIZE, 1) for i in range(len(images))])
    return torch.from_numpy(stack).float() / 255


@pytest.mark.parametrize("suffix", [".safetensors", ".pt"])
def test_latents_are_what_goes_out_of_the_layer(
    tmp_path: Path, network: Any, images: ImageCollection, suffix: str
) -> None:
    weights, module = save(network, tmp_path / f"weights{suffix}")
    latents = imported(f"{network.__name__}:make", weights, "features")
    Z = compute_latents(latents, images, SIZE, 1)
    assert Z.dtype == np.float32
    with torch.no_grad():
        np.testing.assert_allclose(Z, module.features(pixels(images)), rtol=1e-5, atol=1e-6)


def test_dropout_is_off_and_the_same_images_give_the_same_bits(
    tmp_path: Path, network: Any, images: ImageCollection
) -> None:
    weights, _ = save(network, tmp_path / "weights.pt")
    latents = imported(f"{network.__name__}:make", weights, "drop")
    before = torch.are_deterministic_algorithms_enabled()
    one, other = (compute_latents(latents, images, SIZE, 1) for _ in range(2))
    np.testing.assert_array_equal(one, other)
    assert torch.are_deterministic_algorithms_enabled() == before


def test_batches_make_no_difference_and_progress_counts_images(
    tmp_path: Path, network: Any, images: ImageCollection
) -> None:
    weights, _ = save(network, tmp_path / "weights.pt")
    latents = imported(f"{network.__name__}:make", weights, "features")
    done: list[int] = []
    one = compute_latents(latents, images, SIZE, 1, done.append, batch=2)
    assert done == [2, 2, 1]
    np.testing.assert_allclose(one, compute_latents(latents, images, SIZE, 1), atol=1e-6)


def test_a_layer_of_maps_is_laid_flat(
    tmp_path: Path, network: Any, images: ImageCollection
) -> None:
    torch.save(network.Spatial().state_dict(), tmp_path / "weights.pt")
    latents = imported(f"{network.__name__}:Spatial", tmp_path / "weights.pt", "maps")
    assert compute_latents(latents, images, SIZE, 1).shape == (5, 2 * 6 * 6)


@pytest.mark.parametrize(
    ("factory", "layer", "message"),
    [
        ("MODULE:make", "penultimate", "has no layer 'penultimate'; it has features, features.0"),
        ("MODULE:other", "features", "weights.pt: does not fit .*size mismatch"),
        ("MODULE:missing", "features", "has no attribute 'missing'; expected package.module"),
        ("MODULE", "features", "expected package.module:function"),
        ("no_such_module:make", "features", "No module named 'no_such_module'"),
        ("MODULE:needs", "features", "model .*needs'.*missing 1 required positional argument"),
        ("MODULE:fails", "features", "no such device"),
        ("os:getcwd", "features", "weights.pt: does not fit os:getcwd"),
    ],
)
def test_a_model_that_does_not_fit_is_refused(
    tmp_path: Path, network: Any, factory: str, layer: str, message: str
) -> None:
    weights, _ = save(network, tmp_path / "weights.pt")
    with pytest.raises(SourceError, match=message) as caught:
        imported(factory.replace("MODULE", network.__name__), weights, layer)
    assert "\n" not in str(caught.value)


class Trap:
    """Leaves a mark when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, tuple[Path]]:
        return Path.touch, (self.path,)


@pytest.mark.parametrize("kind", ["pickle", "torch", "text", "missing"])
@pytest.mark.parametrize("name", ["weights.pt", "weights.safetensors"])
def test_a_file_that_is_not_weights_is_refused_and_never_run(
    tmp_path: Path, network: Any, kind: str, name: str
) -> None:
    path, mark = tmp_path / name, tmp_path / "sprung"
    if kind == "pickle":
        path.write_bytes(pickle.dumps(Trap(mark)))
    elif kind == "torch":
        torch.save({"head.weight": Trap(mark)}, path)
    elif kind == "text":
        path.write_text("weights")
    with pytest.raises(SourceError, match=f"{name}: does not fit .*give the weights"):
        imported(f"{network.__name__}:make", path, "features")
    with pytest.raises(SourceError, match=name):
        exported(path, "latents")
    assert not mark.exists()


@pytest.mark.parametrize("returns", ["dict", "tensor"])
def test_an_exported_classifier_gives_latents_alone_or_by_name(
    tmp_path: Path, images: ImageCollection, returns: str
) -> None:
    class Exported(torch.nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.layer = torch.nn.Linear(64, 4)

        def forward(self, x: Any) -> Any:
            latents = self.layer(x.flatten(1))
            return {"logits": latents[:, :2], "latents": latents} if returns == "dict" else latents

    module = Exported().eval()
    batch = {"x": {0: torch.export.Dim("batch", min=1, max=256)}}
    program = torch.export.export(module, (torch.zeros(3, 1, SIZE, SIZE),), dynamic_shapes=batch)
    path = tmp_path / "classifier.pt2"
    torch.export.save(program, path)
    Z = compute_latents(exported(path, "latents"), images, SIZE, 1)
    with torch.no_grad():
        expected = module.layer(pixels(images).flatten(1))
    np.testing.assert_allclose(Z, expected, rtol=1e-5, atol=1e-6)
    with pytest.raises(
        LatentsError, match=r"the classifier fails on input .*check size and channels"
    ):
        compute_latents(exported(path, "latents"), images, SIZE + 1, 1)
    if returns == "dict":
        with pytest.raises(LatentsError, match="returns logits, latents; expected 'penultimate'"):
            compute_latents(exported(path, "penultimate"), images, SIZE, 1)


@pytest.mark.parametrize(
    ("latents", "message"),
    [
        (lambda x: x, r"returned \(5, 1, 8, 8\) for 5 images; expected a row of latents each"),
        (lambda x: x.flatten(1)[:2], r"returned \(2, 64\) for 5 images"),
        (lambda x: x.flatten(1) / 0, "image salp/0.png: the classifier's latents are not finite"),
        (lambda x: x @ torch.zeros(3), r"fails on input \(5, 1, 8, 8\)"),
    ],
)
def test_a_classifier_that_gives_no_latents_is_refused(
    images: ImageCollection, latents: Any, message: str
) -> None:
    with pytest.raises(LatentsError, match=message):
        compute_latents(latents, images, SIZE, 1)


def test_a_layer_that_is_never_run_is_refused(
    tmp_path: Path, network: Any, images: ImageCollection
) -> None:
    weights, _ = save(network, tmp_path / "weights.pt")
    latents = imported(f"{network.__name__}:make", weights, "unused")
    with pytest.raises(SourceError, match="'unused' takes no part"):
        compute_latents(latents, images, SIZE, 1)


def test_a_broken_image_is_named_and_stops(tmp_path: Path, images: ImageCollection) -> None:
    (tmp_path / "images" / "salp" / "3.png").write_bytes(b"broken")
    with pytest.raises(UnreadableImageError, match=r"salp/3.png \(row 4\)"):
        compute_latents(lambda x: x.flatten(1), images, SIZE, 1)


def one(tmp_path: Path, image: Any) -> ImageCollection:
    (tmp_path / "salp").mkdir()
    image.save(tmp_path / "salp" / "1.png")
    return read_folder(tmp_path)


@pytest.mark.parametrize("channels", [1, 3])
def test_an_image_is_centred_on_white_and_inverted(tmp_path: Path, channels: int) -> None:
    found = prepare(one(tmp_path, Image.new("L", (8, 4), 55)), 0, 8, channels)
    assert found.shape == (channels, 8, 8)
    assert found.dtype == np.uint8
    np.testing.assert_array_equal(found[:, 2:6], 200)
    np.testing.assert_array_equal(found[:, [0, 1, 6, 7]], 0)


def test_colours_stay_apart(tmp_path: Path) -> None:
    found = prepare(one(tmp_path, Image.new("RGB", (4, 4), (255, 155, 55))), 0, 4, 3)
    assert [channel.max() for channel in found] == [0, 100, 200]


def test_an_image_of_16_bits_keeps_its_greys(tmp_path: Path) -> None:
    image = Image.fromarray(np.full((4, 4), 55 * 257, dtype=np.uint16))
    np.testing.assert_allclose(prepare(one(tmp_path, image), 0, 4, 1), 200, atol=1)


def test_what_is_transparent_is_white(tmp_path: Path) -> None:
    image = Image.new("RGBA", (4, 4), (0, 0, 0, 0))
    np.testing.assert_array_equal(prepare(one(tmp_path, image), 0, 4, 1), 0)


@pytest.mark.data
def test_the_real_classifier_gives_the_latents_that_came_with_it(shared_data: Path) -> None:
    folder = shared_data / "planktonset"
    chosen = read_table(
        folder / "images.csv", folder / "images.tar", {"split": "dev", "label": "copepod_other"}
    )
    Z = compute_latents(exported(folder / "classifier.pt2", "latents"), chosen, 64, 1)
    np.testing.assert_allclose(Z, read_latents(folder / "latents.npz", chosen), atol=2e-3)
