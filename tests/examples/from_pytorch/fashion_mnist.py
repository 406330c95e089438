"""A convolutional network for Fashion-MNIST from PyTorch, hardened, and back in PyTorch.

    python3 fashion_mnist.py make DIR                        # trains for minutes, writes fashion.onnx
    deno task defend --model fashion.onnx --dataset idx:DIR --out hardened --lambda 5 --learning-rate 1e-4
    python3 fashion_mnist.py read DIR hardened/hardened.safetensors

DIR holds the four gzipped IDX files; Debian's package dataset-fashion-mnist puts them into
/usr/share/datasets/fashion-mnist. Both commands print the number of right predictions on the
10,000 test images.
"""

import gzip
import sys

import numpy as np
import torch
from torch import nn

from example import load_file


def network():
    return nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 3, padding=1), nn.BatchNorm2d(32), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(32 * 7 * 7, 64), nn.ReLU(), nn.Linear(64, 10))


def split(folder, name):
    """Pixels 0-1 and labels."""
    def numbers(what, offset):
        with gzip.open(f"{folder}/{name}-{what}-ubyte.gz") as file:
            return torch.from_numpy(np.frombuffer(file.read(), np.uint8, offset=offset).copy())
    return numbers("images-idx3", 16).reshape(-1, 1, 28, 28) / 255, numbers("labels-idx1", 8).long()


def right(model, folder):
    pixels, labels = split(folder, "t10k")
    model.eval()
    with torch.no_grad():
        return sum((model(x).argmax(1) == y).sum().item() for x, y in zip(pixels.split(500), labels.split(500)))


def make(folder, model, path, epochs=4, rate=2e-3):
    pixels, labels = split(folder, "train")
    optimizer = torch.optim.Adam(model.parameters(), rate)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs)
    for epoch in range(epochs):
        for batch in torch.randperm(len(labels)).split(100):
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(pixels[batch]), labels[batch]).backward()
            optimizer.step()
        schedule.step()
        print(f"epoch {epoch + 1} of {epochs}", file=sys.stderr)
    model.eval()
    torch.onnx.export(model, pixels[:1], path, opset_version=13, input_names=["x"],
                      training=torch.onnx.TrainingMode.PRESERVE, do_constant_folding=False,
                      dynamic_axes={"x": {0: "n"}})
    print(right(model, folder))


def read(folder, path, model):
    model.load_state_dict(load_file(path), strict=False)  # all but num_batches_tracked, a counter
    print(right(model, folder))


if __name__ == "__main__":
    torch.manual_seed(0)
    if sys.argv[1] == "make":
        make(sys.argv[2], network(), "fashion.onnx")
    else:
        read(sys.argv[2], sys.argv[3], network())
