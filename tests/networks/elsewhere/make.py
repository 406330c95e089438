"""Files that PyTorch and NumPy write, for tests of how weights from elsewhere are read: python3 make.py

types.safetensors has a network's parameters in several types, as a data-parallel wrapper names them, and expected.safetensors PyTorch's
own conversion of each to float32; the others are not safetensors.
"""

import json
import os
import struct

import numpy as np
import torch
from torch import nn

folder = os.path.dirname(os.path.abspath(__file__))
torch.manual_seed(0)


types = {torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16", torch.float64: "F64", torch.int64: "I64"}


def save_file(tensors, path):
    header, data = {}, b""
    for name, tensor in tensors.items():
        flat = tensor.reshape(-1)
        bits = flat.view(torch.int16) if tensor.dtype == torch.bfloat16 else flat
        own = bits.numpy().tobytes()
        offsets = [len(data), len(data) + len(own)]
        header[name] = {"dtype": types[tensor.dtype], "shape": list(tensor.shape), "data_offsets": offsets}
        data += own
    text = json.dumps(header).encode()
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)


def numbers(dtype, special):
    """Numbers of every size that the type has, and special ones."""
    exponents = torch.arange(-44, 16) if dtype == torch.float16 else torch.arange(-150, 127, 4)
    drawn = (torch.rand(len(exponents), dtype=torch.float64) - 0.5) * 2.0 ** exponents
    return torch.cat([torch.tensor(special, dtype=torch.float64), drawn]).to(dtype)


halves = numbers(torch.float16, [0.0, -0.0, 65504.0, -65504.0, 2.0**-14, 2.0**-24, -(2.0**-24), 1 / 3])
brains = numbers(torch.bfloat16, [0.0, -0.0, 3.38e38, -3.38e38, 2.0**-126, 1e-40, 1 / 3, 257.0])
doubles = numbers(torch.float64, [0.0, -0.0, 3.4028234e38, 1e-45, 1e-300, 1 / 3, 16777217.0, -0.1])

save_file({
    "module.bn.running_mean": halves,
    "module.bn.running_var": brains,
    "module.fc.weight": doubles,
    "module.bn.num_batches_tracked": torch.tensor(7),
}, f"{folder}/types.safetensors")
save_file({
    "bn.running_mean": halves.float(),
    "bn.running_var": brains.float(),
    "fc.weight": doubles.float(),
}, f"{folder}/expected.safetensors")

module = nn.Linear(2, 2)
torch.save(module.state_dict(), f"{folder}/checkpoint.pth")
torch.save(module.state_dict(), f"{folder}/before_1_6.pth", _use_new_zipfile_serialization=False)
torch.jit.script(module).save(f"{folder}/script.pt")
arrays = {name: tensor.numpy() for name, tensor in module.state_dict().items()}
np.savez(f"{folder}/arrays.npz", **arrays)
np.save(f"{folder}/array.npy", arrays["weight"])
