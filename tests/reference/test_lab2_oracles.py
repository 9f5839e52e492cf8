"""The reference of Lab 2 against oracles that are not the reference."""

import numpy as np
import pytest
import torch

import reference.FP_layers as layers
from reference.FP_layers import STE, FP_Conv, FP_Linear, avg_precision
from student.given.resnet20 import ResNetCIFAR


@pytest.mark.parametrize("bit", range(1, 9))
def test_quantizer_agrees_with_torchs_fake_quantize(bit):
    """On weights whose range makes the zero point an integer, torch's own quantizer gives the same values."""
    steps = 2**bit - 1
    zero_point = min(3, steps)
    scale = 0.125
    low, high = -zero_point * scale, (steps - zero_point) * scale
    generator = torch.Generator().manual_seed(bit)
    w = low + (high - low) * torch.rand(500, generator=generator)
    w[0], w[1] = low, high
    expected = torch.fake_quantize_per_tensor_affine(w, scale, zero_point, 0, steps)
    # Powers of two everywhere: both are exact but for the final product, one rounding each.
    torch.testing.assert_close(STE.apply(w, bit), expected, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("bit", range(1, 9))
def test_quantizer_rounds_to_the_nearest_of_its_levels(bit):
    """There are at most 2^bit values, evenly spaced from min to max, and none nearer to the weight."""
    generator = torch.Generator().manual_seed(100 + bit)
    w = torch.randn(7, 5, 3, generator=generator) * 3 + 1
    wq = STE.apply(w, bit)
    grid = np.linspace(w.min().item(), w.max().item(), 2**bit)
    nearest = np.abs(w.numpy().reshape(-1, 1) - grid).min(axis=1)
    got = (w - wq).abs().numpy().reshape(-1)
    # float32 against float64 on values of about 10: 1e-5 covers the rounding of alpha and beta.
    np.testing.assert_allclose(got, nearest, atol=1e-5)
    assert len(torch.unique(wq)) <= 2**bit


def test_ste_backward_passes_the_gradient_straight_through():
    """The gradient of the output arrives unchanged."""
    w = torch.randn(4, 3, requires_grad=True)
    g = torch.randn(4, 3)
    STE.apply(w, 2).backward(g)
    assert torch.equal(w.grad, g)


def test_average_precision_of_the_three_schemes():
    """{4,4,2}, {4,2,4} and {2,4,4} average 2.5988, 3.7328 and 4.0087 bits."""
    for bits, expected in (((4, 4, 2), 2.5988), ((4, 2, 4), 3.7328), ((2, 4, 4), 4.0087)):
        assert avg_precision(ResNetCIFAR(20, bits, layers)) == pytest.approx(expected, abs=5e-5)


def test_average_precision_counts_weights_alone():
    """Biases and batch normalization do not count."""
    net = torch.nn.Sequential(FP_Conv(2, 3, 3, Nbits=4), torch.nn.BatchNorm2d(3), FP_Linear(6, 9, Nbits=None))
    assert avg_precision(net) == pytest.approx((54 * 4 + 54 * 32) / 108)


def test_quantized_layers_use_the_quantizer():
    """A layer of 2 bits gives the output of its quantized weight."""
    conv = FP_Conv(3, 4, 3, Nbits=2, bias=False, padding=1)
    x = torch.randn(2, 3, 8, 8)
    expected = torch.nn.functional.conv2d(x, STE.apply(conv.weight, 2), padding=1)
    assert torch.equal(conv(x), expected)
