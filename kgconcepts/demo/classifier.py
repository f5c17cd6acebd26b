"""A small convolutional network for the demo's drawings."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

__all__ = ["LAYER", "network", "train"]

LAYER = "latents"
LATENTS = 128


class _Network(nn.Module):
    def __init__(self, classes: int) -> None:
        super().__init__()
        blocks: list[nn.Module] = []
        for before, after in ((1, 16), (16, 32), (32, 64), (64, LATENTS)):
            width, stride = (5, 2) if before == 1 else (3, 1)
            blocks += [
                nn.Conv2d(before, after, width, stride, padding=width // 2, bias=False),
                nn.BatchNorm2d(after),
                nn.ReLU(),
                nn.Identity() if before == 1 else nn.MaxPool2d(2),
            ]
        self.blocks = nn.Sequential(*blocks)
        self.latents = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())
        self.head = nn.Linear(LATENTS, classes)

    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        """Return logits of shape (n, classes)."""
        logits: torch.Tensor = self.head(self.latents(self.blocks(batch)))
        return logits


def network() -> nn.Module:
    """Return the network of the demo, its weights yet to be loaded."""
    from kgconcepts.demo.draw import GROUPS  # noqa: PLC0415 (pillow)

    return _Network(len(GROUPS))


def train(
    pixels: npt.NDArray[np.uint8],
    classes: npt.NDArray[np.intp],
    epochs: int = 16,
    progress: Callable[[], None] = lambda: None,
) -> dict[str, npt.NDArray[np.generic]]:
    """Train the network on drawings, turned and mirrored by chance.

    Parameters
    ----------
    pixels : uint8 array of shape (n, size, size)
        Dark on light.
    classes : int array of shape (n,)
        Positions in ``GROUPS``.
    epochs : int
    progress : callable
        Called after each epoch.

    Returns
    -------
    dict of arrays
        The state of the trained network.
    """
    torch.manual_seed(0)
    net = network().train()
    X = torch.from_numpy(255 - pixels).float()[:, None] / 255
    y = torch.from_numpy(classes.astype(np.int64))
    steps = epochs * -(-len(X) // 64)
    optimizer = torch.optim.AdamW(net.parameters(), lr=3e-3, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 6e-3, total_steps=steps)
    loss = nn.CrossEntropyLoss(label_smoothing=0.05)
    for _ in range(epochs):
        for batch in torch.randperm(len(X)).split(64):
            turn = int(torch.randint(4, ()))
            images = torch.rot90(X[batch], turn, (2, 3))
            if torch.rand(()) < 0.5:
                images = images.flip(3)
            optimizer.zero_grad()
            loss(net(images), y[batch]).backward()
            optimizer.step()
            schedule.step()
        progress()
    return {name: tensor.numpy() for name, tensor in net.state_dict().items()}


def accuracy(
    state: dict[str, npt.NDArray[np.generic]],
    pixels: npt.NDArray[np.uint8],
    classes: Sequence[int] | npt.NDArray[np.intp],
) -> float:
    """Return which part of drawings a trained network names rightly."""
    net = network()
    net.load_state_dict({name: torch.from_numpy(array) for name, array in state.items()})
    net.eval()
    with torch.inference_mode():
        X = torch.from_numpy(255 - pixels).float()[:, None] / 255
        named = torch.cat([net(batch).argmax(dim=1) for batch in X.split(256)])
    return float((named.numpy() == np.asarray(classes)).mean())
