"""The table by class: what was tried, what was contained, how.

Each test leaves its notes among its report's properties, for these travel from the processes of
pytest-xdist to the one that prints.
"""

from collections import Counter, defaultdict

PROPERTY = "hostile"
ORDER = (
    "never_returns",
    "exits",
    "exhausts",
    "escapes",
    "forges",
    "lies",
    "detects",
    "uploads",
)
MOST_WAYS = 5


class Note:
    """What a test says about its attack; the table reads it.

    Args:
        item: The test.
        kind: The class of the attack.
        name: Its name.
    """

    def __init__(self, item, kind, name):
        self._said = {"kind": kind, "name": name, "how": ""}
        item.user_properties.append((PROPERTY, self._said))

    def ended(self, how, level=""):
        """Note how the attack ended, and the level of isolation that was in force."""
        self._said["how"] = how
        self._said["level"] = level


def describe_level(result):
    """Name the level and the layers, for the table."""
    sandbox = result["sandbox"]
    return f"level {sandbox['level']} ({', '.join(sandbox['layers'])})"


def _find(report):
    return next((dict(said) for name, said in report.user_properties if name == PROPERTY), None)


def tabulate(reports):
    """Make the lines of the table.

    Args:
        reports: pytest's reports by outcome: ``"passed"``, ``"failed"``, ``"error"``, ``"skipped"``.

    Returns:
        The lines; none where nothing hostile was tried.
    """
    rows = defaultdict(lambda: {"tried": 0, "contained": 0, "ways": Counter(), "seconds": 0.0})
    not_tried, levels = [], set()
    for outcome in ("passed", "failed", "skipped"):
        for report in reports.get(outcome, ()):
            said = _find(report)
            if said is None or (outcome != "skipped" and report.when != "call"):
                continue
            if outcome == "skipped":
                not_tried.append(f"{said['kind']}.{said['name']}")
                continue
            row = rows[said["kind"]]
            row["tried"] += 1
            row["contained"] += outcome == "passed"
            row["ways"][said["how"] or "not contained"] += 1
            row["seconds"] = max(row["seconds"], report.duration)
            levels |= {said["level"]} if said.get("level") else set()
    if not rows:
        return []
    lines = [f"| {'class':13} | tried | contained | slowest, s | how, most often |", "|---|---|---|---|---|"]
    for kind in sorted(rows, key=lambda kind: ORDER.index(kind) if kind in ORDER else len(ORDER)):
        row = rows[kind]
        ways = ", ".join(f"{way} {count}" for way, count in row["ways"].most_common(MOST_WAYS))
        lines.append(
            f"| {kind:13} | {row['tried']:5} | {row['contained']:9} | {row['seconds']:10.1f} | {ways} |"
        )
    tried, contained = (sum(row[key] for row in rows.values()) for key in ("tried", "contained"))
    lines.append(f"| {'all':13} | {tried:5} | {contained:9} | | |")
    if not_tried:
        lines.append(f"not tried here (they need a CUDA device): {', '.join(sorted(not_tried))}")
    lines.append(f"isolation: {'; '.join(sorted(levels)) or 'no level was noted'}")
    return lines
