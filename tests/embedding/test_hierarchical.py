"""Vectors that join what is said of each concept with where it hangs."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from kgconcepts import Concept, ConceptGraph, Hierarchy
from kgconcepts.embedding.hierarchical import HierarchicalEmbedding
from kgconcepts.embedding.observations import Observations
from kgconcepts.embedding.variances import Variances
from kgconcepts.errors import SourceError, TextError, UnknownConceptError
from kgconcepts.text.passage import Passage

GIVEN = Variances(("depth 0", "depth 1", "depth 2"), (1.0, 0.5, 0.3), 1.0, 0.5, 0.1)
SURE = Variances(("depth 0", "depth 1"), (1.0, 1.0), 1e-6, 0.1, 0.0)
VAGUE = Variances(("depth 0", "depth 1"), (1.0, 0.05), 10.0, 0.1, 0.0)


def said(ids: Iterable[str]) -> dict[str, list[Passage]]:
    return {id_: [Passage(f"All that is known of {id_}.", "ours")] for id_ in ids}


def edges(*pairs: str) -> list[tuple[str, str]]:
    """'ba' is an edge from b up to a."""
    return [(child, parent) for child, parent in pairs]


@pytest.fixture
def tree() -> Hierarchy:
    return Hierarchy.from_edges("abcdef", edges("ba", "ca", "db", "dc", "eb", "fe"))


def test_without_a_text_a_concept_is_in_the_middle_of_its_parents(
    coder: Any, tree: Hierarchy
) -> None:
    model = HierarchicalEmbedding(coder, variances=GIVEN).fit(tree, said("abc"))
    b, c, d, e, f = model.of("bcdef")
    np.testing.assert_allclose(d, (b + c) / 2, atol=1e-6)
    np.testing.assert_allclose(e, b, atol=1e-6)
    np.testing.assert_allclose(f, b, atol=1e-6)
    assert np.abs(b - c).max() > 0.01
    assert model.own_[model.positions("def")].tolist() == [0, 0, 0]


def test_with_a_sure_text_a_concept_is_where_its_text_is(coder: Any, tree: Hierarchy) -> None:
    model = HierarchicalEmbedding(coder, variances=SURE).fit(tree, said("abcdef"))
    np.testing.assert_allclose(model.vectors_, model.observations_.vectors, atol=1e-4)
    assert (model.own_ > 0.999).all()
    assert model.borrowed_from_ == ((),) * 6


def test_more_words_draw_a_concept_to_its_own_text(coder: Any) -> None:
    tree = Hierarchy.from_edges("abc", edges("ba", "ca"))
    texts = said("a") | {
        "b": [Passage("Small.", "ours")],
        "c": [Passage(" ".join(["word"] * 100), "ours")],
    }
    model = HierarchicalEmbedding(coder, variances=GIVEN).fit(tree, texts)
    off = np.linalg.norm(model.vectors_ - model.observations_.vectors, axis=1)
    assert off[2] < off[1] / 2
    assert model.own_[2] > model.own_[1]


def test_where_there_is_no_text_vectors_are_less_sure(simulated: Callable[..., Any]) -> None:
    data = simulated(500, 12, (1.0, 0.6, 0.4), told=0.6)
    model = HierarchicalEmbedding(variances=GIVEN).fit(data.tree, data.observations)
    deepest = data.tree.levels == data.tree.levels.max()
    told = data.words > 0
    assert model.variance_[deepest & ~told].min() > model.variance_[deepest & told].max()
    assert (model.variance_ > 0).all()


def test_vectors_are_those_of_the_dense_closed_form(
    simulated: Callable[..., Any], dense: Callable[..., Any]
) -> None:
    data = simulated(60, 5, (1.0, 0.6, 0.4), told=0.6, branches=3)
    model = HierarchicalEmbedding(variances=GIVEN).fit(data.tree, data.observations)
    told = data.words > 0
    centre = data.T[told].mean(axis=0)
    noise = np.where(told, np.maximum(data.words, 1) ** -0.5, np.inf)
    levels = data.tree.levels
    other = (1.0 * 0.5 * 0.3) ** (1 / 3)  # of a depth that was not given
    steps = np.array([1.0, 0.5, 0.3, other, other])[levels]
    texts = np.where(told[:, None], data.T - centre, 0)
    mean, covariance = dense(data.tree.parents, texts, steps, noise)
    np.testing.assert_allclose(model.vectors_, mean + centre, atol=1e-5)
    size = np.trace(model.spread_.covariance) / 5
    np.testing.assert_allclose(model.variance_, np.diag(covariance) * size, rtol=1e-5)
    np.testing.assert_allclose(model.own_, np.diag(covariance) / noise, rtol=1e-5)


def test_vectors_are_nearer_to_the_truth_than_texts_are(simulated: Callable[..., Any]) -> None:
    data = simulated(600, 16, (1.0, 0.6, 0.2, 0.1), noise=2.0, fall=0.3)
    model = HierarchicalEmbedding().fit(data.tree, data.observations)
    ours, texts = ((V - data.X) ** 2 for V in (model.vectors_, data.T))
    assert ours.mean() < 0.5 * texts.mean()


# Placing new concepts.


def refit(model: HierarchicalEmbedding, knowledge: Any, texts: Any) -> HierarchicalEmbedding:
    return HierarchicalEmbedding(model.encoder, variances=model.variances_).fit(knowledge, texts)


GROWN = {
    "a leaf": ("abcdefn", edges("ba", "ca", "db", "dc", "eb", "fe", "nd")),
    "in the middle": ("abcdefn", edges("ba", "ca", "db", "dc", "nb", "en", "fe")),
    "a second parent": ("abcdefn", edges("ba", "ca", "db", "dc", "eb", "fe", "nc", "fn")),
    "above all": ("nabcdef", edges("an", "ba", "ca", "db", "dc", "eb", "fe")),
    "several": ("abcdefnop", edges("ba", "ca", "db", "dc", "eb", "fe", "na", "on", "pd", "pn")),
}


@pytest.mark.parametrize("where", GROWN)
def test_new_concepts_are_placed_as_a_new_fit_would(
    coder: Any, tree: Hierarchy, where: str
) -> None:
    """With texts that do not move the mean of all, by which vectors are taken."""
    model = HierarchicalEmbedding(coder, variances=GIVEN).fit(tree, said("abcef"))
    grown = Hierarchy.from_edges(*GROWN[where])
    seen = model.observations_.of(grown.ids)
    new = [k for k, id_ in enumerate(grown.ids) if id_ in "nop"][:2]
    centre = model.observations_.vectors[model.observations_.words > 0].mean(axis=0)
    away = np.zeros(16, dtype=np.float32)
    away[3] = 1.0 if len(new) == 2 else 0.0  # one to one side, and one to the other
    vectors, words = seen.vectors.copy(), seen.words.copy()
    vectors[new] = np.stack([centre + away, centre - away])[: len(new)]
    words[new] = 7
    texts = Observations(grown.ids, vectors, words, seen.visual)
    found = model.transform(grown, texts)
    again = refit(model, grown, texts)
    assert found.shape == (len(grown), 16)
    np.testing.assert_allclose(found, again.vectors_, atol=1e-5)
    moved = np.abs(found[[grown.index(id_) for id_ in model.ids_]] - model.vectors_)
    assert moved.max() > 1e-3  # what is said of new ones counts for old ones


def test_new_concepts_with_any_text_are_placed_as_a_new_fit_would(
    coder: Any, tree: Hierarchy
) -> None:
    model = HierarchicalEmbedding(coder, variances=GIVEN).fit(tree, said("abcef"))
    grown = Hierarchy.from_edges(*GROWN["a leaf"])
    again = refit(model, grown, said("abcefn"))
    np.testing.assert_allclose(model.transform(grown, said("n")), again.vectors_, atol=1e-5)


def test_new_concepts_without_any_text_are_placed(coder: Any, tree: Hierarchy) -> None:
    model = HierarchicalEmbedding(coder, variances=GIVEN).fit(tree, said("abcef"))
    grown = Hierarchy.from_edges(*GROWN["a leaf"])
    found = model.transform(grown)
    np.testing.assert_allclose(found[grown.index("n")], model.of("d")[0], atol=1e-5)


def test_what_is_known_already_stays_where_it_is(coder: Any, tree: Hierarchy) -> None:
    model = HierarchicalEmbedding(coder, variances=GIVEN).fit(tree, said("abcef"))
    np.testing.assert_array_equal(model.transform(tree), model.vectors_)
    # what was fitted keeps its text
    np.testing.assert_array_equal(model.transform(tree, said("d")), model.vectors_)


def test_new_concepts_with_traits_are_placed_as_a_new_fit_would(coder: Any) -> None:
    old = [Concept("a", "animal"), Concept("c", "copepod"), Concept("d", "daphnia")]
    old += [Concept("x", "antenna", "part"), Concept("y", "eye", "part")]
    some = [("c", "is_a", "a"), ("d", "is_a", "a"), ("c", "has_part", "x"), ("d", "has_part", "y")]
    graph = ConceptGraph(old, some)
    model = HierarchicalEmbedding(coder, variances=GIVEN).fit(graph)
    grown = ConceptGraph(
        [*old, Concept("n", "new"), Concept("z", "zoea", "stage")],
        [*some, ("n", "is_a", "a"), ("n", "has_part", "x"), ("d", "has_stage", "z"),
         ("y", "part_of", "n")],
    )  # fmt: skip
    tree = grown.hierarchy()
    seen = model.observations_.of(tree.ids)
    words = np.where(np.isin(tree.ids, ["n", "z"]), 3.0, seen.words)
    centre, away = model.observations_.vectors.mean(axis=0), np.eye(16, dtype=np.float32)[0]
    vectors = seen.vectors.copy()
    vectors[[tree.index("n"), tree.index("z")]] = centre + away, centre - away
    texts = Observations(tree.ids, vectors, words, seen.visual)
    found = model.transform(grown, texts)
    np.testing.assert_allclose(found, refit(model, grown, texts).vectors_, atol=1e-5)
    # traits count: without them another place is found
    assert np.abs(found - model.transform(tree, texts)).max() > 1e-3


def test_names_of_new_concepts_in_a_graph_are_read(coder: Any) -> None:
    graph = ConceptGraph([Concept("a", "animal"), Concept("b", "barnacle")], [("b", "is_a", "a")])
    model = HierarchicalEmbedding(coder).fit(graph)
    coder.encoded.clear()
    grown = ConceptGraph([*graph, Concept("n", "newcomer")], [*graph.relations, ("n", "is_a", "a")])
    model.transform(grown)
    assert coder.encoded == ["newcomer."]


# The same every time.


def fitted(tree: Hierarchy, data: Any, **given: Any) -> HierarchicalEmbedding:
    return HierarchicalEmbedding(**given).fit(tree, data.observations)


def test_a_second_fit_gives_the_same_bits_in_whatever_order_edges_come(
    simulated: Callable[..., Any],
) -> None:
    data = simulated(300, 12, (1.0, 0.6, 0.4), told=0.7)
    first, second = fitted(data.tree, data), fitted(data.tree, data)
    table = data.tree.parents.tocoo()
    pairs = [
        (data.tree.ids[c], data.tree.ids[p]) for c, p in zip(table.row, table.col, strict=True)
    ]
    np.random.default_rng(1).shuffle(pairs)
    mixed = fitted(Hierarchy.from_edges(data.tree.ids, pairs), data)
    for other in (second, mixed):
        np.testing.assert_array_equal(first.vectors_, other.vectors_)
        np.testing.assert_array_equal(first.variance_, other.variance_)
        assert first.variances_ == other.variances_
        assert first.borrowed_from_ == other.borrowed_from_


IN_ANOTHER_PROCESS = """
import hashlib
import numpy as np
from kgconcepts import Hierarchy
from kgconcepts.embedding.hierarchical import HierarchicalEmbedding
from kgconcepts.embedding.tfidf import TfidfEncoder
from kgconcepts.text.passage import Passage
words = "antenna frustule bell tail spine eye valve leg".split()
texts = {f"c{k}": f"It has {words[k % 8]} and {words[k // 8]}." for k in range(60)}
ids = [f"c{k}" for k in range(64)]
tree = Hierarchy.from_edges(set(ids), [(ids[k], ids[(k - 1) // 3]) for k in range(1, 64)])
tree = Hierarchy.from_edges(ids, [(c, p) for c in tree.ids for p in tree.ancestors(c)[-1:]])
model = HierarchicalEmbedding(TfidfEncoder.of(texts.values(), 12)).fit(
    tree, {id_: [Passage(text, "ours")] for id_, text in texts.items()}
)
print(hashlib.sha256(model.vectors_.tobytes() + model.variance_.tobytes()).hexdigest(), end="")
"""


def test_two_processes_give_the_same_bits() -> None:
    made = [
        subprocess.run(
            [sys.executable, "-c", IN_ANOTHER_PROCESS],
            capture_output=True, text=True, check=True, env={"PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    ]  # fmt: skip
    assert len(made[0]) == hashlib.sha256().digest_size * 2
    assert made[0] == made[1]


@pytest.mark.parametrize("given", [GIVEN, None], ids=["variances given", "learnt"])
def test_concepts_in_another_order_have_the_same_vectors(
    simulated: Callable[..., Any], given: Variances | None
) -> None:
    data = simulated(300, 12, (1.0, 0.6, 0.4), told=0.7)
    table = data.tree.parents.tocoo()
    pairs = [
        (data.tree.ids[c], data.tree.ids[p]) for c, p in zip(table.row, table.col, strict=True)
    ]
    mixed = Hierarchy.from_edges(
        np.random.default_rng(2).permutation(data.tree.ids).tolist(), pairs
    )
    assert mixed.ids != data.tree.ids
    first = fitted(data.tree, data, variances=given)
    second = HierarchicalEmbedding(variances=given).fit(mixed, data.observations)
    ids = list(data.tree.ids)
    np.testing.assert_allclose(second.of(ids), first.of(ids), atol=1e-5)
    np.testing.assert_allclose(second.variance_[second.positions(ids)], first.variance_, rtol=1e-4)


# What is learnt, and what is given.


def test_variances_given_are_used(coder: Any, tree: Hierarchy) -> None:
    model = HierarchicalEmbedding(coder, variances=GIVEN).fit(tree, said("abc"))
    assert replace(model.variances_, mean=()) == GIVEN
    texts = model.observations_.vectors[model.observations_.words > 0]
    np.testing.assert_allclose(model.variances_.mean, texts.mean(axis=0), atol=1e-6)
    other = HierarchicalEmbedding(coder, variances=SURE).fit(tree, said("abc"))
    assert np.abs(model.vectors_ - other.vectors_).max() > 0.01


def test_roots_are_about_the_mean_that_is_given_with_the_variances(
    coder: Any,
) -> None:
    mean = tuple(np.linspace(-1, 1, 16).tolist())
    given = replace(GIVEN, mean=mean)
    flat = Hierarchy.from_edges("abz", edges("ba"))  # nothing is said of z
    model = HierarchicalEmbedding(coder, variances=given).fit(flat, said("ab"))
    np.testing.assert_allclose(model.of("z")[0], mean, atol=1e-6)
    assert model.variances_ == given


def test_concepts_of_one_rank_deviate_alike_and_others_by_depth(coder: Any) -> None:
    graph = ConceptGraph(
        [
            Concept("a", "Arthropoda", rank="phylum"),
            Concept("b", "Copepoda", rank="class"),
            Concept("c", "Calanus", rank="genus"),
            Concept("d", "diatom"),
            Concept("e", "chain"),
        ],
        [("b", "is_a", "a"), ("c", "is_a", "b"), ("e", "is_a", "d")],
    )
    ranked = HierarchicalEmbedding(coder).fit(graph).variances_
    assert ranked.groups == ("class", "depth 0", "depth 1", "genus")
    by_depth = HierarchicalEmbedding(coder).fit(graph.hierarchy(), said("abcde")).variances_
    assert by_depth.groups == ("depth 0", "depth 1", "depth 2")


def test_names_and_definitions_of_a_graph_are_read_besides_texts(coder: Any) -> None:
    graph = ConceptGraph(
        [
            Concept("a", "animal", synonyms=("Animalia",), definition="It moves."),
            Concept("b", "barnacle"),
            Concept("z", "gone", obsolete=True),
        ],
        [("b", "is_a", "a")],
    )
    model = HierarchicalEmbedding(coder).fit(graph, {"b": [Passage("It sits.", "ours")]})
    assert sorted(coder.encoded) == ["animal, Animalia. It moves.", "barnacle. It sits."]
    assert model.ids_ == ("a", "b")


def test_an_encoder_of_captions_is_asked_with_captions(coder: Any, plankton: ConceptGraph) -> None:
    coder.captions = True
    HierarchicalEmbedding(coder).fit(plankton)
    assert "a photo of Copepoda" in coder.encoded
    assert not any(text.startswith("Copepoda") for text in coder.encoded)


def test_further_relations_of_a_graph_count_as_much_as_asked(coder: Any) -> None:
    graph = ConceptGraph(
        [Concept(id_, id_) for id_ in "acx"] + [Concept("o", "o")],
        [("c", "is_a", "a"), ("c", "has_part", "x")],
    )
    texts = HierarchicalEmbedding(coder).fit(graph).observations_.without("c")
    for weight in (0.0, 0.25, 1.0):
        edges = {"has_part": weight}
        model = HierarchicalEmbedding(coder, edges=edges, variances=GIVEN).fit(graph, texts)
        a, c, x = model.of("acx")
        np.testing.assert_allclose(c, (a + weight * x) / (1 + weight), atol=1e-6)
        assert np.abs(a - x).max() > 0.1


# Where vectors come from.


def test_without_text_a_concept_borrows_from_its_nearest_ancestor_with_one(coder: Any) -> None:
    tree = Hierarchy.from_edges("abcde", edges("ba", "cb", "dc", "ea"))
    model = HierarchicalEmbedding(coder, variances=SURE).fit(tree, said("abe"))
    borrowed = dict(zip(model.ids_, model.borrowed_from_, strict=True))
    assert borrowed == {"a": (), "b": (), "c": ("b",), "d": ("b",), "e": ()}


def test_of_several_parents_with_text_all_are_named(coder: Any, tree: Hierarchy) -> None:
    model = HierarchicalEmbedding(coder, variances=SURE).fit(tree, said("abc"))
    assert set(model.borrowed_from_[model.ids_.index("d")]) == {"b", "c"}


def test_the_one_that_weighs_most_is_named_first_and_three_at_most(coder: Any) -> None:
    tree = Hierarchy.from_edges("apqrsn", edges("np", "nq", "nr", "ns"))
    texts = said("pqs") | {"r": [Passage("word " * 100, "ours")]}
    model = HierarchicalEmbedding(coder, variances=VAGUE).fit(tree, texts)
    borrowed = model.borrowed_from_[model.ids_.index("n")]
    assert len(borrowed) == 3
    assert borrowed[0] == "r"  # of which most is said


def test_nothing_is_borrowed_where_nothing_near_has_a_text(coder: Any) -> None:
    model = HierarchicalEmbedding(coder).fit(
        Hierarchy.from_edges("abcd", edges("ba", "dc")), said("ab")
    )
    assert model.borrowed_from_[model.ids_.index("d")] == ()


def test_no_concept_borrows_from_itself(coder: Any) -> None:
    tree = Hierarchy.from_edges("abc", edges("ba", "ca"))
    model = HierarchicalEmbedding(coder, variances=VAGUE).fit(tree, said("bc"))
    assert all(id_ not in some for id_, some in zip(model.ids_, model.borrowed_from_, strict=True))


# Intervals.


def test_intervals_of_similarities_hold_texts_that_were_not_read(
    simulated: Callable[..., Any],
) -> None:
    data = simulated(1500, 16, (1.0, 0.8, 0.5, 0.3), noise=0.8, fall=0.3, told=0.97)
    rng = np.random.default_rng(4)
    told = np.flatnonzero(data.words > 0)
    withheld = rng.permutation(told)[:400]
    ids = [data.tree.ids[k] for k in withheld]
    model = HierarchicalEmbedding().fit(data.tree, data.observations.without(ids))
    directions = model.centred[rng.permutation(1500)[:20]] * 7  # brought to unit length
    unit = directions / np.linalg.norm(directions, axis=1, keepdims=True)
    true = data.T[withheld] @ unit.T
    for level in (0.5, 0.9):
        expected, low, high = model.similarities(ids, directions, level)
        np.testing.assert_allclose(expected, model.of(ids) @ unit.T, atol=1e-5)
        assert ((true >= low) & (true <= high)).mean() == pytest.approx(level, abs=0.03)


# What cannot be done.


@pytest.mark.parametrize("wrong", ["plankton.owl", None, ["a", "b"], 3])
def test_what_has_no_hierarchy_is_refused_in_a_line(coder: Any, wrong: Any) -> None:
    with pytest.raises(SourceError, match="has no hierarchy; give a ConceptGraph or") as told:
        HierarchicalEmbedding(coder).fit(wrong)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize("texts", [None, {}, {"z": [Passage("Elsewhere.", "ours")]}])
def test_where_nothing_has_a_text_that_is_told(coder: Any, tree: Hierarchy, texts: Any) -> None:
    with pytest.raises(TextError, match="none of 6 concepts has a text"):
        HierarchicalEmbedding(coder).fit(tree, texts)


def test_observations_of_other_concepts_are_no_texts(coder: Any, tree: Hierarchy) -> None:
    other = Observations(("z",), np.ones((1, 3), np.float32), np.ones(1), np.zeros(1))
    with pytest.raises(TextError, match="none of 6 concepts has a text"):
        HierarchicalEmbedding(coder).fit(tree, other)


def test_vectors_of_ids_come_in_their_order(coder: Any, tree: Hierarchy) -> None:
    model = HierarchicalEmbedding(coder, variances=GIVEN).fit(tree, said("abcef"))
    at = [model.ids_.index(id_) for id_ in "fab"]
    np.testing.assert_array_equal(model.of(["f", "a", "b"]), model.vectors_[at])
    assert model.vectors_.dtype == np.float32
    assert model.of([]).shape == (0, 16)


def test_a_concept_that_was_not_fitted_has_no_vector(coder: Any, tree: Hierarchy) -> None:
    model = HierarchicalEmbedding(coder).fit(tree, said("abc"))
    with pytest.raises(UnknownConceptError, match="'zoea' has no vector"):
        model.of(["a", "zoea"])
    with pytest.raises(UnknownConceptError, match="'zoea' has no vector"):
        model.similarities(["zoea"], np.eye(16))


def test_one_text_alone_is_everybodys(coder: Any, tree: Hierarchy) -> None:
    model = HierarchicalEmbedding(coder).fit(tree, said("b"))
    text = coder.encode(["All that is known of b."])
    np.testing.assert_allclose(model.vectors_, np.repeat(text, 6, axis=0), atol=1e-5)
    assert np.isfinite(model.variance_).all()
