"""The handout's zip: everything a student needs, and nothing that a student must not see."""

import ast
import subprocess
import sys
import tomllib
import zipfile

import pytest

from grader.handout import PROJECT, build_handout, list_handout
from grader.mistakes import FUNCTIONS, mistakes_of
from student.given.answers import read_answers_file
from tests.bank.paths import HANDOUT, REFERENCE, REPOSITORY


@pytest.fixture(scope="module")
def contents():
    """The files of the handout by name."""
    return dict(list_handout())


@pytest.fixture(scope="module")
def text(contents):
    """Everything that can be read as text."""
    texts = {name: content.decode("utf-8", "replace") for name, content in contents.items()}
    return {name: value for name, value in texts.items() if not name.endswith(".pt")}


def list_code_lines(path):
    """List the lines inside the functions of a file, without docstrings."""
    lines = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef):
            body = node.body[1:] if ast.get_docstring(node) else node.body
            lines += [ast.unparse(statement) for statement in body]
    return lines


def test_the_same_sources_give_the_same_bytes(tmp_path):
    """Building twice gives the same zip, whatever the files' times are."""
    first, second = (build_handout(tmp_path / name).read_bytes() for name in ("a.zip", "b.zip"))
    assert first == second


def test_the_zip_holds_what_the_readme_promises(contents):
    """Stubs, given code, template, weights and texts; a zip that every system unpacks."""
    expected = {"lab1.py", "FP_layers.py", "answers.toml", "hw4.ipynb", "README.md", "AGENTS.md"}
    expected |= {"CHANGELOG.md", "pyproject.toml", "given/cli.py", "given/checks.json"}
    expected |= {"given/weights/resnet20_embedded.pt", "report_template/student.py"}
    assert expected <= set(contents)
    assert all(name.isascii() and "\\" not in name for name in contents)


def test_nothing_of_the_staff_is_in_it(contents, text):
    """No reference, grader, tests or machine's leavings; no code that would import them."""
    for name in contents:
        assert not set(name.split("/")) & {"reference", "grader", "tests", "__pycache__", "suites"}
        assert not name.endswith(".pyc")
        assert not name.startswith("report_template/grading")
    for name, value in text.items():
        if name.endswith(".py"):
            for node in ast.walk(ast.parse(value)):
                modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
                if isinstance(node, ast.ImportFrom) and not node.level:
                    modules = [node.module]
                roots = {module.partition(".")[0] for module in modules}
                assert not roots & {"reference", "grader", "student", "tests"}, name


def test_no_solution_is_in_it(text):
    """No statement of the reference's functions stands in the handout, but for the given layers."""
    stub = (HANDOUT / "FP_layers.py").read_text(encoding="utf-8")
    given = {ast.unparse(ast.parse(line)) for line in list_code_lines(HANDOUT / "FP_layers.py")}
    for file in ("lab1.py", "FP_layers.py"):
        for line in list_code_lines(REFERENCE / file):
            if line in given or len(line) < 15 or line in stub:
                continue
            for name, value in text.items():
                assert line not in value, (name, line)


def test_no_mistake_is_told_in_it(text):
    """What is said about a mistake can be read by whoever made it, not by everybody."""
    for function in FUNCTIONS:
        for mistake in mistakes_of(function):
            for name, value in text.items():
                assert mistake.why not in value, (name, mistake.id)


def test_no_key_is_in_it(text, tmp_path):
    """The explanations of the key are not in the handout, and its answers are empty."""
    key = read_answers_file(REFERENCE / "answers.toml").values
    for place, value in key.items():
        if isinstance(value, str) and len(value) > 20:
            assert all(value not in found for found in text.values()), place
    answers = tomllib.loads(text["answers.toml"])
    assert {table["verdict"] for table in answers["true_false"].values()} == {""}


def test_no_hidden_input_is_in_it(text):
    """The suites and their seeds are not mentioned."""
    for name, value in text.items():
        for word in ("grading.rng", "hw4-grade ", "Sandbox", "derive_seed", "mark_broken"):
            assert word not in value or name.endswith(".md"), (name, word)


def test_the_stubs_fail_with_not_implemented_only(text):
    """Every function of the student's is a stub in the zip."""
    assert text["lab1.py"].count("raise NotImplementedError") == 4
    assert text["FP_layers.py"].count("raise NotImplementedError") == 2


def test_no_module_needs_a_posix_system(text):
    """Nothing on the student's side imports what Windows lacks."""
    lacking = {"fcntl", "resource", "pwd", "grp", "termios", "tty", "pty", "syslog", "posix"}
    for name, value in text.items():
        if not name.endswith(".py"):
            continue
        for node in ast.walk(ast.parse(value)):
            if isinstance(node, ast.Import):
                assert not {alias.name for alias in node.names} & lacking, name
            elif isinstance(node, ast.ImportFrom):
                assert node.module not in lacking, name


def test_the_project_file_names_every_package_that_is_imported(text):
    """What the code imports from outside the standard library is a dependency."""
    named = {line.split('"')[1].split(">")[0] for line in PROJECT.splitlines() if line.startswith('  "')}
    optional = {"IPython", "google"}
    own = {"given", "report_template", "FP_layers", "lab1", "student"}
    for name, value in text.items():
        if not name.endswith(".py"):
            continue
        for node in ast.walk(ast.parse(value)):
            roots = []
            if isinstance(node, ast.Import):
                roots = [alias.name.partition(".")[0] for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and not node.level:
                roots = [node.module.partition(".")[0]]
            for root in set(roots) - set(sys.stdlib_module_names) - own - optional:
                assert root.lower().replace("pil", "matplotlib") in named, (name, root)


@pytest.mark.slow
def test_the_wheel_built_from_the_zip_holds_the_same_and_no_more(tmp_path):
    """``pip install`` of the unpacked zip takes given code, data and template, and the command."""
    pytest.importorskip("setuptools")
    folder = tmp_path / "hw4"
    with zipfile.ZipFile(build_handout(tmp_path)) as archive:
        archive.extractall(folder)
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*command, "-q", "-w", str(tmp_path), str(folder)], check=True, cwd=REPOSITORY.parent)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        metadata = b"".join(archive.read(name) for name in names if ".dist-info/" in name).decode()
    handed_out = {name for name in dict(list_handout()) if name.startswith(("given/", "report_template/"))}
    assert {name for name in names if ".dist-info/" not in name} == handed_out
    assert "hw4 = given.cli:main" in metadata
    assert "hw4-grade" not in metadata.replace("hw4-grader", "")
