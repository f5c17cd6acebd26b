"""SQLite files of ours, which several processes may use at once."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from kgconcepts.errors import SourceError

__all__ = ["connected"]

_PATIENCE = 60.0  # seconds to wait while another process writes


def connected(path: Path, ours: int, version: int, schema: str) -> sqlite3.Connection:
    """Open a file, or make it with its tables.

    Parameters
    ----------
    path : Path
    ours : int
        What stands in the header of such files (SQLite's ``application_id``).
    version : int
        The latest that can be used.
    schema : str
        Statements that make the tables, with semicolons between them.

    Raises
    ------
    SourceError
        If the file is none of these, of a later version, or cannot be written to.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        database = sqlite3.connect(path, timeout=_PATIENCE, isolation_level=None)
        try:
            _prepare(database, path, ours, version, schema)
        except BaseException:
            database.close()
            raise
    except SourceError:
        raise
    except (OSError, sqlite3.Error, ValueError) as error:  # ValueError: a NUL in the path
        raise SourceError(
            f"{path}: cannot be used as cache ({error}); name another file"
        ) from error
    return database


def _prepare(
    database: sqlite3.Connection, path: Path, ours: int, version: int, schema: str
) -> None:
    database.execute("BEGIN IMMEDIATE")  # another process may be making it
    (owner,) = database.execute("PRAGMA application_id").fetchone()
    (found,) = database.execute("PRAGMA user_version").fetchone()
    (tables,) = database.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if (owner != ours and tables) or found > version:
        later = f"of version {found}, later than {version}"
        what = later if owner == ours else "not ours"
        raise SourceError(f"{path}: is a database that is {what}; name another file")
    if not owner or not found:
        for statement in schema.split(";"):
            database.execute(statement)
        database.execute(f"PRAGMA application_id = {ours}")
        database.execute(f"PRAGMA user_version = {version}")
    database.execute("COMMIT")
