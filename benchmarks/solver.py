"""The solver of the grounding against its peers, part by part of issue 7's list.

    python benchmarks/solver.py a b c e [--adelie PYTHON]

``--adelie`` names an interpreter that has adelie (which needs numpy < 2). Every part prints one
table; times are CPU seconds of one thread, ours medians of three, at an objective
within 1e-5 of the best known.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Sequence
from functools import partial
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression, MultiTaskLasso
from threadpoolctl import threadpool_limits

from kgconcepts.grounding.solving import Moments, Multinomial, SparseGroup, path, solve, strongest

Array = npt.NDArray[np.float64]
EQUAL = 1e-5

_ADELIE = """
import sys, time, numpy as np, adelie as ad
data = np.load(sys.argv[1])
X, Y, lam, tol = data["X"], data["Y"], data["lam"], data["tol"]
n, d = X.shape; K = Y.shape[1]
class Each(np.ndarray):  # grpnet multiplies the groups by K: here every coefficient is its own
    def __mul__(self, K): return np.arange(len(self) * K)
t = time.process_time()
state = ad.grpnet(X=np.asfortranarray(X), glm=ad.glm.multinomial(Y), groups=np.arange(d).view(Each),
    alpha=1, intercept=True, early_exit=False, lmda_path=np.geomspace(20 * lam, lam, 10), tol=tol,
    progress_bar=False)
t = time.process_time() - t
beta = state.betas[-1].toarray().reshape(d, K); b = state.intercepts[-1]
np.savez(sys.argv[2], beta=beta, b=b, seconds=t)
"""


def timed(work: Callable[[], object], times: int = 3) -> float:
    """Return the median time in seconds."""
    seconds = []
    for _ in range(times):
        start = time.process_time()
        work()
        seconds.append(time.process_time() - start)
    return float(np.median(seconds))


def images(
    n: int, d: int, L: int, seed: int = 0
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int64]]:
    """Classes that overlap in correlated units; units of mean 0 and variance 1, and ones."""
    rng = np.random.default_rng(seed)
    mixing = rng.normal(size=(d, d)) * np.arange(1, d + 1) ** -0.5
    means = rng.normal(size=(L, d)) * 0.35
    y = rng.integers(0, L, n)
    Z = (means[y] + rng.normal(size=(n, d))) @ mixing
    Z = (Z - Z.mean(axis=0)) / Z.std(axis=0)
    return np.column_stack([Z, np.ones(n)]).astype(np.float32), y


def tree(leaves: int, concepts: int, seed: int = 0) -> sp.csr_array:
    """Return a random hierarchy: leaves below a chain of inner concepts, drawn at random."""
    rng = np.random.default_rng(seed)
    inner = concepts - leaves
    parent = np.array([-1] + [int(rng.integers(max(0, k // 2), k)) for k in range(1, inner)])
    above = rng.integers(0, inner, leaves)
    rows, columns = [], []
    for leaf in range(leaves):
        a = int(above[leaf])
        rows.append(leaf)
        columns.append(inner + leaf)
        while a >= 0:
            rows.append(leaf)
            columns.append(a)
            a = int(parent[a])
    return sp.csr_array((np.ones(len(rows)), (rows, columns)), shape=(leaves, concepts))


def free_last(d: int) -> npt.NDArray[np.bool_]:
    free = np.zeros(d, dtype=bool)
    free[-1] = True
    return free


def row(*cells: object) -> None:
    print("| " + " | ".join(str(c) for c in cells) + " |", flush=True)


def part_a(adelie: str | None, saga: bool) -> None:
    n, d, L = 5000, 256, 100
    print(f"\n(a) ℓ1 multinomial, n = {n}, d = {d}, {L} leaves, intercepts free")
    X, y = images(n, d, L)
    eye = sp.eye_array(L, format="csr")
    fit = Multinomial.from_targets(X, y, L)
    ridge = np.full(L, 1e-3)
    base = SparseGroup(np.ones(L), 1.0, ridge, free_last(d + 1))
    rho = 0.05 * strongest(fit, base, eye)
    pen = base.scaled(rho)
    best = solve(fit, pen, eye, tolerance=1e-7)
    lowest = best.objective - best.gap

    def above(W: Array) -> float:
        W = np.asarray(W, dtype=np.float64)
        exact = fit.astype(np.float64) or fit
        return (exact.value(W, exact.image(W)) + pen.value(W) - lowest) / lowest

    ours = solve(fit, pen, eye, tolerance=EQUAL)
    seconds = timed(lambda: solve(fit, pen, eye, tolerance=EQUAL))
    X64 = X[:, :-1].astype(np.float64)
    row("solver", "CPU s", "above the optimum (relative, at most)", "× ours")
    row("---", "---", "---", "---")
    row("ours, certified", f"{seconds:.2f}", f"{above(ours.deviations):.1e}", 1)
    for tolerance in (1e-3, 1e-2):
        early = solve(fit, pen, eye, tolerance=tolerance)
        spent = timed(partial(solve, fit, pen, eye, tolerance=tolerance))
        row(f"ours, gap {tolerance:g}", f"{spent:.2f}", f"{above(early.deviations):.1e}", "")
    if saga:
        start = time.process_time()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            peer = LogisticRegression(
                l1_ratio=1.0, C=1 / rho, solver="saga", tol=1e-12, max_iter=saga_iterations
            ).fit(X[:, :-1].astype(np.float64), y)
        spent = time.process_time() - start
        W = np.column_stack([peer.coef_, peer.intercept_])
        row(
            f"scikit-learn {version('scikit-learn')} saga, {saga_iterations} passes, once",
            f"{spent:.1f}",
            f"{above(W):.1e}",
            f"{spent / seconds:.0f}",
        )
    if adelie is None:
        print("adelie: left out; name an interpreter that has it with --adelie")
    else:
        with tempfile.TemporaryDirectory() as folder:
            given, made = Path(folder, "in.npz"), Path(folder, "out.npz")
            for tol in (1e-7, 1e-9):
                np.savez(given, X=X64, Y=np.eye(L)[y], lam=rho / n / L, tol=tol)
                done = subprocess.run(  # noqa: S603 (an interpreter that the user names)
                    [adelie, "-c", _ADELIE, str(given), str(made)],
                    check=False,
                    capture_output=True,
                    text=True,
                    timeout=550,
                )
                if done.returncode:
                    print("adelie failed:", done.stderr.strip().splitlines()[-3:])
                    break
                got = np.load(made)
                W = np.column_stack([got["beta"].T, got["b"]])
                spent = float(got["seconds"])
                row(
                    f"adelie, tol {tol:g}, path of 10",
                    f"{spent:.1f}",
                    f"{above(W):.1e}",
                    f"{spent / seconds:.1f}",
                )


saga_iterations = 100


class Unshared(Multinomial):
    """The loss that makes a product for every class, whatever classes share."""

    def sharing(self, groups: npt.NDArray[np.intp]) -> Unshared:
        return self


def part_b(size: int) -> None:
    n, d, L, K = (
        (20_000, 512, 1000, 2000)
        if size == 1
        else (20_000 // size, 512 // size, 1000 // size, 2000 // size)
    )
    print(f"\n(b) full objective, n = {n}, d = {d}, {L} leaves, {K} concepts")
    X, y = images(n, d, L)
    D = tree(L, K)
    fit = Multinomial.from_targets(X, y, L)
    base = SparseGroup(np.ones(K), 0.5, np.full(K, 1.0), free_last(d + 1))
    most = strongest(fit, base, D)
    plain = Unshared.from_targets(X, y, L)
    W = np.zeros((L, d + 1), dtype=np.float32)
    S = X @ W.T
    products = timed(lambda: (X @ W.T, S.T @ X))
    row("problem", "CPU s", "gradients", "× bare products", "rows left", "relative gap")
    row("---", "---", "---", "---", "---", "---")

    def report(name: str, seconds: float, solutions: Sequence[object]) -> None:
        used = sum(s.iterations for s in solutions)  # type: ignore[attr-defined]
        last = solutions[-1]
        left = int((last.deviations[:, :-1] != 0).any(axis=1).sum())  # type: ignore[attr-defined]
        gap = last.gap / last.objective  # type: ignore[attr-defined]
        row(name, f"{seconds:.1f}", used, f"{seconds / (used * products):.2f}", left, f"{gap:.1e}")

    for factor in (0.3, 0.1):
        start = time.process_time()
        one = solve(fit, base.scaled(factor * most), D, tolerance=EQUAL)
        single = time.process_time() - start
        report(f"one, {factor} × strongest", single, [one])
        start = time.process_time()
        one = solve(plain, base.scaled(factor * most), D, tolerance=EQUAL)
        report("the same, without active sets", time.process_time() - start, [one])
    factors = most * np.geomspace(1, 0.1, 20)
    start = time.process_time()
    many = list(path(fit, base, D, list(factors), tolerance=EQUAL))
    spent = time.process_time() - start
    report(f"path of 20 down to it ({spent / single:.1f} × one)", spent, many)


def part_c() -> None:
    n, d, K = 5000, 256, 1000
    print(
        f"\n(c) squared loss on moments, d = {d}, K = {K}; ℓ2,1 over units (peers' MultiTaskLasso)"
    )
    rng = np.random.default_rng(0)
    X = images(n, d, 10)[0][:, :-1].astype(np.float64)
    truth = rng.normal(size=(d, K)) * (rng.random(d) < 0.2)[:, None]
    Y = X @ truth + rng.normal(size=(n, K)) * 3
    G, B = X.T @ X, X.T @ Y
    most = float(np.linalg.norm(B, axis=1).max())
    rho = 0.05 * most
    row("solver", "CPU s", "above the best (relative)")
    row("---", "---", "---")

    def objective(W: Array) -> float:
        return 0.5 * float(((Y - X @ W) ** 2).sum()) + rho * float(np.linalg.norm(W, axis=1).sum())

    # Rows are units, so the moments stand on the other side: f(β) = ½ tr(βᵀ G β) − ⟨B, β⟩ is
    # Moments of the d × d factor whose rows are the deviations.
    from kgconcepts.grounding.solving import LeastSquares  # noqa: PLC0415

    pen = SparseGroup(np.full(d, rho), 0.0, np.zeros(d), np.zeros(K, dtype=bool))
    root = np.linalg.cholesky(G)
    compact = LeastSquares(root.T.copy(), np.linalg.solve(root, B))
    rest = 0.5 * float((Y**2).sum()) - 0.5 * float((compact.Y**2).sum())
    eye = sp.eye_array(d, format="csr")
    tight = solve(compact, pen, eye, tolerance=1e-9)
    best = tight.objective - tight.gap + rest
    ours = solve(compact, pen, eye, tolerance=EQUAL)
    spent = timed(lambda: solve(compact, pen, eye, tolerance=EQUAL))
    moments = timed(lambda: (X.T @ X, X.T @ Y))
    row(
        "ours, from moments",
        f"{spent:.3f} (+ {moments:.2f} moments)",
        f"{objective(ours.deviations) / best - 1:.1e}",
    )
    for name, peer in _multitask(rho / n):
        start = time.process_time()
        peer.fit(X, Y)
        spent = time.process_time() - start
        row(name, f"{spent:.2f}", f"{objective(np.asarray(peer.coef_).T) / best - 1:.1e}")


def _multitask(alpha: float) -> list[tuple[str, Any]]:
    """Return scikit-learn's estimator and those of the peers that are installed."""
    options = {"alpha": alpha, "fit_intercept": False, "tol": 1e-5}
    peers: list[tuple[str, Any]] = [
        (f"scikit-learn {version('scikit-learn')}", MultiTaskLasso(**options))
    ]
    for name in ("skglm", "celer"):
        try:
            estimator = import_module(name).MultiTaskLasso
        except (ImportError, AttributeError) as missing:
            print(f"{name}: left out: {missing}")
            continue
        for note in (" (first fit compiles)", ""):
            peers.append((f"{name} {version(name)}{note}", estimator(**options)))  # noqa: PERF401
    return peers


def part_e() -> None:
    print("\n(e) seconds against K (d = 64, moments) and d (K = 500), and their exponents")
    row("varied", "size", "CPU s, once", "exponent")
    row("---", "---", "---", "---")

    def once(K: int, d: int) -> float:
        L = K // 2
        D = tree(L, K)
        X, _ = images(2000, d, 10)
        F = X[:, :-1].astype(np.float64)
        truth = np.random.default_rng(1).normal(size=(L, d)) * (np.arange(L) % 5 == 0)[:, None]
        Y = F @ truth.T + np.random.default_rng(2).normal(size=(2000, L)) * 5
        fit = Moments((F.T @ F), Y.T @ F, 0.5 * float((Y**2).sum()))
        base = SparseGroup(np.ones(K), 0.5, np.full(K, 1.0), np.zeros(d, dtype=bool))
        pen = base.scaled(0.1 * strongest(fit, base, D))
        return timed(lambda: solve(fit, pen, D, tolerance=EQUAL), times=1)

    for name, sizes in (("d", (32, 64, 128, 256, 512)), ("K", (100, 300, 1000, 3000, 10_000))):
        seconds = []
        for size in sizes:
            seconds.append(once(size, 64) if name == "K" else once(500, size))
            row(name, size, f"{seconds[-1]:.2f}", "")
        slope = np.polyfit(np.log(sizes), np.log(seconds), 1)[0]
        row(name, "all", "", f"{slope:.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", default=["a", "b", "c", "e"])
    parser.add_argument("--adelie", help="an interpreter that has adelie")
    parser.add_argument("--no-saga", action="store_true", help="leave out the slow peer")
    parser.add_argument("--shrink", type=int, default=1, help="divide the sizes of (b) by this")
    given = parser.parse_args()
    threadpool_limits(1)
    print(
        f"Python {sys.version.split()[0]}, numpy {version('numpy')}, scipy {version('scipy')}, "
        "one BLAS thread; float32 steps, float64 certificate"
    )
    for part in given.parts:
        if part == "a":
            part_a(given.adelie, not given.no_saga)
        elif part == "b":
            part_b(given.shrink)
        elif part == "c":
            part_c()
        elif part == "e":
            part_e()
        else:
            print(f"({part}) is not measured: there is no such part")


if __name__ == "__main__":
    main()
