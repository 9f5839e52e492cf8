"""ResNet for CIFAR-10 built from the fixed-point layers, as in the course's HW4.zip."""

import importlib

import torch.nn.functional as F
from torch import nn

STAGE_WIDTHS = (16, 32, 64)
CLASSES = 10


def _conv_norm(layers, in_channels, out_channels, kernel_size=3, stride=1, Nbits=None):
    conv = layers.FP_Conv(
        in_channels,
        out_channels,
        kernel_size=kernel_size,
        stride=stride,
        padding=kernel_size // 2,
        bias=False,
        Nbits=Nbits,
    )
    return nn.Sequential(conv, nn.BatchNorm2d(out_channels))


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions and a shortcut, a 1x1 convolution where the width changes.

    Args:
        layers: What provides ``FP_Conv``.
        in_channels: Number of input channels.
        out_channels: Number of output channels.
        stride: Stride of the first convolution and of the shortcut.
        Nbits: Bits of all its weights, or None for floating point.
    """

    def __init__(self, layers, in_channels, out_channels, stride=1, Nbits=None):
        super().__init__()
        self.conv1 = _conv_norm(layers, in_channels, out_channels, 3, stride, Nbits)
        self.conv2 = _conv_norm(layers, out_channels, out_channels, 3, 1, Nbits)
        self.id_mapping = nn.Sequential()
        if in_channels != out_channels:
            self.id_mapping = _conv_norm(layers, in_channels, out_channels, 1, stride, Nbits)

    def forward(self, x):
        """Add the shortcut to the two convolutions of ``x``."""
        out = self.conv2(F.relu(self.conv1(x)))
        return F.relu(out + self.id_mapping(x))


class ResNetCIFAR(nn.Module):
    """Residual network for 32x32 images in ten classes.

    The first convolution and the final fully connected layer stay in floating point; the weights
    of the three stages, with their shortcuts, are quantized.

    Args:
        num_layers: Number of layers, ``6 n + 2``; 20 in Homework 4.
        Nbits: Bits of the three stages: one number for all, three numbers, or None for floating
            point.
        layers: What provides ``FP_Conv`` and ``FP_Linear``; the module ``FP_layers`` beside your
            script when None.

    Raises:
        ValueError: ``num_layers`` is not ``6 n + 2``, or ``Nbits`` has another length than 3.

    Examples:
        >>> import torch
        >>> from types import SimpleNamespace
        >>> class Conv(nn.Conv2d):
        ...     def __init__(self, *sizes, Nbits=None, **options):
        ...         super().__init__(*sizes, **options)
        >>> class Linear(nn.Linear):
        ...     def __init__(self, *sizes, Nbits=None):
        ...         super().__init__(*sizes)
        >>> net = ResNetCIFAR(8, (4, 4, 2), SimpleNamespace(FP_Conv=Conv, FP_Linear=Linear))
        >>> net(torch.zeros(1, 3, 32, 32)).shape
        torch.Size([1, 10])

    References:
        He et al., Deep Residual Learning for Image Recognition, section 4.2; Homework 4, Lab 2.
    """

    def __init__(self, num_layers=20, Nbits=None, layers=None):
        super().__init__()
        if num_layers < 8 or (num_layers - 2) % 6:
            raise ValueError(f"ResNetCIFAR: found num_layers = {num_layers}, expected 6 n + 2, such as 20")
        stage_bits = tuple(Nbits) if isinstance(Nbits, list | tuple) else (Nbits,) * 3
        if len(stage_bits) != len(STAGE_WIDTHS):
            raise ValueError(
                f"ResNetCIFAR: found Nbits = {Nbits}, expected one number, three numbers or None"
            )
        layers = importlib.import_module("FP_layers") if layers is None else layers
        self.head_conv = _conv_norm(layers, 3, STAGE_WIDTHS[0])
        blocks, in_channels = [], STAGE_WIDTHS[0]
        for stage, width in enumerate(STAGE_WIDTHS):
            for block in range((num_layers - 2) // 6):
                stride = 2 if stage and not block else 1
                blocks.append(ResidualBlock(layers, in_channels, width, stride, stage_bits[stage]))
                in_channels = width
        self.body_op = nn.Sequential(*blocks)
        self.final_fc = layers.FP_Linear(in_channels, CLASSES)

    def forward(self, x):
        """Return the logits of a batch of images ``(n, 3, 32, 32)``."""
        features = self.body_op(F.relu(self.head_conv(x)))
        return self.final_fc(features.mean(dim=(2, 3)))
