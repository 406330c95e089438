"""Writes PyTorch's logits and input gradients of ImageNet's networks, for tests/networks/reference_test.ts.

    python3 tests/networks/reference/make.py    (PyTorch 1.13.1, torchvision 0.14.1, NumPy: Debian 12's packages)

Parameters and inputs come from a formula in whole numbers that formula.ts evaluates too, so that no weights need to be kept.
PyTorch computes in float64: its numbers are the truth that the library's float32 is held against.
"""

import json
import pathlib

import numpy as np
import torch
import torchvision
from torch import nn


def hashed(name, count):
    """Numbers in [0, 1), the same for the same name: FNV-1a of the name, then a mix of it and each place."""
    seed = 2166136261
    for byte in name.encode():
        seed = ((seed ^ byte) * 16777619) & 0xFFFFFFFF
    x = np.arange(count, dtype=np.uint64) * np.uint64(2654435761) + np.uint64(seed)
    x = (x & np.uint64(0xFFFFFFFF)).astype(np.uint32)
    for shift, factor in [(16, 0x7FEB352D), (15, 0x846CA68B)]:
        x = (x ^ (x >> np.uint32(shift))) * np.uint32(factor)
    return (x ^ (x >> np.uint32(16))).astype(np.float64) / 2**32


def parameter(name, shape):
    """He et al.'s (2015) uniform weights; positive scales and variances; small offsets and means."""
    u = hashed(name, int(np.prod(shape)))
    if name.endswith("running_var") or (name.endswith("weight") and len(shape) == 1):
        values = 1 + (2 * u - 1) * 0.5
    elif len(shape) == 1:
        values = (2 * u - 1) * 0.1
    else:
        values = (2 * u - 1) * np.sqrt(6 / np.prod(shape[1:]))
    return torch.from_numpy(values.astype(np.float32).reshape(shape).astype(np.float64))


def caffe_alexnet():
    """AlexNet as Caffe has it: two groups, local response normalisation."""
    convolution, norm = nn.Conv2d, lambda: nn.LocalResponseNorm(5, alpha=1e-4, beta=0.75, k=1)
    layers = [
        ("conv1", convolution(3, 96, 11, stride=4)), ("relu1", nn.ReLU()), ("norm1", norm()), ("pool1", nn.MaxPool2d(3, 2)),
        ("conv2", convolution(96, 256, 5, padding=2, groups=2)), ("relu2", nn.ReLU()), ("norm2", norm()), ("pool2", nn.MaxPool2d(3, 2)),
        ("conv3", convolution(256, 384, 3, padding=1)), ("relu3", nn.ReLU()),
        ("conv4", convolution(384, 384, 3, padding=1, groups=2)), ("relu4", nn.ReLU()),
        ("conv5", convolution(384, 256, 3, padding=1, groups=2)), ("relu5", nn.ReLU()), ("pool5", nn.MaxPool2d(3, 2)),
        ("flatten", nn.Flatten()),
        ("fc6", nn.Linear(9216, 4096)), ("relu6", nn.ReLU()),
        ("fc7", nn.Linear(4096, 4096)), ("relu7", nn.ReLU()),
        ("fc8", nn.Linear(4096, 1000)),
    ]
    model = nn.Sequential()
    for name, layer in layers:
        model.add_module(name, layer)
    return model


def numbers(model, side, range_):
    state = {name: tensor for name, tensor in model.state_dict().items() if not name.endswith("num_batches_tracked")}
    shapes = {name: list(tensor.shape) for name, tensor in state.items()}
    model.load_state_dict({name: parameter(name, shape) for name, shape in shapes.items()}, strict=False)
    model.double().eval()
    x = ((2 * hashed("input", 3 * side * side) - 1) * range_).astype(np.float32).astype(np.float64)
    x = torch.from_numpy(x.reshape(1, 3, side, side)).requires_grad_()
    logits = model(x)[0]
    (logits[3] - logits[7]).backward()
    gradient = x.grad.numpy().ravel()
    places = (hashed("places", 64) * gradient.size).astype(int)
    return {
        "parameters": shapes,
        "logits": rounded(logits.detach().numpy()),
        "gradient_norm": float(np.linalg.norm(gradient)),
        "gradient": rounded(gradient[places]),
    }


def rounded(values):
    return [float(f"{value:.8g}") for value in values]


networks = {
    "alexnet": (caffe_alexnet, 227, 120),
    "alexnet_torchvision": (torchvision.models.alexnet, 224, 2),
    "resnet18": (torchvision.models.resnet18, 224, 2),
}
for name, (make, side, range_) in networks.items():
    result = numbers(make(), side, range_)
    path = pathlib.Path(__file__).parent / f"{name}.json"
    path.write_text(json.dumps(result) + "\n")
    logits = np.array(result["logits"])
    print(name, "logits", logits.std(), "gradient norm", result["gradient_norm"], "entries", np.abs(result["gradient"]).min())
