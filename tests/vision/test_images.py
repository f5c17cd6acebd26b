"""Images come from folders, tables and tar files, and a bad one is named."""

from __future__ import annotations

import io
import tarfile
import zlib
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from kgconcepts.errors import SourceError, UnreadableImageError
from kgconcepts.vision import images
from kgconcepts.vision.images import ImageCollection, read_folder, read_table

Image = pytest.importorskip("PIL.Image")


def png(width: int = 4, height: int = 3, grey: int = 100) -> bytes:
    file = io.BytesIO()
    Image.new("L", (width, height), grey).save(file, "PNG")
    return file.getvalue()


def put(root: Path, **files: bytes) -> Path:
    """Write files whose names have / for __ and . for _dot_."""
    for name, content in files.items():
        path = root / name.replace("__", "/").replace("_dot_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return root


def archive(path: Path, mode: str = "w", **files: bytes) -> Path:
    with tarfile.open(path, mode) as tar:  # type: ignore[call-overload]
        for name, content in files.items():
            member = tarfile.TarInfo(name.replace("__", "/").replace("_dot_", "."))
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return path


def table(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_a_folder_of_folders_gives_images_with_labels(tmp_path: Path) -> None:
    put(
        tmp_path,
        salp__2_dot_PNG=png(),
        salp__1_dot_png=png(),
        Oithona__deep__a_dot_jpg=png(),
        loose_dot_tiff=png(),
        salp__notes_dot_txt=b"",
        empty__readme_dot_md=b"",
    )
    found = read_folder(tmp_path)
    assert dict(zip(found.files, found.labels, strict=True)) == {
        "Oithona/deep/a.jpg": "deep",
        "loose.tiff": None,
        "salp/1.png": "salp",
        "salp/2.PNG": "salp",
    }
    assert list(found.files) == sorted(found.files)
    assert found.counts == Counter(salp=2, deep=1)
    assert len(found) == found.total == 4
    np.testing.assert_array_equal(found.rows, range(4))
    assert found.open(found.files.index("salp/1.png")).size == (4, 3)


def test_a_folder_without_images_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"holds no images \(.bmp, "):
        read_folder(put(tmp_path, salp__notes_dot_txt=b""))
    with pytest.raises(SourceError, match="missing: is no folder; give the folder"):
        read_folder(tmp_path / "missing")


def test_a_table_names_files_and_labels(tmp_path: Path) -> None:
    path = table(tmp_path / "i.csv", "file,label,split\na.png,salp,dev\nb.png,,dev\nc.png,x,test\n")
    everything = read_table(path, None, {})
    assert everything.files == ("a.png", "b.png", "c.png")
    assert everything.labels == ("salp", None, "x")
    part = read_table(path, None, {"split": "dev"})
    assert part.files == ("a.png", "b.png")
    assert part.total == 3
    last = read_table(path, None, {"split": "test", "label": "x"})
    np.testing.assert_array_equal(last.rows, [2])
    with pytest.raises(
        UnreadableImageError, match=r"a.png: no folder of images is known; give one"
    ):
        part.open(0)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("file,label\na.png,x\nb.png,x\na.png,y\n", r"i.csv, line 4: a.png is given twice"),
        ("file,class\na.png,x\n", "line 1: no column label among file, class"),
        ("file,label\na.png\n", "line 2: 1 cells; expected 2"),
        ("file,label\n", "i.csv"),
        ("", "no column file, label among none"),
    ],
)
def test_a_table_with_a_mistake_is_refused_with_its_line(
    tmp_path: Path, text: str, message: str
) -> None:
    with pytest.raises(SourceError, match=message):
        read_table(table(tmp_path / "i.csv", text), None, {})


def test_a_table_of_another_split_or_place_is_refused(tmp_path: Path) -> None:
    path = table(tmp_path / "i.csv", "file,label\na.png,x\n")
    with pytest.raises(SourceError, match="no column split"):
        read_table(path, None, {"split": "dev"})
    with pytest.raises(SourceError, match=r"no image with .*'y'"):
        read_table(path, None, {"label": "y"})
    with pytest.raises(SourceError, match="images: is not there; give the folder or tar file"):
        read_table(path, tmp_path / "images", {})


def collection(root: Path, *names: str) -> ImageCollection:
    return ImageCollection(names, (None,) * len(names), root, np.arange(len(names)), len(names))


def test_an_image_is_the_same_from_a_folder_and_from_a_tar(tmp_path: Path) -> None:
    content = {"salp__1_dot_png": png(5, 7, 20), "salp__2_dot_png": png(2, 2, 200)}
    folder, tar = put(tmp_path / "f", **content), archive(tmp_path / "images.tar", **content)
    for root in (folder, tar):
        found = collection(root, "salp/1.png", "salp/2.png")
        assert [found.open(i).size for i in range(2)] == [(5, 7), (2, 2)]
        assert found.open(1).getpixel((0, 0)) == 200
        with pytest.raises(UnreadableImageError, match=r"salp/3.png \(row 1\): is not there"):
            collection(root, "salp/3.png").open(0)


@pytest.mark.parametrize("name", ["../secret.png", "salp/../../secret.png", "ABSOLUTE", "link.png"])
def test_no_name_reaches_outside_the_folder(tmp_path: Path, name: str) -> None:
    put(tmp_path, secret_dot_png=png())
    root = put(tmp_path / "images", salp__1_dot_png=png())
    (root / "link.png").symlink_to(tmp_path / "secret.png")
    name = str(tmp_path / "secret.png") if name == "ABSOLUTE" else name
    found = read_table(table(tmp_path / "i.csv", f"file,label\n{name},x\n"), root, {})
    with pytest.raises(UnreadableImageError, match="lies outside the folder"):
        found.open(0)
    with pytest.raises(UnreadableImageError, match="lies outside the folder"):
        _ = found.content


def test_a_tar_gives_its_own_members_alone_and_writes_nothing(tmp_path: Path) -> None:
    put(tmp_path, secret_dot_png=png(grey=9))
    path = tmp_path / "deep" / "images.tar"
    path.parent.mkdir()
    with tarfile.open(path, "w") as tar:
        inside = tarfile.TarInfo("../evil.png")
        inside.size = len(png(grey=7))
        tar.addfile(inside, io.BytesIO(png(grey=7)))
        for kind, name in ((tarfile.SYMTYPE, "soft.png"), (tarfile.LNKTYPE, "hard.png")):
            link = tarfile.TarInfo(name)
            link.type, link.linkname = kind, "../secret.png"
            tar.addfile(link)
    found = collection(path, "../evil.png", "soft.png", "hard.png", "../secret.png")
    assert found.open(0).getpixel((0, 0)) == 7  # the tar's own bytes, wherever it says they belong
    for image in (1, 2, 3):
        with pytest.raises(UnreadableImageError, match="is not there"):
            found.open(image)
    assert sorted(p.name for p in tmp_path.rglob("*")) == ["deep", "images.tar", "secret.png"]


@pytest.mark.parametrize("mode", ["w:gz", "none"])
def test_another_archive_is_refused(tmp_path: Path, mode: str) -> None:
    path = tmp_path / "images.tar"
    if mode == "none":
        path.write_bytes(b"no tar file" * 100)
    else:
        archive(path, mode, a_dot_png=png())
    with pytest.raises((SourceError, UnreadableImageError), match="no uncompressed tar file"):
        collection(path, "a.png").open(0)


@pytest.mark.parametrize(
    "content",
    [b"", b"no image", png()[:40], png(999, 999)[:500], b"\x89PNG\r\n\x1a\n" + b"\0" * 99],
)
def test_a_broken_image_is_named_with_its_row(tmp_path: Path, content: bytes) -> None:
    root = put(tmp_path, good_dot_png=png(), bad_dot_png=content)
    found = collection(root, "good.png", "bad.png")
    assert found.open(0).size == (4, 3)
    with pytest.raises(UnreadableImageError, match=r"bad.png \(row 2\): does not open as an image"):
        found.open(1)


def test_an_image_that_would_fill_the_memory_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(images, "MAX_PIXELS", 100)
    found = collection(
        put(tmp_path, a_dot_png=png(10, 10), b_dot_png=png(10, 11)), "a.png", "b.png"
    )
    assert found.open(0).size == (10, 10)
    with pytest.raises(UnreadableImageError, match=r"b.png \(row 2\): 10 × 11 pixels; expected at"):
        found.open(1)


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    bomb = bytearray(png())
    bomb[16:24] = (60_000).to_bytes(4, "big") * 2  # the header's width and height
    bomb[29:33] = zlib.crc32(bytes(bomb[12:29])).to_bytes(4, "big")
    with pytest.raises(UnreadableImageError, match=r"bomb.png"):
        collection(put(tmp_path, bomb_dot_png=bytes(bomb)), "bomb.png").open(0)


def test_the_hash_is_that_of_names_and_pixels(tmp_path: Path) -> None:
    def content(**files: bytes) -> str:
        root = tmp_path / str(len(list(tmp_path.iterdir())))
        return read_folder(put(root, **files)).content

    one = content(a_dot_png=png(), b_dot_png=png(grey=1))
    assert content(a_dot_png=png(), b_dot_png=png(grey=1)) == one
    assert content(a_dot_png=png(), b_dot_png=png(grey=2)) != one
    assert content(a_dot_png=png(), c_dot_png=png(grey=1)) != one
    assert content(a_dot_png=png(grey=1), b_dot_png=png()) != one


@pytest.mark.data
def test_the_real_table_and_tar_hold_the_same_images(shared_data: Path) -> None:
    folder = shared_data / "planktonset"
    found = read_table(folder / "images.csv", folder / "images.tar", {"split": "dev"})
    assert len(found) == 9103
    assert found.total == 21_233
    assert len(found.counts) == 121
    assert found._members is not None
    assert set(found.files) < set(found._members)
    for image in (0, 4000, 9102):
        assert found.open(image).mode == "L"
