"""Solutions of Homework 4, Lab 2: fixed-point layers."""

import torch
import torch.nn.functional as F
from torch import nn

FLOAT_BITS = 32


class STE(torch.autograd.Function):
    """Linear quantizer with dynamic scaling and a straight-through gradient.

    The forward pass turns the floating-point weights into fixed point, in de-quantized form;
    the backward pass lets the gradient through to the floating-point weights unchanged.

    Examples:
        >>> w = torch.tensor([-1.0, -0.2, 0.3, 2.0], requires_grad=True)
        >>> wq = STE.apply(w, 2)
        >>> wq
        tensor([-1.,  0.,  0.,  2.], grad_fn=<STEBackward>)
        >>> wq.sum().backward()
        >>> w.grad
        tensor([1., 1., 1., 1.])

    References:
        Homework 4, Lab 2(a); lecture 14, page 9.
    """

    @staticmethod
    def forward(ctx, w, bit):
        """Quantize ``w`` to ``bit`` bits, in de-quantized form.

        ``bit is None`` returns ``w`` and ``bit == 0`` returns zeros. Otherwise, over the whole
        tensor::

            beta  = min w
            alpha = max w - min w
            ws    = (w - beta) / alpha
            R     = round((2^bit - 1) * ws) / (2^bit - 1)
            wq    = alpha * R + beta

        Either rule for exact halves is right. A constant tensor (``alpha == 0``) comes back
        unchanged.

        Args:
            ctx: Autograd's context; nothing needs to be saved.
            w: Weights, any shape, floating point.
            bit: Number of bits, at least 0, or None for floating point.

        Returns:
            The quantized weights, same shape, dtype and device; ``w`` is not modified.

        Examples:
            >>> STE.apply(torch.tensor([-1.0, -0.2, 0.3, 2.0]), 1)
            tensor([-1., -1., -1.,  2.])
            >>> STE.apply(torch.tensor([-1.0, 2.0]), 0)
            tensor([0., 0.])

        References:
            Homework 4, Lab 2(a); lecture 14, page 9.
        """
        if bit is None:
            return w.clone()
        if bit == 0:
            return torch.zeros_like(w)
        beta = w.min()
        alpha = w.max() - beta
        if alpha == 0:
            return w.clone()
        steps = 2**bit - 1
        ws = (w - beta) / alpha
        R = torch.round(steps * ws) / steps
        return alpha * R + beta

    @staticmethod
    def backward(ctx, g):
        """Pass the gradient straight through the quantizer (given).

        Args:
            ctx: Autograd's context.
            g: Gradient with respect to the quantized weights.

        Returns:
            The gradient with respect to ``w``, and None for ``bit``.
        """
        return g, None


class FP_Conv(nn.Module):
    """Convolution whose weight is quantized to ``Nbits`` bits (given).

    Args:
        in_channels: Number of input channels.
        out_channels: Number of output channels.
        kernel_size: Side of the kernel.
        Nbits: Bits of the weight, or None for floating point.
        **options: Options of ``torch.nn.Conv2d``.

    Attributes:
        conv: The floating-point convolution.
        Nbits: Bits of the weight, or None for floating point.
    """

    def __init__(self, in_channels, out_channels, kernel_size, Nbits=None, **options):
        super().__init__()
        self.conv = nn.Conv2d(in_channels, out_channels, kernel_size, **options)
        self.Nbits = Nbits

    @property
    def weight(self):
        """The floating-point weight."""
        return self.conv.weight

    def forward(self, x):
        """Convolve ``x`` with the quantized weight."""
        conv, weight = self.conv, STE.apply(self.weight, self.Nbits)
        return F.conv2d(x, weight, conv.bias, conv.stride, conv.padding, conv.dilation, conv.groups)


class FP_Linear(nn.Module):
    """Fully connected layer whose weight is quantized to ``Nbits`` bits (given).

    Args:
        in_features: Number of inputs.
        out_features: Number of outputs.
        Nbits: Bits of the weight, or None for floating point.
        **options: Options of ``torch.nn.Linear``.

    Attributes:
        linear: The floating-point layer.
        Nbits: Bits of the weight, or None for floating point.
    """

    def __init__(self, in_features, out_features, Nbits=None, **options):
        super().__init__()
        self.linear = nn.Linear(in_features, out_features, **options)
        self.Nbits = Nbits

    @property
    def weight(self):
        """The floating-point weight."""
        return self.linear.weight

    def forward(self, x):
        """Apply the quantized weight to ``x``."""
        return F.linear(x, STE.apply(self.weight, self.Nbits), self.linear.bias)


def avg_precision(net: nn.Module) -> float:
    """Compute the mean number of bits over all weight elements of a network.

    The weights are those of the ``FP_Conv`` and ``FP_Linear`` layers, wherever they stand in
    the network; a layer with ``Nbits is None`` counts 32 bits. Batch normalization and biases
    do not count::

        sum_l bits_l * numel(weight_l) / sum_l numel(weight_l)

    Args:
        net: A ``torch.nn.Module`` with at least one ``FP_Conv`` or ``FP_Linear``.

    Returns:
        The mean, a float.

    Examples:
        >>> avg_precision(nn.Sequential(FP_Conv(1, 2, 3, Nbits=4), nn.Flatten(), FP_Linear(6, 3)))
        18.0

    References:
        Homework 4, Lab 2(e).
    """
    layers = [m for m in net.modules() if isinstance(m, FP_Conv | FP_Linear)]
    elements = sum(m.weight.numel() for m in layers)
    bits = sum((FLOAT_BITS if m.Nbits is None else m.Nbits) * m.weight.numel() for m in layers)
    return float(bits / elements)
