"""The results of Lab 2 from one command to the next: nothing that was finished is lost."""

import json

from .lab2_experiments import RESULTS_NAME

IDENTITY = ("behaviour", "data", "weights")


def read_partial_results(runs_folder):
    """Read what the experiments had written before they were stopped.

    Args:
        runs_folder: Where they keep their results.

    Returns:
        The results, or None where there are none yet.
    """
    try:
        return json.loads((runs_folder / RESULTS_NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def merge_results(old, new, note=lambda _: None):
    """Put new results beside older ones of the same quantizer, images and weights.

    Args:
        old: The part ``"lab2"`` that is there, or None.
        new: The new one.
        note: Called with a line of text where something old is kept.

    Returns:
        The part to write. A quick look with few epochs never replaces finished finetunes; what was
        not run again is kept.
    """
    if old is None or any(old.get(key) != new.get(key) for key in IDENTITY):
        return new
    if new["epochs"] is not None and old.get("epochs") is None and old.get("runs"):
        note("results.json keeps the finetunes with the assignment's epochs")
        return old | {"code": new["code"], "errors": {}, "stopped": False}
    if old.get("epochs") != new["epochs"]:
        return new
    answers = {
        item: old.get("answers", {}).get(item, {}) | numbers for item, numbers in new["answers"].items()
    }
    merged = new | {"answers": answers, "runs": old.get("runs", {}) | new["runs"]}
    if len(_points(old)) > len(_points(new)):
        merged["tradeoff"] = old["tradeoff"]
    return merged


def _points(part):
    tradeoff = part.get("tradeoff", {})
    return [point for when in tradeoff.values() for point in when.get("points", [])]
