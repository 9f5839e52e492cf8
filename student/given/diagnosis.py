"""What is wrong with a value: general rules, and a table of known mistakes that gives nothing away.

The table that the handout carries holds no formula and no readable text. A known mistake is
stored under a digest of the values that it produces on the public inputs, and what is said
about it is encrypted with these very values: whoever made the mistake can read it.
"""

import base64
import hashlib
import json
from typing import Any, NamedTuple

import numpy as np

QUANTUM = 1e-3
OFFSETS = 16
LARGEST = 1e12


class Diagnosis(NamedTuple):
    """What is wrong, in words.

    Attributes:
        id: The mistake's name.
        why: What is wrong, one sentence.
        hint: How to go on.
    """

    id: str
    why: str
    hint: str


class Observation(NamedTuple):
    """What one call gave, beside what it should have given.

    Attributes:
        got: The value, or the exception that the call raised.
        expected: The right value.
        modified: Whether the call changed its inputs.
    """

    got: Any
    expected: Any
    modified: bool = False


def as_array(value):
    """Return a value as a float64 array, or None where it is no array of numbers.

    Examples:
        >>> as_array([1, 2]), as_array("text"), as_array(None)
        (array([1., 2.]), None, None)
    """
    if hasattr(value, "detach"):
        value = value.detach().cpu().numpy()
    if value is None:
        return None
    try:
        return np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError):
        return None


def agrees(got, expected, tolerance=1e-5):
    """Tell whether a value has the expected shape and, within the tolerance, the expected numbers.

    Args:
        got: A value of any type.
        expected: The expected number or array.
        tolerance: Allowed difference, relative to the largest expected magnitude and at
            least absolute. Single precision passes the default; a wrong formula does not.

    Returns:
        Whether they agree. ``nan`` agrees with ``nan``.

    Examples:
        >>> agrees(np.array([1.0, 2.0 + 1e-9]), np.array([1.0, 2.0]))
        True
        >>> agrees(np.array([[1.0], [2.0]]), np.array([1.0, 2.0]))
        False
    """
    got, expected = as_array(got), as_array(expected)
    if got is None or expected is None or got.shape != expected.shape:
        return False
    finite = expected[np.isfinite(expected)]
    scale = max(1.0, float(np.max(np.abs(finite)))) if finite.size else 1.0
    with np.errstate(invalid="ignore", over="ignore"):
        near = np.abs(got - expected) <= tolerance * scale
    # Equal infinities have no difference, and nan is near nothing.
    return bool(np.all(near | (got == expected) | (np.isnan(got) & np.isnan(expected))))


def diagnose_generally(observations):
    """Name what is wrong whatever the function: nothing returned, a wrong shape, inputs overwritten.

    Args:
        observations: The `Observation` s of one function, on different inputs.

    Returns:
        A `Diagnosis`, or None.

    Examples:
        >>> diagnose_generally([Observation(None, 1.0), Observation(None, 2.0)]).why
        'the function returns None'
    """
    observations = [o for o in observations if not isinstance(o.got, BaseException)]
    if not observations:
        return None
    if all(o.got is None for o in observations):
        return Diagnosis(
            "general.returns_none", "the function returns None", "is there a `return` in every branch?"
        )
    wrong = [o for o in observations if not agrees(o.got, o.expected)]
    if not wrong:
        if any(o.modified for o in observations):
            return Diagnosis(
                "general.writes_in_place",
                "the values are right, but the input array is overwritten",
                "work on a copy: `W = W.copy()`; `W -= ...` and `W[...] = ...` write in place",
            )
        return None
    return _diagnose_shape(wrong) or _diagnose_constant(observations)


def _diagnose_shape(wrong):
    for o in wrong:
        got, expected = as_array(o.got), as_array(o.expected)
        if got is None or got.shape == expected.shape or got.size != expected.size:
            return None
        if not agrees(got.reshape(expected.shape), expected):
            return None
    return Diagnosis(
        "general.wrong_shape",
        f"the numbers are right but the shape is {got.shape}",
        f"the result has the shape of the input, {expected.shape}",
    )


def _diagnose_constant(observations):
    first = observations[0]
    same = all(
        agrees(o.got, first.got, tolerance=1e-9) for o in observations[1:] if as_array(first.got) is not None
    )
    differ = any(not agrees(o.expected, first.expected) for o in observations[1:])
    if len(observations) > 2 and same and differ and as_array(first.got) is not None:
        return Diagnosis(
            "general.constant",
            "the result is the same whatever the inputs",
            "compute the result from the arguments",
        )
    return None


def _canonical(value, offset):
    """Write a value as text that rounding errors do not change."""
    if isinstance(value, BaseException):
        return f"raised {type(value).__name__}"
    array = as_array(value)
    if array is None:
        return f"a {type(value).__name__}"
    bounded = np.clip(np.nan_to_num(array, nan=2 * LARGEST, posinf=LARGEST, neginf=-LARGEST), -LARGEST, None)
    cells = np.floor(bounded / QUANTUM + offset / OFFSETS).astype(np.int64)
    return f"{array.shape} {cells.reshape(-1).tolist()}"


def margin(values, offset):
    """Return how far, in the units of the values, the nearest rounding boundary lies.

    Args:
        values: What a mistake returns on the public inputs.
        offset: Which of the `OFFSETS` rounding grids is used.

    Returns:
        The distance, at most half a `QUANTUM`.
    """
    smallest = 0.5
    for value in values:
        array = None if isinstance(value, BaseException) else as_array(value)
        if array is None:
            continue
        array = array[np.isfinite(array) & (np.abs(array) < 1e6)]
        if array.size:
            position = array / QUANTUM + offset / OFFSETS
            smallest = min(smallest, float(np.abs(position - np.round(position)).min()))
    return smallest * QUANTUM


def _keys(values, offset):
    text = "\n".join(_canonical(value, offset) for value in values).encode()
    address = hashlib.sha256(b"address\n" + text).hexdigest()[:24]
    return address, hashlib.sha256(b"key\n" + text).digest()


def _cipher(key, data):
    stream = hashlib.shake_256(key).digest(len(data))
    return bytes(a ^ b for a, b in zip(data, stream, strict=True))


def seal(values, diagnosis, offset):
    """Encrypt a diagnosis with the values that call for it.

    Args:
        values: What the mistake returns, one for each public input, in order.
        diagnosis: The `Diagnosis`.
        offset: Which rounding grid to use, ``0 <= offset < OFFSETS``.

    Returns:
        The address and the sealed text, both strings.

    Examples:
        >>> address, sealed = seal([np.ones(3)], Diagnosis("a.b", "why", "hint"), 8)
        >>> look_up({address: [8, sealed]}, [np.ones(3) + 1e-7]).why
        'why'
        >>> look_up({address: [8, sealed]}, [np.zeros(3)])
    """
    address, key = _keys(values, offset)
    return address, base64.b64encode(_cipher(key, json.dumps(diagnosis).encode())).decode()


def look_up(table, values):
    """Find what a table says about values.

    Args:
        table: Address to offset and sealed text, from `seal`.
        values: What the student's function returned, one for each public input, in order.

    Returns:
        The `Diagnosis` of the mistake that gives exactly these values, or None.
    """
    for offset in sorted({entry[0] for entry in table.values()}):
        address, key = _keys(values, offset)
        if address in table and table[address][0] == offset:
            return Diagnosis(*json.loads(_cipher(key, base64.b64decode(table[address][1]))))
    return None
