"""Which device a worker would be given, told by a driver of our own making."""

import ctypes
import os

import pytest

from grader.sandbox.accelerators import DriverLibrary, NoAcceleratorError, find_accelerator

DEVICES = [("GPU-aaaa", "NVIDIA H100", 3), ("GPU-bbbb", "NVIDIA H100", 0)]

FUNCTIONS = {
    "nvmlInit_v2": "_start",
    "nvmlDeviceGetCount_v2": "_count",
    "nvmlDeviceGetHandleByIndex_v2": "_find_by_index",
    "nvmlDeviceGetHandleByUUID": "_find_by_uuid",
    "nvmlDeviceGetUUID": "_tell_uuid",
    "nvmlDeviceGetName": "_tell_name",
    "nvmlDeviceGetMinorNumber": "_tell_number",
    "nvmlDeviceGetMemoryInfo": "_tell_memory",
    "nvmlDeviceGetMigMode": "_tell_partitions",
    "nvmlDeviceGetComputeRunningProcesses_v3": "_tell_processes",
}


class FakeDriver:
    """NVML's functions, with two devices; a status that is set is what a function fails with."""

    def __init__(self, devices=DEVICES, partitioned=False, processes=(), **failing):
        self.devices = devices
        self.partitioned = partitioned
        self.processes = processes
        self.failing = failing

    def __getattr__(self, name):
        if name in self.failing:
            return lambda *_: self.failing[name]
        return getattr(self, FUNCTIONS[name])

    def _start(self):
        return 0

    def _count(self, count):
        count._obj.value = len(self.devices)
        return 0

    def _find_by_index(self, index, handle):
        handle._obj.value = index + 1
        return 0

    def _find_by_uuid(self, uuid, handle):
        handle._obj.value = 1 + [device[0] for device in self.devices].index(uuid.decode())
        return 0

    def _tell_uuid(self, handle, text, size):
        assert len(text) == size
        text.value = self.devices[handle.value - 1][0].encode()
        return 0

    def _tell_name(self, handle, text, size):
        assert len(text) == size
        text.value = self.devices[handle.value - 1][1].encode()
        return 0

    def _tell_number(self, handle, number):
        number._obj.value = self.devices[handle.value - 1][2]
        return 0

    def _tell_memory(self, handle, memory):
        memory._obj.total, memory._obj.used = 80 << 30, handle.value << 30
        return 0

    def _tell_partitions(self, handle, now, later):
        now._obj.value = later._obj.value = int(self.partitioned)
        return 0

    def _tell_processes(self, handle, count, found):
        assert count._obj.value >= len(self.processes)
        count._obj.value = len(self.processes)
        for entry, (pid, used) in zip(found, self.processes, strict=False):
            entry.pid, entry.used = pid, used
        return 0


@pytest.fixture
def nodes(tmp_path):
    """Make a folder of device nodes: links to /dev/null are as good."""

    def make(*names):
        for name in names:
            (tmp_path / name).symlink_to("/dev/null")
        return tmp_path

    return make


ALL = ("nvidiactl", "nvidia-uvm", "nvidia0", "nvidia3")


@pytest.mark.parametrize(
    ("visible", "uuid", "number"),
    [(None, "GPU-aaaa", 3), ("1", "GPU-bbbb", 0), ("GPU-bb", "GPU-bbbb", 0), ("1,0", "GPU-bbbb", 0)],
)
def test_the_first_visible_device_and_its_own_node_are_chosen(nodes, monkeypatch, visible, uuid, number):
    """The number of a node is the driver's, not the place in the list; other devices' nodes stay out."""
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    folder = nodes(*ALL, "nvidia-uvm-tools")
    found = find_accelerator(DriverLibrary(FakeDriver()), folder, visible)
    assert (found.uuid, found.name, found.total_bytes) == (uuid, "NVIDIA H100", 80 << 30)
    names = [os.path.basename(node) for node in found.nodes]  # noqa: PTH119
    assert names == ["nvidiactl", "nvidia-uvm", f"nvidia{number}", "nvidia-uvm-tools"]


@pytest.mark.parametrize(
    ("driver", "visible", "told"),
    [
        ({"devices": []}, None, "shows no device"),
        ({}, "", "hides every device"),
        ({}, "-1", "hides every device"),
        ({}, "7", "names 7, found 2 devices"),
        ({}, "GPU-", "names GPU-, found 2 devices"),
        ({}, "MIG-1", "names a MIG partition"),
        ({"partitioned": True}, None, "cut into MIG partitions"),
        ({"nvmlDeviceGetCount_v2": 15}, None, "nvmlDeviceGetCount_v2 gave status 15"),
    ],
    ids=str,
)
def test_a_device_that_cannot_be_given_is_told_in_words(nodes, driver, visible, told):
    """The reason stands in the result, and behind --device cuda."""
    with pytest.raises(NoAcceleratorError, match=told):
        find_accelerator(DriverLibrary(FakeDriver(**driver)), nodes(*ALL), visible)


def test_a_missing_node_is_named(nodes):
    """In a container without the device the library may be there all the same."""
    folder = nodes("nvidiactl")
    (folder / "nvidia3").write_bytes(b"")  # no device
    with pytest.raises(NoAcceleratorError) as refused:
        find_accelerator(DriverLibrary(FakeDriver()), folder, "0")
    assert str(refused.value) == f"found no device node {folder}/nvidia-uvm, {folder}/nvidia3"


def test_a_driver_that_does_not_start_is_told_in_words():
    """Driver and library of two versions, after an update without a restart."""
    with pytest.raises(NoAcceleratorError, match="nvmlInit_v2 gave status 18"):
        DriverLibrary(FakeDriver(nvmlInit_v2=18))


def test_a_machine_without_a_driver_is_told_so(monkeypatch):
    """The usual case."""

    def missing(_):
        raise OSError("no such file")

    monkeypatch.setattr(ctypes, "CDLL", missing)
    with pytest.raises(NoAcceleratorError, match="this machine has no NVIDIA driver"):
        find_accelerator()


@pytest.mark.parametrize(
    ("processes", "used"), [([(5, 10), (7, 20)], 20), ([(5, 10)], None), ([(7, (1 << 64) - 1)], None)]
)
def test_memory_of_a_process_is_known_or_it_is_not(processes, used):
    """In a container the driver knows processes by other numbers, or does not tell."""
    library = DriverLibrary(FakeDriver(processes=processes))
    assert library.count_used_by("GPU-bbbb", 7) == used
    assert library.count_used("GPU-bbbb") == 2 << 30
