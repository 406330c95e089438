"""Writes the small networks of this folder, with PyTorch's logits and gradients: `python3 make.py` (PyTorch 1.13)."""

import copy
import json
import pathlib

import torch
from torch import nn

FOLDER = pathlib.Path(__file__).parent
SAMPLES = 2
BUFFERS = ("scale", "table")  # Parameters that an ONNX file does not tell from other constants.


class Tokens(nn.Module):
    """Patches of an image, a class token and positions, a body, a head."""

    def __init__(self, body, width=12, patches=4):
        super().__init__()
        self.patches = nn.Conv2d(1, width, 4, 4)
        self.token = nn.Parameter(torch.randn(1, 1, width))
        self.position = nn.Parameter(0.1 * torch.randn(1, patches + 1, width))
        self.body = body
        self.head = nn.Linear(width, 4)

    def forward(self, x):
        tokens = self.patches(x).flatten(2).transpose(1, 2)
        tokens = torch.cat([self.token.expand(tokens.shape[0], -1, -1), tokens], 1)
        return self.head(self.body(tokens + self.position)[:, 0])


class SequenceFirst(nn.Module):
    """A layer that takes [L, N, E]."""

    def __init__(self, layer):
        super().__init__()
        self.layer = layer

    def forward(self, tokens):
        return self.layer(tokens.transpose(0, 1)).transpose(0, 1)


class Residual(nn.Module):
    """A layer behind its normalisation, beside the identity."""

    def __init__(self, layer, width=12):
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.layer = layer

    def forward(self, x):
        return x + self.layer(self.norm(x))


class Attention(nn.Module):
    """Attention by one product for queries, keys and values."""

    def __init__(self, width=12, heads=3):
        super().__init__()
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        self.heads = heads

    def forward(self, x):
        n, length, width = x.shape
        parts = self.qkv(x).reshape(n, length, 3, self.heads, width // self.heads)
        q, k, v = parts.permute(2, 0, 3, 1, 4).unbind(0)
        weights = (q @ k.transpose(-2, -1) * (width // self.heads) ** -0.5).softmax(-1)
        return self.out((weights @ v).transpose(1, 2).reshape(n, length, width))


class EinsumAttention(nn.Module):
    """Attention by Einstein's sums."""

    def __init__(self, width=12, heads=3):
        super().__init__()
        self.q, self.k, self.v = (nn.Linear(width, width) for _ in range(3))
        self.heads = heads

    def forward(self, x):
        n, length, width = x.shape
        q, k, v = (one(x).view(n, length, self.heads, -1) for one in (self.q, self.k, self.v))
        weights = torch.einsum("nihd,njhd->nhij", q, k).softmax(-1)
        return torch.einsum("nhij,njhd->nihd", weights, v).reshape(n, length, width)


class ChannelsLast(nn.Module):
    """A layer of [N, H, W, C]."""

    def __init__(self, layer):
        super().__init__()
        self.layer = layer

    def forward(self, x):
        return self.layer(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


class ConvNeXtBlock(nn.Module):
    """Liu et al. 2022."""

    def __init__(self, width):
        super().__init__()
        self.depthwise = nn.Conv2d(width, width, 3, padding=1, groups=width)
        self.body = ChannelsLast(nn.Sequential(
            nn.LayerNorm(width), nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width)
        ))
        self.scale = nn.Parameter(torch.full((width, 1, 1), 0.5))

    def forward(self, x):
        return x + self.scale * self.body(self.depthwise(x))


class ShiftedWindows(nn.Module):
    """Attention in shifted windows, with a table of position biases and a constant mask (Liu et al. 2021)."""

    def __init__(self, width, heads=2, window=2, side=4):
        super().__init__()
        self.heads, self.window, self.shift = heads, window, window // 2
        self.norm = nn.LayerNorm(width)
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        self.table = nn.Parameter(torch.randn((2 * window - 1) ** 2, heads))
        places = torch.stack(
            torch.meshgrid(torch.arange(window), torch.arange(window), indexing="ij")
        ).flatten(1)
        apart = places[:, :, None] - places[:, None] + window - 1
        self.register_buffer("index", (apart[0] * (2 * window - 1) + apart[1]).flatten())
        regions = torch.zeros(1, side, side, 1)
        cuts = (slice(0, -window), slice(-window, -self.shift), slice(-self.shift, None))
        for i, rows in enumerate(cuts):
            for j, columns in enumerate(cuts):
                regions[:, rows, columns] = 3 * i + j
        own = self.windows(regions).squeeze(-1)
        self.register_buffer("mask", (own[:, None] != own[:, :, None]).float() * -100)

    def windows(self, x):
        n, height, width, channels = x.shape
        size = self.window
        x = x.view(n, height // size, size, width // size, size, channels)
        return x.permute(0, 1, 3, 2, 4, 5).reshape(-1, size * size, channels)

    def forward(self, x):
        image = x.permute(0, 2, 3, 1)
        n, height, width, channels = image.shape
        size, length = self.window, self.window ** 2
        rolled = torch.roll(self.norm(image), (-self.shift, -self.shift), (1, 2))
        parts = self.qkv(self.windows(rolled))
        count = parts.shape[0]
        parts = parts.reshape(count, length, 3, self.heads, channels // self.heads)
        q, k, v = parts.permute(2, 0, 3, 1, 4).unbind(0)
        scores = q @ k.transpose(-2, -1) * (channels // self.heads) ** -0.5
        scores = scores + self.table[self.index].view(length, length, -1).permute(2, 0, 1)[None]
        masks = self.mask.shape[0]
        scores = scores.view(count // masks, masks, self.heads, length, length)
        scores = (scores + self.mask[None, :, None]).view(-1, self.heads, length, length)
        tokens = self.out((scores.softmax(-1) @ v).transpose(1, 2).reshape(count, length, channels))
        tokens = tokens.view(n, height // size, width // size, size, size, channels)
        back = tokens.permute(0, 1, 3, 2, 4, 5).reshape(n, height, width, channels)
        return (image + torch.roll(back, (self.shift, self.shift), (1, 2))).permute(0, 3, 1, 2)


def convolutional(*layers):
    """Layers of a [N, 6, 4, 4] image, between a convolution and a head."""
    return nn.Sequential(nn.Conv2d(1, 6, 3, 2, 1), *layers, nn.Flatten(), nn.Linear(96, 4))


def encoder(**options):
    return nn.TransformerEncoderLayer(12, 3, 16, **options)


NETWORKS = {
    "attention_sequence_first": (13, True, lambda: Tokens(SequenceFirst(encoder()))),
    "attention_one_sample": (14, False, lambda: Tokens(nn.Sequential(SequenceFirst(encoder())))),
    "encoder_norm_first": (
        16,
        False,
        lambda: Tokens(nn.TransformerEncoder(
            encoder(batch_first=True, norm_first=True, activation="gelu"), 2, nn.LayerNorm(12)
        )),
    ),
    "attention_one_product": (
        11,
        False,
        lambda: Tokens(nn.Sequential(Residual(Attention()), Residual(nn.Linear(12, 12)))),
    ),
    "attention_einsum": (14, True, lambda: Tokens(Residual(EinsumAttention()))),
    "convnext": (
        15,
        True,
        lambda: convolutional(ChannelsLast(nn.LayerNorm(6)), ConvNeXtBlock(6), ConvNeXtBlock(6)),
    ),
    "shifted_windows": (16, True, lambda: convolutional(ShiftedWindows(6))),
    "normalisations": (
        12,
        False,
        lambda: convolutional(
            nn.GroupNorm(3, 6),
            nn.SiLU(),
            nn.Conv2d(6, 6, 3, padding=1),
            nn.InstanceNorm2d(6, affine=True),
            nn.Softplus(),
            nn.Conv2d(6, 6, 3, padding=1),
            nn.LayerNorm([6, 4, 4]),
            nn.ELU(0.7),
            nn.InstanceNorm2d(6),
        ),
    ),
}


def regularizer(model, x, labels, c=8, d=0.05, iterations=2, overshoot=0.02, strength=15):
    """Eq. 6 with everything on the tape: DeepFool's steps, of each sample by itself."""
    total = 0
    for image, label in zip(x, labels):
        perturbation = torch.zeros_like(image, requires_grad=True)
        source = model(image[None])[0].argmax().item()
        right = source == label
        for _ in range(iterations):
            at = image + perturbation
            logits = model(at[None])[0]
            gradients = [torch.autograd.grad(one, at, create_graph=True)[0] for one in logits]
            if right:
                others = [k for k in range(len(logits)) if k != source]
                distances = [
                    ((logits[k] - logits[source]).abs() / (gradients[k] - gradients[source]).norm()).item()
                    for k in others
                ]
                target = others[distances.index(min(distances))]
            else:
                target = label
                source = max((k for k in range(len(logits)) if k != label), key=lambda k: logits[k].item())
            difference = (logits[target] - logits[source]).abs()
            w = gradients[target] - gradients[source]
            perturbation = perturbation + difference * w / w.square().sum()
            now = model((image + (1 + overshoot) * perturbation)[None])[0].argmax().item()
            if (now != source) if right else (now == label):
                break
        ratio = (1 + overshoot) * perturbation.norm() / image.norm()
        total = total + torch.exp(-c * ratio if right else d * ratio)
    return strength / len(x) * total


def main():
    references = {}
    for name, (opset, keeps, make) in NETWORKS.items():
        torch.manual_seed(1)
        model = make().eval()
        for parameter in model.parameters():
            if parameter.dim() <= 1:  # Biases and scales that are not 0 and 1.
                parameter.data += 0.1 * torch.randn_like(parameter)
        x = (torch.arange(SAMPLES * 64) * 7919 % 257 / 256 * 2 - 1).reshape(SAMPLES, 1, 8, 8)
        x.requires_grad_()
        logits = model(x)
        (gradient,) = torch.autograd.grad((logits[:, 0] - logits[:, 1]).sum(), x)
        twin = copy.deepcopy(model).double()
        inputs = x.detach().double()
        labels = [(one + i) % 4 for i, one in enumerate(twin(inputs).argmax(1).tolist())]
        value = regularizer(twin, inputs, labels)
        trained = [one for key, one in twin.named_parameters() if key.split(".")[-1] not in BUFFERS]
        slopes = torch.autograd.grad(value, trained, allow_unused=True)
        pairs = [(one, slope) for one, slope in zip(trained, slopes) if slope is not None]
        references[name] = {
            "trained": len(trained),
            "regularizer": value.item(),
            "gradient_norm": sum(slope.square().sum() for _, slope in pairs).sqrt().item(),
            "gradient_times_weights": sum((one * slope).sum() for one, slope in pairs).item(),
            "logits": logits.flatten().tolist(),
            "gradient": gradient.flatten().tolist(),
        }
        training = torch.onnx.TrainingMode.PRESERVE if keeps else torch.onnx.TrainingMode.EVAL
        is_fixed = name.endswith("one_sample")
        torch.onnx.export(
            model, x.detach()[:1], FOLDER / f"{name}.onnx", opset_version=opset, input_names=["x"],
            output_names=["y"], training=training, do_constant_folding=not keeps,
            dynamic_axes={} if is_fixed else {"x": {0: "n"}},
        )
    (FOLDER / "reference.json").write_text(json.dumps(references, indent=1) + "\n")


if __name__ == "__main__":
    main()
