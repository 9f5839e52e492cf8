"""What the warm process imports, so that workers need not."""

from __future__ import annotations

import importlib.util
import os
import pkgutil
import sys

from grader.worker.harmless import silence_matplotlib

_NOT_FOR_STUDENTS = ("cli", "__main__")
_ALWAYS = ("numpy", "numpy.random", "torch", "torch.nn.functional", "torch.optim", "nbformat")
_WHERE_NOTHING_CAN_BE_READ = (
    "bdb", "calendar", "cmath", "code", "colorsys", "concurrent.futures", "configparser", "cProfile", "csv",
    "difflib", "doctest", "encodings.ascii", "encodings.charmap", "encodings.cp1252", "encodings.idna",
    "encodings.latin_1", "encodings.punycode", "encodings.raw_unicode_escape", "encodings.unicode_escape",
    "encodings.utf_16", "encodings.utf_32", "encodings.utf_8_sig", "fractions", "getpass", "glob",
    "graphlib", "html", "imaplib", "ipaddress", "mimetypes", "multiprocessing", "numpy.fft", "numpy.ma",
    "numpy.polynomial", "numpy.testing", "pdb", "pprint", "profile", "pstats", "queue", "runpy", "sched",
    "secrets", "shlex", "sqlite3", "statistics", "stringprep", "tarfile", "timeit", "torch._dynamo",
    "torch.utils.data", "tracemalloc", "unittest", "unittest.mock", "uuid", "wave", "xml.etree.ElementTree",
    "zipfile",
)  # fmt: skip


def preload(*, everything: bool) -> None:
    """Import the libraries and the given code, and make them harmless.

    No operation of torch is run and no GPU is touched: both would break the workers that are
    forked from here.

    Args:
        everything: Also import what is usually imported late; for workers that cannot read the
            Python installation.

    Raises:
        ImportError: A library or the given code cannot be imported.
    """
    import torch

    torch.set_num_threads(1)  # a pool of threads would not survive the fork
    for name in _ALWAYS:
        importlib.import_module(name)
    torch.backends.cpu.get_cpu_capability()  # reads /proc, which not every worker can
    silence_matplotlib()
    _import_given()
    _import_probes()
    if everything:
        for name in _WHERE_NOTHING_CAN_BE_READ:
            importlib.import_module(name)
    _fill_finders()
    sys.dont_write_bytecode = True
    os.environ["MPLCONFIGDIR"] = os.environ["HOME"]  # where the fonts were listed is out of a worker's reach


def _import_given() -> None:
    """Import the given code and let it be known by both of its names."""
    from student import given
    from student.given.problem import load_assignment

    for found in pkgutil.walk_packages(given.__path__, "student.given."):
        if found.name.rpartition(".")[2] not in _NOT_FOR_STUDENTS:
            importlib.import_module(found.name)
    load_assignment()  # workers cannot read its file
    for name, module in list(sys.modules.items()):
        if name == "student.given" or name.startswith("student.given."):
            sys.modules[name.removeprefix("student.")] = module


def _import_probes() -> None:
    """Import every module beside this one, so that its probes register."""
    from grader import worker

    for found in pkgutil.iter_modules(worker.__path__, "grader.worker."):
        importlib.import_module(found.name)


def _fill_finders() -> None:
    """Let the path finders list every folder once; a worker may not list some of them."""
    importlib.invalidate_caches()
    importlib.util.find_spec("a_module_that_does_not_exist")
