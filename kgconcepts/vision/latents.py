"""Latents from files: ``.npz``, ``.npy``, parquet."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from kgconcepts.errors import LatentsError, SourceError
from kgconcepts.vision.images import ImageCollection

__all__ = ["Head", "read_head", "read_latents"]

Head = tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]


def read_latents(path: Path, images: ImageCollection) -> npt.NDArray[np.float32]:
    """Read the latents of a collection's images, in its order.

    Parameters
    ----------
    path : path
        ``.npz`` with the table ``Z`` (n, d) and, best, the names ``files`` (n,); ``.npy`` with the
        table alone; parquet with a column ``file`` and a numeric column for each latent unit.
        Without names, rows are those of the image table, or of the images of the folder by name.
    images : ImageCollection

    Returns
    -------
    Z : float32 array of shape (n, d)

    Raises
    ------
    SourceError
        If the file is not there or none of these.
    LatentsError
        If its rows are not those of the images, or hold what is no finite number.
    """
    table, files = _read(path)
    if table.ndim != 2 or table.dtype.kind not in "fiu":
        raise LatentsError(
            f"{path}: holds {table.dtype} of shape {table.shape}; expected numbers, a row an image "
            "and a column a latent unit"
        )
    if files is None:
        if len(table) != images.total:
            raise LatentsError(
                f"{path}: {len(table)} rows for {images.total} images; give one row an image, in "
                "the order of the table"
            )
        rows = images.rows
    else:
        if len(files) != len(table):
            raise LatentsError(f"{path}: {len(table)} rows but {len(files)} file names")
        position = {name: row for row, name in enumerate(files)}
        if len(position) < len(files):
            twice = next(name for row, name in enumerate(files) if position[name] != row)
            raise LatentsError(f"{path}: {twice} has more than one row; keep one")
        missing = [name for name in images.files if name not in position]
        if missing:
            raise LatentsError(
                f"{path}: no latents of {missing[0]} and {len(missing) - 1} more of "
                f"{len(images)} images; compute them, or take these images out of the table"
            )
        rows = np.array([position[name] for name in images.files], dtype=np.intp)
    with np.errstate(over="ignore"):
        chosen = table[rows].astype(np.float32)
    wrong = np.argwhere(~np.isfinite(chosen))
    if len(wrong):
        image, unit = wrong[0]
        raise LatentsError(
            f"{path}, row {rows[image] + 1} ({images.files[image]}), unit {unit}: found "
            f"{chosen[image, unit]}; expected finite numbers "
            f"({len(np.unique(wrong[:, 0]))} images have others); recompute them"
        )
    return chosen


def read_head(path: Path, units: int) -> Head | None:
    """Read the classifier's last layer from the file of its latents, if it is there.

    Parameters
    ----------
    path : path
        ``.npz`` with the arrays ``weight`` (c, d) and ``bias`` (c,); another file has none.
    units : int
        Latent units, d.

    Returns
    -------
    weight, bias : float32 arrays of shapes (c, d) and (c,)
        None where the file does not hold both.

    Raises
    ------
    SourceError
        If the file cannot be read.
    LatentsError
        If they are of other shapes, or not finite.
    """
    if path.suffix != ".npz":
        return None
    try:
        with np.load(path, allow_pickle=False) as archive:
            if not {"weight", "bias"} <= set(archive.files):
                return None
            weight, bias = archive["weight"], archive["bias"]
    except Exception as error:  # numpy raises nearly anything on damaged files
        raise _unreadable(path, error) from error
    fits = weight.ndim == 2 and weight.shape[1] == units and bias.shape == weight.shape[:1]
    if not fits or {weight.dtype.kind, bias.dtype.kind} - set("fiu"):
        raise LatentsError(
            f"{path}: weight is {weight.dtype} of shape {weight.shape} and bias {bias.dtype} of "
            f"{bias.shape}; expected the classifier's last layer, numbers of shape (classes, "
            f"{units}) and (classes,), or neither"
        )
    if not (np.isfinite(weight).all() and np.isfinite(bias).all()):
        raise LatentsError(f"{path}: weight and bias hold what is no finite number; save anew")
    return weight.astype(np.float32), bias.astype(np.float32)


def _read(path: Path) -> tuple[npt.NDArray[np.generic], list[str] | None]:
    try:
        if path.suffix == ".npz":
            with np.load(path, allow_pickle=False) as archive:
                if "Z" not in archive:
                    raise SourceError(
                        f"{path}: no array Z among {', '.join(archive.files) or 'none'}; save the "
                        "latents under this name"
                    )
                names = [str(f) for f in archive["files"]] if "files" in archive else None
                return archive["Z"], names
        if path.suffix == ".npy":
            return np.load(path, allow_pickle=False), None
        if path.suffix in (".parquet", ".pq"):
            frame = pl.read_parquet(path)
            named = "file" in frame.columns
            units = frame.drop("file") if named else frame
            units = units.drop([c for c in units.columns if c.startswith("__index_level_")])
            words = [c for c, kind in units.schema.items() if not kind.is_numeric()]
            if words:
                raise SourceError(
                    f"{path}: column {words[0]!r} holds no numbers; expected a column 'file' and "
                    "one for each latent unit"
                )
            return units.to_numpy(), frame["file"].cast(pl.String).to_list() if named else None
    except SourceError:
        raise
    except Exception as error:  # numpy and polars raise nearly anything on damaged files
        raise _unreadable(path, error) from error
    raise SourceError(f"{path}: expected latents as .npz, .npy or .parquet")


def _unreadable(path: Path, error: Exception) -> SourceError:
    account = " ".join(str(error).split())[:200]
    return SourceError(f"{path}: cannot be read as latents ({account}); check it")
