"""The model in torch: the folded network of the weights file, in float32 with TF32 off."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from gcnn.fold import fold
from gcnn.model_folder import load_network
from inference.engine.catalog import ModelEntry
from inference.engine.predictor import sigmoid
from inference.slides.slide import RgbImage


class ColourNet(nn.Module):
    """The folded network of a model, channels last, from a slide's colours on.

    Input (batch, height, width, 3) uint8, output logits (batch, rows, columns) float32.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, model: ModelEntry) -> None:
        super().__init__()
        # TF32 would cost about 1e-3 in probability, a hundred times the card's tolerance.
        torch.backends.cuda.matmul.allow_tf32 = False
        torch.backends.cudnn.allow_tf32 = False
        net, card = load_network(model.folder)
        self.net = fold(net).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.scale = card.transform.scale
        for name, values in (("mean", card.transform.mean), ("std", card.transform.std)):
            self.register_buffer(name, torch.tensor(values).view(1, 3, 1, 1))

    def forward(self, colours: Tensor) -> Tensor:
        x = (colours.permute(0, 3, 1, 2).float() * self.scale - self.mean) / self.std
        logits: Tensor = self.net(x.to(next(self.net.parameters()).dtype))
        return logits[:, 0].float()


class TorchPredictor:
    """Runs batches of images on the CPU, where no other engine is installed."""

    device = "CPU (torch)"
    precision = "float32"
    batch = 2
    calls = 1
    one_by_one = True

    def __init__(self, model: ModelEntry) -> None:
        self._net = ColourNet(model)

    def probabilities(self, images: Sequence[RgbImage]) -> list[NDArray[np.float32]]:
        with torch.inference_mode():
            return list(sigmoid(self._net(torch.from_numpy(np.stack(images))).numpy()))
