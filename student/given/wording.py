"""Put calls and values in words."""

import numpy as np

from .diagnosis import as_array

ARGUMENT_NAMES = {
    "gd_step": ("W", "X", "y", "lr"),
    "prune_topk": ("W", "k"),
    "soft_threshold": ("W", "threshold"),
    "trimmed_l1_prox": ("W", "threshold", "k"),
    "STE": ("w", "bit"),
    "avg_precision": ("net",),
}


def describe_call(name, args, kwargs):
    """Put a call in words, large arguments by name.

    Args:
        name: The function.
        args: Its positional arguments.
        kwargs: Its keyword arguments.

    Returns:
        The call, and the arrays by name.
    """
    words, inputs = [], {}
    for argument, value in zip(ARGUMENT_NAMES[name], args, strict=True):
        if as_array(value) is not None and as_array(value).ndim:
            words.append(argument)
            inputs[argument] = as_array(value)
        elif argument == "net":
            words.append(argument)
            inputs[argument] = value
        else:
            words.append(f"{argument}={value}")
    words += [f"{key}={value}" for key, value in kwargs.items()]
    return f"{'STE.apply' if name == 'STE' else name}({', '.join(words)})", inputs


def describe_difference(got, expected, most=12):
    """Put a wrong value and the right one in words.

    Args:
        got: The value.
        expected: The right one.
        most: Arrays of at most so many entries are shown whole.

    Returns:
        Two texts.

    Examples:
        >>> describe_difference(np.zeros((2, 1)), np.array([[0.0], [1.5]]))
        ('[0, 0]', '[0, 1.5]')
        >>> describe_difference(3, np.zeros(2))
        ('3', '[0, 0] of shape (2,)')
    """
    array = as_array(got)
    if array is None:
        return f"{type(got).__name__}" if got is not None else "None", show(expected)
    if array.shape != expected.shape:
        shape = f" of shape {array.shape}" if array.ndim else ""
        return f"{show(array, most)}{shape}", f"{show(expected, most)} of shape {expected.shape}"
    if array.size <= most:
        return show(array), show(expected)
    with np.errstate(invalid="ignore"):
        wrong = np.argwhere(~np.isclose(array, expected, rtol=1e-5, atol=1e-5))
    place = tuple(int(index) for index in wrong[0])
    where = f"at {list(place)} ({len(wrong)} of {array.size} entries differ)"
    return f"{array[place]:.6g} {where}", f"{expected[place]:.6g}"


def show(value, most=12):
    """Put a number, an array or a network in words.

    Args:
        value: A number, an array, or a ``torch.nn.Module``.
        most: How many entries of an array to show.

    Returns:
        Such as ``"[1, 2.5]"``; rows of a matrix are separated by semicolons.

    Examples:
        >>> show(np.array([[1.0], [2.5]])), show(np.array([[1.0, 2.0], [3.0, 4.0]]))
        ('[1, 2.5]', '[1, 2; 3, 4]')
    """
    if hasattr(value, "named_modules"):
        return show_network(value)
    array = as_array(value)
    if array is None:
        return str(value)
    if not array.ndim:
        return f"{float(array):.6g}"
    if array.ndim == 2 and array.shape[1] > 1 and array.size <= 2 * most:
        rows = (", ".join(f"{float(entry) + 0.0:.6g}" for entry in row) for row in array)
        return f"[{'; '.join(rows)}]"
    entries = [f"{float(entry) + 0.0:.6g}" for entry in array.reshape(-1)[:most]]
    return f"[{', '.join(entries)}{', ...' if array.size > most else ''}]"


def show_network(net):
    """Put a network in words: its layers with their weights and bits.

    Args:
        net: A ``torch.nn.Module``.

    Returns:
        One line per layer that has a weight.
    """
    lines, inner = [], set()
    for module in net.modules():
        weight = getattr(module, "weight", None)
        if weight is None or module in inner:
            continue
        bits = ""
        if hasattr(module, "Nbits"):
            inner.update(module.children())
            bits = f", Nbits={module.Nbits}"
        lines.append(f"{type(module).__name__} with weight {tuple(weight.shape)}{bits}")
    return "\n".join(lines)
