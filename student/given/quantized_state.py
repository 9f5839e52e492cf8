"""From floating-point weights and a number of bits to the weights a network computes with."""

import torch

from .errors import QuantizerError
from .resnet20 import ResNetCIFAR


def build_network(state, Nbits, layers, device="cpu"):
    """Build a ResNet-20 from a student's layers and load weights into it.

    Args:
        state: A state dict of ResNet-20.
        Nbits: None, an int or three of them.
        layers: What provides ``FP_Conv`` and ``FP_Linear``.
        device: Where it shall run.

    Returns:
        The network, in float32 whatever dtype a student made the default.
    """
    net = ResNetCIFAR(num_layers=20, Nbits=Nbits, layers=layers)
    net.load_state_dict({name: value.detach().clone() for name, value in state.items()})
    return net.to(device, torch.float32)


def list_quantized_layers(net, layers):
    """List the fixed-point layers of a network.

    Args:
        net: A network built from ``layers``.
        layers: What provides ``FP_Conv`` and ``FP_Linear``.

    Returns:
        For each, in the order of the network: the name of its weight in the state dict, the weight
        and its number of bits.

    Examples:
        >>> from types import SimpleNamespace
        >>> class Conv(torch.nn.Conv2d):
        ...     Nbits = 4
        >>> net = torch.nn.Sequential(Conv(1, 2, 3))
        >>> layers = SimpleNamespace(FP_Conv=Conv, FP_Linear=torch.nn.Linear)
        >>> [(name, bits) for name, _, bits in list_quantized_layers(net, layers)]
        [('0.weight', 4)]
    """
    kinds = (layers.FP_Conv, layers.FP_Linear)
    found = []
    for name, module in net.named_modules():
        if isinstance(module, kinds):
            inner, weight = next((key, p) for key, p in module.named_parameters() if p.ndim > 1)
            found.append((f"{name}.{inner}", weight, module.Nbits))
    return found


def quantize_network(net, layers):
    """Return the state dict of a network with its weights quantized, in de-quantized form.

    Args:
        net: A network built from ``layers``.
        layers: What provides ``FP_Conv``, ``FP_Linear`` and ``STE``.

    Returns:
        A state dict that computes in floating point what the network computes with its quantizer.

    Raises:
        QuantizerError: ``STE`` returned no tensor of the weight's shape.
    """
    state = {name: value.detach().clone() for name, value in net.state_dict().items()}
    with torch.no_grad():
        for name, weight, bits in list_quantized_layers(net, layers):
            quantized = layers.STE.apply(weight.detach().clone(), bits)
            if not isinstance(quantized, torch.Tensor) or quantized.shape != weight.shape:
                found = (
                    f"shape {tuple(quantized.shape)}"
                    if isinstance(quantized, torch.Tensor)
                    else type(quantized).__name__
                )
                raise QuantizerError(
                    f"STE.apply(w, {bits}) at {name}: found {found}, expected {tuple(weight.shape)}",
                    hint="STE.forward returns a tensor like w",
                )
            state[name] = quantized.detach().to(weight)
    return state


def quantize_state(state, Nbits, layers):
    """Quantize the weights of a ResNet-20 at given precisions.

    Args:
        state: A state dict of ResNet-20.
        Nbits: None, an int or three of them.
        layers: What provides ``FP_Conv``, ``FP_Linear`` and ``STE``.

    Returns:
        The state dict with quantized weights; see `quantize_network`.
    """
    return quantize_network(build_network(state, Nbits, layers), layers)
