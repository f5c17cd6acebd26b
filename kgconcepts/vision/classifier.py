"""Classifiers in torch: images → latents."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from kgconcepts.errors import KGConceptsError, LatentsError, MissingExtraError, SourceError
from kgconcepts.vision.images import ImageCollection

if TYPE_CHECKING:
    import torch

__all__ = ["compute_latents", "exported", "imported", "prepare"]


def _torch() -> None:
    try:
        importlib.import_module("torch")
    except ImportError as error:
        raise MissingExtraError("torch", "vision") from error


def prepare(images: ImageCollection, image: int, size: int, channels: int) -> npt.NDArray[np.uint8]:
    """Return an image as a classifier takes it, dark on white turned to bright on black.

    It is centred on a white square of its longer side, resized (bilinear) and inverted.

    Returns
    -------
    pixels : uint8 array of shape (channels, size, size)
    """
    from PIL import Image  # noqa: PLC0415 (comes with an extra)

    opened = images.open(image)
    if opened.mode.startswith("I;16"):  # Pillow would clip 16 bits to 8
        opened = Image.fromarray((np.asarray(opened) >> 8).astype(np.uint8))
    side = max(opened.size)
    square = Image.new("RGB", (side, side), "white")
    where = ((side - opened.width) // 2, (side - opened.height) // 2)
    if opened.has_transparency_data:
        opened = opened.convert("RGBA")
        square.paste(opened, where, opened)
    else:
        square.paste(opened.convert("RGB"), where)
    square = square.convert({1: "L", 3: "RGB"}[channels])
    pixels = np.asarray(square.resize((size, size), Image.Resampling.BILINEAR))
    return np.asarray(255 - pixels.reshape(size, size, channels).transpose(2, 0, 1))


def exported(path: Path, output: str) -> Callable[[torch.Tensor], torch.Tensor]:
    """Load a ``torch.export`` file whose module returns latents, alone or in a dict as `output`.

    Raises
    ------
    SourceError
        If the file is none.
    """
    _torch()
    import torch  # noqa: PLC0415 (heavy)

    if not path.is_file():
        raise SourceError(f"{path}: is not there; give a file that torch.export.save wrote")
    try:
        module = torch.export.load(path).module()
    except Exception as error:  # torch raises nearly anything on a file that is not its own
        raise SourceError(
            f"{path}: does not load as a torch.export file ({_line(error)}); save it with "
            "torch.export.save"
        ) from error

    def latents(batch: torch.Tensor) -> torch.Tensor:
        returned = module(batch)
        if isinstance(returned, dict):
            if output not in returned:
                raise LatentsError(
                    f"{path}: returns {', '.join(returned)}; expected {output!r} among them"
                )
            returned = returned[output]
        return torch.as_tensor(returned)

    return latents


def imported(factory: str, state_dict: Path, layer: str) -> Callable[[torch.Tensor], torch.Tensor]:
    """Build a module from an import path, load its weights, and take what goes out of a layer.

    Parameters
    ----------
    factory : str
        ``package.module:function``, called without arguments. This runs the user's own code.
    state_dict : path
        safetensors, or what ``torch.save(module.state_dict())`` wrote (read as weights only).
    layer : str
        Name of the submodule whose output are the latents.

    Raises
    ------
    SourceError
        If any of the three is not there or does not fit the others.
    """
    _torch()
    import torch  # noqa: PLC0415 (heavy)
    from safetensors.torch import load_file  # noqa: PLC0415 (needs torch)

    module_name, _, function = factory.partition(":")
    try:
        network = getattr(importlib.import_module(module_name), function)()
    except Exception as error:  # it is the user's own code
        raise SourceError(
            f"model {factory!r}: {_line(error)}; expected package.module:function"
        ) from error
    try:
        if state_dict.suffix == ".safetensors":
            state = load_file(state_dict)
        else:
            state = torch.load(state_dict, map_location="cpu", weights_only=True)
        network.load_state_dict(state)
    except Exception as error:  # wrong file, wrong keys, wrong shapes: each raises its own
        raise SourceError(
            f"{state_dict}: does not fit {factory} ({_line(error)}); give the weights of this model"
        ) from error
    submodules = dict(network.named_modules())
    if layer not in submodules:
        raise SourceError(
            f"{factory}: has no layer {layer!r}; it has {', '.join(n for n in submodules if n)}"
        )
    network.eval()

    def latents(batch: torch.Tensor) -> torch.Tensor:
        caught: list[torch.Tensor] = []
        hook = submodules[layer].register_forward_hook(lambda _m, _i, out: caught.append(out))
        try:
            network(batch)
        finally:
            hook.remove()
        if not caught:
            raise SourceError(
                f"{factory}: layer {layer!r} takes no part in its answer; name another"
            )
        return caught[-1].flatten(start_dim=1)

    return latents


def compute_latents(
    latents: Callable[[torch.Tensor], torch.Tensor],
    images: ImageCollection,
    size: int,
    channels: int,
    progress: Callable[[int], None] = lambda _done: None,
    batch: int = 128,
) -> npt.NDArray[np.float32]:
    """Pass all images through a classifier.

    Returns
    -------
    Z : float32 array of shape (n, d)

    Raises
    ------
    UnreadableImageError
        If one does not open.
    LatentsError
        If the classifier does not return a finite row for each.
    """
    import torch  # noqa: PLC0415 (heavy)

    rows: list[npt.NDArray[np.float32]] = []
    with torch.inference_mode(), _deterministic():
        for start in range(0, len(images), batch):
            chosen = range(start, min(start + batch, len(images)))
            pixels = np.stack([prepare(images, i, size, channels) for i in chosen])
            batched = torch.from_numpy(pixels).float() / 255
            try:
                try:
                    Z = latents(batched)
                except Exception:  # exported for one image at a time, which is torch's default
                    if len(batched) == 1:
                        raise
                    Z = torch.cat([latents(image) for image in batched.split(1)])
            except KGConceptsError:
                raise
            except Exception as error:  # whatever the user's network raises on this input
                raise LatentsError(
                    f"the classifier fails on input {tuple(pixels.shape)} ({_line(error)}); "
                    "check size and channels"
                ) from error
            block = Z.numpy().astype(np.float32)
            if block.ndim != 2 or len(block) != len(pixels):
                raise LatentsError(
                    f"the classifier returned {block.shape} for {len(pixels)} images; expected a "
                    "row of latents each"
                )
            bad = np.flatnonzero(~np.isfinite(block).all(axis=1))
            if len(bad):
                raise LatentsError(
                    f"image {images.files[start + bad[0]]}: the classifier's latents are not finite"
                )
            rows.append(block)
            progress(len(chosen))
    return np.concatenate(rows)


@contextmanager
def _deterministic() -> Iterator[None]:
    import torch  # noqa: PLC0415 (heavy)

    before = torch.are_deterministic_algorithms_enabled()
    torch.use_deterministic_algorithms(True, warn_only=True)
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(before)


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
