"""A training run on disk: everything needed to go on as if it had never stopped, without pickle.

Tensors (weights, optimiser moments) lie in one safetensors file, the rest in its JSON header, so that both are
replaced in one atomic rename.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

CHECKPOINT_FILE = "checkpoint.safetensors"


def save_checkpoint(
    folder: Path, network: nn.Module, optimizer: torch.optim.Optimizer, *, header: dict[str, Any]
) -> None:
    """Replaces the folder's checkpoint; `header` must be JSON."""
    tensors: dict[str, Tensor] = {f"network.{k}": v for k, v in network.state_dict().items()}
    state = optimizer.state_dict()
    for index, moments in state["state"].items():
        tensors |= {f"optimizer.{index}.{name}": torch.as_tensor(value) for name, value in moments.items()}
    tensors = {name: tensor.contiguous() for name, tensor in tensors.items()}
    temporary = folder / f".{CHECKPOINT_FILE}.part"
    save_file(tensors, temporary, {"header": json.dumps(header)})
    temporary.replace(folder / CHECKPOINT_FILE)


def load_checkpoint(
    folder: Path, network: nn.Module, optimizer: torch.optim.Optimizer
) -> dict[str, Any] | None:
    """Restores network and optimiser; returns the header, or None where there is no checkpoint."""
    path = folder / CHECKPOINT_FILE
    if not path.is_file():
        return None
    weights: dict[str, Tensor] = {}
    moments: dict[int, dict[str, Tensor]] = {}
    with safe_open(path, "pt") as file:
        header: dict[str, Any] = json.loads(file.metadata()["header"])
        for key in file.keys():  # noqa: SIM118 - safe_open is not a mapping
            part, _, name = key.partition(".")
            if part == "network":
                weights[name] = file.get_tensor(key)
            else:
                index, _, moment = name.partition(".")
                moments.setdefault(int(index), {})[moment] = file.get_tensor(key)
    network.load_state_dict(weights)
    state = optimizer.state_dict()
    state["state"] = moments
    optimizer.load_state_dict(state)
    return header
