"""Latents are those of the images, in their order, or are refused."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from kgconcepts.errors import LatentsError, SourceError
from kgconcepts.vision.images import ImageCollection, read_table
from kgconcepts.vision.latents import read_head, read_latents

NAMES = ("a.png", "b.png", "c.png")
Z = np.array([[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]])


def images(*names: str, rows: tuple[int, ...] = (), total: int = 0) -> ImageCollection:
    places = np.array(rows or range(len(names)))
    return ImageCollection(names, (None,) * len(names), None, places, total or len(names))


def write(folder: Path, suffix: str, table: Any = Z, files: Any = NAMES) -> Path:
    path = folder / f"latents{suffix}"
    if suffix == ".npy":
        np.save(path, table)
    elif suffix == ".npz":
        np.savez(path, **({"Z": table} | ({} if files is None else {"files": np.array(files)})))
    else:
        columns = {f"z{k}": column for k, column in enumerate(np.asarray(table).T)}
        pl.DataFrame(({} if files is None else {"file": files}) | columns).write_parquet(path)
    return path


@pytest.mark.parametrize("suffix", [".npz", ".parquet", ".pq"])
def test_names_say_which_row_is_whose(tmp_path: Path, suffix: str) -> None:
    found = read_latents(write(tmp_path, suffix), images("c.png", "a.png", total=99))
    np.testing.assert_array_equal(found, Z[[2, 0]])
    assert found.dtype == np.float32


@pytest.mark.parametrize("suffix", [".npz", ".npy", ".parquet"])
def test_without_names_rows_are_those_of_the_table(tmp_path: Path, suffix: str) -> None:
    path = write(tmp_path, suffix, files=None)
    np.testing.assert_array_equal(read_latents(path, images(*NAMES)), Z)
    part = images("c.png", "a.png", rows=(2, 0), total=3)
    np.testing.assert_array_equal(read_latents(path, part), Z[[2, 0]])
    with pytest.raises(LatentsError, match="3 rows for 4 images; give one row an image"):
        read_latents(path, images(*NAMES, "d.png"))


@pytest.mark.parametrize("suffix", [".npz", ".parquet"])
def test_an_image_without_latents_is_named(tmp_path: Path, suffix: str) -> None:
    with pytest.raises(LatentsError, match=r"no latents of x.png and 1 more of 3 images"):
        read_latents(write(tmp_path, suffix), images("a.png", "x.png", "y.png"))


def test_names_must_be_as_many_as_rows(tmp_path: Path) -> None:
    with pytest.raises(LatentsError, match="3 rows but 2 file names"):
        read_latents(write(tmp_path, ".npz", files=NAMES[:2]), images("a.png"))


@pytest.mark.parametrize("suffix", [".npz", ".npy", ".parquet"])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_what_is_no_finite_number_is_refused_with_its_image(
    tmp_path: Path, suffix: str, value: float
) -> None:
    table = Z.copy()
    table[1, 1] = value
    path = write(tmp_path, suffix, table)
    with pytest.raises(LatentsError, match=rf"row 2 \(b.png\), unit 1: found {value}"):
        read_latents(path, images(*NAMES))
    others = images("a.png", "c.png", rows=(0, 2), total=3)
    np.testing.assert_array_equal(read_latents(path, others), Z[[0, 2]])


@pytest.mark.parametrize("table", [Z[:, 0], Z[None], Z + 1j, Z.astype(str), Z > 1])
def test_a_table_of_another_shape_or_type_is_refused(tmp_path: Path, table: Any) -> None:
    with pytest.raises(LatentsError, match="expected numbers, a row an image"):
        read_latents(write(tmp_path, ".npy", table), images(*NAMES))


@pytest.mark.parametrize("kind", [np.float16, np.float32, np.int64, np.uint8])
def test_numbers_of_any_kind_will_do(tmp_path: Path, kind: type) -> None:
    found = read_latents(write(tmp_path, ".npz", Z.astype(kind)), images(*NAMES))
    np.testing.assert_array_equal(found, Z)


def test_a_parquet_column_of_words_or_gaps_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "latents.parquet"
    pl.DataFrame({"file": NAMES, "z": [1.0, 2.0, 3.0], "label": ["x"] * 3}).write_parquet(path)
    with pytest.raises(SourceError, match="column 'label' holds no numbers"):
        read_latents(path, images(*NAMES))
    pl.DataFrame({"file": NAMES, "z": [1.0, None, 3.0]}).write_parquet(path)
    with pytest.raises(LatentsError, match=r"row 2 \(b.png\), unit 0: found nan"):
        read_latents(path, images(*NAMES))


@pytest.mark.parametrize("suffix", [".npz", ".npy", ".parquet"])
@pytest.mark.parametrize("content", [None, b"", b"no latents at all", "half"])
def test_a_file_that_does_not_read_is_refused_by_name(
    tmp_path: Path, suffix: str, content: bytes | str | None
) -> None:
    path = tmp_path / f"latents{suffix}"
    if content == "half":
        whole = write(tmp_path, suffix, np.ones((3, 999))).read_bytes()
        path.write_bytes(whole[: len(whole) // 2])
    elif isinstance(content, bytes):
        path.write_bytes(content)
    with pytest.raises(SourceError, match=f"latents{suffix}: cannot be read as latents") as caught:
        read_latents(path, images(*NAMES))
    assert "\n" not in str(caught.value)


def test_another_suffix_or_another_array_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"expected latents as .npz, .npy or .parquet"):
        read_latents(tmp_path / "latents.pt", images(*NAMES))
    path = tmp_path / "latents.npz"
    np.savez(path, X=Z, files=np.array(NAMES))
    with pytest.raises(SourceError, match="no array Z among X, files; save"):
        read_latents(path, images(*NAMES))


def test_the_head_of_the_classifier_comes_with_its_latents(tmp_path: Path) -> None:
    weight, bias = np.arange(6.0).reshape(3, 2), np.array([1, 2, 3])
    path = tmp_path / "latents.npz"
    np.savez(path, Z=Z, weight=weight, bias=bias)
    found = read_head(path, 2)
    assert found is not None
    np.testing.assert_array_equal(found[0], weight)
    np.testing.assert_array_equal(found[1], bias)
    assert {part.dtype for part in found} == {np.dtype(np.float32)}


@pytest.mark.parametrize("suffix", [".npz", ".npy", ".parquet"])
def test_latents_may_come_without_a_head(tmp_path: Path, suffix: str) -> None:
    assert read_head(write(tmp_path, suffix), 2) is None
    np.savez(tmp_path / "half.npz", Z=Z, weight=np.ones((3, 2)))
    assert read_head(tmp_path / "half.npz", 2) is None


@pytest.mark.parametrize(
    ("weight", "bias", "says"),
    [
        (np.ones((3, 5)), np.ones(3), r"weight is float64 of shape \(3, 5\).*\(classes, 2\)"),
        (np.ones(2), np.ones(2), r"of shape \(2,\)"),
        (np.ones((3, 2)), np.ones(2), r"bias float64 of \(2,\)"),
        (np.full((3, 2), "a"), np.ones(3), "weight is <U1"),
        (np.ones((3, 2)), np.array([1, 2, np.nan]), "no finite number"),
        (np.ones((3, 2)), np.array([{}, {}, {}], dtype=object), "cannot be read"),
    ],
)
def test_a_head_that_does_not_fit_is_refused(
    tmp_path: Path, weight: Any, bias: Any, says: str
) -> None:
    path = tmp_path / "latents.npz"
    np.savez(path, Z=Z, weight=weight, bias=bias)
    with pytest.raises((LatentsError, SourceError), match=says) as caught:
        read_head(path, 2)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


class Trap:
    """Says what it was told to when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, tuple[Path]]:
        return Path.touch, (self.path,)


@pytest.mark.parametrize("array", ["Z", "files"])
def test_no_pickle_is_read(tmp_path: Path, array: str) -> None:
    trapped = np.array([Trap(tmp_path / "sprung")] * 3, dtype=object)
    path = tmp_path / "latents.npz"
    np.savez(path, **({"Z": Z, "files": np.array(NAMES)} | {array: trapped}))
    with pytest.raises(SourceError, match="cannot be read as latents"):
        read_latents(path, images(*NAMES))
    np.save(tmp_path / "latents.npy", trapped)
    with pytest.raises(SourceError, match="cannot be read as latents"):
        read_latents(tmp_path / "latents.npy", images(*NAMES))
    assert not (tmp_path / "sprung").exists()


@pytest.mark.data
def test_real_latents_come_in_the_order_of_the_images(shared_data: Path) -> None:
    folder = shared_data / "planktonset"
    part = read_table(folder / "images.csv", None, {"split": "dev"})
    found = read_latents(folder / "latents.npz", part)
    assert found.shape == (9103, 256)
    with np.load(folder / "latents.npz") as archive:
        whole, files = archive["Z"], archive["files"].tolist()
        weight, bias, classes = (archive[name] for name in ("weight", "bias", "classes"))
    np.testing.assert_array_equal(found[5000], whole[files.index(part.files[5000])])
    head = read_head(folder / "latents.npz", 256)
    assert head is not None
    np.testing.assert_array_equal(head[0], weight)
    guesses = classes[(found @ weight.T + bias).argmax(axis=1)]
    assert 0.6 < (guesses == np.array(part.labels)).mean() < 0.7  # its README says 0.65
    with (folder / "images.csv").open(newline="") as file:
        assert [row["file"] for row in csv.DictReader(file)] == files
