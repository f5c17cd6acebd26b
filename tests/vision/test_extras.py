"""Where a library of an extra is missing, the error names the extra to install."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from kgconcepts.errors import MissingExtraError
from kgconcepts.vision.classifier import exported, imported
from kgconcepts.vision.images import ImageCollection

INSTALL = r"pip install 'kgconcepts\[vision\]'"


def test_a_network_without_torch(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(MissingExtraError, match=INSTALL):
        exported(tmp_path / "classifier.pt2", "latents")
    with pytest.raises(MissingExtraError, match=INSTALL):
        imported("module:function", tmp_path / "weights.safetensors", "layer")


def test_an_image_without_pillow(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "1.png").write_bytes(b"")
    images = ImageCollection(("1.png",), (None,), tmp_path, np.arange(1), 1)
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(MissingExtraError, match=INSTALL):
        images.open(0)
