"""Which images to show beside each concept."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

from kgconcepts.dictionary import ConceptDictionary
from kgconcepts.evidence import ABSENT, SHOWN, Evidence
from kgconcepts.export.report import Picture, thumbnail
from kgconcepts.vision.images import ImageCollection

__all__ = ["gallery"]

BEST, MISSED, FALSE = 4, 2, 2

Pictures = dict[str, list[Picture]]


def gallery(
    dictionary: ConceptDictionary,
    images: ImageCollection,
    judged: npt.NDArray[np.intp],
    truth: Evidence,
    p: npt.NDArray[np.float32],
) -> tuple[Pictures, Pictures]:
    """Choose pictures by what is said of the images that the dictionary is judged on.

    Parameters
    ----------
    judged : int array of shape (m,)
        Positions of these images.
    p : array of shape (m, K)
        Their probabilities, from a model that was not fitted on them.

    Returns
    -------
    best : dict of id → pictures
        The images with the highest probability, right or wrong.
    worst : dict of id → pictures
        Images that show the concept with the lowest probability, and images that do not with the
        highest. Both are empty where no folder of images is known.
    """
    if images.root is None:
        return {}, {}
    targets = np.ma.filled(truth.take(judged).targets, -1)

    @cache
    def small(image: int) -> str:
        return thumbnail(images.open(image))

    def pictures(k: int, chosen: npt.NDArray[np.intp]) -> list[Picture]:
        known = {SHOWN: True, ABSENT: False}
        return [
            Picture(
                images.files[judged[i]],
                small(int(judged[i])),
                float(p[i, k]),
                known.get(int(targets[i, k])),
            )
            for i in chosen
        ]

    best: Pictures = {}
    worst: Pictures = {}
    for k, id_ in enumerate(dictionary.hierarchy.ids):
        order = np.argsort(-p[:, k], kind="stable")
        shown, absent = order[targets[order, k] == SHOWN], order[targets[order, k] == ABSENT]
        best[id_] = pictures(k, order[:BEST])
        worst[id_] = pictures(k, np.concatenate([shown[::-1][:MISSED], absent[:FALSE]]))
    return best, worst
