"""One grading at a time uses a device, and nobody waits for the dead."""

import signal
import subprocess
import sys
import threading
import time

import pytest

from grader.errors import StaffError
from grader.sandbox import device_queue
from grader.sandbox.device_queue import WAITING, WORKING, find_runtime_folder, hold_device, listen

HOLDER = """
import sys, time
from pathlib import Path
from grader.sandbox.device_queue import hold_device
with hold_device("GPU-1", Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def told():
    """Note what this process is told about waiting."""
    states = []
    listen(states.append)
    yield states
    listen(None)


def wait_in_a_thread(folder):
    """Hold the device in another thread; returns the thread and what it noted."""
    noted = []

    def hold():
        with hold_device("GPU-1", folder) as waited:
            noted.append(waited)

    thread = threading.Thread(target=hold)
    thread.start()
    return thread, noted


def test_the_second_waits_for_the_first_and_says_so(tmp_path, told):
    """Who counts the time of a grading is told when to stop and when to go on."""
    with hold_device("GPU-1", tmp_path) as waited:
        assert waited < 0.5
        assert told == []
        thread, noted = wait_in_a_thread(tmp_path)
        time.sleep(0.4)
        assert noted == []
        assert told == [WAITING]
    thread.join(10)
    assert noted[0] >= 0.3
    assert told == [WAITING, WORKING]


def test_another_device_has_another_queue(tmp_path, told):
    """Two devices serve two gradings."""
    with hold_device("GPU-1", tmp_path), hold_device("GPU-2", tmp_path):
        assert told == []


def test_a_killed_holder_frees_the_device(tmp_path, told):
    """The kernel lets go of the lock of a process that was killed."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout.readline() == "held\n"
        thread, noted = wait_in_a_thread(tmp_path)
        time.sleep(0.3)
        assert noted == []
        holder.send_signal(signal.SIGKILL)
        thread.join(10)
    assert noted


def test_a_lock_that_was_removed_while_somebody_waited_is_made_anew(tmp_path):
    """Programs that tidy up temporary files must not let two in."""
    with hold_device("GPU-1", tmp_path):
        thread, noted = wait_in_a_thread(tmp_path)
        time.sleep(0.2)
        (tmp_path / "device-GPU-1.lock").unlink()
        with hold_device("GPU-1", tmp_path):  # the new file's
            pass
    thread.join(10)
    assert noted
    assert (tmp_path / "device-GPU-1.lock").exists()


def test_an_error_inside_frees_the_device(tmp_path, told):
    """Whatever ends a training, the next one gets its turn."""
    with pytest.raises(ZeroDivisionError), hold_device("GPU-1", tmp_path):
        _ = 1 / 0
    with hold_device("GPU-1", tmp_path):
        assert told == []


def test_a_name_is_no_path(tmp_path):
    """What a driver calls a device is no way out of the folder."""
    with hold_device("../GPU/1", tmp_path):
        assert [path.name for path in tmp_path.iterdir()] == ["device-.._GPU_1.lock"]


def test_the_folder_is_ours_alone(tmp_path):
    """A folder that others may write could hold anything."""
    folder = find_runtime_folder(tmp_path)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert find_runtime_folder(tmp_path) == folder
    folder.chmod(0o777)
    with pytest.raises(StaffError, match="expected a folder of our own"):
        find_runtime_folder(tmp_path)
    folder.rmdir()
    folder.symlink_to(tmp_path)
    with pytest.raises(StaffError, match="expected a folder of our own"):
        find_runtime_folder(tmp_path)


def test_a_link_in_the_place_of_a_lock_is_refused(tmp_path):
    """Nothing is opened through it."""
    (tmp_path / "device-GPU-1.lock").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StaffError, match="no lock can be made"), hold_device("GPU-1", tmp_path):
        pass
    assert not (tmp_path / "elsewhere").exists()


def test_nobody_is_told_when_nobody_listens():
    """A single grading has no clock to stop."""
    device_queue._tell(WAITING)
