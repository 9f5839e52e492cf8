"""What the six names should look like, and how far a definition is from it."""

from __future__ import annotations

import ast

# Parameters in the order in which they are passed, and with how many of them the grader calls.
_SIGNATURES: dict[str, tuple[tuple[str, ...], tuple[int, ...], str]] = {
    "gd_step": (("W", "X", "y", "lr", "l1"), (4, 5), "gd_step(W, X, y, lr, l1=0.0)"),
    "prune_topk": (("W", "k"), (2,), "prune_topk(W, k)"),
    "soft_threshold": (("W", "threshold"), (2,), "soft_threshold(W, threshold)"),
    "trimmed_l1_prox": (("W", "threshold", "k"), (3,), "trimmed_l1_prox(W, threshold, k)"),
    "STE": (("ctx", "w", "bit"), (3,), "STE.forward(ctx, w, bit)"),
    "avg_precision": (("net",), (1,), "avg_precision(net)"),
}
FUNCTIONS = tuple(_SIGNATURES)

# Other names that students gave them; in lower case without underscores.
_OTHER_NAMES = {
    "gd_step": "gdstep gradientstep gradstep gradientdescentstep stepgd sgdstep gdupdate gradientdescent",
    "prune_topk": "prunetopk topkprune topkpruning prunektop prunetop iterativeprune prune hardthreshold",
    "soft_threshold": "softthreshold softthresholding softthresh softthr softshrink shrinkage proxl1 l1prox",
    "trimmed_l1_prox": "trimmedl1prox trimmedl1 trimmedprox proxtrimmedl1 tl1prox proxtl1 trimmedsoft",
    "STE": "ste straightthrough straightthroughestimator stequantizer quantizeste",
    "avg_precision": "avgprecision averageprecision meanprecision avgprec avgbits averagebits meanbits",
}
_BY_OTHER_NAME = {other: name for name, others in _OTHER_NAMES.items() for other in others.split()}

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def find_function_by_name(name: str) -> str:
    """Return the one of the six names that a student's name stands for; empty when none.

    Examples:
        >>> [find_function_by_name(name) for name in ("SoftThreshold", "avg_bits", "plot")]
        ['soft_threshold', 'avg_precision', '']
    """
    return _BY_OTHER_NAME.get(name.replace("_", "").lower(), "")


def is_stub(name: str, definition: Definition | ast.Lambda) -> bool:
    r"""Tell whether a definition is still the handout's: nothing, or ``raise NotImplementedError``.

    Examples:
        >>> code = "def f(W):\n    '''Text.'''\n    raise NotImplementedError('Lab 1(b)')"
        >>> is_stub("f", ast.parse(code).body[0])
        True
        >>> is_stub("f", ast.parse("def f(W): return W").body[0])
        False
    """
    if isinstance(definition, ast.Lambda):
        return False
    if isinstance(definition, ast.ClassDef):
        forward = _method(definition, "forward")
        # A class that inherits its forward is not ours to judge.
        return name == "STE" and forward is not None and is_stub("forward", forward)
    statements = [statement for statement in definition.body if not _is_nothing(statement)]
    return not statements or (len(statements) == 1 and _raises_not_implemented(statements[0]))


def _is_nothing(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Pass) or (
        isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    )


def _raises_not_implemented(statement: ast.stmt) -> bool:
    if not isinstance(statement, ast.Raise):
        return False
    error = statement.exc.func if isinstance(statement.exc, ast.Call) else statement.exc
    return isinstance(error, ast.Name) and error.id in ("NotImplementedError", "NotImplemented")


def _method(definition: ast.ClassDef, name: str) -> ast.FunctionDef | None:
    found = [node for node in definition.body if isinstance(node, ast.FunctionDef) and node.name == name]
    return found[-1] if found else None


def describe_problem(name: str, definition: Definition | ast.Lambda | None) -> str:
    """Say why a definition cannot be called as the grader calls it; empty when it can or nobody knows.

    Examples:
        >>> describe_problem("prune_topk", ast.parse("def prune_topk(W): pass").body[0])
        'takes (W), expected prune_topk(W, k)'
        >>> describe_problem("prune_topk", ast.parse("def prune_topk(k, W): pass").body[0])
        'takes (k, W), expected prune_topk(W, k): the order counts'
    """
    if name not in _SIGNATURES or definition is None:
        return ""
    signature = _SIGNATURES[name][2]
    if isinstance(definition, ast.ClassDef) != (name == "STE"):
        kind = "class" if isinstance(definition, ast.ClassDef) else "function"
        return f"is a {kind}, expected {signature}"
    if isinstance(definition, ast.ClassDef):
        forward = _method(definition, "forward")
        if forward is not None:
            return _compare(name, forward.args)
        bases = [getattr(base, "attr", getattr(base, "id", "")) for base in definition.bases]
        return "" if any(base != "Function" for base in bases) else f"has no forward, expected {signature}"
    return _compare(name, definition.args)


def _compare(name: str, arguments: ast.arguments) -> str:
    expected, counts, signature = _SIGNATURES[name]
    positional = [argument.arg for argument in arguments.posonlyargs + arguments.args]
    shown = f"takes ({', '.join(positional)}), expected {signature}"
    required = len(positional) - len(arguments.defaults)
    needs_keyword = any(default is None for default in arguments.kw_defaults)
    most = float("inf") if arguments.vararg else len(positional)
    if needs_keyword or not all(required <= count <= most for count in counts):
        return shown
    if set(positional) == set(expected) and tuple(positional) != expected:
        return f"{shown}: the order counts"
    return ""
