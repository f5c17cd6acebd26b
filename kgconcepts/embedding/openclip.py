"""The text side of image-text models: open_clip's own, BioCLIP, those of project-oceania."""

from __future__ import annotations

import hashlib
import importlib
import json
import os
from collections.abc import Callable, Sequence
from functools import cached_property
from importlib.metadata import version as installed
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from kgconcepts.embedding.encoder import Vectors, account, by_distinct, unit
from kgconcepts.errors import MissingExtraError, SourceError, TextError

if TYPE_CHECKING:
    import torch

__all__ = ["SHORT", "OpenClipEncoder"]

_HUB = "hf-hub:"
_FOLDER = "local-dir:"
SHORT = {
    "bioclip": "hf-hub:imageomics/bioclip",
    "bioclip-2": "hf-hub:imageomics/bioclip-2",
    "planktonzilla-b": "hf-hub:project-oceania/CLIP-ViT-B-16.openai-pt.planktonzilla-pt",
    "planktonzilla-b-bioclip": "hf-hub:project-oceania/CLIP-ViT-B-16.bioclip-pt.planktonzilla-pt",
    "planktonzilla-l": "hf-hub:project-oceania/CLIP-ViT-L-14.bioclip2-pt.planktonzilla-pt",
}
_RECIPE = b"kgconcepts open_clip text vectors 1: float32, unit length"


class OpenClipEncoder:
    """The text tower of an open_clip model, with its own tokenizer, which cuts long texts.

    What it encodes lies in one space with the model's images. The image tower is dropped once the
    weights are loaded. Pickled weights are read as numbers only (torch's ``weights_only``).

    Parameters
    ----------
    model : str
        ``ViT-B-32``, ``hf-hub:imageomics/bioclip-2`` or ``local-dir:/path/of/a/model``.
    pretrained : str or path-like, optional
        For a model of open_clip's own: the tag of its weights (``laion2b_s34b_b79k``) or a file.
    batch_size : int
        Texts that are encoded together.
    progress : callable, optional
        Is given numbers of texts as they are done.

    Raises
    ------
    MissingExtraError
        If open_clip is not installed.
    TextError
        If there is no such model, or the hub cannot be reached.
    SourceError
        If the weights do not fit the model, or are none.
    """

    captions = True

    def __init__(
        self,
        model: str,
        pretrained: str | os.PathLike[str] | None = None,
        *,
        batch_size: int = 64,
        progress: Callable[[int], None] | None = None,
    ) -> None:
        open_clip = _open_clip()
        weights = os.fspath(pretrained) if pretrained is not None else None
        self.name = f"{model}/{weights}" if weights else model
        self.batch_size = batch_size
        self._progress = progress or (lambda _done: None)
        is_ours = model.startswith(_FOLDER) or (weights is not None and Path(weights).is_file())
        if weights and not is_ours and not open_clip.get_pretrained_cfg(model, weights):
            tags = ", ".join(open_clip.list_pretrained_tags_by_model(model)) or "none"
            raise TextError(
                f"{self.name}: {weights!r} is no file, and no tag of {model}; it has {tags}"
            )
        try:
            whole = open_clip.create_model(
                model, pretrained=weights, precision="fp32", require_pretrained=True,
                weights_only=True,
            )  # fmt: skip
            self._tokenizer: Any = open_clip.get_tokenizer(model)
            self._config = open_clip.get_model_config(model)
        except Exception as error:  # of the network, the hub, torch, the file
            if is_ours:
                raise SourceError(
                    f"{weights or model}: does not load as weights of {model} ({account(error)}); "
                    "give those of this model, best as safetensors"
                ) from error
            raise TextError(
                f"{self.name}: cannot be had ({account(error)}); check the name and the network, "
                "or give local-dir: and the folder of a model"
            ) from error
        for unused in ("visual", "text_decoder"):  # the larger part of the memory
            if hasattr(whole, unused):
                delattr(whole, unused)
        self._text: Any = whole.to(_device()).eval().requires_grad_(requires_grad=False)
        self.version = f"open_clip_torch {installed('open_clip_torch')}{_revision(model)}"

    @classmethod
    def named(cls, name: str, *, progress: Callable[[int], None] | None = None) -> OpenClipEncoder:
        """Return the encoder of a name.

        Parameters
        ----------
        name : str
            One of `SHORT`; ``MODEL/WEIGHTS`` with a model of open_clip's own and a tag or a file;
            ``local-dir:FOLDER``; or a name on the Hugging Face hub, with or without ``hf-hub:``.
        progress : callable, optional
        """
        name = SHORT.get(name, name)
        if name.startswith((_HUB, _FOLDER)):
            return cls(name, progress=progress)
        model, _, weights = name.partition("/")
        if model in _open_clip().list_models():
            if not weights:
                raise TextError(
                    f"{name}: names no weights; give {name}/TAG, as in ViT-B-32/laion2b_s34b_b79k"
                )
            return cls(model, weights, progress=progress)
        if not weights:
            raise TextError(
                f"{name}: is no model of open_clip; expected MODEL/TAG, a name on the hub, or one "
                f"of {', '.join(SHORT)}"
            )
        return cls(f"{_HUB}{name}", progress=progress)

    def __repr__(self) -> str:
        return f"<OpenClipEncoder: {self.name}, {self.version}>"

    @cached_property
    def sha256(self) -> str:
        """Hash of the text tower's weights and configuration and of the tokenizer's words."""
        found = hashlib.sha256(_RECIPE)
        texts = {key: part for key, part in self._config.items() if key != "vision_cfg"}
        found.update(json.dumps(texts, sort_keys=True, default=str).encode())
        words = getattr(self._tokenizer, "encoder", None) or self._tokenizer.tokenizer.get_vocab()
        found.update(type(self._tokenizer).__name__.encode())
        found.update(json.dumps(sorted(words.items())).encode())
        for key, value in sorted(self._text.state_dict().items()):
            found.update(f"{key} {tuple(value.shape)}".encode())
            found.update(np.ascontiguousarray(value.cpu().numpy()).tobytes())
        return found.hexdigest()

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return a row of unit length for each text (zeros where it is empty).

        Returns
        -------
        vectors : float32 array of shape (n, m)
        """
        units = int(self._config["embed_dim"])
        return by_distinct(texts, units, self._rows, self.batch_size, self._progress)

    def _rows(self, batch: list[str]) -> Vectors:
        import torch  # noqa: PLC0415 (heavy)

        with torch.inference_mode():
            tokens: torch.Tensor = self._tokenizer(batch).to(_device())
            return unit(self._text.encode_text(tokens).float().cpu().numpy(), self.name)


def _open_clip() -> Any:
    try:
        return importlib.import_module("open_clip")
    except ImportError as error:
        raise MissingExtraError("open_clip_torch", "vision") from error


def _device() -> str:
    import torch  # noqa: PLC0415 (heavy)

    return "cuda" if torch.cuda.is_available() else "cpu"


def _revision(model: str) -> str:
    """Return the revision of a model of the hub, which is the name of its folder in the cache."""
    if not model.startswith(_HUB):
        return ""
    from huggingface_hub import try_to_load_from_cache  # noqa: PLC0415 (comes with an extra)

    path = try_to_load_from_cache(model.removeprefix(_HUB), "open_clip_config.json")
    return f", revision {Path(path).parent.name}" if isinstance(path, str) else ""
