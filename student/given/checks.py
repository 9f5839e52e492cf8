"""Run the public checks on your functions."""

import inspect
from dataclasses import dataclass

import numpy as np

from .checks_data import decode, load_checks
from .diagnosis import Diagnosis, Observation, agrees, as_array, diagnose_generally, look_up
from .student_code import HOME_FILES, LAB1_FUNCTIONS, LAB2_FUNCTIONS, describe_error, find_functions
from .wording import describe_call, describe_difference

LABS = {1: LAB1_FUNCTIONS, 2: LAB2_FUNCTIONS}
TITLES = {"STE": "STE.forward"}


@dataclass
class CheckOutcome:
    """What one public check found.

    Attributes:
        claim: What the check claims.
        item: The rubric item it prepares.
        passed: Whether the claim holds.
        call: The call that failed, in words; empty when passed.
        inputs: Its array arguments, name to value.
        got: What came back, in words.
        expected: What was expected, in words.
        why: What is wrong.
        hint: How to go on.
    """

    claim: str
    item: str
    passed: bool = True
    call: str = ""
    inputs: dict = None
    got: str = ""
    expected: str = ""
    why: str = ""
    hint: str = ""


@dataclass
class FunctionReport:
    """What the checks of one function found.

    Attributes:
        name: The function.
        title: Its name as shown.
        file: The file it was found in.
        state: ``"passed"``, ``"failed"`` or ``"not written"``.
        outcomes: The `CheckOutcome` s; empty where nothing could be checked.
        note: Why nothing could be checked.
    """

    name: str
    title: str
    file: str
    state: str
    outcomes: list
    note: str = ""


def check_labs(target, labs=(1, 2)):
    """Check the functions of Lab 1, Lab 2 or both.

    Args:
        target: The folder with the student's files, or one file.
        labs: Which labs; PyTorch is imported for Lab 2 only.

    Returns:
        The `FunctionReport` s, and the `given.student_code.CodeFile` s that cannot be read.
    """
    names = [name for lab in labs for name in LABS[lab]]
    found, unreadable = find_functions(target, names)
    return [check_function(found[name], found) for name in names], unreadable


def check_function(function, found=None):
    """Run the public checks of one function.

    Args:
        function: A `given.student_code.FoundFunction`.
        found: The others by name: the networks of ``avg_precision`` are built with the
            ``FP_Conv`` and ``FP_Linear`` that stand beside it.

    Returns:
        The `FunctionReport`.
    """
    title = TITLES.get(function.name, function.name)
    report = FunctionReport(function.name, title, function.file, "not written", [])
    if function.state == "stub":
        return report
    if function.value is None:
        report.state = "failed" if function.state == "written" else "not written"
        home = HOME_FILES[function.name]
        report.note = function.error or f"no file here defines {function.name}; expected it in {home}"
        return report
    try:
        report.outcomes = _run_checks(function, found or {})
    except NotImplementedError:
        return report
    report.state = "passed" if all(outcome.passed for outcome in report.outcomes) else "failed"
    return report


def _run_checks(function, found):
    data = load_checks()[TITLES.get(function.name, function.name)]
    layers = _find_layers(function, found)
    tried = {}
    for check in data["checks"]:
        calls = [_observe(function, call, layers) for call in check["calls"]]
        tried.setdefault(check["case"], []).append((check, calls))
    outcomes = []
    for case, checks in tried.items():
        named = None
        if all(outcome.passed for outcome in outcomes):  # an edge says little where the rest is wrong
            named = _name_mistake(function, case, checks, data["tables"].get(case, {}))
        for check, calls in checks:
            outcomes.append(_judge(function, check, calls, named))
            named = named if outcomes[-1].passed else None
    if all(outcome.passed for outcome in outcomes):
        everything = [call for checks in tried.values() for _, calls in checks for call in calls]
        outcomes.append(_judge_inputs(function, everything))
        if function.name == "STE":
            outcomes.append(_check_gradient(function))
    return outcomes


def _find_layers(function, found):
    for candidate in (function, *found.values()):
        if hasattr(candidate.module, "FP_Conv") and hasattr(candidate.module, "FP_Linear"):
            return candidate.module
    return None


@dataclass
class TriedCall:
    """One call on public inputs and its `given.diagnosis.Observation`."""

    args: list
    kwargs: dict
    observation: Observation


def _try_call(function, args, kwargs):
    run = function.value.apply if function.name == "STE" else function.value
    try:
        with np.errstate(all="ignore"):
            got = run(*args, **kwargs)
    except NotImplementedError:
        raise
    except Exception as error:  # noqa: BLE001  # whatever it is, it is reported
        return error
    return got.detach().clone() if hasattr(got, "detach") else got


def _observe(function, call, layers):
    kept, given = ([decode(value, layers) for value in call["args"]] for _ in range(2))
    got = _try_call(function, given, call["kwargs"])
    modified = any(
        as_array(before) is not None and not agrees(after, before, tolerance=0.0)
        for before, after in zip(kept, given, strict=True)
    )
    observation = Observation(got, np.array(call["expected"], dtype=np.float64), modified)
    return TriedCall(kept, call["kwargs"], observation)


def is_right(check, tried):
    """Tell whether a call's value is right; on ties any choice of exactly k entries is."""
    got, expected, _ = tried.observation
    if check["case"] != "ties":
        return agrees(got, expected) and _diagnose_dtype(tried) is None
    W, got = tried.args[0], as_array(got)
    if got is None or got.shape != W.shape or (got * W < 0).any() or (np.abs(got) > np.abs(W)).any():
        return False
    return agrees(np.sort(np.abs(got), axis=None), np.sort(np.abs(expected), axis=None))


def _name_mistake(function, case, checks, table):
    calls = [call for _, calls in checks for call in calls]
    wrong = [call for check, tried in checks for call in tried if not is_right(check, call)]
    if not wrong:
        return None
    observations = [call.observation for call in calls]
    general = _diagnose_dtype(wrong[0])
    if general is None and case != "ties":
        general = diagnose_generally(observations)
    return general or look_up(table, [o.got for o in observations]) or _diagnose_chance(function, wrong[0])


def _diagnose_dtype(tried):
    got, given = tried.observation.got, tried.args[0]
    if not hasattr(got, "detach") or not hasattr(given, "detach") or got.dtype == given.dtype:
        return None
    return Diagnosis(
        "general.dtype", f"the result is {got.dtype}, the input {given.dtype}", "compute in the dtype of w"
    )


def _copy(value):
    if hasattr(value, "clone"):
        return value.clone()
    return value.copy() if hasattr(value, "copy") else value


def _diagnose_chance(function, tried):
    for _ in range(4):
        again = _try_call(function, [_copy(value) for value in tried.args], tried.kwargs)
        if not agrees(again, tried.observation.got) and as_array(again) is not None:
            return Diagnosis(
                "general.random",
                "two calls with the same inputs give different results",
                "nothing here is random: full batch means all samples in every step",
            )
    return None


def _judge(function, check, calls, named):
    outcome = CheckOutcome(check["claim"], check["item"])
    for tried in calls:
        if is_right(check, tried):
            continue
        got, expected, _ = tried.observation
        outcome.passed = False
        outcome.call, outcome.inputs = describe_call(function.name, tried.args, tried.kwargs)
        outcome.got, outcome.expected = describe_difference(got, expected)
        if check["case"] == "ties":
            outcome.expected += " (or another choice of exactly k)"
        if named is not None:
            outcome.why, outcome.hint = named.why, named.hint
        elif isinstance(got, BaseException):
            outcome.got = describe_error(got, function.file)
            outcome.why = "the call raised an exception"
            outcome.hint = _hint_for_exception(function, got)
        else:
            outcome.hint = "go through the definition in the docstring with these numbers"
        break
    return outcome


def _hint_for_exception(function, error):
    if isinstance(error, TypeError) and "argument" in str(error):
        return f"the signature is that of the stub; yours is {function.name}{_signature(function.value)}"
    return "the docstring says what each argument is"


def _signature(value):
    try:
        return str(inspect.signature(value))
    except (TypeError, ValueError):
        return "(...)"


def _judge_inputs(function, calls):
    outcome = CheckOutcome("leaves its inputs as they are", "")
    for tried in calls:
        if tried.observation.modified:
            general = diagnose_generally([tried.observation]) or Diagnosis(
                "", "an input array is overwritten", "work on a copy"
            )
            outcome.passed, outcome.why, outcome.hint = False, general.why, general.hint
            outcome.call, _ = describe_call(function.name, tried.args, tried.kwargs)
            outcome.got, outcome.expected = "the input holds the result", "the input unchanged"
            break
    return outcome


def _check_gradient(function):
    import torch

    outcome = CheckOutcome("the gradient passes straight through", "lab2.a")
    w = torch.tensor([-1.0, -0.2, 0.3, 2.0], requires_grad=True)
    try:
        (function.value.apply(w, 3) * torch.tensor([1.0, 2.0, 3.0, 4.0])).sum().backward()
        got = w.grad
    except Exception as error:  # noqa: BLE001  # whatever it is, it is reported
        got = error
    if not agrees(got, [1.0, 2.0, 3.0, 4.0]):
        outcome.passed = False
        outcome.call, outcome.inputs = "STE.apply(w, bit=3) weighted by [1, 2, 3, 4], then backward", {}
        outcome.got, outcome.expected = describe_difference(got, np.array([1.0, 2.0, 3.0, 4.0]))
        outcome.why = "the gradient with respect to w is not the incoming gradient"
        outcome.hint = "STE.backward is given: `return g, None`"
    return outcome
