"""Building blocks of right solutions of Lab 1: each list holds ways to write the same mathematics."""

CASTS = {
    "float64": "",
    "float32": "W, X, y = (np.asarray(a, dtype=np.float32) for a in (W, X, y))",
    "longdouble": "W, X, y = (a.astype(np.longdouble) for a in (W, X, y))",
    "fortran": "W, X, y = (np.asfortranarray(a) for a in (W, X, y))",
    "reversed views": "W, X, y = (a[::-1].copy()[::-1] for a in (W, X, y))",
    "read only": "W, X, y = (a.copy() for a in (W, X, y))\n    for a in (W, X, y): a.setflags(write=False)",
}
CASTS_OF_W = {
    "float64": "",
    "float32": "W = np.asarray(W, dtype=np.float32)",
    "longdouble": "W = W.astype(np.longdouble)",
    "fortran": "W = np.asfortranarray(W)",
    "strided": "W = np.repeat(W, 2, axis=0)[::2]",
}

RESIDUALS = {
    "matmul": "r = X @ W - y",
    "dot": "r = X.dot(W) - y",
    "negated": "r = -(y - np.matmul(X, W))",
    "einsum": "r = np.einsum('nd,dk->nk', X, W) - y",
    "product and sum": "r = (X * W.T).sum(axis=1, keepdims=True) - y",
    "columns": "r = -y\n    for j in range(W.shape[0]): r = r + X[:, j:j + 1] * W[j, 0]",
    "vstack of samples": "r = np.vstack([X[i:i + 1] @ W - y[i] for i in range(len(X))])",
    "augmented": "r = np.hstack([X, y]) @ np.vstack([W, [[-1.0]]]).astype(W.dtype)",
    "inner": "r = np.inner(X, W.T) - y",
    "fsum": (
        "r = np.array([[math.fsum([*(float(a) * float(b) for a, b in zip(row, W[:, 0])), -float(t)])]"
        " for row, t in zip(X, y[:, 0])])"
    ),
}
GRADIENTS = {
    "two X'r": "g = 2.0 * X.T @ r",
    "X'(2r)": "g = X.T @ (2 * r)",
    "twice the sum": "g = X.T @ r + X.T @ r",
    "divided by one half": "g = (X.T @ r) / 0.5",
    "einsum": "g = 2 * np.einsum('nd,nk->dk', X, r)",
    "sum over samples": "g = sum(2 * r[i, 0] * X[i:i + 1].T for i in range(len(X)))",
    "samples backwards": "g = np.zeros_like(W)\n    for i in reversed(range(len(X))): g = g + 2 * r[i] * X[i][:, None]",
    "row vector": "g = 2 * (r.T @ X).T",
    "broadcast": "g = (2 * X * r).sum(axis=0).reshape(-1, 1)",
    "tensordot": "g = 2 * np.tensordot(X, r, axes=(0, 0))",
    "coordinates": "g = np.array([[2 * np.sum(X[:, j] * r[:, 0])] for j in range(X.shape[1])])",
    "normal equations": "g = 2 * (X.T @ X) @ W - 2 * X.T @ y",
    "gram of samples": "g = -2 * X.T @ y + sum(2 * np.outer(x, x) @ W for x in X)",
    "complex step": (
        "V = W.astype(np.complex128); g = np.zeros(W.shape)\n"
        "    for j in range(len(W)):\n"
        "        e = np.zeros(W.shape, complex); e[j] = 1e-30j\n"
        "        z = X @ (V + e) - y; g[j] = (z * z).sum().imag / 1e-30"
    ),
    "autograd": (
        "v = torch.tensor(W.astype(np.float64), requires_grad=True)\n"
        "    A, b = (torch.tensor(a.astype(np.float64)) for a in (X, y))\n"
        "    ((A @ v - b) ** 2).sum().backward(); g = v.grad.numpy()"
    ),
    "torch": ("g = (2 * torch.tensor(X.astype(np.float64)).T @ torch.tensor(r.astype(np.float64))).numpy()"),
}
PENALTIES = {
    "sign": "p = l1 * np.sign(W)",
    "where": "p = np.where(W > 0, l1, np.where(W < 0, -l1, 0.0))",
    "booleans": "p = l1 * ((W > 0).astype(float) - (W < 0).astype(float))",
    "quotient": "p = l1 * W / np.where(W == 0, 1, np.abs(W))",
    "copysign": "p = np.copysign(l1, W) * (W != 0)",
    "loop": "p = np.array([[l1 * (int(w > 0) - int(w < 0))] for w in W[:, 0]], dtype=float)",
    "torch": "p = l1 * torch.sign(torch.tensor(W.astype(np.float64))).numpy()",
    "select": "p = np.select([W > 0, W < 0], [l1, -l1], 0.0)",
    "only if asked": "p = l1 * np.sign(W) if l1 else 0.0",
    "clip": "p = l1 * np.clip(np.nan_to_num(W / np.abs(W + (W == 0))), -1, 1)",
}
UPDATES = {
    "one step": "V = W - lr * (g + p)",
    "two terms": "V = W - lr * g - lr * p",
    "penalty first": "V = (W - lr * p) - lr * g",
    "adds a negative": "V = W + (-lr) * (p + g)",
    "in place on a copy": "V = W.astype(np.result_type(W, g)); V -= lr * g; V -= lr * p",
    "subtract": "V = np.subtract(W, np.multiply(lr, np.add(g, p)))",
    "stacked": "V = np.sum([W, -lr * g, -lr * p * np.ones_like(W)], axis=0)",
    "coordinates": "V = W.astype(np.result_type(W, g)); q = g + p\n    for j in range(len(V)): V[j] = W[j] - lr * q[j]",
}
RETURNS = {
    "as it is": "return V",
    "float64": "return np.array(V, dtype=np.float64)",
    "reshaped": "return np.asarray(V.ravel().tolist()).reshape(W.shape)",
    "fortran": "return np.asfortranarray(V)",
    "view": "return np.column_stack([V, V])[:, :1]",
}

SELECTIONS = {
    "argsort": "kept = np.argsort(-np.abs(W), axis=None)[:k]",
    "stable argsort": "kept = np.argsort(-np.abs(W).ravel(), kind='stable')[:k]",
    "argsort from the end": "kept = np.argsort(np.abs(W).ravel())[W.size - k:]",
    "reversed argsort": "kept = np.abs(W[:, 0]).argsort()[::-1][:k]",
    "argpartition": "kept = np.argpartition(np.abs(W).ravel(), W.size - k)[W.size - k:]",
    "sorted": "kept = sorted(range(W.size), key=lambda i: abs(W[i, 0]), reverse=True)[:k]",
    "heap": "kept = heapq.nlargest(k, range(W.size), key=lambda i: abs(W.flat[i]))",
    "topk": "kept = torch.topk(torch.tensor(np.abs(W).ravel().astype(np.float64)), k).indices.numpy()",
    "lexsort": "kept = np.lexsort((np.arange(W.size), -np.abs(W).ravel()))[:k]",
    "ranks": "kept = np.flatnonzero(np.argsort(np.argsort(-np.abs(W).ravel())) < k)",
    "squares": "kept = np.argsort(-np.square(W).ravel())[:k]",
    "two signs": "kept = np.argsort(-np.maximum(W, -W)[:, 0])[:k]",
    "largest again and again": (
        "a = np.abs(W).ravel().copy(); kept = []\n"
        "    for _ in range(k): kept.append(int(a.argmax())); a[kept[-1]] = -1.0"
    ),
    "smallest again and again": (
        "kept = list(range(W.size))\n"
        "    while len(kept) > k: kept.remove(min(kept, key=lambda i: abs(W[i, 0])))"
    ),
    "border": (
        "a = np.abs(W).ravel(); border = np.sort(a)[W.size - k]\n"
        "    kept = [*np.flatnonzero(a > border), *np.flatnonzero(a == border)][:k]"
    ),
    "pairwise": (
        "a = np.abs(W).ravel(); i = np.arange(W.size)\n"
        "    ahead = (a[None] > a[:, None]) | ((a[None] == a[:, None]) & (i[None] < i[:, None]))\n"
        "    kept = np.flatnonzero(ahead.sum(axis=1) < k)"
    ),
}
MASK = "mask = np.zeros(W.size, dtype=bool); mask[np.asarray(kept, dtype=int)] = True; mask = mask.reshape(W.shape)"
PRUNINGS = {
    "zeros": "V = np.zeros_like(W); V.flat[kept] = W.flat[kept]",
    "copy": f"{MASK}; V = W.copy(); V[~mask] = 0",
    "product": f"{MASK}; V = W * mask",
    "where": f"{MASK}; V = np.where(mask, W, 0)",
    "put": f"{MASK}; V = np.array(W); np.put(V, np.flatnonzero(~mask), 0)",
    "diagonal": f"{MASK}; V = np.diag(mask.ravel().astype(W.dtype)) @ W",
    "sum of units": (
        "V = np.zeros(W.shape, W.dtype)\n    for i in kept: e = np.zeros_like(W); e[i] = 1; V = V + e * W"
    ),
    "subtracted": f"{MASK}; V = W - W * ~mask",
    "loop": "V = np.array([[W[i, 0] if i in set(map(int, kept)) else 0.0] for i in range(len(W))])",
    "masked array": f"{MASK}; V = np.ma.array(W, mask=~mask).filled(0)",
}
SHRINKAGES = {
    "sign and maximum": "np.sign(W) * np.maximum(np.abs(W) - t, 0.0)",
    "cases": "np.where(W > t, W - t, np.where(W < -t, W + t, 0.0))",
    "clip": "W - np.clip(W, -t, t)",
    "two sides": "np.maximum(W - t, 0) - np.maximum(-W - t, 0)",
    "maximum and minimum": "np.maximum(W - t, 0) + np.minimum(W + t, 0)",
    "minimum of magnitudes": "W - np.sign(W) * np.minimum(np.abs(W), t)",
    "factor": "W * np.maximum(1 - t / np.where(W == 0, 1, np.abs(W)), 0)",
    "magnitudes of shifts": "W + (np.abs(W - t) - np.abs(W + t)) / 2",
    "halves": "((W - t) + np.abs(W - t)) / 2 + ((W + t) - np.abs(W + t)) / 2",
    "booleans": "(W - t) * (W > t) + (W + t) * (W < -t)",
    "copysign": "np.copysign(np.maximum(np.abs(W) - t, 0), W)",
    "median": "W - np.median(np.stack([W, t + 0 * W, -t + 0 * W]), axis=0)",
    "softshrink": (
        "torch.nn.functional.relu(torch.tensor((W - t).astype(np.float64))).numpy()"
        " - torch.nn.functional.relu(torch.tensor((-W - t).astype(np.float64))).numpy()"
    ),
    "entries": (
        "np.array([math.copysign(max(abs(w) - s, 0.0), w) for w, s in"
        " zip(W.ravel().tolist(), np.broadcast_to(t, W.shape).ravel().tolist())]).reshape(W.shape)"
    ),
    "select": "np.select([W > t, W < -t], [W - t, W + t], 0.0)",
    "errstate": "np.where(np.abs(W) <= t, 0.0, W - t * np.sign(W))",
}
TRIMMINGS = {
    "written back": "V = {shrink}; V = np.array(V); V.flat[kept] = W.flat[kept]",
    "where": f"{MASK}; V = np.where(mask, W, {{shrink}})",
    "sum": f"{MASK}; V = W * mask + ({{shrink}}) * ~mask",
    "penalties": f"{MASK}; t = np.where(mask, 0.0, t); V = {{shrink}}",
    "pruned and rest": f"{MASK}; P = np.where(mask, W, 0.0); W = W - P; V = P + ({{shrink}}); W = W + P",
    "copy": f"{MASK}; V = W.astype(np.result_type(W)); V[~mask] = ({{shrink}})[~mask]",
    "difference": f"{MASK}; V = W - (W - ({{shrink}})) * ~mask",
}
