"""The hierarchical model: a direction for every concept as a sum of deviations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Self

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from threadpoolctl import threadpool_limits

from kgconcepts.evidence import Evidence
from kgconcepts.grounding.certifying.calibration import sharpen, sharpness
from kgconcepts.grounding.certifying.certificate import certify
from kgconcepts.grounding.certifying.controls import Control, random_concepts
from kgconcepts.grounding.certifying.stability import Stability, complementary_halves, stability
from kgconcepts.grounding.competing import (
    STRENGTHS,
    ClassFit,
    check_strengths,
    divide,
    fit_classes,
)
from kgconcepts.grounding.images import Images
from kgconcepts.grounding.inputs import (
    Head,
    check_evidence,
    check_latents,
    check_parameters,
    head_view,
)
from kgconcepts.grounding.multinomial import log_likelihood
from kgconcepts.grounding.scoring import ClassScores, features
from kgconcepts.grounding.sparse import SPARSITIES, Problem, choose
from kgconcepts.grounding.spreading import neighbours
from kgconcepts.grounding.sums import Sums, log_odds
from kgconcepts.grounding.trust import families_by_size, learn_trust
from kgconcepts.hierarchy import Hierarchy

__all__ = ["HierarchicalGrounder"]

Array = npt.NDArray[np.float64]
Factors = npt.NDArray[np.float32]

POOL = 20_000  # images that class probabilities are spread over
SPREAD_RIDGE = 0.1  # there are many, and their targets are smooth


class HierarchicalGrounder(ClassScores):
    """Finds each concept of a hierarchy as a direction in a classifier's latent space.

    The classes are the concepts without children. A class's weights are the sum of the
    deviations of all that it is and has, the classes compete in a softmax, and a concept's
    probability is the sum of those of the classes below it.

    It is fitted in two stages. The first finds dense deviations from the annotated images, and how
    far each family of concepts is to be trusted. What it says of the images is spread over all that
    lie near each other, the unlabelled too. The second finds the sparse deviations that say the
    same::

        min over δ   Σ_i ω_i KL(q_i ‖ p(· | z_i))
                     + Σ_a ρ_a ( α ‖δ_a‖₁ + (1−α) ‖δ_a‖₂ ) + ½ Σ_a λ_a ‖δ_a‖²

    where ``q_i`` is what is known or was spread; ρ and λ are lower where a family is trusted more.

    Parameters
    ----------
    hierarchy : Hierarchy, K concepts
        ``graph.hierarchy(traits=True)``, which `Evidence.from_labels` is about.
    head : (array of shape (c, d), array of shape (c,)), optional
        Weight and bias of the classifier's last layer, which follows the latents. What the
        classifier takes for the same then counts as near, for the first stage and for the spread;
        directions are in the latents all the same.
    vectors : array of shape (K, m), optional
        Text vectors, such as `HierarchicalEmbedding` gives: what a concept's text has that its
        parents' has not then says, by a map that is learnt, what its deviation is.
    families : sequence of str, K, optional
        What trust is learnt for together, such as the kinds of the concepts; by default concepts
        with as many classes below them.
    strengths : sequence of float
        Ridge penalties to choose from in the first stage, for latents of unit length.
    sparsities : sequence of float
        Strengths of the norms to choose from, as parts of the one at which no deviation is left;
        ``(0,)`` for the ridge alone.
    balance : float, default 0.5
        α, the part of ℓ1 in the norms.
    folds : int, default 10
        Parts that the annotated images are divided into to choose the strength and to certify.
    controls : int, default 0
        Fits of the same folds in which concepts are exchanged for random ones of equal support, to
        know from how well these do what chance does; 8 or more. Without, p-values are cautious.
    pairs : int, default 0
        Pairs of halves of the images that the second stage is fitted on anew, to know which latent
        units are stable; 25 or more.
    random_state : int, default 0
        Seed of that division.

    Attributes
    ----------
    directions_ : array of shape (K, d)
        ``unit_latents(Z, center_) @ w`` raises or lowers the concept.
    intercepts_ : array of shape (K,)
    deviations_ : array of shape (K, d)
        What each concept adds to its ancestors and traits.
    center_ : array of shape (d,)
        Mean of all latents seen, the unlabelled included.
    strength_, sparsity_ : float
        The penalties chosen.
    trust_ : dict of family → float
        By how much each family's deviations may differ from zero, beside 1.
    certificate_ : polars.DataFrame, K rows
        See `kgconcepts.grounding.certifying.certificate.certify`; measured on held-out folds, each
        image ranked among those of its fold.
    n_features_in_ : int
        Latent units, d.

    Examples
    --------
    >>> import kgconcepts as kg
    >>> tree = kg.Hierarchy.from_edges("abc", [("b", "a"), ("c", "a")])
    >>> Z = np.array([[1., 0.], [2., .1], [0., 1.], [.1, 2.]] * 5)
    >>> evidence = kg.Evidence.from_targets([[1, 1, 0], [1, 1, 0], [1, 0, 1], [1, 0, 1]] * 5, "abc")
    >>> model = kg.HierarchicalGrounder(tree).fit(Z, evidence)
    >>> model.predict_proba(Z[:1])[0, 1] > 0.9
    np.True_
    """

    def __init__(
        self,
        hierarchy: Hierarchy,
        *,
        head: Head | None = None,
        vectors: npt.ArrayLike | None = None,
        families: Sequence[str] | None = None,
        strengths: Sequence[float] = STRENGTHS,
        sparsities: Sequence[float] = SPARSITIES,
        balance: float = 0.5,
        folds: int = 10,
        controls: int = 0,
        pairs: int = 0,
        random_state: int = 0,
    ) -> None:
        self.hierarchy = hierarchy
        self.head = head
        self.vectors = vectors
        self.families = families
        self.strengths = strengths
        self.sparsities = sparsities
        self.balance = balance
        self.folds = folds
        self.controls = controls
        self.pairs = pairs
        self.random_state = random_state

    def fit(
        self,
        Z: npt.ArrayLike,
        evidence: Evidence | npt.ArrayLike,
        Z_unlabelled: npt.ArrayLike | None = None,
    ) -> Self:
        """Ground the concepts.

        Parameters
        ----------
        Z : array of shape (n, d)
            Latents of the images that `evidence` is about.
        evidence : Evidence of shape (n, K), or array of such a shape
            As `Evidence.from_targets` takes it; images of which nothing is known count as
            unlabelled.
        Z_unlabelled : array of shape (m, d), optional
            Latents of further images. Of all that are not annotated, so many are drawn to
            learn from that there are 20,000 in all; every one moves the centre.

        Raises
        ------
        LatentsError
            If latents are not finite or not as many as the evidence.
        EvidenceError
            If nothing is annotated, or an image is said to show what no class has together.
        """
        check_strengths(self.strengths, self.folds)
        check_parameters(
            len(self.hierarchy), self.vectors, self.families, self.sparsities, self.balance
        )
        Z, evidence, self.center_ = check_evidence(Z, evidence, self.hierarchy, Z_unlabelled)
        self.n_features_in_ = Z.shape[1]
        informed = evidence.informed & (evidence.weight > 0)
        # Where images are labelled, what is only likely of others comes in with what is spread.
        known = informed & evidence.annotated
        known = known if known.any() else informed
        order = np.concatenate([np.flatnonzero(known), np.flatnonzero(informed & ~known)])
        others = Z[~informed]
        if Z_unlabelled is not None:
            others = np.concatenate([others, check_latents(Z_unlabelled)])
        others = self._draw(others, len(order))
        with threadpool_limits(limits=1, user_api="blas"):
            factors = evidence.class_log_factors(self.hierarchy, order)
            evidence = evidence.take(order)
            self._fit(np.concatenate([Z[order], others]), evidence, factors, int(known.sum()))
        return self

    def _fit(self, Z: Array, evidence: Evidence, factors: Factors, annotated: int) -> None:
        """Fit on images the first of which are annotated, and the next ones told of."""
        known = evidence.take(np.arange(annotated))
        images = self._images(Z, evidence.weight, annotated)
        fold = divide(annotated, self.folds, self.random_state)
        view, weight = images.view[:annotated], images.weight[:annotated]

        def first(sums: Sums, strengths: Sequence[float], told: Factors) -> ClassFit:
            return fit_classes(view, told[:annotated], weight, sums.design, strengths, fold)

        sums = self._sums()
        stage = first(sums, self.strengths, factors)
        self.trust_: dict[str, float] = {}
        if stage.fold_weights:
            strength = stage.strength

            def likelihoods(sums: Sums) -> Array:
                held_out = first(sums, [strength], factors).held_out
                return log_likelihood(held_out, factors[:annotated])

            sums = self._trust(sums, likelihoods, weight)
            stage = first(sums, self.strengths, factors)
        self.strength_ = stage.strength

        problem = Problem(
            images.X,
            images.targets(stage.class_weights, factors),
            images.weight,
            sp.csr_array(sums.design),
            self.strength_ if images.graph is None else SPREAD_RIDGE,
            self.balance,
        )
        self.sparsity_ = choose(problem, self._parts(len(images.X), stage), self.sparsities)
        norms = self.sparsity_ * problem.strongest() if self.sparsity_ else 0.0
        found = problem.solve(norms)

        held_out = images.held_out(stage, factors, problem, norms)
        sharper = (
            sharpness(held_out, np.isfinite(factors[:annotated]), weight)
            if stage.fold_weights
            else 1.0
        )
        found = sharper * found
        self._class_weights = problem.design @ found
        deviations, directions = sums.unfold(found)
        self.deviations_, self.directions_ = deviations[:, :-1], directions[:, :-1]
        self.intercepts_ = directions[:, -1]

        def controlled(seed: int) -> tuple[Control, Array]:
            control = random_concepts(self.hierarchy, known.targets, seed, fold)
            told = np.concatenate([factors[control.source], factors[annotated:]])
            of_control = first(sums, [self.strength_], told)
            log_p = images.held_out(of_control, told, problem, norms)
            return control, log_odds(sharpen(log_p, sharper), self.hierarchy)

        seeds = range(self.random_state + 1, self.random_state + 1 + self.controls)
        self.certificate_ = certify(
            self.hierarchy,
            log_odds(sharpen(held_out, sharper), self.hierarchy),
            known.targets,
            fold,
            judged=bool(stage.fold_weights),
            controls=map(controlled, seeds if stage.fold_weights else ()),
            units=(self.deviations_ != 0).sum(axis=1),
            stability=self._stability(problem, norms),
        )

    def _sums(self) -> Sums:
        """Return which deviations each class sums; controls have others."""
        sums = Sums.of(self.hierarchy)
        if self.vectors is None:
            return sums
        return sums.with_text(np.asarray(self.vectors, dtype=np.float64), self.hierarchy.parents)

    def _trust(self, sums: Sums, likelihoods: Callable[[Sums], Array], weight: Array) -> Sums:
        """Learn how far each family is trusted."""
        families = families_by_size(self.hierarchy) if self.families is None else self.families
        trust, self.trust_ = learn_trust(
            families, lambda trust: likelihoods(sums.trusting(trust)), weight
        )
        return sums.trusting(trust)

    def _images(self, Z: Array, weight: npt.NDArray[np.float32], annotated: int) -> Images:
        X = features(Z, self.center_)
        view = X
        if self.head is not None:
            seen = head_view(Z, self.head)
            view = features(seen, seen.mean(axis=0))
        weights = np.ones(len(Z))
        weights[: len(weight)] = weight
        graph = neighbours(view[:, :-1]) if len(Z) > annotated else None
        return Images(X, view, weights, graph)

    def _draw(self, others: Array, annotated: int) -> Array:
        most = max(0, POOL - annotated)
        if len(others) <= most:
            return others
        drawn = np.random.default_rng(self.random_state).choice(len(others), most, replace=False)
        return others[np.sort(drawn)]

    def _parts(self, n: int, stage: ClassFit) -> list[npt.NDArray[np.bool_]]:
        """Return images to hold out for the sparsity: a fifth of all, or the annotated by folds."""
        if n > len(stage.fold):
            drawn = np.random.default_rng(self.random_state).random(n) < 0.2
            return [drawn] if drawn.any() and not drawn.all() else []
        return [stage.fold == k for k in range(len(stage.fold_weights))]

    def _stability(self, problem: Problem, norms: float) -> Stability | None:
        """Find which latent units are chosen again in halves of the images."""
        if not self.pairs:
            return None
        selected = []
        # Half of the images, and half of what is weighed against them.
        problem = replace(problem, ridge=problem.ridge / 2)
        for half in complementary_halves(len(problem.X), self.pairs, self.random_state):
            part = np.zeros(len(problem.X), dtype=bool)
            part[half] = True
            found = problem.of(part).solve(norms / 2)
            selected.append(found[: len(self.hierarchy), :-1] != 0)
        found_again = stability(np.array(selected))
        return replace(found_again, stable=found_again.stable & (self.deviations_ != 0))
