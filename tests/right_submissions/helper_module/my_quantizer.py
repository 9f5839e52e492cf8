import torch


def quantize(w, bit):
    if bit is None:
        return w
    if bit == 0:
        return torch.zeros_like(w)
    lo = w.min()
    width = w.max() - lo
    if width == 0:
        return w
    n = 2 ** bit - 1
    return torch.round(n * ((w - lo) / width)) * (width / n) + lo


def mean_bits(layers):
    bits = count = 0
    for layer in layers:
        bits += layer.weight.numel() * (32 if layer.Nbits is None else layer.Nbits)
        count += layer.weight.numel()
    return bits / count
