"""Take out of code what only IPython understands, without IPython and without running anything.

Every command is replaced on its own line, so that line numbers stay as the student sees them.
"""

from __future__ import annotations

import re

# Cell magics whose body is Python that runs in the notebook; the body of any other is not.
_PYTHON_CELLS = frozenset(
    ("capture", "debug", "lprun", "memit", "mprun", "prun", "pyinstrument", "time", "timeit", "wandb")
)
_CELL_MAGIC = re.compile(r"\s*%%(?P<name>\w+)(?P<rest>.*)")
_WRITE_FILE = re.compile(r"\s*%%(?:writefile|file)\s+(?:-a\s+)?[\"']?(?P<path>[^\"'\n]+?)[\"']?\s*")
_LINE_TIME = re.compile(r"%time\s+(?P<statement>[^-\s].*)")
_ASSIGNED = re.compile(r"(?P<target>[^\"'#%!?()=]+=)\s*(?P<mark>[%!])(?P<rest>.*)")
_HELP = re.compile(r"\?{1,2}.*|[%]{0,2}[A-Za-z_][\w.]*(?:\[[^\]]*\])*\?{1,2}\s*;?")
_AUTOMAGIC = re.compile(
    r"(?:pip3?|conda|mamba|apt|apt-get|cd|ls|mkdir|cat|cp|mv|rm|git|wget|unzip)\s+"
    r"(?!(?:in|is|not|and|or|if|for|as)\b)(?:-[A-Za-z-]|[A-Za-z0-9./~]).*"
)
# Calls that work only inside IPython or in the course's other environments, as exports to .py hold them.
_ENVIRONMENT_CALL = re.compile(
    r"get_ipython\(\)|from\s+google\.colab\b|import\s+google\.colab\b|drive\.(?:mount|flush_and_unmount)\(|"
    r"files\.(?:upload|download)\("
)
_ENVIRONMENT_VALUE = re.compile(r"[^\"'#()=]+=\s*(?:get_ipython\(\)|files\.upload\()")


def split_written_file(source: str) -> tuple[str, str] | None:
    r"""Return the path and the body of a ``%%writefile`` cell, or None.

    Examples:
        >>> split_written_file("%%writefile FP_layers.py\nx = 1")
        ('FP_layers.py', '\nx = 1')
        >>> split_written_file("x = 1") is None
        True
    """
    first, _, body = source.lstrip("\n").partition("\n")
    match = _WRITE_FILE.fullmatch(first)
    return (match["path"], "\n" + body) if match else None


def strip_magics(source: str) -> str:
    r"""Replace what only IPython understands by nothing, or by its Python part.

    ``%%time``, ``%%capture`` and the like keep their body, other cell magics lose it; ``%time f()``
    becomes ``f()``, ``y = !ls`` becomes ``y = []``, ``y = %magic`` becomes ``y = None`` and ``%x``,
    ``!x``, ``x?`` and calls of ``get_ipython()`` become ``pass``. Inside strings, brackets and
    continued lines a ``%`` or ``!`` is left alone.

    Args:
        source: A cell, or a file that was exported from a notebook; ``\n`` between lines.

    Returns:
        The code, with as many lines.

    Examples:
        >>> strip_magics("%%time\nx = 7 % 4\nif x:\n    !ls\ny = !pwd")
        '\nx = 7 % 4\nif x:\n    pass\ny = []'
        >>> strip_magics("%%bash\nrm -r data")
        '\n'
    """
    lines = source.split("\n")
    for index, line in enumerate(lines):
        if not line.strip():
            continue
        match = _CELL_MAGIC.fullmatch(line)
        if match is None:
            break
        if match["name"] not in _PYTHON_CELLS:
            return "\n" * (len(lines) - 1)
        lines[index] = ""
    index = 0
    while index < len(lines):
        replaced = _replace(lines[index])
        # A command goes on over line ends that follow a backslash, whatever quotes it holds; Python
        # goes on until its brackets close.
        is_command = replaced is not None and not _is_call(lines[index])
        end = _end_of_command(lines, index) if is_command else _end_of_statement(lines, index)
        if replaced is not None:
            lines[index : end + 1] = [replaced] + [""] * (end - index)
        index = end + 1
    return "\n".join(lines)


def _is_call(line: str) -> bool:
    text = line.strip()
    return bool(_ENVIRONMENT_CALL.match(text) or _ENVIRONMENT_VALUE.match(text))


def _replace(line: str) -> str | None:
    """Return what stands in the place of a statement that begins with a line; None to keep it."""
    text = line.strip()
    indent = line[: len(line) - len(line.lstrip())]
    assigned = _ASSIGNED.fullmatch(text)
    if text.startswith(("%", "!")):
        return indent + _python_of(text, "pass")
    if assigned is not None:
        command = assigned["mark"] + assigned["rest"]
        return f"{indent}{assigned['target']} " + _python_of(command, "[]" if command[0] == "!" else "None")
    if _ENVIRONMENT_VALUE.match(text):
        return f"{indent}{text.partition('=')[0]}= {{}}"
    is_command = (_HELP.fullmatch(text) or _AUTOMAGIC.fullmatch(text)) and _scan_line(text, 0, "")[:2] == (
        0,
        "",
    )
    return indent + "pass" if is_command or _ENVIRONMENT_CALL.match(text) else None


def _python_of(command: str, otherwise: str) -> str:
    timed = _LINE_TIME.fullmatch(command)
    return timed["statement"] if timed else otherwise


_TOKEN = re.compile(
    r"""(?P<triple>'''|\"\"\")|(?P<single>['"])|(?P<comment>\#)|(?P<open>[(\[{])|(?P<close>[)\]}])"""
)


def _end_of_command(lines: list[str], index: int) -> int:
    while lines[index].endswith("\\") and index + 1 < len(lines):
        index += 1
    return index


def _end_of_statement(lines: list[str], index: int) -> int:
    """Return the index of the line where the statement that begins at ``index`` ends."""
    depth, quote = 0, ""
    while index < len(lines):
        depth, quote, in_comment = _scan_line(lines[index], depth, quote)
        if not quote and depth <= 0 and (in_comment or not lines[index].endswith("\\")):
            break
        index += 1
    return min(index, len(lines) - 1)


def _scan_line(line: str, depth: int, quote: str) -> tuple[int, str, bool]:
    """Follow brackets and strings through a line.

    Returns:
        The open brackets, the quote of the open string or nothing, and whether a comment ends the line.
    """
    position = 0
    while position < len(line):
        if quote:
            end = _find_unescaped(line, quote, position)
            if end < 0:
                # A string in single quotes ends with its line unless the line end is escaped.
                return depth, quote if len(quote) == 3 or line.endswith("\\") else "", False
            position, quote = end + len(quote), ""
            continue
        match = _TOKEN.search(line, position)
        if match is None:
            break
        if match["comment"]:
            return depth, "", True
        position = match.end()
        quote = match["triple"] or match["single"] or ""
        depth += bool(match["open"]) - bool(match["close"])
    return depth, quote, False


def _find_unescaped(line: str, quote: str, position: int) -> int:
    while position < len(line):
        if line[position] == "\\":
            position += 2
        elif line.startswith(quote, position):
            return position
        else:
            position += 1
    return -1
