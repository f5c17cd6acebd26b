"""Vectors from the words and the parts of words of a corpus; no model is needed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from functools import cached_property
from importlib.metadata import version as installed
from typing import TYPE_CHECKING

import numpy as np

from kgconcepts.embedding.encoder import Vectors, by_distinct, distinct, unit
from kgconcepts.errors import TextError

if TYPE_CHECKING:
    from sklearn.pipeline import FeatureUnion

__all__ = ["TfidfEncoder"]

_FEATURES = 25_000  # of words, and of parts of words
_WORD = r"\b\w+\b"  # those of one letter too
_RECIPE = b"kgconcepts tf-idf vectors 1"


class TfidfEncoder:
    """Latent semantic analysis: tf-idf of words and of 3 to 5 letters, in fewer dimensions.

    Parts of words bring together what scientific names share: *Oithona*, *Oithonidae*. Make one
    with `of`.

    Parameters
    ----------
    features : FeatureUnion
        Fitted vectorizers.
    components : float32 array of shape (m, number of features)

    References
    ----------
    S. Deerwester et al. (1990). Indexing by latent semantic analysis. JASIS 41, 391-407.

    Examples
    --------
    >>> encoder = TfidfEncoder.of(["calanoid copepod", "cyclopoid copepod", "centric diatom"])
    >>> copepod, other, diatom = encoder.encode(["copepods", "a copepod nauplius", "diatoms"])
    >>> bool(copepod @ other > copepod @ diatom)
    True
    """

    name = "tfidf"

    def __init__(self, features: FeatureUnion, components: Vectors) -> None:
        self._features = features
        self._components = components
        self.version = f"scikit-learn {installed('scikit-learn')}"

    def __repr__(self) -> str:
        return f"<TfidfEncoder: {self.dimensions} dimensions, {self.version}>"

    @classmethod
    def of(cls, corpus: Iterable[str], dimensions: int = 384, seed: int = 0) -> TfidfEncoder:
        """Learn the words of a corpus, and the directions in which its texts differ most.

        Parameters
        ----------
        corpus : iterable of str
            Their order makes no difference; repeated ones count once.
        dimensions : int
            m, or fewer where the corpus has fewer.
        seed : int
            Of the randomized decomposition.

        Raises
        ------
        TextError
            If there is no word in the corpus, or no dimension is asked for.
        """
        from sklearn.utils.extmath import randomized_svd  # noqa: PLC0415 (slow to load)

        if dimensions < 1:
            raise TextError(f"dimensions is {dimensions}; expected 1 or more")
        texts = sorted(set(distinct(list(corpus)).values()))
        features = _features()
        try:
            X = features.fit_transform(texts)
        except ValueError as error:  # no texts, or none with a word
            raise TextError("the corpus has no words; give texts with words") from error
        _, singular, components = randomized_svd(
            X, min(dimensions, *X.shape), n_iter=5, random_state=seed
        )
        # beyond the rank there is rounding noise, which unit rows would blow up
        kept = singular > singular[0] * np.finfo(np.float32).eps * max(X.shape)
        return cls(features, np.ascontiguousarray(components[kept], dtype=np.float32))

    @property
    def dimensions(self) -> int:
        """The number of units, m."""
        return len(self._components)

    @cached_property
    def sha256(self) -> str:
        """Hash of words, their weights and the components."""
        found = hashlib.sha256(_RECIPE)
        for _, vectorizer in self._features.transformer_list:
            found.update("\0".join(vectorizer.get_feature_names_out()).encode())
            found.update(vectorizer.idf_.astype("<f8").tobytes())
        found.update(self._components.astype("<f4").tobytes())
        return found.hexdigest()

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return a row of unit length for each text (zeros where no part of it is known).

        Returns
        -------
        vectors : float32 array of shape (n, m)
        """
        return by_distinct(texts, self.dimensions, self._rows)

    def _rows(self, texts: list[str]) -> Vectors:
        rows = self._features.transform(texts) @ self._components.T
        return unit(np.asarray(rows), self.name)


def _features() -> FeatureUnion:
    from sklearn.feature_extraction.text import TfidfVectorizer  # noqa: PLC0415 (slow to load)
    from sklearn.pipeline import FeatureUnion  # noqa: PLC0415 (slow to load)

    common = {
        "sublinear_tf": True,
        "strip_accents": "unicode",
        "max_features": _FEATURES,
        "dtype": np.float32,
    }
    return FeatureUnion(
        [
            ("words", TfidfVectorizer(token_pattern=_WORD, **common)),
            ("parts", TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), **common)),
        ]
    )
