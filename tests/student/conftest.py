"""What the tests of the student's side share."""

import sys

import pytest
import torch

from tests.bank.paths import HANDOUT


@pytest.fixture
def clean_imports():
    """Forget the modules that a submission brought, and let ``import given`` find the handout."""
    modules, path, dtype = dict(sys.modules), list(sys.path), torch.get_default_dtype()
    sys.path.insert(0, str(HANDOUT))
    yield
    sys.path[:] = path
    torch.set_default_dtype(dtype)
    for name in set(sys.modules) - set(modules):
        file = getattr(sys.modules[name], "__file__", None) or ""
        if "site-packages" not in file and not name.startswith(("student", "grader", "reference", "tests")):
            del sys.modules[name]
