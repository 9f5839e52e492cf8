"""The figures of Lab 2: accuracy against bits, accuracy against average precision."""


def name_scheme_in_braces(scheme):
    """Write a scheme as the assignment does.

    Examples:
        >>> name_scheme_in_braces("442"), name_scheme_in_braces("bits_4"), name_scheme_in_braces("float")
        ('{4,4,2}', '4 bits', 'float')
    """
    if scheme.startswith("bits_"):
        return f"{scheme.removeprefix('bits_')} bits"
    return f"{{{','.join(scheme)}}}" if scheme.isdigit() else scheme


def draw_figures(results, folder):
    """Draw the figures of Lab 2 as PNG and as PDF.

    Args:
        results: The part ``"lab2"`` of ``results.json``.
        folder: Where to write them; made if it is not there.

    Returns:
        The paths that were written.
    """
    from report_template.figures import save_figure

    folder.mkdir(exist_ok=True)
    written = []
    for name, figure in list_figures(results):
        for suffix in (".png", ".pdf"):
            save_figure(figure, folder / f"{name}{suffix}")
            written.append(folder / f"{name}{suffix}")
    return written


def list_figures(results):
    """List the figures that the results allow.

    Args:
        results: The part ``"lab2"`` of ``results.json``.

    Returns:
        Pairs of a file name without suffix and a ``report_template.figures.Figure``.
    """
    from report_template.accuracy_plots import Scheme, plot_accuracies, plot_tradeoff

    figures, answers = [], results["answers"]
    before, after = (_by_bits(answers.get(item, {})) for item in ("lab2.b", "lab2.c"))
    if before or after:
        float_accuracy = answers.get("lab2.b", {}).get("float")
        figures.append(("lab2_bits", plot_accuracies(before, after, float_accuracy)))
    for when in ("before", "after"):
        points = results["tradeoff"].get(when, {}).get("points", [])
        schemes = [
            Scheme(name_scheme_in_braces(point["scheme"]), point["average_precision"], point["accuracy"])
            for point in points
            if point["scheme"] != "float"
        ]
        if schemes:
            figures.append((f"lab2_tradeoff_{when}", plot_tradeoff(schemes)))
    return figures


def _by_bits(numbers):
    return {
        int(key.removeprefix("bits_")): value for key, value in numbers.items() if key.startswith("bits_")
    }
