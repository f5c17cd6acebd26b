"""A table for the terminal: what there is, how much of it, and some examples."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence

from rich.console import Console, ConsoleOptions, RenderableType
from rich.table import Table
from rich.text import Text

from kgconcepts.errors import one_line

__all__ = ["EXAMPLES", "as_html", "summary"]

EXAMPLES = 3
_SHORTEST = 20
_NOTEBOOK = 120  # characters in a line
_BETWEEN = 2  # blanks between columns


def summary(
    columns: Sequence[str],
    rows: Iterable[tuple[Sequence[str], Sequence[str]]],
    options: ConsoleOptions,
    styles: dict[str, str],
) -> Table:
    """Make a table whose examples are cut where the terminal ends, and nothing else is.

    Parameters
    ----------
    columns : sequence of str
        What stands above the cells.
    rows : iterable of (cells, examples)
    options : ConsoleOptions
        Of the console that it is for.
    styles : dict
        For a cell's text how it is shown.
    """
    rows = list(rows)
    table = Table(box=None, pad_edge=False, header_style="bold")
    widths = [
        max(len(cell) for cell in column)
        for column in zip(columns, *(r[0] for r in rows), strict=True)
    ]
    for name in columns:
        right = all(cells[columns.index(name)].isdecimal() for cells, _ in rows)
        table.add_column(name, no_wrap=True, justify="right" if right else "left")
    table.add_column("for example")
    left = max(_SHORTEST, options.max_width - sum(widths) - _BETWEEN * len(widths))
    for cells, examples in rows:
        shown = [_shortened(one_line(example), left) for example in examples]
        texts = (Text(cell, styles.get(cell, "")) for cell in cells)
        table.add_row(*texts, Text("\n".join(shown)))
    return table


def as_html(shown: RenderableType) -> str:
    """Return what a terminal would show, for a notebook."""
    console = Console(record=True, width=_NOTEBOOK, file=io.StringIO(), force_jupyter=False)
    console.print(shown)
    return console.export_html(inline_styles=True, code_format="<pre>{code}</pre>")


def _shortened(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
