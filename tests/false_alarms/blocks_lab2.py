"""Building blocks of right solutions of Lab 2: each list holds ways to write the same mathematics.

``v`` are the weights, ``lo`` and ``hi`` their ends, ``alpha`` the distance, ``n`` the number of
steps, ``k`` the number of a weight's level.
"""

FLOATS = {
    "the weights": "return w",
    "a clone": "return w.clone()",
    "a sum": "return w + 0",
    "a view": "return w.view_as(w)",
    "a product": "return 1.0 * w",
}
ZEROS = {
    "zeros_like": "return torch.zeros_like(w)",
    "product": "return 0 * w",
    "new": "return w.new_zeros(w.shape)",
    "full": "return torch.full(w.shape, 0.0, dtype=w.dtype, device=w.device)",
    "difference": "return w - w",
}
CASTS = {
    "as it is": "v = w",
    "detached": "v = w.detach()",
    "float64": "v = w.double()",
    "flat": "v = w.reshape(-1)",
    "clone": "v = w.detach().clone().contiguous()",
    "transposed": "v = w.flatten().flip(0).contiguous().flip(0).reshape(w.shape)",
}
ENDS = {
    "methods": "lo, hi = v.min(), v.max()",
    "functions": "lo, hi = torch.min(v), torch.max(v)",
    "amin": "lo, hi = v.amin(), v.amax()",
    "aminmax": "lo, hi = torch.aminmax(v)",
    "sorted": "s = v.flatten().sort().values; lo, hi = s[0], s[-1]",
    "negated": "lo, hi = -(-v).max(), -(-v).min()",
    "quantile": "s = v.flatten(); lo, hi = s.kthvalue(1).values, s.kthvalue(s.numel()).values",
    "items": "lo, hi = torch.tensor(v.min().item(), dtype=v.dtype), torch.tensor(v.max().item(), dtype=v.dtype)",
    "dimension by dimension": (
        "lo = hi = v\n        while lo.dim(): lo, hi = lo.min(dim=0).values, hi.max(dim=0).values"
    ),
    "numpy": "a = v.detach().numpy(); lo, hi = torch.tensor(a.min()), torch.tensor(a.max())",
}
CONSTANTS = {
    "alpha": "if alpha == 0: return w.clone()",
    "ends": "if lo == hi: return w + 0",
    "not larger": "if not hi > lo: return w.clone()",
    "unique": "if torch.unique(w).numel() == 1: return w.clone()",
    "where": "alpha = torch.where(alpha > 0, alpha, torch.ones_like(alpha))",
    "clamp": "alpha = alpha.clamp_min(1e-30)",
    "filled": "if bool((w == w.flatten()[0]).all()): return w.clone()",
}
STEPS = {
    "power": "n = 2**bit - 1",
    "shift": "n = (1 << bit) - 1",
    "float": "n = 2.0**bit - 1.0",
    "tensor": "n = torch.tensor(2.0, dtype=v.dtype) ** bit - 1",
    "numpy": "n = float(np.exp2(bit)) - 1",
    "sum": "n = sum(2**i for i in range(bit))",
    "levels": "levels = pow(2, bit); n = levels - 1",
}
POSITIONS = {
    "definition": "x = n * ((v - lo) / alpha)",
    "product first": "x = n * (v - lo) / alpha",
    "step": "x = (v - lo) / (alpha / n)",
    "reciprocal": "x = (v - lo) * (n / alpha)",
    "reciprocal of the step": "x = (v - lo) * (1 / (alpha / n))",
    "zero point": "step = alpha / n; x = v / step - lo / step",
    "scaled ends": "x = (v * n - lo * n) / alpha",
    "from the top": "x = n - n * ((lo + alpha) - v) / alpha",
    "methods": "x = v.sub(lo).div(alpha).mul(n)",
    "addcdiv": "x = torch.addcdiv(torch.zeros_like(v), v - lo, alpha.expand_as(v)) * n",
    "float64": "x = (n * (v.double() - lo.double()) / alpha.double()).to(v.dtype)",
    "einsum": "x = n / alpha * torch.einsum('i,->i', (v - lo).flatten(), torch.ones((), dtype=v.dtype)).view_as(v)",
    "clamped": "x = (n * (v - lo) / alpha).clamp(0, n)",
}
ROUNDINGS = {
    "half to even": "k = torch.round(x)",
    "half up": "k = torch.floor(x + 0.5)",
    "half down": "k = torch.ceil(x - 0.5)",
    "truncated": "k = torch.trunc(x + 0.5)",
    "integers": "k = (x + 0.5).to(torch.int64).to(x.dtype)",
    "remainder": "f = torch.remainder(x, 1); k = x - f + (f >= 0.5)",
    "numpy": "k = torch.from_numpy(np.rint(x.detach().numpy()))",
    "method": "k = x.clone().round_()",
    "decimals": "k = torch.round(x, decimals=0)",
}
VALUES = {
    "definition": "q = alpha * (k / n) + lo",
    "step": "q = k * (alpha / n) + lo",
    "product first": "q = k * alpha / n + lo",
    "interpolated": "q = (lo * (n - k) + hi * k) / n",
    "weights of the ends": "q = lo * (1 - k / n) + (lo + alpha) * (k / n)",
    "from the top": "q = (lo + alpha) - alpha * (1 - k / n)",
    "lerp": "q = torch.lerp(lo, lo + alpha, k / n)",
    "zero point": "step = alpha / n; q = (k + lo / step) * step",
    "table": "table = lo + (alpha / n) * torch.arange(int(n) + 1, dtype=v.dtype); q = table[k.long()]",
    "linspace": "q = torch.linspace(float(lo), float(lo + alpha), int(n) + 1, dtype=v.dtype)[k.long()]",
    "addcmul": "q = torch.addcmul(lo.expand_as(k), k, (alpha / n).expand_as(k))",
    "float64": "q = (k.double() * (alpha.double() / n) + lo.double()).to(v.dtype)",
}
# Instead of a position, a rounding and a value: the nearest level looked up.
LOOKUPS = {
    "bucketize": (
        "table = lo + alpha * torch.arange(int(n) + 1, dtype=v.dtype) / n\n"
        "        q = table[torch.bucketize(v.contiguous(), (table[1:] + table[:-1]) / 2)]"
    ),
    "searchsorted": (
        "table = torch.linspace(0, 1, int(n) + 1, dtype=v.dtype)\n"
        "        ws = ((v - lo) / alpha).contiguous()\n"
        "        q = table[torch.searchsorted((table[1:] + table[:-1]) / 2, ws)] * alpha + lo"
    ),
    "nearest": (
        "table = lo + alpha * torch.arange(int(n) + 1, dtype=v.dtype) / n; q = table[0].expand_as(v)\n"
        "        for level in table: q = torch.where((v - level).abs() < (v - q).abs(), level, q)"
    ),
    "counted thresholds": (
        "k = torch.zeros_like(v)\n"
        "        for i in range(int(n)): k = k + ((v - lo) >= alpha * (i + 0.5) / n).to(v.dtype)\n"
        "        q = lo + k * (alpha / n)"
    ),
    "numpy digitize": (
        "table = (lo + alpha * torch.arange(int(n) + 1, dtype=v.dtype) / n).numpy()\n"
        "        q = torch.from_numpy(table[np.digitize(v.detach().numpy(), (table[1:] + table[:-1]) / 2)])"
    ),
    "fake quantize": (
        "q = torch.fake_quantize_per_tensor_affine((v - lo).float(), float(alpha) / n, 0, 0, int(n)).to(v.dtype) + lo"
    ),
}
BACKWARDS = {
    "given": "return g, None",
    "clone": "return g.clone(), None",
    "named": "grad = g\n        return (grad, None)",
}

COLLECTIONS = {
    "isinstance": "layers = [m for m in net.modules() if isinstance(m, (FP_Conv, FP_Linear))]",
    "attribute": "layers = [m for m in net.modules() if hasattr(m, 'Nbits') and hasattr(m, 'weight')]",
    "names": "layers = [m for _, m in net.named_modules() if type(m).__name__ in ('FP_Conv', 'FP_Linear')]",
    "two loops": (
        "layers = [m for m in net.modules() if isinstance(m, FP_Linear)]\n"
        "    layers += [m for m in net.modules() if isinstance(m, FP_Conv)]"
    ),
    "apply": "layers = []\n    net.apply(lambda m: layers.append(m) if isinstance(m, (FP_Conv, FP_Linear)) else None)",
    "recursion": (
        "def walk(m):\n"
        "        if isinstance(m, (FP_Conv, FP_Linear)): return [m]\n"
        "        return [x for child in m.children() for x in walk(child)]\n"
        "    layers = walk(net)"
    ),
    "stack": (
        "stack, layers = [net], []\n"
        "    while stack:\n"
        "        m = stack.pop()\n"
        "        if isinstance(m, FP_Conv) or isinstance(m, FP_Linear): layers.append(m)\n"
        "        else: stack.extend(m.children())"
    ),
}
BITS = {
    "conditional": "bits = [32 if m.Nbits is None else m.Nbits for m in layers]",
    "condition turned": "bits = [m.Nbits if m.Nbits is not None else 32 for m in layers]",
    "dictionary": "bits = [{None: 32}.get(m.Nbits, m.Nbits) for m in layers]",
    "loop": "bits = []\n    for m in layers:\n        b = m.Nbits\n        if b is None: b = 32\n        bits.append(b)",
    "floats": "bits = [32.0 if m.Nbits is None else float(m.Nbits) for m in layers]",
}
SIZES = {
    "numel": "sizes = [m.weight.numel() for m in layers]",
    "shape": "sizes = [math.prod(m.weight.shape) for m in layers]",
    "nelement": "sizes = [m.weight.data.nelement() for m in layers]",
    "numpy": "sizes = [m.weight.detach().numpy().size for m in layers]",
    "flat": "sizes = [len(m.weight.view(-1)) for m in layers]",
}
MEANS = {
    "quotient": "a = sum(b * n for b, n in zip(bits, sizes)) / sum(sizes)",
    "average": "a = np.average(bits, weights=sizes)",
    "shares": "total = sum(sizes); a = sum(b * (n / total) for b, n in zip(bits, sizes))",
    "float32": "a = np.float32(np.sum(np.array(bits, np.float32) * np.array(sizes, np.float32))) / np.float32(sum(sizes))",
    "running": "a = count = 0\n    for b, n in zip(bits, sizes): count += n; a += (b - a) * n / count",
    "fraction": "a = float(Fraction(sum(int(b) * n for b, n in zip(bits, sizes)), sum(sizes)))",
    "torch": "b, n = (torch.tensor(x, dtype=torch.float64) for x in (bits, sizes)); a = (b @ n / n.sum()).item()",
    "torch float32": "b, n = (torch.tensor(x, dtype=torch.float32) for x in (bits, sizes)); a = ((b * n).sum() / n.sum()).item()",
    "fsum": "a = math.fsum(b * n for b, n in zip(bits, sizes)) / math.fsum(sizes)",
    "histogram": (
        "h = {}\n"
        "    for b, n in zip(bits, sizes): h[b] = h.get(b, 0) + n\n"
        "    a = sum(b * n for b, n in h.items()) / sum(h.values())"
    ),
    "expanded": "a = np.repeat(np.array(bits, dtype=np.float64), sizes).mean()",
}
RESULTS = {
    "float": "return float(a)",
    "as it is": "return a",
    "numpy": "return np.float64(a)",
    "tensor": "return torch.tensor(float(a), dtype=torch.float64)",
    "array": "return np.asarray(a)",
}
