"""ResNet for CIFAR-10 (32x32 images, 10 classes) built from fixed-point layers.

The names of the parameters are those of the course's checkpoint, so that it loads unchanged.
"""

import importlib
from collections import OrderedDict

import torch.nn.functional as F
from torch import nn

STAGE_WIDTHS = (16, 32, 64)
CLASSES = 10


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions and a shortcut: a 1x1 convolution where the width changes.

    Args:
        layers: What provides ``FP_Conv``.
        in_channels: Number of input channels.
        out_channels: Number of output channels.
        stride: Stride of the first convolution and of the shortcut.
        Nbits: Bits of the weights of all its convolutions, or None for floating point.
    """

    def __init__(self, layers, in_channels, out_channels, stride=1, Nbits=None):
        super().__init__()
        self.conv1 = nn.Sequential(
            *_convolution(layers, in_channels, out_channels, 3, stride, Nbits), nn.ReLU(inplace=True)
        )
        self.conv2 = nn.Sequential(*_convolution(layers, out_channels, out_channels, 3, 1, Nbits))
        self.id_mapping = nn.Sequential()
        if in_channels != out_channels or stride != 1:
            self.id_mapping = nn.Sequential(
                *_convolution(layers, in_channels, out_channels, 1, stride, Nbits)
            )

    def forward(self, x):
        """Add the shortcut of ``x`` to its two convolutions."""
        return F.relu(self.conv2(self.conv1(x)) + self.id_mapping(x), inplace=True)


def _convolution(layers, in_channels, out_channels, kernel_size, stride, Nbits):
    """Return a fixed-point convolution and its normalization."""
    convolution = layers.FP_Conv(
        in_channels,
        out_channels,
        kernel_size,
        Nbits=Nbits,
        stride=stride,
        padding=kernel_size // 2,
        bias=False,
    )
    return _name(convolution, "conv"), nn.BatchNorm2d(out_channels)


def _name(layer, name):
    """Give the parameters of a layer the checkpoint's name, whether the layer has or is the convolution."""
    return layer if hasattr(layer, name) else nn.Sequential(OrderedDict([(name, layer)]))


class ResNetCIFAR(nn.Module):
    """ResNet for CIFAR-10 whose three stages have their own precision.

    The first convolution (``head_conv``) and the last layer (``final_fc``) stay floating point.
    Each stage has ``(num_layers - 2) / 6`` residual blocks of 16, 32 and 64 channels; the 1x1
    convolution of a shortcut has the precision of its stage.

    Args:
        num_layers: ``6 n + 2``: 20, 32, 44, 56, ...
        Nbits: Bits of the weights of the stages: None for floating point, one int for all three,
            or ``(Nbits1, Nbits2, Nbits3)`` with None or an int each.
        layers: What provides ``FP_Conv`` and ``FP_Linear``; the module ``FP_layers`` when None.

    Raises:
        ValueError: ``num_layers`` or ``Nbits`` is not one of these.

    Examples:
        >>> import torch
        >>> from types import SimpleNamespace
        >>> class Conv(nn.Conv2d):
        ...     def __init__(self, *sizes, Nbits=None, **options):
        ...         super().__init__(*sizes, **options)
        >>> class Linear(nn.Linear):
        ...     def __init__(self, *sizes, Nbits=None):
        ...         super().__init__(*sizes)
        >>> net = ResNetCIFAR(20, (4, 4, 2), SimpleNamespace(FP_Conv=Conv, FP_Linear=Linear))
        >>> sum(p.numel() for name, p in net.named_parameters() if p.ndim > 1)
        270896
        >>> net(torch.zeros(1, 3, 32, 32)).shape
        torch.Size([1, 10])

    References:
        He et al., Deep residual learning for image recognition, 2016, section 4.2; Homework 4, Lab 2.
    """

    def __init__(self, num_layers=20, Nbits=None, layers=None):
        super().__init__()
        blocks, remainder = divmod(num_layers - 2, 2 * len(STAGE_WIDTHS))
        if remainder or blocks < 1:
            raise ValueError(f"ResNetCIFAR: found num_layers = {num_layers!r}, expected 6 n + 2, such as 20")
        layers = importlib.import_module("FP_layers") if layers is None else layers
        self.head_conv = nn.Sequential(
            *_convolution(layers, 3, STAGE_WIDTHS[0], 3, 1, None), nn.ReLU(inplace=True)
        )
        body, in_channels = [], STAGE_WIDTHS[0]
        for width, bits in zip(STAGE_WIDTHS, expand_bits(Nbits), strict=True):
            for block in range(blocks):
                stride = 2 if block == 0 and width != STAGE_WIDTHS[0] else 1
                body.append(ResidualBlock(layers, in_channels, width, stride, bits))
                in_channels = width
        self.body_op = nn.Sequential(*body)
        self.final_fc = _name(layers.FP_Linear(in_channels, CLASSES, Nbits=None), "linear")

    def forward(self, x):
        """Compute the logits.

        Args:
            x: Normalized images, ``(n, 3, 32, 32)``.

        Returns:
            Logits, ``(n, 10)``.
        """
        features = self.body_op(self.head_conv(x))
        return self.final_fc(features.mean(dim=(2, 3)))


def expand_bits(Nbits):
    """Return the precision of the three stages.

    Args:
        Nbits: None, one int, or three of these.

    Returns:
        ``(Nbits1, Nbits2, Nbits3)``.

    Raises:
        ValueError: It is none of these.

    Examples:
        >>> expand_bits(4), expand_bits(None), expand_bits([4, 4, 2])
        ((4, 4, 4), (None, None, None), (4, 4, 2))
    """
    stages = tuple(Nbits) if isinstance(Nbits, tuple | list) else (Nbits,) * len(STAGE_WIDTHS)
    valid = all(
        bits is None or (isinstance(bits, int) and not isinstance(bits, bool) and bits >= 0)
        for bits in stages
    )
    if len(stages) != len(STAGE_WIDTHS) or not valid:
        raise ValueError(f"ResNetCIFAR: found Nbits = {Nbits!r}, expected None, an int or three of them")
    return stages
