"""The hostile uploads can be built, quickly and small; none is graded here."""

import os
import stat
from collections import Counter

import pytest

from tests.bank.canaries import Canaries
from tests.bank.uploads import list_hostile_uploads

UPLOADS = list_hostile_uploads()
CODE = {"earned", "lab1 lost", "none", "open"}


def test_every_kind_is_tried():
    counts = Counter(upload.kind for upload in UPLOADS)
    assert set(counts) == {"archive", "file", "name", "source", "notebook", "pdf", "answers"}
    assert len({str(upload) for upload in UPLOADS}) == len(UPLOADS) >= 80


@pytest.mark.parametrize("upload", UPLOADS, ids=str)
def test_it_can_be_built(upload, tmp_path):
    """The upload appears inside its folder, and nothing of it takes much room."""
    secret = tmp_path / "canary"
    secret.write_text("secret", encoding="utf-8")
    (tmp_path / "outside").mkdir()
    (tmp_path / "upload").mkdir()
    canaries = Canaries(canary_file=str(secret), canary_folder=str(tmp_path / "outside"))
    built = upload.build(tmp_path / "upload", canaries)
    assert built.parent == tmp_path / "upload"
    assert os.path.lexists(built)
    assert upload.attempts.endswith(".")
    assert upload.code in CODE
    assert secret.read_text(encoding="utf-8") == "secret"
    assert not list((tmp_path / "outside").iterdir())
    blocks = 0
    for folder, _, names in os.walk(tmp_path / "upload"):
        for name in names:
            status = os.lstat(os.path.join(folder, name))  # noqa: PTH118 - os.walk gives text
            blocks += status.st_blocks * 512 if stat.S_ISREG(status.st_mode) else 0
    assert blocks < 200 << 20
