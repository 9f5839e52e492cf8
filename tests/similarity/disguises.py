"""Ways to make a copy look different, as source to source."""

import ast
import builtins
import itertools
import json
import random
import re

FIXED = {*dir(builtins), "gd_step", "prune_topk", "soft_threshold", "trimmed_l1_prox", "STE", "avg_precision"}
FIXED |= {
    "FP_Conv",
    "FP_Linear",
    "forward",
    "backward",
    "Nbits",
    "__init__",
    "self",
    "np",
    "torch",
    "nn",
    "F",
}


def rename(text):
    """Give every name that a student chose another one."""
    tree = ast.parse(text)
    imported = {
        (alias.asname or alias.name).partition(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    chosen = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    chosen |= {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    chosen |= {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    wanted = sorted(chosen - FIXED - imported)
    names = {name: f"my_value_{number}" for number, name in enumerate(wanted)}
    pattern = re.compile(r"(?<![.\w'\"])(" + "|".join(map(re.escape, wanted)) + r")(?!\w)")
    return pattern.sub(lambda match: names[match[1]], text) if wanted else text


def reformat(text):
    """Set the code anew: other line breaks, quotes, parentheses and blanks; comments are lost."""
    unparsed = ast.unparse(ast.parse(text))
    spread = re.sub(r"return (.+)", r"return (\n        \1\n    )", unparsed)
    return spread.replace(" = ", "  =  ").replace(", ", " , ")


def comment(text):
    """Write other comments and docstrings everywhere."""
    lines = []
    for number, line in enumerate(reformat(text).split("\n")):
        lines.append(f"{line}  # step {number} of my own work" if line.strip() else line)
    return '"""My solution."""\n' + "\n".join(lines)


def reorder(text):
    """Put the definitions into another order, and swap neighbours that do not depend on each other."""
    tree = ast.parse(text)
    shuffle = random.Random(7)
    imports = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    others = [node for node in tree.body if not isinstance(node, ast.Import | ast.ImportFrom)]
    shuffle.shuffle(others)
    for function in [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]:
        _swap(function.body)
    tree.body = [*imports, *others]
    return ast.unparse(tree)


def _swap(body):
    for index in range(len(body) - 1):
        first, second = body[index : index + 2]
        if not all(isinstance(node, ast.Assign) for node in (first, second)):
            continue
        if _stored(first).isdisjoint(_loaded(second) | _stored(second)) and _stored(second).isdisjoint(
            _loaded(first)
        ):
            body[index], body[index + 1] = second, first


def _stored(node):
    return {
        part.id for part in ast.walk(node) if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)
    }


def _loaded(node):
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}


def make_notebook(texts):
    """Put code into a notebook, one definition a cell, with magics and prose between them."""
    cells = [_cell("%matplotlib inline\n!pip install torch"), _cell("# Homework", "markdown")]
    for text in texts:
        lines = text.split("\n")
        starts = [node.lineno - 1 for node in ast.parse(text).body] + [len(lines)]
        cells += [_cell("\n".join(lines[a:b])) for a, b in itertools.pairwise(starts)]
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


def _cell(text, kind="code"):
    cell = {"cell_type": kind, "metadata": {}, "source": text.splitlines(keepends=True)}
    return cell | ({"outputs": [], "execution_count": None} if kind == "code" else {})
