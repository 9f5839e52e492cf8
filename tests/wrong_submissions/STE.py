"""Wrong quantizers: a function is the forward of STE, a class is the whole STE."""

import torch


def symmetric_scale(ctx, w, bit):
    """Scale by the largest magnitude, symmetrically around zero."""
    if bit is None:
        return w
    if bit == 0:
        return torch.zeros_like(w)
    largest = w.abs().max()
    if largest == 0 or w.max() == w.min():
        return w.clone()
    steps = 2**bit - 1
    ws = (w + largest) / (2 * largest)
    return torch.round(steps * ws) / steps * 2 * largest - largest


def one_level_too_many(ctx, w, bit):
    """Use 2^bit steps instead of 2^bit - 1."""
    if bit is None:
        return w
    if bit == 0:
        return torch.zeros_like(w)
    beta = w.min()
    alpha = w.max() - beta
    if alpha == 0:
        return w.clone()
    steps = 2**bit
    return torch.round(steps * (w - beta) / alpha) / steps * alpha + beta


def one_bit_too_many(ctx, w, bit):
    """Use 2^(bit + 1) - 1 steps."""
    if bit is None:
        return w
    if bit == 0:
        return torch.zeros_like(w)
    beta = w.min()
    alpha = w.max() - beta
    if alpha == 0:
        return w.clone()
    steps = 2 ** (bit + 1) - 1
    return torch.round(steps * (w - beta) / alpha) / steps * alpha + beta


def one_bit_too_few(ctx, w, bit):
    """Keep one bit for a sign."""
    if bit is None:
        return w
    if bit == 0:
        return torch.zeros_like(w)
    beta = w.min()
    alpha = w.max() - beta
    if alpha == 0:
        return w.clone()
    steps = max(2 ** (bit - 1) - 1, 1)
    return torch.round(steps * (w - beta) / alpha) / steps * alpha + beta


def bits_as_levels(ctx, w, bit):
    """Use bit steps instead of 2^bit - 1."""
    if bit is None:
        return w
    if bit == 0:
        return torch.zeros_like(w)
    beta = w.min()
    alpha = w.max() - beta
    if alpha == 0:
        return w.clone()
    return torch.round(bit * (w - beta) / alpha) / bit * alpha + beta


def floor(ctx, w, bit):
    """Round down."""
    if bit is None:
        return w
    if bit == 0:
        return torch.zeros_like(w)
    beta = w.min()
    alpha = w.max() - beta
    if alpha == 0:
        return w.clone()
    steps = 2**bit - 1
    return torch.floor(steps * (w - beta) / alpha) / steps * alpha + beta


def ceil(ctx, w, bit):
    """Round up."""
    if bit is None:
        return w
    if bit == 0:
        return torch.zeros_like(w)
    beta = w.min()
    alpha = w.max() - beta
    if alpha == 0:
        return w.clone()
    steps = 2**bit - 1
    return torch.ceil(steps * (w - beta) / alpha) / steps * alpha + beta


def not_rounded(ctx, w, bit):
    """Scale and scale back without rounding."""
    if bit is None:
        return w
    if bit == 0:
        return torch.zeros_like(w)
    beta = w.min()
    alpha = w.max() - beta
    if alpha == 0:
        return w.clone()
    return (w - beta) / alpha * alpha + beta


def rounded_before_scaling(ctx, w, bit):
    """Round in [0, 1], before multiplying by the number of steps."""
    if bit is None:
        return w
    if bit == 0:
        return torch.zeros_like(w)
    beta = w.min()
    alpha = w.max() - beta
    if alpha == 0:
        return w.clone()
    steps = 2**bit - 1
    return (steps * torch.round((w - beta) / alpha)) / steps * alpha + beta


def beta_forgotten(ctx, w, bit):
    """Forget to add beta back."""
    if bit is None:
        return w
    if bit == 0:
        return torch.zeros_like(w)
    beta = w.min()
    alpha = w.max() - beta
    if alpha == 0:
        return w.clone()
    steps = 2**bit - 1
    return torch.round(steps * (w - beta) / alpha) / steps * alpha


def beta_not_subtracted(ctx, w, bit):
    """Forget to subtract beta before scaling."""
    if bit is None:
        return w
    if bit == 0:
        return torch.zeros_like(w)
    beta = w.min()
    alpha = w.max() - beta
    if alpha == 0:
        return w.clone()
    steps = 2**bit - 1
    return torch.round(steps * w / alpha) / steps * alpha + beta


def alpha_is_max(ctx, w, bit):
    """Use the maximum for alpha instead of the range."""
    if bit is None:
        return w
    if bit == 0:
        return torch.zeros_like(w)
    beta = w.min()
    alpha = w.max()
    if alpha == beta or alpha == 0:
        return w.clone()
    steps = 2**bit - 1
    return torch.round(steps * (w - beta) / alpha) / steps * alpha + beta


def per_channel(ctx, w, bit):
    """Take minimum and maximum per output channel."""
    if bit is None:
        return w
    if bit == 0:
        return torch.zeros_like(w)
    rows = w.reshape(w.shape[0], -1)
    beta = rows.min(dim=1, keepdim=True).values
    alpha = rows.max(dim=1, keepdim=True).values - beta
    safe = torch.where(alpha == 0, torch.ones_like(alpha), alpha)
    steps = 2**bit - 1
    return (torch.round(steps * (rows - beta) / safe) / steps * alpha + beta).reshape(w.shape)


def returns_codes(ctx, w, bit):
    """Return the integer codes."""
    if bit is None:
        return w
    if bit == 0:
        return torch.zeros_like(w)
    beta = w.min()
    alpha = w.max() - beta
    if alpha == 0:
        return w.clone()
    return torch.round((2**bit - 1) * (w - beta) / alpha)


def returns_unit_range(ctx, w, bit):
    """Return the quantized values in [0, 1]."""
    if bit is None:
        return w
    if bit == 0:
        return torch.zeros_like(w)
    beta = w.min()
    alpha = w.max() - beta
    if alpha == 0:
        return w.clone()
    steps = 2**bit - 1
    return torch.round(steps * (w - beta) / alpha) / steps


def fixed_range(ctx, w, bit):
    """Quantize the fixed range [-1, 1]."""
    if bit is None:
        return w
    if bit == 0:
        return torch.zeros_like(w)
    if w.min() == w.max():
        return w.clone()
    steps = 2**bit - 1
    ws = (w.clamp(-1, 1) + 1) / 2
    return torch.round(steps * ws) / steps * 2 - 1


def range_always_holds_zero(ctx, w, bit):
    """Stretch the range to zero, as many libraries do."""
    if bit is None:
        return w
    if bit == 0:
        return torch.zeros_like(w)
    if w.min() == w.max():
        return w.clone()
    beta = w.min().clamp(max=0)
    alpha = w.max().clamp(min=0) - beta
    steps = 2**bit - 1
    return torch.round(steps * (w - beta) / alpha) / steps * alpha + beta


def three_sigma_range(ctx, w, bit):
    """Clip at three standard deviations."""
    if bit is None:
        return w
    if bit == 0:
        return torch.zeros_like(w)
    if w.min() == w.max():
        return w.clone()
    beta = torch.maximum(w.min(), w.mean() - 3 * w.std())
    alpha = torch.minimum(w.max(), w.mean() + 3 * w.std()) - beta
    steps = 2**bit - 1
    return torch.round(steps * ((w - beta) / alpha).clamp(0, 1)) / steps * alpha + beta


def none_not_handled(ctx, w, bit):
    """Compute 2 ** None."""
    beta = w.min()
    alpha = w.max() - beta
    steps = 2**bit - 1
    if bit == 0:
        return torch.zeros_like(w)
    if alpha == 0:
        return w.clone()
    return torch.round(steps * (w - beta) / alpha) / steps * alpha + beta


def none_means_32_levels(ctx, w, bit):
    """Quantize to 5 bits where nothing should be quantized."""
    bit = 5 if bit is None else bit
    if bit == 0:
        return torch.zeros_like(w)
    beta = w.min()
    alpha = w.max() - beta
    if alpha == 0:
        return w.clone()
    steps = 2**bit - 1
    return torch.round(steps * (w - beta) / alpha) / steps * alpha + beta


def zero_bits_divide_by_zero(ctx, w, bit):
    """Divide by 2^0 - 1 = 0."""
    if bit is None:
        return w
    beta = w.min()
    alpha = w.max() - beta
    if alpha == 0 and bit:
        return w.clone()
    steps = 2**bit - 1
    R = torch.round(steps * (w - beta) / alpha) / torch.tensor(steps, dtype=w.dtype, device=w.device)
    return alpha * R + beta


def zero_bits_return_w(ctx, w, bit):
    """Treat 0 bits like None."""
    if not bit:
        return w
    beta = w.min()
    alpha = w.max() - beta
    if alpha == 0:
        return w.clone()
    steps = 2**bit - 1
    return torch.round(steps * (w - beta) / alpha) / steps * alpha + beta


def constant_becomes_nan(ctx, w, bit):
    """Divide by alpha = 0 for a constant tensor."""
    if bit is None:
        return w
    if bit == 0:
        return torch.zeros_like(w)
    beta = w.min()
    alpha = w.max() - beta
    steps = 2**bit - 1
    return torch.round(steps * (w - beta) / alpha) / steps * alpha + beta


def constant_becomes_zero(ctx, w, bit):
    """Return zeros for a constant tensor."""
    if bit is None:
        return w
    if bit == 0 or w.min() == w.max():
        return torch.zeros_like(w)
    beta = w.min()
    alpha = w.max() - beta
    steps = 2**bit - 1
    return torch.round(steps * (w - beta) / alpha) / steps * alpha + beta


def in_place(ctx, w, bit):
    """Scale the weights where they lie."""
    if bit is None:
        return w
    if bit == 0:
        return torch.zeros_like(w)
    beta = w.min().clone()
    alpha = (w.max() - beta).clone()
    if alpha == 0:
        return w.clone()
    steps = 2**bit - 1
    w.sub_(beta).div_(alpha)
    return torch.round(steps * w) / steps * alpha + beta


def overwrites_latent_weights(ctx, w, bit):
    """Store the quantized weights in place of the floating-point ones."""
    if bit is None:
        return w
    if bit == 0:
        return torch.zeros_like(w)
    beta = w.min()
    alpha = w.max() - beta
    if alpha == 0:
        return w.clone()
    steps = 2**bit - 1
    wq = torch.round(steps * (w - beta) / alpha) / steps * alpha + beta
    w.data.copy_(wq)
    return wq


def hard_coded_four_bits(ctx, w, bit):
    """Ignore the number of bits."""
    if bit is None:
        return w
    if bit == 0:
        return torch.zeros_like(w)
    beta = w.min()
    alpha = w.max() - beta
    if alpha == 0:
        return w.clone()
    return torch.round(15 * (w - beta) / alpha) / 15 * alpha + beta


def codes_in_int8(ctx, w, bit):
    """Keep the codes in int8, which overflows from 8 bits on."""
    if bit is None:
        return w
    if bit == 0:
        return torch.zeros_like(w)
    beta = w.min()
    alpha = w.max() - beta
    if alpha == 0:
        return w.clone()
    steps = 2**bit - 1
    codes = torch.round(steps * (w - beta) / alpha).to(torch.int32).to(torch.int8)
    return codes.to(w.dtype) / steps * alpha + beta


def returns_float64(ctx, w, bit):
    """Return double precision for single precision weights."""
    if bit is None:
        return w
    if bit == 0:
        return torch.zeros_like(w)
    v = w.detach().double()
    beta = v.min()
    alpha = v.max() - beta
    if alpha == 0:
        return w.clone()
    steps = 2**bit - 1
    return torch.round(steps * (v - beta) / alpha) / steps * alpha + beta


def returns_half(ctx, w, bit):
    """Return half precision."""
    if bit is None:
        return w
    if bit == 0:
        return torch.zeros_like(w)
    beta = w.min()
    alpha = w.max() - beta
    if alpha == 0:
        return w.clone()
    steps = 2**bit - 1
    return (torch.round(steps * (w - beta) / alpha) / steps * alpha + beta).half()


def returns_flat(ctx, w, bit):
    """Return a flat tensor."""
    if bit is None:
        return w
    if bit == 0:
        return torch.zeros_like(w)
    v = w.reshape(-1)
    beta = v.min()
    alpha = v.max() - beta
    if alpha == 0:
        return w.clone()
    steps = 2**bit - 1
    return torch.round(steps * (v - beta) / alpha) / steps * alpha + beta


def scale_cached(ctx, w, bit, _scale={}):
    """Find alpha and beta once and use them for every tensor."""
    if bit is None:
        return w
    if bit == 0:
        return torch.zeros_like(w)
    if w.max() == w.min():
        return w.clone()
    if not _scale:
        _scale["beta"] = w.min().item()
        _scale["alpha"] = w.max().item() - _scale["beta"]
    steps = 2**bit - 1
    ws = (w - _scale["beta"]) / _scale["alpha"]
    return torch.round(steps * ws) / steps * _scale["alpha"] + _scale["beta"]


class backward_zeros(torch.autograd.Function):
    """Override the given backward with the true derivative of rounding: zero."""

    @staticmethod
    def forward(ctx, w, bit):
        if bit is None:
            return w
        if bit == 0:
            return torch.zeros_like(w)
        beta = w.min()
        alpha = w.max() - beta
        if alpha == 0:
            return w.clone()
        steps = 2**bit - 1
        return torch.round(steps * (w - beta) / alpha) / steps * alpha + beta

    @staticmethod
    def backward(ctx, g):
        return torch.zeros_like(g), None


class backward_clipped(torch.autograd.Function):
    """Clip the gradient on its way back."""

    @staticmethod
    def forward(ctx, w, bit):
        if bit is None:
            return w
        if bit == 0:
            return torch.zeros_like(w)
        beta = w.min()
        alpha = w.max() - beta
        if alpha == 0:
            return w.clone()
        steps = 2**bit - 1
        return torch.round(steps * (w - beta) / alpha) / steps * alpha + beta

    @staticmethod
    def backward(ctx, g):
        return g.clamp(-0.1, 0.1), None


class backward_scaled(torch.autograd.Function):
    """Scale the gradient by alpha."""

    @staticmethod
    def forward(ctx, w, bit):
        if bit is None:
            ctx.alpha = 1.0
            return w
        ctx.alpha = (w.max() - w.min()).item()
        if bit == 0:
            return torch.zeros_like(w)
        beta = w.min()
        if ctx.alpha == 0:
            return w.clone()
        steps = 2**bit - 1
        return torch.round(steps * (w - beta) / ctx.alpha) / steps * ctx.alpha + beta

    @staticmethod
    def backward(ctx, g):
        return g * ctx.alpha, None


class backward_masked(torch.autograd.Function):
    """Let no gradient through at the smallest and the largest weight."""

    @staticmethod
    def forward(ctx, w, bit):
        ctx.save_for_backward(w)
        if bit is None:
            return w.clone()
        if bit == 0:
            return torch.zeros_like(w)
        beta = w.min()
        alpha = w.max() - beta
        if alpha == 0:
            return w.clone()
        steps = 2**bit - 1
        return torch.round(steps * (w - beta) / alpha) / steps * alpha + beta

    @staticmethod
    def backward(ctx, g):
        (w,) = ctx.saved_tensors
        return g * ((w > w.min()) & (w < w.max())), None


class gradient_through_range(torch.autograd.Function):
    """Straight-through on the rounding only: alpha and beta stay in the graph."""

    @staticmethod
    def forward(ctx, w, bit):
        return gradient_through_range.quantize(w, bit)

    @staticmethod
    def apply(w, bit):
        return gradient_through_range.quantize(w, bit)

    @staticmethod
    def quantize(w, bit):
        if bit is None:
            return w
        if bit == 0:
            return torch.zeros_like(w) + 0 * w
        beta = w.min()
        alpha = w.max() - beta
        if alpha == 0:
            return w.clone()
        steps = 2**bit - 1
        ws = (w - beta) / alpha
        R = ws + (torch.round(steps * ws) / steps - ws).detach()
        return alpha.detach() * R + beta.detach()

    @staticmethod
    def backward(ctx, g):
        return g, None


class no_straight_through:
    """Quantize with ordinary operations: rounding kills the gradient."""

    @staticmethod
    def apply(w, bit):
        return no_straight_through.forward(None, w, bit)

    @staticmethod
    def forward(ctx, w, bit):
        if bit is None:
            return w
        if bit == 0:
            return torch.zeros_like(w)
        beta = w.min()
        alpha = w.max() - beta
        if alpha == 0:
            return w.clone()
        steps = 2**bit - 1
        return torch.round(steps * (w - beta) / alpha) / steps * alpha + beta

    @staticmethod
    def backward(ctx, g):
        return g, None
