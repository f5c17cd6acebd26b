"""Where results go, and the steps towards them: each timed, and reused while nothing changed."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from importlib.metadata import distributions
from pathlib import Path

import numpy as np
import numpy.typing as npt
from rich.console import Console
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from kgconcepts.errors import OutputError
from kgconcepts.files import replacing

__all__ = ["Arrays", "Output", "Steps", "digest"]

Arrays = Mapping[str, npt.NDArray[np.generic]]
MANIFEST = ".kgconcepts.json"
COMPUTING = {"numpy", "scipy", "scikit-learn", "torch", "pillow"}


class Output:
    """A folder of results that knows which files in it are its own.

    Parameters
    ----------
    folder : path
        Is made where it is not there.

    Raises
    ------
    OutputError
        If it cannot be written to, or holds files and none of ours.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        reason = self.refusal(folder)
        if reason:
            raise OutputError(reason)
        self._own: set[str] = set(_manifest(folder))
        self._save()

    @staticmethod
    def refusal(folder: Path) -> str:
        """Return why results cannot go to a folder, or nothing if they can."""
        if folder.exists() and not folder.is_dir():
            return f"{folder}: is a file; choose another folder for the results"
        try:
            known = bool(_manifest(folder)) or (folder / MANIFEST).exists()
            if folder.is_dir() and not known and any(folder.iterdir()):
                return (
                    f"{folder}: holds files that kgconcepts did not write; choose an empty or new "
                    "folder for the results"
                )
        except OutputError as error:
            return str(error)
        except (OSError, ValueError) as error:
            return f"{folder}: cannot be looked into ({error}); choose another folder"
        return ""

    def path(self, name: str) -> Path:
        """Return the path of a result, which this folder from now on counts as its own."""
        return self.paths([name])[0]

    def paths(self, names: Sequence[str]) -> list[Path]:
        """Return the paths of many results at once.

        Raises
        ------
        OutputError
            If somebody else's file has one of these names.
        """
        new = [name for name in names if name not in self._own]
        for name in new:
            if (self.folder / name).exists():
                raise OutputError(
                    f"{self.folder / name}: was not written by kgconcepts and is left alone; "
                    "move it away"
                )
        if new:
            self._own.update(new)
            self._save()
        return [self.folder / name for name in names]

    def disown(self, name: str) -> None:
        """Forget that a result which is no longer there was the folder's own."""
        self._own.discard(name)
        self._save()

    def _save(self) -> None:
        with replacing(self.folder / MANIFEST) as temporary:
            temporary.write_text(json.dumps({"files": sorted(self._own)}, indent=1))


class Steps:
    """Runs steps, says how long each took, and keeps what they give.

    A step's result is kept under a hash of the content it was made from and of kgconcepts' own
    code; it is used again as long as both stay the same, whatever files are called.

    Parameters
    ----------
    output : Output
    console : Console
        Where to say what is done.
    """

    def __init__(self, output: Output, console: Console) -> None:
        self.output = output
        self.console = console
        self._used: set[Path] = set()

    @contextmanager
    def timed(self, what: str) -> Iterator[list[str]]:
        """Say how long the block took; what it appends to the list is said as well."""
        notes: list[str] = []
        start = time.perf_counter()
        yield notes
        passed = time.perf_counter() - start
        said = f"{passed:7.1f} s  {what}{': ' if notes else ''}{', '.join(notes)}"
        self.console.print(said, soft_wrap=True, highlight=False, markup=False)

    def arrays(self, name: str, made_from: object, make: Callable[[], Arrays]) -> Arrays:
        """Return what `make` gives, from the last time if it is made from the same.

        Parameters
        ----------
        name : str
            A file name.
        made_from : JSON value
            Everything that the result depends on, as values or hashes of content.
        make : callable
            Returns arrays by name.
        """
        return next(self.many({name: made_from}, lambda new: (make() for _ in new)))

    def many(
        self,
        made_from: Mapping[str, object],
        make: Callable[[list[str]], Iterator[Arrays]],
    ) -> Iterator[Arrays]:
        """Yield the results of several steps, in order.

        Parameters
        ----------
        made_from : mapping of name → JSON value
        make : callable
            Takes the names of those that cannot be reused, and yields their results in order.
        """
        paths = {
            name: self.output.path(f"steps/{name}-{digest([_code(), content])[:24]}.safetensors")
            for name, content in made_from.items()
        }
        self._used.update(paths.values())
        kept = {name: self._kept(path) for name, path in paths.items()}
        new = make([name for name, arrays in kept.items() if arrays is None])
        for name, path in paths.items():
            arrays = kept[name]
            if arrays is None:
                arrays = {key: np.ascontiguousarray(a) for key, a in next(new).items()}
                with replacing(path) as temporary:
                    save_file(arrays, temporary)
            yield arrays

    def _kept(self, path: Path) -> Arrays | None:
        try:
            return load_file(path) if path.exists() else None
        except SafetensorError:
            self.console.print(f"{path}: is damaged and made anew")
            return None

    def forget_superseded(self) -> None:
        """Remove the kept results of this run's steps that were made from something else."""
        names = {_step(path) for path in self._used}
        for name in _manifest(self.output.folder):
            path = self.output.folder / name
            if name.startswith("steps/") and path not in self._used and _step(path) in names:
                path.unlink(missing_ok=True)
                self.output.disown(name)


def _step(path: Path) -> str:
    return path.name.rsplit("-", 1)[0]


def digest(value: object) -> str:
    """Return a hash of a JSON value or of an array's numbers and shape."""
    if isinstance(value, np.ndarray):
        head = f"{value.dtype}{value.shape}".encode()
        return hashlib.sha256(head + np.ascontiguousarray(value).tobytes()).hexdigest()
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


@cache
def _code() -> str:
    """Return a hash of kgconcepts' own code and of the versions of what it computes with."""
    sources = sorted(Path(__file__).parent.rglob("*.py"))
    versions = [f"{d.name}{d.version}" for d in distributions() if d.name in COMPUTING]
    return digest(
        [*sorted(versions), *(hashlib.sha256(p.read_bytes()).hexdigest() for p in sources)]
    )


def _manifest(folder: Path) -> list[str]:
    try:
        return [str(name) for name in json.loads((folder / MANIFEST).read_text())["files"]]
    except (FileNotFoundError, NotADirectoryError):
        return []
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise OutputError(f"{folder / MANIFEST}: is damaged; choose another folder") from error
