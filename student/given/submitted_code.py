"""Which of your files are handed in, and where a class of yours stands in them."""

import ast

from .student_code import LAB1_FUNCTIONS, LAB2_FUNCTIONS, list_code_files, read_code_file


def list_submitted_code(folder):
    """List the code files that define one of the six functions, and modules of yours they import.

    Args:
        folder: The student's folder.

    Returns:
        Paths, those of Lab 1 first.
    """
    files = [read_code_file(path) for path in list_code_files(folder)]
    wanted = []
    for name in (*LAB1_FUNCTIONS, *LAB2_FUNCTIONS):
        code = _choose(files, name)
        if code is not None and code.path not in wanted:
            wanted.append(code.path)
    by_stem = {code.path.stem: code for code in files}
    for path in wanted:
        for module in list_imports(by_stem[path.stem]):
            own = by_stem.get(module)
            if own is not None and own.path not in wanted:
                wanted.append(own.path)
    return wanted


def find_lab1_file(folder):
    """Find the one code file of Lab 1.

    Args:
        folder: The student's folder.

    Returns:
        Its `given.student_code.CodeFile` (the file that defines most of the four functions), and
        the names that other files define; None and an empty list where nothing is defined.
    """
    files = [read_code_file(path) for path in list_code_files(folder)]
    chosen = {name: code for name in LAB1_FUNCTIONS if (code := _choose(files, name)) is not None}
    if not chosen:
        return None, []
    codes = list(chosen.values())
    main = max(codes, key=lambda code: (sum(other is code for other in codes), -files.index(code)))
    return main, [name for name, code in chosen.items() if code is not main]


def list_imports(code):
    """List the top-level names of the modules that a file imports.

    Args:
        code: A `given.student_code.CodeFile`.

    Returns:
        Names, in the order of the file.
    """
    names = []
    for cell in code.cells:
        for node in ast.walk(ast.parse(cell)):
            if isinstance(node, ast.Import):
                names += [alias.name.partition(".")[0] for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names.append(node.module.partition(".")[0])
    return list(dict.fromkeys(names))


def find_class_listing(folder, name):
    """Find the source of a class, written rather than a stub where there is a choice.

    Args:
        folder: The student's folder.
        name: The class.

    Returns:
        ``file``, ``first_line`` and ``source``, or None where no file defines it.
    """
    code = _choose([read_code_file(path) for path in list_code_files(folder)], name)
    if code is None:
        return None
    for source in code.original_cells:
        for node in ast.parse(source).body:
            if isinstance(node, ast.ClassDef) and node.name == name:
                first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
                lines = source.splitlines()[first - 1 : node.end_lineno]
                return {"file": code.path.name, "first_line": first, "source": "\n".join(lines)}
    return None


def _choose(files, name):
    defining = [code for code in files if name in code.written]
    defining.sort(key=lambda code: not code.written[name])
    return defining[0] if defining else None
