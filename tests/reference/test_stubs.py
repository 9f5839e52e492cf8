"""Stubs and solutions are the same text around the solution, so that neither can drift."""

import ast
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def describe(path):
    """Return, by qualified name, signature (without annotations) and docstring."""
    found = {}

    def visit(node, prefix):
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.FunctionDef | ast.ClassDef):
                name = f"{prefix}{child.name}"
                signature = None
                if isinstance(child, ast.FunctionDef):
                    arguments = child.args
                    names = [a.arg for a in arguments.args]
                    signature = (names, [ast.unparse(d) for d in arguments.defaults])
                found[name] = (signature, ast.get_docstring(child))
                visit(child, f"{name}.")

    visit(ast.parse(path.read_text()), "")
    return found


@pytest.mark.parametrize("name", ["lab1.py", "FP_layers.py"])
def test_stub_and_solution_have_the_same_signatures_and_docstrings(name):
    """The docstring in the handout is the specification that the solution meets."""
    assert describe(ROOT / "student" / name) == describe(ROOT / "reference" / name)


def test_every_stub_raises_not_implemented():
    """Each of the six stubs says which question it belongs to."""
    source = (ROOT / "student/lab1.py").read_text() + (ROOT / "student/FP_layers.py").read_text()
    for question in ("Lab 1(b)", "Lab 1(c)", "Lab 1(e)", "Lab 1(f)", "Lab 2(a)", "Lab 2(e)"):
        assert f'raise NotImplementedError("{question}")' in source


def test_key_and_template_have_the_same_questions():
    """answers.toml of the handout asks what the key answers."""
    template = tomllib.loads((ROOT / "student/answers.toml").read_text())
    key = tomllib.loads((ROOT / "reference/answers.toml").read_text())
    assert template.keys() == key.keys()
    assert template["true_false"].keys() == key["true_false"].keys()
    for lab in ("lab1", "lab2"):
        assert template[lab].keys() == key[lab].keys()


def test_key_is_the_agreed_one():
    """The verdicts of the True/False questions."""
    key = tomllib.loads((ROOT / "reference/answers.toml").read_text())["true_false"]
    verdicts = "".join(key[f"1.{number}"]["verdict"] for number in range(1, 11))
    assert verdicts == "FTFFTTTFFT"
    assert all(answer["explanation"].count(".") >= 2 for answer in key.values())
