"""The model in torch, for CUDA: the folded network of the weights file, in float32 with TF32 off."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from gcnn.fold import fold
from gcnn.model_folder import load_network
from inference.engine.catalog import ModelEntry
from inference.engine.predictor import sigmoid
from inference.slides.slide import RgbImage


class TorchPredictor:
    """Runs batches of images on one torch device, channels last."""

    precision = "float32"

    def __init__(self, model: ModelEntry, *, device: str = "cuda") -> None:
        """Loads the model onto a torch device ("cuda", "cuda:1", "cpu")."""
        self._device = torch.device(device)
        name = torch.cuda.get_device_name(self._device) if self._device.type == "cuda" else "CPU"
        self.device = f"{name} (torch)"
        # TF32 would cost about 1e-3 in probability, a hundred times the card's tolerance.
        torch.backends.cuda.matmul.allow_tf32 = False
        torch.backends.cudnn.allow_tf32 = False
        net, card = load_network(model.folder)
        self._net = fold(net).to(self._device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._scale = card.transform.scale
        self._mean, self._std = (
            torch.tensor(v, device=self._device).view(1, 3, 1, 1)
            for v in (card.transform.mean, card.transform.std)
        )
        self.batch = 16 if self._device.type == "cuda" else 2
        self.calls = 1

    def probabilities(self, images: Sequence[RgbImage]) -> list[NDArray[np.float32]]:
        try:
            stacked = torch.from_numpy(np.stack(images)).to(self._device).permute(0, 3, 1, 2)
            with torch.inference_mode():
                logits = self._net((stacked.float() * self._scale - self._mean) / self._std)
            return list(sigmoid(logits[:, 0].float().cpu().numpy()))
        except torch.cuda.OutOfMemoryError as error:
            raise MemoryError(str(error)) from error
