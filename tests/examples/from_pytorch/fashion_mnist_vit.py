"""A vision transformer for Fashion-MNIST from PyTorch, hardened, and back in PyTorch.

    python3 fashion_mnist_vit.py make DIR                    # trains for minutes, writes fashion_vit.onnx
    deno task defend --model fashion_vit.onnx --dataset idx:DIR --out hardened --train-images 5000 --epochs 2 --learning-rate 7e-5
    python3 fashion_mnist_vit.py read DIR hardened/hardened.safetensors

DIR is that of fashion_mnist.py, whose training this is.
"""

import sys

import torch
from torch import nn

from fashion_mnist import make, read


class VisionTransformer(nn.Module):
    """Patches of 7x7 pixels, each a token; a class token, whose output is classified; positions are learned."""

    def __init__(self, width=48, depth=3, heads=4):
        super().__init__()
        self.patches = nn.Conv2d(1, width, 7, stride=7)
        self.class_token = nn.Parameter(torch.zeros(1, 1, width))
        self.positions = nn.Parameter(0.02 * torch.randn(1, 1 + 4 * 4, width))
        self.blocks = nn.Sequential(*[
            nn.TransformerEncoderLayer(width, heads, 2 * width, dropout=0, activation="gelu",
                                       batch_first=True, norm_first=True)
            for _ in range(depth)])
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, 10)

    def forward(self, x):
        x = self.patches((x - 0.2860) / 0.3530).flatten(2).transpose(1, 2)  # pixels' mean and deviation
        x = torch.cat([self.class_token.expand(x.shape[0], -1, -1), x], 1) + self.positions
        return self.head(self.norm(self.blocks(x)[:, 0]))


if __name__ == "__main__":
    torch.manual_seed(0)
    model = VisionTransformer()
    if sys.argv[1] == "make":
        make(sys.argv[2], model, "fashion_vit.onnx", epochs=10, rate=2e-3)
    else:
        read(sys.argv[2], sys.argv[3], model)
