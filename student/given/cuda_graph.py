"""Capture of a whole training step in a CUDA graph.

ResNet-20 at batch 256 is so small that a GPU waits for the host to launch its 450 kernels; a graph
launches them at once. What cannot be captured (a quantizer that reads a number back to the host
in each step, such as ``if alpha == 0`` or ``.item()``) runs step by step instead.
"""

import torch

WARM_UP_STEPS = 3


def capture_step(step, batch, net, optimizer):
    """Capture a training step; the network and the optimizer are as before afterwards.

    Args:
        step: Takes `given.augmentation.Choices`, trains on them and returns nothing.
        batch: The choices of one full batch, on a CUDA device.
        net: The network that ``step`` trains.
        optimizer: Its ``torch.optim.SGD``.

    Returns:
        ``(replay, "")`` where ``replay`` takes the choices of a batch of the same size, or
        ``(None, why)`` where the step cannot be captured.

    References:
        PyTorch, CUDA semantics, CUDA graphs: whole-network capture.
    """
    saved = _save(net, optimizer)
    static = type(batch)(*(values.clone() for values in batch))
    graph = torch.cuda.CUDAGraph()
    try:
        stream = torch.cuda.Stream()
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            for _ in range(WARM_UP_STEPS):
                step(static)
        torch.cuda.current_stream().wait_stream(stream)
        with torch.cuda.graph(graph):
            step(static)
    except torch.OutOfMemoryError:
        raise
    except RuntimeError as error:
        torch.cuda.synchronize()
        optimizer.zero_grad(set_to_none=True)
        _restore(net, optimizer, saved)
        return None, (str(error).splitlines() or [type(error).__name__])[0]
    _restore(net, optimizer, saved)

    def replay(choices):
        for target, values in zip(static, choices, strict=True):
            target.copy_(values)
        graph.replay()

    return replay, ""


def _save(net, optimizer):
    values = [value.detach().clone() for value in net.state_dict().values()]
    momenta = [
        optimizer.state.get(parameter, {}).get("momentum_buffer")
        for group in optimizer.param_groups
        for parameter in group["params"]
    ]
    return values, [None if momentum is None else momentum.clone() for momentum in momenta]


def _restore(net, optimizer, saved):
    """Write what was saved into the tensors that the graph knows: they must stay where they are."""
    values, momenta = saved
    with torch.no_grad():
        for target, value in zip(net.state_dict().values(), values, strict=True):
            target.copy_(value)
        parameters = [p for group in optimizer.param_groups for p in group["params"]]
        for parameter, momentum in zip(parameters, momenta, strict=True):
            buffer = optimizer.state.get(parameter, {}).get("momentum_buffer")
            if buffer is None:
                continue
            # SGD sets its first momentum to the gradient: the same as starting from zero.
            if momentum is None:
                buffer.zero_()
            else:
                buffer.copy_(momentum)
