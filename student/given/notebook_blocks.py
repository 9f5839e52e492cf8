"""What the code blocks of ``hw4.ipynb`` call: images, test, finetune, and the figures of Lab 1."""

import importlib
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from .lab1_experiments import list_figures, run_experiments


def load_images(data="embedded", most=None):
    """Load the images of Lab 2.

    Args:
        data: ``"embedded"`` (no download), ``"cifar10"`` (downloaded once), or the path of a folder or
            archive with ``train/<class>`` and ``test/<class>``.
        most: Use at most so many images for training and for testing; all when None.

    Returns:
        A `given.datasets.ImageSet`.
    """
    from .datasets import load_dataset

    images = load_dataset(data, notify=print)
    if most is not None:
        images = replace(images, train=images.train.take(most), test=images.test.take(most))
    print(f"{images.name}: {len(images.train):,} training and {len(images.test):,} test images")
    return images


def load_pretrained(images, path=None):
    """Load the pretrained floating-point weights that belong to the images.

    Args:
        images: From `load_images`.
        path: A checkpoint such as the ``pretrained_model.pt`` of HW4.zip; the shipped one when None.

    Returns:
        A state dict, for ``net.load_state_dict``.
    """
    from . import pretrained
    from .datasets import EMBEDDED

    if path is not None:
        return pretrained.load_weights(path)
    return (
        pretrained.load_embedded_weights() if images.name == EMBEDDED else pretrained.load_cifar10_weights()
    )


def test(net, images, device="auto"):  # noqa: PT028  # the course calls it test; it is none of pytest's
    """Measure and print the test accuracy of a network.

    Args:
        net: A ``ResNetCIFAR``.
        images: From `load_images`.
        device: ``"auto"``, ``"cpu"`` or ``"cuda"``.

    Returns:
        The accuracy, a fraction.
    """
    from .augmentation import ResidentImages
    from .devices import choose_device
    from .evaluation import evaluate_states
    from .quantized_state import quantize_network

    state = quantize_network(net, _import_layers())
    (accuracy,) = evaluate_states([state], ResidentImages(images.test, choose_device(device)))
    print(f"test accuracy {accuracy:.4f}")
    return accuracy


def finetune(
    net,
    images,
    epochs=10,
    batch_size=256,
    lr=0.002,
    momentum=0.875,
    weight_decay=1e-4,
    seed=0,
    device="auto",
):
    """Finetune a quantized network, test it after each epoch and keep the best.

    Args:
        net: A ``ResNetCIFAR``; it holds the weights of the best epoch afterwards.
        images: From `load_images`.
        epochs: Passes over the training images.
        batch_size: Images per step.
        lr: Learning rate.
        momentum: Momentum of stochastic gradient descent.
        weight_decay: Weight decay.
        seed: Seed of order, crops and flips.
        device: ``"auto"``, ``"cpu"`` or ``"cuda"``.

    Returns:
        The highest test accuracy, a fraction.
    """
    from .augmentation import ResidentImages
    from .devices import choose_device
    from .evaluation import evaluate_states
    from .quantized_state import quantize_network
    from .training import Recipe, Trainer

    place, layers = choose_device(device), _import_layers()
    recipe = Recipe(epochs, batch_size, lr, momentum, weight_decay=weight_decay, seed=seed)
    trainer = Trainer(net.to(place), ResidentImages(images.train, place), recipe)
    testing = ResidentImages(images.test, place)
    best, best_state = -1.0, None
    for epoch in range(epochs):
        loss = trainer.train_epoch(epoch)
        net.eval()
        (accuracy,) = evaluate_states([quantize_network(net, layers)], testing)
        print(f"epoch {epoch + 1:2d} of {epochs}: loss {loss:.4f}, test accuracy {accuracy:.4f}", flush=True)
        if accuracy > best:
            best = accuracy
            best_state = {name: value.detach().clone() for name, value in net.state_dict().items()}
    net.load_state_dict(best_state)
    print(f"highest test accuracy {best:.4f}")
    return best


def _import_layers():
    layers = importlib.import_module("FP_layers")
    for name in ("STE", "FP_Conv", "FP_Linear"):
        if not hasattr(layers, name):
            raise AttributeError(f"FP_layers.py defines no {name}; restore it from the handout")
    return layers


def show_lab1(item, functions):
    """Run the methods of one item of Lab 1 and show its figure.

    Args:
        item: ``"lab1.b"`` to ``"lab1.g"``.
        functions: What provides ``gd_step``, ``prune_topk``, ``soft_threshold`` and
            ``trimmed_l1_prox``.

    The figures are displayed in a notebook only.
    """
    from report_template.figures import save_figure
    from report_template.plots import plot_trajectories

    runs = run_experiments(functions)
    for run in runs:
        if run["item"] == item:
            print(run["label"], "|", run.get("error") or _summarize(run))
    if "IPython" not in sys.modules:
        return
    from IPython.display import Image, display

    prefix = item.replace(".", "_")
    with tempfile.TemporaryDirectory() as folder:
        for name, drawn, caption in list_figures(runs):
            if name.startswith(prefix):
                save_figure(plot_trajectories(drawn, caption), Path(folder) / "figure.png")
                display(Image(Path(folder) / "figure.png", width=900))


def _summarize(run):
    weights = ", ".join("nan" if w is None else f"{w + 0.0:.4g}" for w in run["final_weights"])
    loss = "not finite" if run["final_loss"] is None else f"{run['final_loss']:.4g}"
    return f"L = {loss}, {run['nonzeros']} nonzeros, W = [{weights}]"
