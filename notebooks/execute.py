"""Executes every notebook here from first cell to last; any error stops it.

The executed copies, with their pictures, go to ``notebooks/_executed``; the originals stay
without output.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

HERE = Path(__file__).resolve().parent


def main() -> None:
    """Execute all notebooks."""
    executed = HERE / "_executed"
    executed.mkdir(exist_ok=True)
    for path in sorted(HERE.glob("*.ipynb")):
        start = time.perf_counter()
        notebook = nbformat.read(path, as_version=4)
        try:
            NotebookClient(notebook, timeout=600, resources={"metadata": {"path": HERE}}).execute()
        except CellExecutionError as error:
            sys.exit(f"{path.name}: {error}")
        finally:
            nbformat.write(notebook, executed / path.name)
        sys.stdout.write(f"{path.name}: {time.perf_counter() - start:.0f} s\n")


if __name__ == "__main__":
    main()
