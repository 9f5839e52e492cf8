"""Name the known mistake behind wrong values: better no name than a wrong one."""

import importlib
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from grader.mistakes.bank import PLAIN, Mistake, classify
from student.given.diagnosis import Observation, agrees, as_array, diagnose_generally

_MODULES = {
    "gd_step": "gradient_steps",
    "prune_topk": "pruning",
    "soft_threshold": "shrinkage",
    "trimmed_l1_prox": "trimming",
    "STE.forward": "quantizers",
    "avg_precision": "averages",
}
FUNCTIONS = tuple(_MODULES)
CLEARLY = 1e-3
MINIMUM_CALLS = 2


class Diagnosis(NamedTuple):
    """What is wrong, in words.

    Attributes:
        id: The mistake's name, such as ``"gd_step.no_factor_two"``; two names joined by
            ``" or "`` where the calls cannot tell two mistakes apart.
        why: What is wrong, one sentence.
        hint: How to go on.
    """

    id: str
    why: str
    hint: str


class Call(NamedTuple):
    """One call of a student's function and what came back.

    Attributes:
        args: Positional arguments, as they were before the call. ``STE.forward`` takes
            ``(w, bit)`` or ``(ctx, w, bit)``; ``avg_precision`` takes a network or its
            `describe_network`.
        kwargs: Keyword arguments.
        got: The value, or the exception that the call raised (a fault with an attribute
            ``type_name`` stands for an exception of that type).
        args_after: The positional arguments after the call, None where they are not known.
    """

    args: Sequence[Any]
    kwargs: dict[str, Any]
    got: Any
    args_after: Sequence[Any] | None = None


@cache
def mistakes_of(function: str) -> tuple[Mistake, ...]:
    """Return the known mistakes of a function.

    Args:
        function: One of `FUNCTIONS`.

    Returns:
        Its mistakes. PyTorch is imported for Lab 2 only.

    Raises:
        KeyError: There is no such function.

    Examples:
        >>> mistakes_of("prune_topk")[0].id
        'prune_topk.unchanged'
    """
    if function not in _MODULES:
        raise KeyError(f"no function {function!r}; the functions are {', '.join(FUNCTIONS)}")
    module = importlib.import_module(f"grader.mistakes.{_MODULES[function]}")
    return tuple(module.MISTAKES)


def right_function(function: str) -> Callable[..., Any]:
    """Return the reference's function, with the arguments that the mistakes take.

    Args:
        function: One of `FUNCTIONS`.

    Returns:
        The function; that of ``STE.forward`` takes ``(ctx, w, bit)``, that of
        ``avg_precision`` a described network.
    """
    if function == "STE.forward":
        from reference.FP_layers import STE

        return STE.forward
    if function == "avg_precision":
        from grader.mistakes.networks import right_average

        return right_average
    import reference.lab1

    return getattr(reference.lab1, function)  # type: ignore[no-any-return]


def compute(function: Callable[..., Any], args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
    """Call a function on copies of its arguments and return its value or its exception."""
    copies = [_copy(argument) for argument in args]
    try:
        with np.errstate(all="ignore"):
            return function(*copies, **kwargs)
    except Exception as error:  # noqa: BLE001  # a mistake may be to raise anything
        return error


def _copy(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return value.copy()
    return value.detach().clone() if hasattr(value, "detach") else value


def normalize_arguments(function: str, args: Sequence[Any]) -> tuple[Any, ...]:
    """Bring the arguments of a call into the form that the mistakes take."""
    if function == "STE.forward" and len(args) == 2:
        return (None, *args)
    if function == "avg_precision" and hasattr(args[0], "named_modules"):
        from grader.mistakes.networks import describe_network

        return (describe_network(args[0]),)
    return tuple(args)


def diagnose(function: str, calls: Iterable[Call | tuple[Any, ...]]) -> Diagnosis | None:
    """Name the known mistake that gives exactly the values of a student's function.

    A mistake is named only when it agrees with the student on every plain call, differs
    clearly from the right answer on at least two of them, and no other mistake does the
    same. At an edge (no bits, ``k = 0``, ties) one differing call is enough, because there
    the rest of the function has been found right.

    Args:
        function: One of `FUNCTIONS`, or ``"STE"`` for ``"STE.forward"``.
        calls: `Call` s or tuples ``(args, kwargs, got)``, at least two on random inputs.

    Returns:
        The `Diagnosis`, one sentence that joins two mistakes where the calls cannot tell
        them apart, or None.

    Examples:
        >>> W, V = np.array([[1.0], [-3.0], [0.2]]), np.array([[0.7], [2.0], [-0.4]])
        >>> diagnose("soft_threshold", [((W, 0.5), {}, abs(W)), ((V, 0.3), {}, abs(V))])
        >>> hard = [((W, 0.5), {}, W * (abs(W) > 0.5)), ((V, 0.3), {}, V * (abs(V) > 0.3))]
        >>> diagnose("soft_threshold", hard).id
        'soft_threshold.hard_threshold'
    """
    function = "STE.forward" if function == "STE" else function
    right = right_function(function)
    by_case: dict[str, list[tuple[Call, Observation]]] = {}
    for item in calls:
        call = Call(*item)
        args = normalize_arguments(function, call.args)
        after = None if call.args_after is None else normalize_arguments(function, call.args_after)
        observation = Observation(call.got, compute(right, args, call.kwargs), _changed(args, after))
        case = classify(function, args, call.kwargs)
        by_case.setdefault(case, []).append((call._replace(args=args), observation))
    plain = by_case.get(PLAIN, [])
    unambiguous = [pair for case, pairs in by_case.items() if case != "ties" for pair in pairs]
    general = diagnose_generally([observation for _, observation in plain or unambiguous])
    if general is not None:
        return Diagnosis(*general)
    if any(not agrees(o.got, o.expected) for _, o in plain):
        return _only_one(_candidates(function, (PLAIN,), plain))
    for case in sorted(set(by_case) - {PLAIN}):
        cases = (case,) if plain else (case, PLAIN)
        named = _only_one(_candidates(function, cases, by_case[case]))
        if named is not None:
            return named
    return None


def _changed(args: Sequence[Any], after: Sequence[Any] | None) -> bool:
    if after is None:
        return False
    return any(
        as_array(before) is not None and not agrees(now, before, tolerance=0.0)
        for before, now in zip(args, after, strict=False)
    )


def _candidates(
    function: str, cases: tuple[str, ...], calls: list[tuple[Call, Observation]]
) -> list[Mistake]:
    known = (mistake for mistake in mistakes_of(function) if mistake.case in cases)
    return [mistake for mistake in known if _explains(mistake, calls)]


def _explains(mistake: Mistake, calls: list[tuple[Call, Observation]]) -> bool:
    differing = 0
    for call, observation in calls:
        value = compute(mistake.compute, call.args, call.kwargs)
        if not same_outcome(observation.got, value):
            return False
        if mistake.case == "ties":
            W = call.args[0]
            differing += count_passed(value, W) != count_passed(observation.expected, W)
        else:
            differing += differs_clearly(value, observation.expected, mistake.case)
    return differing >= (MINIMUM_CALLS if mistake.case == PLAIN else 1)


def count_passed(value: Any, W: Any) -> int:
    """Count the entries of ``W`` that pass unchanged: on ties their number alone is fixed."""
    return int(np.count_nonzero((value == W) & (W != 0)))


def same_outcome(got: Any, value: Any) -> bool:
    """Tell whether two calls ended alike: equal values, or exceptions of the same type."""
    if isinstance(got, BaseException) or isinstance(value, BaseException):
        return _exception_name(got) == _exception_name(value)
    return bool(agrees(got, value))


def differs_clearly(value: Any, expected: Any, case: str = PLAIN) -> bool:
    """Tell whether a mistake's value is clearly not the right one.

    An exception is no evidence on plain inputs: many slips raise the same type.
    """
    if isinstance(value, BaseException):
        return case != PLAIN
    return not agrees(value, expected, tolerance=CLEARLY)


def _exception_name(value: Any) -> str:
    if not isinstance(value, BaseException):
        return ""
    return str(getattr(value, "type_name", type(value).__name__))


def _only_one(candidates: list[Mistake]) -> Diagnosis | None:
    whys = list(dict.fromkeys(mistake.why for mistake in candidates))
    if len(whys) == 1:
        return Diagnosis(candidates[0].id, candidates[0].why, candidates[0].hint)
    if len(candidates) == 2:
        first, second = candidates
        return Diagnosis(
            f"{first.id} or {second.id}",
            f"either {first.why}, or {second.why}",
            first.hint if first.hint == second.hint else f"{first.hint}; {second.hint}",
        )
    return None
