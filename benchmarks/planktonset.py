"""Grounding on PlanktonSet at 1 % and 10 % annotated, beside the peers, in one run.

Prints, for each part annotated, every model's macro AUC and average precision by support bin, as
mean and range over seeds, and how often the hierarchical model is ahead. Run: ``make bench``.
"""

from __future__ import annotations

import platform
import sys
from pathlib import Path

import numpy as np
import polars as pl
import scipy
import sklearn
from rich.console import Console

from kgconcepts import __version__
from kgconcepts.comparison import OURS, summarise
from kgconcepts.pipeline import run
from kgconcepts.project import read_project

PROJECT = Path(__file__).parents[1] / "examples" / "planktonset.toml"


def main() -> None:
    project = read_project(PROJECT)
    if project.images.table is None or not project.images.table.exists():
        sys.exit(f"{project.images.table}: the real data are not beside this checkout")
    print(
        f"kgconcepts {__version__}, Python {platform.python_version()}, numpy {np.__version__}, "
        f"scipy {scipy.__version__}, scikit-learn {sklearn.__version__}, "
        f"seeds {list(project.annotation.seeds)}"
    )
    run(project, Console(stderr=True))
    comparison = pl.read_csv(project.out / "comparison.csv")
    with pl.Config(tbl_rows=-1, tbl_cols=-1, float_precision=3, tbl_width_chars=140):
        print(summarise(comparison))
        print(wins(comparison))


def wins(comparison: pl.DataFrame) -> pl.DataFrame:
    """Return in how many seeds the hierarchical model is ahead of each other one."""
    keys = ["fraction", "seed", "support"]
    ours = comparison.filter(pl.col("model") == OURS).select(
        *keys, pl.col("auc").alias("our_auc"), pl.col("average_precision").alias("our_ap")
    )
    return (
        comparison.filter(pl.col("model") != OURS)
        .join(ours, on=keys)
        .group_by("fraction", "model", "support", maintain_order=True)
        .agg(
            (pl.col("our_auc") > pl.col("auc")).sum().alias("seeds ahead, AUC"),
            (pl.col("our_ap") > pl.col("average_precision")).sum().alias("seeds ahead, AP"),
            (pl.col("our_auc") - pl.col("auc")).mean().alias("AUC ahead by"),
            (pl.col("our_ap") - pl.col("average_precision")).mean().alias("AP ahead by"),
        )
    )


if __name__ == "__main__":
    main()
