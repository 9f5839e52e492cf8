"""The machine is as clean after hostile submissions as before, and this would be noticed otherwise."""

import contextlib
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from grader.grade import grade_submission
from grader.sandbox import Sandbox
from grader.submission import read_submission
from tests.bank.hostile import list_hostile_submissions, write_hostile
from tests.hostile.conftest import HOSTILE_LIMITS
from tests.hostile.leftovers import Machine, adopt_orphans, list_descendants, use_private_folder

# Whatever starts processes, writes files, mounts, leaves its group or hoards: one attack of each way.
CHOSEN = (
    "escapes.becomes_a_daemon",
    "escapes.leaves_the_group",
    "escapes.makes_a_user_namespace",
    "escapes.mounts",
    "escapes.outlives_the_grader",
    "escapes.writes_common_places",
    "exhausts.disk",
    "exhausts.fork_bomb",
    "exhausts.many_files",
    "exhausts.memory_file",
    "exhausts.shared_memory",
    "exhausts.thread_bomb",
    "exits.segmentation_fault",
    "never_returns.call_blocks_all_signals",
)
pytestmark = [pytest.mark.slow, pytest.mark.hostile]


@pytest.fixture
def private(tmp_path, monkeypatch):
    """A folder of our own for temporary files, and orphans that come back to us."""
    folder = tmp_path / "private"
    folder.mkdir()
    use_private_folder(folder, monkeypatch)
    adopt_orphans(wanted=True)
    yield folder
    adopt_orphans(wanted=False)


def wait_for_changes(before, private, *, wanted):
    """Return what changed, once there is something, or nothing, as is wanted; it may take a moment."""
    end = time.monotonic() + 5.0
    while True:
        for process in set(list_descendants(os.getpid())) - set(before.processes):
            with contextlib.suppress(ChildProcessError):  # an orphan that ended waits for us, who adopted it
                os.waitpid(process, os.WNOHANG)
        changes = Machine.look(private).list_changes(before)
        if bool(changes) is wanted or time.monotonic() > end:
            return changes
        time.sleep(0.05)


def test_machine_is_as_clean_as_before(private, settings, watch, tmp_path):
    """After fourteen attacks and the end of the sandbox: no process, mount, file, message, open file."""
    attacks = {str(attack): attack for attack in list_hostile_submissions()}
    before = Machine.look(private)
    with Sandbox.start(limits=HOSTILE_LIMITS) as sandbox:
        for name in CHOSEN:
            folder = tmp_path / name
            folder.mkdir()
            write_hostile(attacks[name], folder, watch.canaries)
            grade_submission(read_submission(folder), sandbox, settings)
        warm = sandbox._warm.process_id
        assert warm in list_descendants(os.getpid())
    assert wait_for_changes(before, private, wanted=False) == []
    assert watch.list_touched() == []


LEAVERS = {
    "a process whose parent ended": "subprocess.Popen(['sleep', '30'], start_new_session=True)",
    "a file": "open(os.path.join(os.environ['TMPDIR'], 'left'), 'w').close()",
    "a file of a user without an account": (
        "name = '/dev/shm/hw4-left'; open(name, 'w').close(); os.chown(name, 0x70000001, 0x70000001)"
    ),
    "shared memory": "import ctypes; assert ctypes.CDLL(None).shmget(0x4857_3401, 64, 0o1600) >= 0",
}


@pytest.mark.parametrize("what", LEAVERS)
def test_what_is_left_behind_is_seen(private, what):
    """A leftover of each kind is named: the comparison above can fail."""
    if "account" in what and os.geteuid() != 0:
        pytest.skip("only root can give a file away")
    before = Machine.look(private)
    subprocess.run([sys.executable, "-c", f"import os, subprocess\n{LEAVERS[what]}"], check=True)
    try:
        changes = wait_for_changes(before, private, wanted=True)
        assert len(changes) == 1, changes
    finally:
        for process in set(list_descendants(os.getpid())) - set(before.processes):
            os.kill(process, 9)
            os.waitpid(process, 0)
        Path("/dev/shm/hw4-left").unlink(missing_ok=True)
        if what == "shared memory":
            _remove_segment()
    assert wait_for_changes(before, private, wanted=what == "a file") == changes * (what == "a file")


def _remove_segment():
    import ctypes

    libc = ctypes.CDLL(None)
    libc.shmctl(libc.shmget(0x48573401, 0, 0), 0, None)


def test_an_open_file_that_is_left_is_seen(private):
    """A pipe to a worker that nobody closed."""
    before = Machine.look(private)
    ends = os.pipe()
    assert len(Machine.look(private).list_changes(before)) == 1
    for end in ends:
        os.close(end)
    assert Machine.look(private).list_changes(before) == []
