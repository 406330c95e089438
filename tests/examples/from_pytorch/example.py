"""A network from PyTorch, hardened, and back in PyTorch.

    python3 example.py make                                  # writes net.onnx and images.safetensors
    deno task attack --model net.onnx --dataset tensors:images.safetensors --out attacked
    deno task defend --model net.onnx --dataset tensors:images.safetensors --out hardened --epochs 20 --batch 20
    python3 example.py read hardened/hardened.safetensors    # the accuracy, on all test images

expected.json holds what `make` and `read` print for the files beside it. With the package
`safetensors`, `save_file` and `load_file` of `safetensors.torch` take the place of the two
functions below.
"""

import json
import struct
import sys

import numpy as np
import torch
from torch import nn


def save_file(tensors, path):
    types = {torch.float32: "F32", torch.uint8: "U8", torch.int64: "I64"}
    header, data = {}, b""
    for name, tensor in tensors.items():
        own = tensor.contiguous().numpy().tobytes()
        offsets = [len(data), len(data) + len(own)]
        header[name] = {"dtype": types[tensor.dtype], "shape": list(tensor.shape), "data_offsets": offsets}
        data += own
    text = json.dumps(header).encode()
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)


def load_file(path):
    types = {"F32": np.float32, "U8": np.uint8, "I64": np.int64}
    with open(path, "rb") as file:
        length, = struct.unpack("<Q", file.read(8))
        header, data = json.loads(file.read(length)), file.read()
    header.pop("__metadata__", None)
    return {
        name: torch.from_numpy(
            np.frombuffer(data[slice(*of["data_offsets"])], types[of["dtype"]]).reshape(of["shape"]).copy())
        for name, of in header.items()
    }


def network():
    return nn.Sequential(
        nn.Conv2d(1, 6, 3, padding=1), nn.BatchNorm2d(6), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(6, 8, 3), nn.ReLU(), nn.Flatten(), nn.Linear(32, 3))


def images(count, generator):
    """Pictures of 8x8 grey pixels: a row, a column or a diagonal is brighter."""
    labels = torch.arange(count) % 3
    pixels = torch.randint(0, 120, (count, 1, 8, 8), generator=generator)
    places = torch.randint(0, 8, (count,), generator=generator)
    for i, (label, place) in enumerate(zip(labels.tolist(), places.tolist())):
        for j in range(8):
            row, column = [(place, j), (j, place), (j, (j + place) % 8)][label]
            pixels[i, 0, row, column] += 110
    return pixels.to(torch.uint8), labels


def accuracy(model, pixels, labels):
    with torch.no_grad():
        return (model(pixels / 255).argmax(1) == labels).double().mean().item()


def make():
    torch.manual_seed(0)
    generator = torch.Generator().manual_seed(0)
    x_train, y_train = images(360, generator)
    x_test, y_test = images(120, generator)
    model = network()
    optimizer = torch.optim.Adam(model.parameters(), 5e-3)
    for _ in range(40):
        for batch in torch.randperm(360, generator=generator).split(60):
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(x_train[batch] / 255), y_train[batch]).backward()
            optimizer.step()
    model.eval()
    torch.onnx.export(model, x_test[:1] / 255, "net.onnx", opset_version=13, input_names=["x"],
                      training=torch.onnx.TrainingMode.PRESERVE, do_constant_folding=False,
                      dynamic_axes={"x": {0: "n"}})
    save_file({"x_train": x_train, "y_train": y_train, "x_test": x_test, "y_test": y_test},
              "images.safetensors")
    with torch.no_grad():
        logits = model(x_test[:2] / 255)
    shapes = {name: list(t.shape) for name, t in model.state_dict().items() if t.dim() > 0}
    print(json.dumps({"accuracy": accuracy(model, x_test, y_test), "logits": logits.tolist(), "shapes": shapes}))


def read(path):
    data = load_file("images.safetensors")
    model = network()
    model.load_state_dict(load_file(path), strict=False)  # all but num_batches_tracked, a counter
    model.eval()
    with torch.no_grad():
        logits = model(data["x_test"][:2] / 255)
    print(json.dumps({"accuracy": accuracy(model, data["x_test"], data["y_test"]), "logits": logits.tolist()}))


if __name__ == "__main__":
    make() if sys.argv[1] == "make" else read(sys.argv[2])
