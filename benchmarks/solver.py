"""The solver of the grounding against its peers, part by part of issue 7's list.

    python benchmarks/solver.py a b c d e [--adelie PYTHON] [--shrink 4]

``--adelie`` names an interpreter that has adelie (which needs numpy < 2). Every part prints one
table: CPU and wall seconds of one thread, and how far the objective is above the best known.
Ours are medians of three where that takes less than a minute; peers run once, in a process of their
own that is ended after ``--limit`` seconds.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from kgconcepts.grounding.solving import (
    Datafit,
    LeastSquares,
    Moments,
    Multinomial,
    Penalty,
    Solution,
    SparseGroup,
    TreeGroup,
    path,
    solve,
    strongest,
)

Array = npt.NDArray[np.floating[Any]]
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


def spent(work: Callable[[], Any]) -> tuple[Any, str, float]:
    """Return what the work returns, its CPU and wall seconds as text, and its CPU seconds."""
    wall, cpu = time.perf_counter(), time.process_time()
    made = work()
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    return made, f"{cpu:.2f} / {wall:.2f}", cpu


def each(fits: Sequence[Datafit], penalty: Penalty, design: sp.csr_array) -> list[Solution]:
    """Solve for one loss after the other."""
    return [solve(fit, penalty, design, tolerance=EQUAL) for fit in fits]


def apart(name: str, limit: float, given: dict[str, Any]) -> dict[str, Any] | str:
    """Return what a peer finds in its own process, or why it found nothing."""
    with tempfile.TemporaryDirectory() as folder:
        before, after = Path(folder, "in.npz"), Path(folder, "out.npz")
        np.savez(before, **given)
        command = [sys.executable, __file__, "--peer", name, str(before), str(after)]
        try:
            done = subprocess.run(  # noqa: S603 (this file)
                command, check=False, capture_output=True, text=True, timeout=limit
            )
        except subprocess.TimeoutExpired:
            return f"not finished after {limit:.0f} s"
        if done.returncode:
            return (done.stderr.strip().splitlines() or ["no message"])[-1]
        with np.load(after) as made:
            return dict(made)


def peer(name: str, into: str, out: str) -> None:
    """Fit one peer and save its coefficients and seconds."""
    with np.load(into) as file:
        data = dict(file)
    X, Y = data["X"], data["Y"]
    warnings.simplefilter("ignore", ConvergenceWarning)
    if name == "saga":
        model = LogisticRegression(
            l1_ratio=1.0, C=float(data["C"]), solver="saga", tol=1e-12, max_iter=int(data["passes"])
        )
        _, _, cpu = spent(lambda: model.fit(X, Y))
        found = np.column_stack([model.coef_, model.intercept_])
    elif name == "spams":
        spams = import_module("spams")
        p, d = X.shape[1], Y.shape[1]
        parent = data["parent"]
        groups = sp.csc_matrix((np.ones(p - 1, bool), (np.arange(1, p), parent[1:])), shape=(p, p))
        tree = {
            "eta_g": np.ones(p),
            "groups": groups,
            "own_variables": np.arange(p, dtype=np.int32),
            "N_own_variables": np.ones(p, dtype=np.int32),
        }
        F, G = np.asfortranarray(X), np.asfortranarray(Y)
        options = {"loss": "square", "regul": "tree-l2", "numThreads": 1, "max_it": 5000}
        start = np.zeros((p, d), order="F")
        strength, tol = float(data["strength"]), float(data["tol"])
        found, _, cpu = spent(
            lambda: spams.fistaTree(G, F, start, tree, lambda1=strength, tol=tol, **options)
        )
    else:
        module = "sklearn.linear_model" if name == "scikit-learn" else name
        estimator = import_module(module).MultiTaskLasso
        options = {"alpha": float(data["alpha"]), "fit_intercept": False, "tol": float(data["tol"])}
        if name != "scikit-learn":  # compile first: that is not what is timed
            estimator(**options).fit(X[:50, :5], Y[:50, :3])
        model = estimator(**options)
        _, _, cpu = spent(lambda: model.fit(X, Y))
        found = np.asarray(model.coef_).T
    np.savez(out, found=found, cpu=cpu)


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


def part_a(adelie: str | None, saga: bool, limit: float) -> None:
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
        cpu = timed(partial(solve, fit, pen, eye, tolerance=tolerance))
        row(f"ours, gap {tolerance:g}", f"{cpu:.2f}", f"{above(early.deviations):.1e}", "")
    for passes in (30, 100, 300) if saga else ():
        made = apart("saga", limit, {"X": X64, "Y": y, "C": 1 / rho, "passes": passes})
        name = f"scikit-learn {version('scikit-learn')} saga, {passes} passes"
        if isinstance(made, str):
            row(name, made, "", "")
            continue
        cpu = float(made["cpu"])
        row(name, f"{cpu:.1f}", f"{above(made['found']):.1e}", f"{cpu / seconds:.0f}")
    if adelie is None:
        print("adelie: left out; name an interpreter that has it with --adelie")
    else:
        with tempfile.TemporaryDirectory() as folder:
            given, after = Path(folder, "in.npz"), Path(folder, "out.npz")
            for tol in (1e-7, 1e-9):
                np.savez(given, X=X64, Y=np.eye(L)[y], lam=rho / n / L, tol=tol)
                done = subprocess.run(  # noqa: S603 (an interpreter that the user names)
                    [adelie, "-c", _ADELIE, str(given), str(after)],
                    check=False,
                    capture_output=True,
                    text=True,
                    timeout=550,
                )
                if done.returncode:
                    print("adelie failed:", done.stderr.strip().splitlines()[-3:])
                    break
                got = np.load(after)
                W = np.column_stack([got["beta"].T, got["b"]])
                cpu = float(got["seconds"])
                row(
                    f"adelie, tol {tol:g}, path of 10",
                    f"{cpu:.1f}",
                    f"{above(W):.1e}",
                    f"{cpu / seconds:.1f}",
                )


class Counted(Multinomial):
    """The loss that notes the products it makes: precision and columns of scores of each."""

    made: ClassVar[Counter[tuple[str, int]]] = Counter()

    def image(self, W: Array) -> Array:
        image = super().image(W)
        self.made[str(self.X.dtype), image.shape[1]] += 1
        return image

    def gradient(self, W: Array, image: Array, full: bool = True) -> tuple[float, Array]:
        self.made[str(self.X.dtype), image.shape[1]] += 1
        return super().gradient(W, image, full)


class Unshared(Counted):
    """The loss that makes a product for every class, whatever classes share."""

    def sharing(self, groups: npt.NDArray[np.intp]) -> Unshared:
        return self


def bare(X: Array, made: Counter[tuple[str, int]]) -> float:
    """Return the seconds of as many products of the same sizes, from one of each 50 columns."""
    total = 0.0
    for dtype in ("float32", "float64"):
        sizes = {G: count for (name, G), count in made.items() if name == dtype}
        if not sizes:
            continue
        F = X.astype(dtype)
        seconds = {}
        for G in sorted({-(-G // 50) * 50 for G in sizes}):
            W, S = np.ones((G, X.shape[1]), dtype), np.ones((len(X), G), dtype)
            seconds[G] = timed(partial(np.matmul, F, W.T)) + timed(partial(np.matmul, S.T, F))
        for G, count in sizes.items():
            rounded = -(-G // 50) * 50
            total += count * seconds[rounded] * G / rounded / 2
    return total


def part_b(size: int) -> None:
    n, d, L, K = (20_000 // size, 512 // size, 1000 // size, 2000 // size)
    print(f"\n(b) full objective, n = {n}, d = {d}, {L} leaves, {K} concepts")
    X, y = images(n, d, L)
    D = tree(L, K)
    fit, plain = (kind.from_targets(X, y, L) for kind in (Counted, Unshared))
    base = SparseGroup(np.ones(K), 0.5, np.full(K, 1.0), free_last(d + 1))
    most = strongest(fit, base, D)
    row("problem", "CPU / wall s", "gradients", "× its bare products", "rows left", "relative gap")
    row("---", "---", "---", "---", "---", "---")

    def report(name: str, work: Callable[[], list[Solution]]) -> float:
        Counted.made.clear()
        solutions, text, cpu = spent(work)
        last = solutions[-1]
        left = int((last.deviations[:, :-1] != 0).any(axis=1).sum())
        used = sum(s.iterations for s in solutions)
        ratio = cpu / bare(X, Counter(Counted.made))
        row(name, text, used, f"{ratio:.2f}", left, f"{last.gap / last.objective:.1e}")
        return cpu

    for factor in (0.3, 0.1):
        pen = base.scaled(factor * most)
        single = report(f"one, {factor} × strongest", partial(each, [fit], pen, D))
        every = report(
            "the same, a product for every class",
            partial(each, [plain], pen, D),
        )
        row("without over with sharing", f"{every / single:.2f} ×", "", "", "", "")
    factors = list(most * np.geomspace(1, 0.1, 20))
    many = report("path of 20 down to it", lambda: list(path(fit, base, D, factors, None, EQUAL)))
    row("path over one", f"{many / single:.2f} ×", "", "", "", "")


def part_c(limit: float) -> None:
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
    pen = SparseGroup(np.full(d, rho), 0.0, np.zeros(d), np.zeros(K, dtype=bool))
    root = np.linalg.cholesky(G)
    compact = LeastSquares(root.T.copy(), np.linalg.solve(root, B))
    rest = 0.5 * float((Y**2).sum()) - 0.5 * float((compact.Y**2).sum())
    eye = sp.eye_array(d, format="csr")
    tight = solve(compact, pen, eye, tolerance=1e-9)
    best = tight.objective - tight.gap + rest
    ours = solve(compact, pen, eye, tolerance=EQUAL)
    cpu = timed(lambda: solve(compact, pen, eye, tolerance=EQUAL))
    moments = timed(lambda: (X.T @ X, X.T @ Y))
    row(
        "ours, from moments",
        f"{cpu:.3f} (+ {moments:.2f} moments)",
        f"{objective(ours.deviations) / best - 1:.1e}",
    )
    for name in ("scikit-learn", "celer", "skglm"):
        for tol in (1e-3, 1e-5):
            made = apart(name, limit, {"X": X, "Y": Y, "alpha": rho / n, "tol": tol})
            label = f"{name} {version(name)}, tol {tol:g}"
            if isinstance(made, str):
                row(label, made, "")
                break
            row(label, f"{made['cpu']:.2f}", f"{objective(made['found']) / best - 1:.1e}")


def part_d(limit: float) -> None:
    n, p = 2000, 5000
    print(f"\n(d) nested ℓ2 norms over the subtrees of a tree of three children, n = {n}, p = {p}")
    rng = np.random.default_rng(0)
    independent = rng.normal(size=(n, p))
    common = independent + rng.normal(size=(n, 1))
    parent = np.array([-1] + [(k - 1) // 3 for k in range(1, p)])
    truth = np.zeros((p, 64))
    truth[:100] = rng.normal(size=(100, 64))
    noise = rng.normal(size=(n, 64)) * 5
    eye = sp.eye_array(p, format="csr")
    row("problem", "solver", "CPU s", "above the best (relative, at most)", "rows left")
    row("---", "---", "---", "---", "---")
    for units, X in (("independent", independent), ("with a common part", common)):
        targets = X @ truth + noise
        fits = [LeastSquares(X, targets[:, [k]]) for k in range(64)]
        base = TreeGroup(parent, np.ones(p), 1)
        strength = 0.2 * strongest(fits[0], base, eye)
        pen = base.scaled(strength)
        for d in (1, 64):
            name = f"{d} of one target each, units {units}"
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ConvergenceWarning)
                tight = [solve(f, pen, eye, tolerance=1e-7) for f in fits[:d]]
            best = sum(s.objective - s.gap for s in tight)
            ours, _, cpu = spent(partial(each, fits[:d], pen, eye))
            over = sum(s.objective for s in ours) / best - 1
            left = int(sum((s.deviations != 0).sum() for s in ours))
            row(name, "ours, certified", f"{cpu:.2f}", f"{over:.1e}", left)
            for tol in (1e-3, 1e-5):
                given = {"X": X, "Y": targets[:, :d], "parent": parent}
                made = apart("spams", limit, {**given, "strength": strength, "tol": tol})
                label = f"SPAMS {version('spams-bin')}, tol {tol:g}"
                if isinstance(made, str):
                    row(name, label, made, "", "")
                    continue
                W = made["found"]
                value = 0.5 * float(((targets[:, :d] - X @ W) ** 2).sum())
                value += sum(pen.value(W[:, [k]]) for k in range(d))
                left = int((W != 0).sum())
                row(name, label, f"{made['cpu']:.2f}", f"{value / best - 1:.1e}", left)
        joint = LeastSquares(X, targets)
        base = TreeGroup(parent, np.ones(p), 64)
        pen = base.scaled(0.2 * strongest(joint, base, eye))
        one, _, cpu = spent(partial(solve, joint, pen, eye, tolerance=EQUAL))
        left = int((one.deviations != 0).any(axis=1).sum())
        over = one.gap / one.objective
        row(f"64 joint, units {units}", "ours (no peer)", f"{cpu:.2f}", f"{over:.1e}", left)


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
    parser.add_argument("parts", nargs="*", default=["a", "b", "c", "d", "e"])
    parser.add_argument("--adelie", help="an interpreter that has adelie")
    parser.add_argument("--no-saga", action="store_true", help="leave out the slow peer")
    parser.add_argument("--shrink", type=int, default=1, help="divide the sizes of (b) by this")
    parser.add_argument("--limit", type=float, default=150, help="seconds for a peer's one fit")
    parser.add_argument("--peer", nargs=3, help=argparse.SUPPRESS)
    given = parser.parse_args()
    threadpool_limits(1)
    if given.peer:
        peer(*given.peer)
        return
    print(
        f"Python {sys.version.split()[0]}, numpy {version('numpy')}, scipy {version('scipy')}, "
        "one BLAS thread; float32 steps, float64 certificate"
    )
    for part in given.parts:
        if part == "a":
            part_a(given.adelie, not given.no_saga, given.limit)
        elif part == "b":
            part_b(given.shrink)
        elif part == "c":
            part_c(given.limit)
        elif part == "d":
            part_d(given.limit)
        elif part == "e":
            part_e()
        else:
            print(f"({part}) is not measured: there is no such part")


if __name__ == "__main__":
    main()
