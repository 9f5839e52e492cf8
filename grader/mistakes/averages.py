"""Known mistakes of ``avg_precision``, computed from a description of the network."""

from typing import Any

from grader.mistakes.bank import Mistake
from grader.mistakes.networks import Layer, Network, right_average

WEIGHTED = "every weight element counts once: a layer with more weights counts more"
FLOAT = "a layer whose Nbits is None is kept in floating point: 32 bits"


def _counted(net: Network) -> list[Layer]:
    return [layer for layer in net if layer.kind in {"conv", "linear"}]


def _mean(pairs: Any) -> float:
    pairs = list(pairs)
    return float(sum(bits * count for bits, count in pairs) / sum(count for _, count in pairs))


def _sizes_of_resnet(net: Network) -> float:
    bits = [layer.Nbits for layer in net if layer.Nbits is not None] or [32]
    stages = zip((13824, 51200, 204800), (bits[0], bits[len(bits) // 2], bits[-1]), strict=True)
    return (1072 * 32 + sum(count * width for count, width in stages)) / 270896


def _constant(value: float) -> Any:
    return lambda _: value


MISTAKES = (
    Mistake(
        "avg_precision.mean_over_layers",
        why="every layer counts the same, whatever its number of weights",
        hint=WEIGHTED,
        compute=lambda net: _mean((layer.bits, 1) for layer in _counted(net)),
    ),
    Mistake(
        "avg_precision.mean_over_filters",
        why="layers are weighted by their number of filters, not of weight elements",
        hint=WEIGHTED + "; weight.numel() counts them",
        compute=lambda net: _mean((layer.bits, layer.shape[0]) for layer in _counted(net)),
    ),
    Mistake(
        "avg_precision.mean_over_precisions",
        why="the bit widths that occur are averaged, each once",
        hint=WEIGHTED,
        compute=lambda net: _mean((bits, 1) for bits in {layer.bits for layer in _counted(net)}),
    ),
    Mistake(
        "avg_precision.float_layers_skipped",
        why="layers in floating point are left out",
        hint=FLOAT,
        compute=lambda net: _mean(
            (layer.bits, layer.elements) for layer in _counted(net) if layer.Nbits is not None
        ),
    ),
    Mistake(
        "avg_precision.float_layers_zero_bits",
        why="layers in floating point count 0 bits",
        hint=FLOAT,
        compute=lambda net: _mean((layer.Nbits or 0, layer.elements) for layer in _counted(net)),
    ),
    Mistake(
        "avg_precision.float_layers_16_bits",
        why="layers in floating point count 16 bits",
        hint=FLOAT,
        compute=lambda net: _mean(
            (16 if layer.Nbits is None else layer.Nbits, layer.elements) for layer in _counted(net)
        ),
    ),
    Mistake(
        "avg_precision.float_layers_64_bits",
        why="layers in floating point count 64 bits",
        hint=FLOAT,
        compute=lambda net: _mean(
            (64 if layer.Nbits is None else layer.Nbits, layer.elements) for layer in _counted(net)
        ),
    ),
    Mistake(
        "avg_precision.float_bits_over_quantized_elements",
        why="the bits of floating-point layers count, but their elements do not",
        hint="the sum of bits and the sum of elements run over the same layers",
        compute=lambda net: (
            sum(layer.bits * layer.elements for layer in _counted(net))
            / sum(layer.elements for layer in _counted(net) if layer.Nbits is not None)
        ),
    ),
    Mistake(
        "avg_precision.normalization_counted",
        why="the weights of batch normalization and of other layers without Nbits are counted",
        hint="only FP_Conv and FP_Linear layers count",
        compute=lambda net: _mean((layer.bits, layer.elements) for layer in net),
    ),
    Mistake(
        "avg_precision.plain_layers_counted",
        why="plain nn.Linear and nn.Conv2d layers, which have no Nbits, are counted",
        hint="only FP_Conv and FP_Linear layers count",
        compute=lambda net: _mean((layer.bits, layer.elements) for layer in net if layer.kind != "norm"),
    ),
    Mistake(
        "avg_precision.biases_counted",
        why="the biases of the layers are counted",
        hint="only the weights count, not the biases",
        compute=lambda net: _mean(
            pair for layer in _counted(net) for pair in ((layer.bits, layer.elements), (32, layer.biases))
        ),
    ),
    Mistake(
        "avg_precision.biases_counted_as_weights",
        why="the biases of the layers are counted, with the bits of the weights",
        hint="only the weights count, not the biases",
        compute=lambda net: _mean((layer.bits, layer.elements + layer.biases) for layer in _counted(net)),
    ),
    Mistake(
        "avg_precision.all_parameters_counted",
        why="batch normalization and biases are counted, 32 bits each",
        hint="only the weights of FP_Conv and FP_Linear layers count",
        compute=lambda net: _mean(
            pair for layer in net for pair in ((layer.bits, layer.elements), (32, layer.biases))
        ),
    ),
    Mistake(
        "avg_precision.divided_by_all_parameters",
        why="the sum of bits is divided by the number of all parameters",
        hint="divide by the number of weight elements that were counted",
        compute=lambda net: (
            sum(layer.bits * layer.elements for layer in _counted(net))
            / sum(layer.elements + layer.biases for layer in net)
        ),
    ),
    Mistake(
        "avg_precision.linear_skipped",
        why="the FP_Linear layers are left out",
        hint="both FP_Conv and FP_Linear layers count",
        compute=lambda net: _mean((layer.bits, layer.elements) for layer in net if layer.kind == "conv"),
    ),
    Mistake(
        "avg_precision.direct_children_only",
        why="layers inside blocks are left out: only direct children of the network count",
        hint="net.modules() walks through nested modules, net.children() does not",
        compute=lambda net: _mean(
            (layer.bits, layer.elements) for layer in _counted(net) if layer.depth == 1
        ),
    ),
    Mistake(
        "avg_precision.shortcuts_skipped",
        why="1x1 convolutions (the shortcuts) are left out",
        hint="every FP_Conv counts, the shortcuts too",
        compute=lambda net: _mean(
            (layer.bits, layer.elements) for layer in _counted(net) if layer.shape[2:] != (1, 1)
        ),
    ),
    Mistake(
        "avg_precision.total_bits",
        why="the result is the total number of bits, not the mean",
        hint="divide by the number of weight elements",
        compute=lambda net: float(sum(layer.bits * layer.elements for layer in _counted(net))),
    ),
    Mistake(
        "avg_precision.bytes",
        why="the result is in bytes",
        hint="the average is in bits",
        compute=lambda net: right_average(net) / 8,
    ),
    Mistake(
        "avg_precision.truncated",
        why="the mean is cut to an integer",
        hint="return the mean as it is: // and int() round down",
        compute=lambda net: float(int(right_average(net))),
    ),
    Mistake(
        "avg_precision.rounded",
        why="the mean is rounded to an integer",
        hint="return the mean as it is",
        compute=lambda net: float(round(right_average(net))),
    ),
    Mistake(
        "avg_precision.fraction_of_32",
        why="the result is the mean divided by 32: the compression, not the bits",
        hint="the average is in bits",
        compute=lambda net: right_average(net) / 32,
    ),
    Mistake(
        "avg_precision.largest",
        why="the result is the largest number of bits",
        hint=WEIGHTED,
        compute=lambda net: float(max(layer.bits for layer in _counted(net))),
    ),
    Mistake(
        "avg_precision.last_layer_missed",
        why="the last layer is left out",
        hint="does the loop stop one layer early?",
        compute=lambda net: _mean((layer.bits, layer.elements) for layer in _counted(net)[:-1]),
    ),
    Mistake(
        "avg_precision.first_layer_missed",
        why="the first layer is left out",
        hint="does the loop start one layer late?",
        compute=lambda net: _mean((layer.bits, layer.elements) for layer in _counted(net)[1:]),
    ),
    Mistake(
        "avg_precision.sizes_of_resnet",
        why="the numbers of weights are those of ResNet-20's stages, whatever net is",
        hint="count the weights of the layers of net",
        compute=_sizes_of_resnet,
    ),
    Mistake(
        "avg_precision.wrapped_layers_counted_again",
        why="the nn.Conv2d and nn.Linear inside the FP layers, and other weights, are counted too",
        hint="only FP_Conv and FP_Linear layers count: look at isinstance or at Nbits",
        compute=lambda net: _mean(
            pair
            for layer in net
            for pair in (
                (layer.bits, layer.elements),
                (32, layer.elements * (layer.kind in {"conv", "linear"})),
            )
        ),
    ),
    Mistake(
        "avg_precision.wrapped_weights_counted_again",
        why="the nn.Conv2d and nn.Linear inside the FP layers are counted too, with 32 bits",
        hint="only FP_Conv and FP_Linear layers count: look at isinstance or at Nbits",
        compute=lambda net: _mean((layer.bits + 32, 2 * layer.elements) for layer in _counted(net)),
    ),
    Mistake(
        "avg_precision.hard_coded_442",
        why="the result is always the average of the scheme {4,4,2}, written into the code",
        hint="compute it from the layers of net",
        compute=_constant(2.5988),
    ),
    Mistake(
        "avg_precision.hard_coded_424",
        why="the result is always the average of the scheme {4,2,4}, written into the code",
        hint="compute it from the layers of net",
        compute=_constant(3.7328),
    ),
    Mistake(
        "avg_precision.hard_coded_244",
        why="the result is always the average of the scheme {2,4,4}, written into the code",
        hint="compute it from the layers of net",
        compute=_constant(4.0087),
    ),
    Mistake(
        "avg_precision.zero_bits_as_float",
        why="a layer with Nbits = 0 counts 32 bits",
        hint="`Nbits or 32` takes 0 for None: compare with None",
        compute=lambda net: _mean((layer.Nbits or 32, layer.elements) for layer in _counted(net)),
        case="zero_bit_layers",
    ),
    Mistake(
        "avg_precision.zero_bits_skipped",
        why="layers with Nbits = 0 are left out",
        hint="their weights count, with 0 bits",
        compute=lambda net: _mean((layer.bits, layer.elements) for layer in _counted(net) if layer.bits),
        case="zero_bit_layers",
    ),
)
