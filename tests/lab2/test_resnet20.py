"""The network: the course's parameter names, the precision of its stages, clear errors."""

from types import SimpleNamespace

import pytest
import torch
from torch import nn

from reference import FP_layers
from student.given.resnet20 import ResNetCIFAR, expand_bits


class PlainConv(nn.Conv2d):
    """A convolution that is one, where the handout's has one."""

    def __init__(self, *sizes, Nbits=None, **options):
        super().__init__(*sizes, **options)
        self.Nbits = Nbits


class PlainLinear(nn.Linear):
    """A fully connected layer that is one, where the handout's has one."""

    def __init__(self, *sizes, Nbits=None):
        super().__init__(*sizes)
        self.Nbits = Nbits


def list_checkpoint_names():
    """List the names and shapes of the course's checkpoint: 20 layers and two shortcuts."""
    names = {"head_conv.0.conv.weight": (16, 3, 3, 3)}
    norms = {"head_conv.1": 16}
    inputs = 16
    for block in range(9):
        width = 16 * 2 ** (block // 3)
        names[f"body_op.{block}.conv1.0.conv.weight"] = (width, inputs, 3, 3)
        names[f"body_op.{block}.conv2.0.conv.weight"] = (width, width, 3, 3)
        norms |= {f"body_op.{block}.conv1.1": width, f"body_op.{block}.conv2.1": width}
        if width != inputs:
            names[f"body_op.{block}.id_mapping.0.conv.weight"] = (width, inputs, 1, 1)
            norms[f"body_op.{block}.id_mapping.1"] = width
        inputs = width
    for name, width in norms.items():
        names |= {f"{name}.{key}": (width,) for key in ("weight", "bias", "running_mean", "running_var")}
        names[f"{name}.num_batches_tracked"] = ()
    return names | {"final_fc.linear.weight": (10, 64), "final_fc.linear.bias": (10,)}


@pytest.mark.parametrize("layers", [FP_layers, SimpleNamespace(FP_Conv=PlainConv, FP_Linear=PlainLinear)])
def test_parameters_bear_the_names_of_the_courses_checkpoint(layers):
    net = ResNetCIFAR(20, None, layers)
    assert {name: tuple(value.shape) for name, value in net.state_dict().items()} == list_checkpoint_names()


def test_each_stage_has_its_precision_and_the_ends_stay_float():
    net = ResNetCIFAR(20, (6, 5, 4), FP_layers)
    bits = [m.Nbits for m in net.modules() if isinstance(m, FP_layers.FP_Conv | FP_layers.FP_Linear)]
    assert bits == [None] + [6] * 6 + [5] * 7 + [4] * 7 + [None]


def test_quantized_bits_change_the_logits_and_none_does_not():
    torch.manual_seed(0)
    state = ResNetCIFAR(20, None, FP_layers).state_dict()
    x = torch.randn(2, 3, 32, 32)
    logits = {}
    for bits in (None, 32, 2):
        net = ResNetCIFAR(20, bits if bits != 32 else (None, None, None), FP_layers).eval()
        net.load_state_dict(state)
        logits[bits] = net(x)
    assert torch.equal(logits[None], logits[32])
    assert not torch.allclose(logits[None], logits[2])


@pytest.mark.parametrize("depth", [19, 2, 0, 21])
def test_a_depth_that_is_none_says_what_is_expected(depth):
    with pytest.raises(ValueError, match=f"found num_layers = {depth}, expected 6 n"):
        ResNetCIFAR(depth, None, FP_layers)


@pytest.mark.parametrize("bits", [(4, 4), "442", (4, 4, 2.5), -1, True])
def test_bits_that_are_none_say_what_is_expected(bits):
    with pytest.raises(ValueError, match="expected None, an int or three of them"):
        expand_bits(bits)
