"""Training of a network on resident images: one step, one epoch, errors in words."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F

from .augmentation import choose_epoch
from .cuda_graph import capture_step
from .devices import use_precision
from .errors import TrainingError


@dataclass(frozen=True)
class Recipe:
    """How to train: stochastic gradient descent with momentum.

    The defaults are those of the course's ``finetune``.

    Attributes:
        epochs: Passes over the training images.
        batch_size: Images per step; the last step of an epoch takes what is left.
        learning_rate: Its largest value.
        momentum: Momentum.
        nesterov: Whether Nesterov's form is used.
        weight_decay: Of all parameters.
        warm_up: Share of the steps in which the learning rate grows from 0. Above 0, it falls
            linearly to 0 afterwards; at 0 it is constant.
        seed: Seed of the order of the images and of their crops and flips.
    """

    epochs: int = 10
    batch_size: int = 256
    learning_rate: float = 0.002
    momentum: float = 0.875
    nesterov: bool = False
    weight_decay: float = 1e-4
    warm_up: float = 0.0
    seed: int = 0

    def rate_at(self, step, steps):
        """Return the learning rate of a step.

        Examples:
            >>> recipe = Recipe(learning_rate=0.1, warm_up=0.2)
            >>> [round(recipe.rate_at(step, 10), 4) for step in (0, 1, 2, 6, 10)]
            [0.05, 0.1, 0.1, 0.05, 0.0]
            >>> Recipe().rate_at(7, 10)
            0.002
        """
        if not self.warm_up:
            return self.learning_rate
        done = step / steps
        rising = (step + 1) / (self.warm_up * steps)
        return self.learning_rate * min(rising, (1 - done) / (1 - self.warm_up), 1.0)


class Trainer:
    """A network, its optimizer and its training images on one device.

    On CUDA the whole step (gather, forward, backward, update) is captured in a CUDA graph where
    the learning rate is constant and the quantizer can be captured; it runs step by step
    otherwise.

    Args:
        net: The network, on the device of the images.
        images: `given.augmentation.ResidentImages`.
        recipe: The `Recipe`.
        precision: ``"float32"``, ``"tf32"`` (CUDA; float32 on a CPU) or ``"bfloat16"``.

    Attributes:
        net: The network.
        optimizer: ``torch.optim.SGD``.
        capture_failure: Why no CUDA graph is used; empty where one is, or where none was tried.
    """

    def __init__(self, net, images, recipe, precision="float32"):
        self.net = net
        self.recipe = recipe
        self.capture_failure = ""
        self._images = images
        self._precision = precision
        self._device = images.labels.device
        self._replay = None
        self._loss_sum = torch.zeros((), device=self._device)
        self.optimizer = torch.optim.SGD(
            net.parameters(),
            lr=recipe.learning_rate,
            momentum=recipe.momentum,
            nesterov=recipe.nesterov,
            weight_decay=recipe.weight_decay,
            fused=True if self._device.type == "cuda" else None,
        )

    @property
    def steps_per_epoch(self):
        """The number of steps of an epoch."""
        return -(-len(self._images) // self.recipe.batch_size)

    def step(self, choices):
        """Take one step on a batch.

        Args:
            choices: `given.augmentation.Choices` of the batch, on the device.
        """
        x = self._images.gather(choices)
        labels = self._images.labels.index_select(0, choices.index)
        self.optimizer.zero_grad(set_to_none=True)
        with torch.autocast(
            self._device.type,
            torch.bfloat16,
            enabled=self._precision == "bfloat16",
            cache_enabled=False,
        ):
            logits = self.net(x)
        loss = F.cross_entropy(logits.float(), labels)
        loss.backward()
        self.optimizer.step()
        self._loss_sum.add_(loss.detach(), alpha=len(labels))

    def train_epoch(self, epoch, on_step=None):
        """Train one epoch.

        Args:
            epoch: Which epoch, from 0; it decides the order, the crops and the flips.
            on_step: Called after each step with the number of steps done.

        Returns:
            The mean loss over the epoch.

        Raises:
            TrainingError: The loss is not finite, or the memory of the device is used up.
        """
        self.net.train()
        self._loss_sum.zero_()
        count, size = len(self._images), self.recipe.batch_size
        choices = choose_epoch(count, self.recipe.seed, epoch).to(self._device)
        try:
            with use_precision(self._precision):
                self._prepare(choices)
                for step in range(self.steps_per_epoch):
                    self._take(choices.take(step * size, (step + 1) * size), epoch, step)
                    if on_step:
                        on_step(step + 1)
        except torch.OutOfMemoryError as error:
            raise TrainingError(
                f"the memory of {self._device} is used up in epoch {epoch + 1}",
                hint="end other programs that use it (nvidia-smi lists them), or add --device cpu",
            ) from error
        loss = float(self._loss_sum) / count
        if not loss < float("inf"):
            self._refuse(epoch)
        return loss

    def _prepare(self, choices):
        """Capture the step once, where it can be."""
        tried = self._replay is not None or self.capture_failure
        if self._device.type == "cuda" and not self.recipe.warm_up and not tried:
            batch = choices.take(0, self.recipe.batch_size)
            self._replay, self.capture_failure = capture_step(self.step, batch, self.net, self.optimizer)
            self._loss_sum.zero_()

    def _take(self, batch, epoch, step):
        if self._replay is not None and len(batch.index) == self.recipe.batch_size:
            self._replay(batch)
            return
        rate = self.recipe.rate_at(
            epoch * self.steps_per_epoch + step, self.recipe.epochs * self.steps_per_epoch
        )
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.step(batch)
        # Reading the loss waits for the device, so on CUDA it is read once per epoch.
        if self._device.type == "cpu" and not self._loss_sum.isfinite():
            self._refuse(epoch, step)

    def _refuse(self, epoch, step=None):
        where = f"epoch {epoch + 1}" + ("" if step is None else f", step {step + 1}")
        raise TrainingError(
            f"the loss is {float(self._loss_sum)} in {where}, expected a finite number",
            hint="does STE.forward return finite weights of the size of w?",
        )
