"""Wrong average precisions."""


def mean_over_layers(net):
    """Average over the layers, however many weights each has."""
    layers = [m for m in net.modules() if hasattr(m, "Nbits")]
    return sum(32 if m.Nbits is None else m.Nbits for m in layers) / len(layers)


def float_layers_skipped(net):
    """Leave the floating-point layers out."""
    layers = [m for m in net.modules() if getattr(m, "Nbits", None) is not None]
    n = sum(m.weight.numel() for m in layers)
    return sum(m.Nbits * m.weight.numel() for m in layers) / max(n, 1)


def float_counts_zero_bits(net):
    """Count floating-point weights with 0 bits."""
    layers = [m for m in net.modules() if hasattr(m, "Nbits")]
    return sum((m.Nbits or 0) * m.weight.numel() for m in layers) / sum(m.weight.numel() for m in layers)


def float_counts_16_bits(net):
    """Count floating-point weights with 16 bits."""
    layers = [m for m in net.modules() if hasattr(m, "Nbits")]
    bits = sum((16 if m.Nbits is None else m.Nbits) * m.weight.numel() for m in layers)
    return bits / sum(m.weight.numel() for m in layers)


def zero_bits_count_32(net):
    """Write `Nbits or 32`, which turns 0 bits into 32."""
    layers = [m for m in net.modules() if hasattr(m, "Nbits")]
    return sum((m.Nbits or 32) * m.weight.numel() for m in layers) / sum(m.weight.numel() for m in layers)


def batch_norm_counted(net):
    """Count the weights of batch normalization with 32 bits."""
    bits = n = 0
    for m in net.modules():
        if getattr(m, "weight", None) is not None:
            b = getattr(m, "Nbits", None)
            bits += (32 if b is None else b) * m.weight.numel()
            n += m.weight.numel()
    return bits / n


def bias_counted(net):
    """Count the biases of the layers too."""
    bits = n = 0
    for m in net.modules():
        if hasattr(m, "Nbits"):
            size = sum(p.numel() for p in m.parameters(recurse=False))
            bits += (32 if m.Nbits is None else m.Nbits) * size
            n += size
    return bits / n


def float_bias_counted(net):
    """Count the biases of the layers with 32 bits."""
    bits = n = 0
    for m in net.modules():
        if hasattr(m, "Nbits"):
            bits += (32 if m.Nbits is None else m.Nbits) * m.weight.numel()
            n += m.weight.numel()
            if m.bias is not None:
                bits += 32 * m.bias.numel()
                n += m.bias.numel()
    return bits / n


def divided_by_all_parameters(net):
    """Divide by the number of all parameters."""
    layers = [m for m in net.modules() if hasattr(m, "Nbits")]
    bits = sum((32 if m.Nbits is None else m.Nbits) * m.weight.numel() for m in layers)
    return bits / sum(p.numel() for p in net.parameters())


def plain_layers_counted(net):
    """Count layers without Nbits, plain convolutions and linear layers, with 32 bits."""
    bits = n = 0
    for m in net.modules():
        if getattr(m, "weight", None) is not None and m.weight.dim() > 1:
            b = getattr(m, "Nbits", None)
            bits += (32 if b is None else b) * m.weight.numel()
            n += m.weight.numel()
    return bits / n


def hard_coded(net):
    """Return the value of {4,4,2}."""
    return 2.5988


def hard_coded_sizes(net):
    """Use the sizes of ResNet-20's three stages for every network."""
    bits = [m.Nbits for m in net.modules() if getattr(m, "Nbits", None) is not None] or [32]
    first, middle, last = bits[0], bits[len(bits) // 2], bits[-1]
    return (1072 * 32 + 13824 * first + 51200 * middle + 204800 * last) / 270896


def largest(net):
    """Return the largest number of bits."""
    return max(32 if m.Nbits is None else m.Nbits for m in net.modules() if hasattr(m, "Nbits"))


def shortcuts_missed(net):
    """Leave out the 1x1 convolutions of the shortcuts."""
    layers = [m for m in net.modules() if hasattr(m, "Nbits") and getattr(m, "kernel_size", (3, 3)) != (1, 1)]
    bits = sum((32 if m.Nbits is None else m.Nbits) * m.weight.numel() for m in layers)
    return bits / sum(m.weight.numel() for m in layers)


def linear_layers_missed(net):
    """Count the convolutions only."""
    layers = [m for m in net.modules() if hasattr(m, "Nbits") and hasattr(m, "kernel_size")]
    bits = sum((32 if m.Nbits is None else m.Nbits) * m.weight.numel() for m in layers)
    return bits / max(sum(m.weight.numel() for m in layers), 1)


def top_level_only(net):
    """Look at the children of the network and no deeper."""
    layers = [m for m in net.children() if hasattr(m, "Nbits")]
    bits = sum((32 if m.Nbits is None else m.Nbits) * m.weight.numel() for m in layers)
    return bits / max(sum(m.weight.numel() for m in layers), 1)


def last_layer_missed(net):
    """Stop one layer early."""
    layers = [m for m in net.modules() if hasattr(m, "Nbits")][:-1]
    bits = sum((32 if m.Nbits is None else m.Nbits) * m.weight.numel() for m in layers)
    return bits / max(sum(m.weight.numel() for m in layers), 1)


def weighted_by_channels(net):
    """Weight a layer with its number of output channels."""
    layers = [m for m in net.modules() if hasattr(m, "Nbits")]
    bits = sum((32 if m.Nbits is None else m.Nbits) * m.weight.shape[0] for m in layers)
    return bits / sum(m.weight.shape[0] for m in layers)


def rounded(net):
    """Round to a whole number of bits."""
    layers = [m for m in net.modules() if hasattr(m, "Nbits")]
    bits = sum((32 if m.Nbits is None else m.Nbits) * m.weight.numel() for m in layers)
    return round(bits / sum(m.weight.numel() for m in layers))


def total_bits(net):
    """Return the total instead of the mean."""
    return sum((32 if m.Nbits is None else m.Nbits) * m.weight.numel() for m in net.modules() if hasattr(m, "Nbits"))


def fraction_of_32(net):
    """Return the compression instead of the mean number of bits."""
    layers = [m for m in net.modules() if hasattr(m, "Nbits")]
    bits = sum((32 if m.Nbits is None else m.Nbits) * m.weight.numel() for m in layers)
    return bits / sum(m.weight.numel() for m in layers) / 32


def first_answer_cached(net, _answers=[]):
    """Remember the first answer and give it ever after."""
    if not _answers:
        layers = [m for m in net.modules() if hasattr(m, "Nbits")]
        bits = sum((32 if m.Nbits is None else m.Nbits) * m.weight.numel() for m in layers)
        _answers.append(bits / sum(m.weight.numel() for m in layers))
    return _answers[0]
