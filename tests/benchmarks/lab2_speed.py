"""Speed of training and evaluation, beside a loop written after the assignment's description.

Run ``python -m tests.benchmarks.lab2_speed [--device cuda]`` on an idle machine. The straightforward loop
has a ``DataLoader`` with worker processes, transforms image by image, and trains eagerly in float32,
channels first. It runs first and this engine after it, in one process (this engine changes how freed memory
is kept); medians over the rounds are printed.
"""

import argparse
import platform
import statistics
import time
from pathlib import Path

import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms

from grader.grade import assemble, load_handout, survey
from grader.lab2.verification import Lab2Verification
from grader.sandbox import Sandbox
from grader.submission import read_files
from reference import FP_layers
from student.given.augmentation import MEAN, STD, ResidentImages
from student.given.datasets import Split, load_dataset
from student.given.devices import PRECISIONS, choose_device, keep_freed_memory
from student.given.evaluation import evaluate_states
from student.given.pretrained import load_embedded_weights
from student.given.quantized_state import build_network, quantize_state
from student.given.training import Recipe, Trainer

BITS = 3
BATCH = 256
TEST_IMAGES = 10_000
SCHEMES = (None, 6, 5, 4, 3, 2, (4, 4, 2), (4, 2, 4), (2, 4, 4))
TO_TENSOR = [transforms.ToTensor(), transforms.Normalize(MEAN, STD)]
AUGMENTED = [transforms.RandomCrop(32, padding=4), transforms.RandomHorizontalFlip()]


class Images(Dataset):
    """Images one by one, as ``torchvision.datasets.CIFAR10`` gives them."""

    def __init__(self, split, transform):
        self._images, self._labels = split.images.numpy(), split.labels.tolist()
        self._transform = transform

    def __len__(self):
        return len(self._labels)

    def __getitem__(self, index):
        return self._transform(transforms.functional.to_pil_image(self._images[index])), self._labels[index]


class PlainLoop:
    """Training and testing as the assignment describes them."""

    def __init__(self, state, train, test, device, workers):
        self._device = device
        self._net = build_network(state, BITS, FP_layers, device)
        self._optimizer = torch.optim.SGD(self._net.parameters(), lr=0.002, momentum=0.875, weight_decay=1e-4)
        options = {"batch_size": BATCH, "num_workers": workers}
        augment = transforms.Compose([*AUGMENTED, *TO_TENSOR])
        self._train = DataLoader(Images(train, augment), shuffle=True, **options)
        self._test = DataLoader(Images(test, transforms.Compose(TO_TENSOR)), **options)

    def train_epoch(self):
        """Train one epoch."""
        self._net.train()
        for images, labels in self._train:
            logits = self._net(images.to(self._device))
            loss = nn.functional.cross_entropy(logits, labels.to(self._device))
            self._optimizer.zero_grad()
            loss.backward()
            self._optimizer.step()
            loss.item()

    @torch.no_grad()
    def test(self):
        """Test once."""
        self._net.eval()
        right = 0
        for images, labels in self._test:
            logits = self._net(images.to(self._device))
            right += (logits.argmax(dim=1) == labels.to(self._device)).sum().item()
        return right


def measure(action, device):
    """Return the seconds that an action takes."""
    start = time.perf_counter()
    action()
    if device.type == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter() - start


def report(name, seconds, count, baseline=None):
    """Print the median with all values and, beside a baseline, how many times as fast it is."""
    median = statistics.median(seconds)
    times = f", {baseline / median:.2f} times" if baseline else ""
    values = " ".join(f"{value:.2f}" for value in seconds)
    print(
        f"{name:46} {count / median:8.0f} images/s{times}  (median of {len(seconds)}: {values} s)", flush=True
    )
    return median


def tell(name, seconds):
    """Print the median of some seconds with all values."""
    values = " ".join(f"{value:.2f}" for value in seconds)
    print(f"{name}: {statistics.median(seconds):.2f} s  ({values} s)")


def repeat(split, count):
    """Return so many images of a split, from the start again where it has fewer."""
    times = -(-count // len(split))
    return Split(split.images.repeat(times, 1, 1, 1), split.labels.repeat(times)).take(count)


def main():
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--precision", choices=PRECISIONS, default="float32")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--images", type=int, default=2560, help="training images of an epoch")
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    device = choose_device(arguments.device)
    dataset, state = load_dataset("embedded"), load_embedded_weights()
    train = repeat(dataset.train, arguments.images)
    gpu = f", {torch.cuda.get_device_name(device)}" if device.type == "cuda" else ""
    print(
        f"{device}{gpu}, {torch.get_num_threads()} threads, {platform.machine()}, torch {torch.__version__}; "
        f"{len(train)} training images, {len(dataset.test)} test images, {arguments.workers} loader workers"
    )
    plain = PlainLoop(state, train, dataset.test, device, arguments.workers)
    plain_times = [
        (measure(plain.train_epoch, device), measure(plain.test, device)) for _ in range(arguments.rounds)
    ]
    keep_freed_memory()  # a setting of the whole process, so the plain loop runs before it
    images, test = ResidentImages(train, device), ResidentImages(dataset.test, device)
    trainer = Trainer(
        build_network(state, BITS, FP_layers, device), images, Recipe(batch_size=BATCH), arguments.precision
    )
    quantized = quantize_state(state, BITS, FP_layers)
    trainer.train_epoch(0)
    own_times = [
        (
            measure(lambda epoch=epoch: trainer.train_epoch(epoch), device),
            measure(lambda: evaluate_states([quantized], test), device),
        )
        for epoch in range(1, arguments.rounds + 1)
    ]
    for index, (what, count) in enumerate((("training", len(train)), ("evaluation", len(dataset.test)))):
        slow = report(f"{what}, straightforward loop", [t[index] for t in plain_times], count)
        report(f"{what}, this engine", [t[index] for t in own_times], count, slow)
    if trainer.capture_failure:
        print(f"no CUDA graph: {trainer.capture_failure}")
    states = [quantize_state(state, bits, FP_layers) for bits in SCHEMES]
    many = ResidentImages(repeat(dataset.test, TEST_IMAGES), device)
    nine = [measure(lambda: evaluate_states(states, many), device) for _ in range(arguments.rounds)]
    tell(f"nine evaluations of (b) and (d) on {TEST_IMAGES} images", nine)
    if device.type == "cpu":
        measure_short_finetune(arguments.rounds)


def measure_short_finetune(rounds):
    """Print how long the short finetune of a grading takes, in its confined worker, with the evaluation."""
    lab2 = Lab2Verification.open("embedded", None)
    source = Path(FP_layers.__file__).read_bytes()
    submission = read_files("reference", {"FP_layers.py": source})
    with Sandbox.start() as sandbox:
        assembly = assemble(submission, survey(submission, sandbox), load_handout()).only("STE")
        with sandbox.open_training_session(assembly.as_wire(), 600.0) as session:
            seconds = [
                measure(lambda: lab2.finetune_shortly(session.probe, ("bits_2",)), torch.device("cpu"))
                for _ in range(rounds)
            ]
    tell("short finetune at 2 bits, in its worker", seconds)


if __name__ == "__main__":
    main()
