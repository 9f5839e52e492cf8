"""Made-up results and evidence for the reports' tests: Lab 1's quadratic, simulated here."""

from __future__ import annotations

import numpy as np

X = np.array([[1, -2, -1, -1, 1], [2, -1, 2, 0, -2], [-1, 0, 2, 2, 1]], dtype=float)
Y = np.array([-7.0, -1.0, -1.0])
STEPS, RATE = 200, 0.02

TITLES = {
    "1.1": "SGD on a sparsity-inducing regularizer gives exact zeros",
    "1.2": "Hard and soft thresholding during training",
    "1.3": "Soft thresholding against L-1",
    "1.4": "Group Lasso",
    "1.5": "Hoyer and Hoyer-square",
    "1.6": "Proximal gradient descent",
    "1.7": "Trimmed L1 as an L-0 constraint",
    "1.8": "ADMM-based pruning",
    "1.9": "Training with STE",
    "1.10": "Mixed precision",
}
# item: title, bonus-free parts as (id, title, kind, points, function, checks)
LABS = {
    "lab1.a": (
        "The update of full-batch gradient descent",
        [("update", "formula", "automatic", {"update": 4.0}, None)],
    ),
    "lab1.b": (
        "Gradient descent",
        [
            ("trajectory", "trajectory", "automatic", {"one_step": 2.0, "free_run": 2.0}, "gd_step"),
            ("optimal", "optimal?", "automatic", {"optimal": 1.0}, None),
            ("sparse", "sparse?", "automatic", {"sparse": 1.0}, None),
            ("comment", "comment", "human", 1.0, None),
        ],
    ),
    "lab1.c": (
        "Iterative pruning",
        [
            ("trajectory", "trajectory", "automatic", {"operator": 2.0, "free_run": 2.0}, "prune_topk"),
            ("optimal", "optimal?", "automatic", {"optimal": 1.0}, None),
            ("sparse", "sparse?", "automatic", {"sparse": 1.0}, None),
            ("comment", "comment", "human", 1.0, None),
        ],
    ),
    "lab1.d": (
        "l1 by gradient descent",
        [
            (
                "strengths",
                "four strengths",
                "automatic",
                {f"strength_{i}": 1.0 for i in range(1, 5)},
                "gd_step",
            ),
            ("comment", "comment", "human", 3.0, None),
        ],
    ),
    "lab1.e": (
        "l1 by proximal gradient",
        [
            (
                "thresholds",
                "four thresholds",
                "automatic",
                {f"threshold_{i}": 1.0 for i in range(1, 5)},
                "soft_threshold",
            ),
            ("comment", "comment", "human", 3.0, None),
        ],
    ),
    "lab1.f": (
        "Trimmed l1",
        [
            (
                "strengths",
                "four strengths",
                "automatic",
                {f"strength_{i}": 1.0 for i in range(1, 5)},
                "trimmed_l1_prox",
            ),
            ("comparison_l1", "comparison with l1", "human", 2.0, None),
            ("comparison_pruning", "comparison with pruning in the first 20 steps", "human", 2.0, None),
        ],
    ),
    "lab1.g": (
        "Two data points (bonus)",
        [
            ("pruning", "iterative pruning", "automatic", {"pruning": 1.5}, "prune_topk"),
            ("l1", "l1 by gradient descent", "automatic", {"l1": 1.5}, "gd_step"),
            ("prox", "l1 by proximal gradient", "automatic", {"prox": 1.5}, "soft_threshold"),
            ("trimmed", "trimmed l1", "automatic", {"trimmed": 1.5}, "trimmed_l1_prox"),
            ("comparison", "comparison with three data points", "human", 4.0, None),
        ],
    ),
    "lab2.a": (
        "The quantizer (STE.forward)",
        [
            (
                "quantizer",
                "the quantizer",
                "automatic",
                {"levels": 3.0, "layers": 2.0, "special": 1.0, "gradient": 1.0, "contract": 1.0},
                "STE.forward",
            ),
            ("listing", "listing in the report", "human", 2.0, None),
        ],
    ),
    "lab2.b": (
        "Quantized accuracy without finetuning",
        [("accuracies", "six accuracies", "claim", 4.0, None)],
    ),
    "lab2.c": (
        "Finetuned accuracy",
        [("accuracies", "three accuracies", "claim", 3.0, None), ("comment", "comment", "human", 3.0, None)],
    ),
    "lab2.d": ("Mixed precision", [("accuracies", "six accuracies", "claim", 6.0, None)]),
    "lab2.e": (
        "Average precision",
        [
            (
                "function",
                "avg_precision on hidden networks",
                "automatic",
                {"networks": 3.0, "layers": 3.0},
                "avg_precision",
            ),
            (
                "reported",
                "three reported values",
                "automatic",
                {"reported_442": 1.0, "reported_424": 1.0, "reported_244": 1.0},
                None,
            ),
        ],
    ),
    "lab2.f": (
        "Best tradeoff and least important stage",
        [
            ("conclusion", "scheme and stage", "claim", 4.0, None),
            ("comment", "reasoning", "human", 1.0, None),
        ],
    ),
}
EXPLANATION = (
    "A subgradient step moves a small weight across zero by a finite amount, so SGD leaves it oscillating "
    "around zero with small nonzero values. A pruning step (a threshold) after the optimization is needed."
)
COMMENT = (
    "The losses are close to those of (d) at the same λ, but the curves are smooth and entries reach exact "
    "zeros: four nonzeros at 0.004, two for the larger thresholds. The final loss grows with the threshold."
)
SOFT_SOURCE = '''def soft_threshold(W, threshold):
    """Apply soft thresholding."""
    out = W.copy()
    out[np.abs(out) <= threshold] = 0.0  # hard, not soft
    return out
'''
STE_SOURCE = '''class STE(torch.autograd.Function):
    """Linear quantizer with dynamic scaling and a straight-through gradient."""

    @staticmethod
    def forward(ctx, w, bit):
        if bit is None:
            return w.clone()
        if bit == 0:
            return torch.zeros_like(w)
        # linear quantization, with a comment that is too long for the page and is broken by hand
        alpha = w.max() - w.min()
        beta = w.min()
        ws = (w - beta) / alpha
        steps = 2**bit - 1
        R = torch.round(steps * ws) / steps
        return alpha * R + beta

    @staticmethod
    def backward(ctx, g):
        return g, None
'''


def _outcomes(outcome, item, name, function, most):
    check = {
        "name": f"{item}.{name}",
        "item": item,
        "function": function,
        "outcome": outcome,
        "score": 0.0,
        "max_score": most,
        "claim": f"{name.replace('_', ' ')} follows the definition",
        "call": "",
        "got": "",
        "expected": "",
        "rationale": "",
        "hint": "",
        "pending": 0.0,
    }
    if outcome == "passed":
        check["score"] = most
    elif outcome == "failed":
        check |= {
            "call": f"{function or name}(W, threshold=0.0)",
            "got": "-1.40848 at [0, 0] (5 of 5 entries differ)",
            "expected": "-1.20848",
            "rationale": "the result looks like hard thresholding: large entries were not shrunk",
            "hint": "the result is sign(W) * max(|W| - threshold, 0)",
        }
    elif outcome == "error":
        check |= {
            "pending": most,
            "rationale": "the worker could not be started: no memory left on the grading machine",
        }
    elif outcome == "skipped":
        check |= {"rationale": "soft_threshold ran longer than 10 s; it was not called again"}
    return check


def make_result(outcomes=None, human="pending", level="A", default="passed"):
    """Make results: outcomes by check name, the others as `default`; human is pending, full or missing."""
    outcomes = outcomes or {}
    items, checks = {}, []

    def add(item, title, max_score, parts):
        made = []
        for part, part_title, kind, stake, function in parts:
            if kind == "automatic":
                own = [
                    _outcomes(outcomes.get(f"{item}.{name}", default), item, name, function, most)
                    for name, most in stake.items()
                ]
                checks.extend(own)
                marks = {
                    "score": sum(c["score"] for c in own),
                    "pending": sum(c["pending"] for c in own),
                    "text": "",
                }
                most = sum(stake.values())
                rationale = "\n".join(f"{c['name']}: {c['rationale']}" for c in own if c["pending"])
            else:
                most = stake
                state = outcomes.get(f"{item}.{part}", human)
                text = EXPLANATION if item.startswith("1.") else COMMENT
                if kind == "claim":
                    text = "bits_4 = 0.8972\nbits_3 = 0.7660\nbits_2 = 0.0899"
                marks = {
                    "pending": {"score": 0.0, "pending": most, "text": text},
                    "full": {"score": most, "pending": 0.0, "text": text},
                    "missing": {"score": 0.0, "pending": 0.0, "text": ""},
                }[state]
                rationale = {
                    "pending": "to be marked by a person",
                    "full": "",
                    "missing": "found no text in answers.toml and no PDF report",
                }[state]
            made.append(
                {"id": part, "title": part_title, "kind": kind, "max_score": most, "rationale": rationale}
                | marks
            )
        items[item] = {
            "title": title,
            "score": sum(p["score"] for p in made),
            "max_score": max_score,
            "pending": sum(p["pending"] for p in made),
            "bonus": item == "lab1.g",
            "parts": made,
        }

    for item, title in TITLES.items():
        parts = [
            ("verdict", "verdict", "automatic", {"verdict": 1.0}, None),
            ("explanation", "explanation", "human", 1.0, None),
        ]
        add(item, title, 2.0, parts)
    for item, (title, parts) in LABS.items():
        most = sum(sum(p[3].values()) if isinstance(p[3], dict) else p[3] for p in parts)
        add(item, title, most, parts)
    for check in checks:
        if check["name"].endswith(".verdict"):
            check |= {
                "claim": "the verdict is right",
                "call": "",
                "hint": "",
                "got": "F" if check["outcome"] == "passed" else "T",
                "expected": "F",
            }
    raw = sum(entry["score"] for entry in items.values())
    return {
        "schema_version": 1,
        "assignment": "ECE 590-03 Homework 4",
        "submission": {
            "name": "jd123",
            "notes": ["two candidates for STE: FP_layers.py was taken, not old/FP_layers.py"],
            "files": [
                {"name": "lab1.py", "bytes": 2310, "sha256": "5c1f" * 16, "role": "code"},
                {"name": "FP_layers.py", "bytes": 3120, "sha256": "77ab" * 16, "role": "code"},
                {"name": "answers.toml", "bytes": 5120, "sha256": "09fe" * 16, "role": "answers"},
            ],
        },
        "status": "incomplete" if default == "error" else "graded",
        "score": min(raw, 100.0),
        "max_score": 100.0,
        "raw_score": raw,
        "pending": sum(entry["pending"] for entry in items.values()),
        "items": items,
        "checks": checks,
        "policies": [
            {
                "name": "cap",
                "applied": raw > 100,
                "points": min(0.0, 100 - raw),
                "rationale": "the total cannot exceed 100",
            },
            {"name": "zip", "applied": False, "points": 0.0, "rationale": "the upload was not a zip file"},
            {
                "name": "late",
                "applied": False,
                "points": 0.0,
                "rationale": "submitted 2020-10-15 21:40 EDT, due 2020-10-15 23:55 EDT: on time",
            },
        ],
        "sandbox": {
            "level": level,
            "layers": ["namespaces", "landlock", "seccomp", "rlimits"],
            "missing": [],
            "self_test": {
                "network": True,
                "read_outside": level in "AB",
                "write_outside": True,
                "fork": True,
            },
            "kernel": "6.1.0",
            "landlock_abi": 2,
        },
        "provenance": {
            "versions": {"hw4-grader": "0.1.0", "numpy": "2.4.6", "torch": "2.15.0", "python": "3.11"},
            "device": "cpu",
            "seed": 590,
            "assignment_sha256": "ab12" * 16,
            "rubric_sha256": "cd34" * 16,
            "command": "hw4-grade submissions/jd123 --out graded",
            "wall_seconds": 3.21,
        },
    }


def _soft(w, t):
    return np.sign(w) * np.maximum(np.abs(w) - t, 0)


def _keep(w, k=2):
    out = np.zeros_like(w)
    top = np.argsort(-np.abs(w))[:k]
    out[top] = w[top]
    return out


def _trim(w, t, k=2):
    out = _soft(w, t)
    top = np.argsort(-np.abs(w))[:k]
    out[top] = w[top]
    return out


def simulate(operator=lambda w: w, l1=0.0, points=3, rate=RATE, steps=STEPS):
    """Run a method: losses (steps + 1,) and weights (steps + 1, 5)."""
    x, y, w = X[:points], Y[:points], np.zeros(5)
    weights = [w]
    with np.errstate(all="ignore"):
        for _ in range(steps):
            w = operator(w - rate * (2 * x.T @ (x @ w - y) + l1 * np.sign(w)))
            weights.append(w)
        weights = np.array(weights)
        return ((weights @ x.T - y) ** 2).sum(axis=1), weights


def make_run(label, strength=None, student=None, **method):
    """Make a run; `student` replaces parts of the method for the student's curves."""
    loss, weights = simulate(**method)
    own_loss, own_weights = simulate(**{**method, **(student or {})})
    return {
        "label": label,
        "strength": strength,
        "loss": own_loss,
        "weights": own_weights,
        "reference_loss": loss,
        "reference_weights": weights,
    }


def make_evidence(wrong=False):
    """Make evidence; a wrong one has hard for soft thresholding, and a run that diverges."""

    def hard(t):
        return {"operator": lambda w: np.where(np.abs(w) > t, w, 0.0)} if wrong else {}

    rng = np.random.default_rng(4)
    w = np.sort(rng.normal(0, 0.4, 400))
    alpha, beta = w.max() - w.min(), w.min()
    reference = {b: alpha * np.round((2**b - 1) * (w - beta) / alpha) / (2**b - 1) + beta for b in (2, 3, 4)}
    floor = {b: alpha * np.floor((2**b - 1) * (w - beta) / alpha) / (2**b - 1) + beta for b in (2, 3, 4)}
    bad_rate = {"rate": 0.12} if wrong else {}
    return {
        "runs": {
            "lab1.b": [make_run("gradient descent")],
            "lab1.c": [make_run("iterative pruning", operator=_keep)],
            "lab1.d": [
                make_run(f"ℓ1 by gradient descent, λ = {s:g}", s, bad_rate if s == 2.0 else {}, l1=s)
                for s in (0.2, 0.5, 1.0, 2.0)
            ],
            "lab1.e": [
                make_run(f"threshold {t:g}", t, hard(t), operator=lambda w, t=t: _soft(w, t))
                for t in (0.004, 0.01, 0.02, 0.04)
            ],
            "lab1.f": [
                make_run(f"λ = {s:g}", s, operator=lambda w, s=s: _trim(w, RATE * s))
                for s in (1.0, 2.0, 5.0, 10.0)
            ],
            "lab1.g": [
                make_run("iterative pruning", operator=_keep, points=2),
                make_run("ℓ1 by gradient descent, λ = 0.5", 0.5, l1=0.5, points=2),
                make_run(
                    "proximal gradient, threshold 0.01",
                    0.01,
                    hard(0.01),
                    operator=lambda w: _soft(w, 0.01),
                    points=2,
                ),
                make_run("trimmed ℓ1, λ = 2", 2.0, operator=lambda w: _trim(w, 0.04), points=2),
            ],
        },
        "staircase": {"bits": [2, 3, 4], "w": w, "wq": floor if wrong else reference, "reference": reference},
        "listing": {"file": "FP_layers.py", "first_line": 20, "source": STE_SOURCE},
        "sources": {"soft_threshold": {"file": "lab1.py", "first_line": 61, "source": SOFT_SOURCE}},
        "answers": {},
        "lab2": None,
    }


IMPERFECT = {
    "1.3.verdict": "failed",
    "1.7.explanation": "missing",
    "lab1.e.threshold_1": "failed",
    "lab1.e.threshold_2": "failed",
    "lab1.e.threshold_3": "failed",
    "lab1.e.threshold_4": "failed",
    "lab1.g.prox": "skipped",
    "lab1.d.strength_4": "failed",
    "lab2.a.levels": "failed",
    "lab1.f.comparison_pruning": "missing",
}


DERIVATION = r"""The loss is $L(W) = \sum_{i=1}^{3} (x_i W - y_i)^2$ with $x_i$ in $\mathbb{R}^5$ a row;
its gradient is

$$\nabla L(W) = 2 \sum_i x_i^\top (x_i W - y_i) = 2 X^\top (X W - y).$$

One step with learning rate $\mu$ is therefore
$W^{k+1} = W^k - 2\mu \sum_i x_i^\top (x_i W^k - y_i)$, with a factor 2 and no division by $n$,
because $L$ is a sum (see $\dfrac{\partial L}{\partial W_j}$). It costs $5 and not $6.

Something that cannot be set:
$\begin{cases} 1 & x > 0 \\ -1 & x < 0 \end{cases}$ stands as it was written."""


def make_layers():
    """Make the counts of ResNet-20's convolutions and its last layer."""
    layers = [("head_conv.0.conv", 432, 0)]
    widths = {1: 16, 2: 32, 3: 64}
    before = 16
    block = 0
    for stage, width in widths.items():
        for index in range(3):
            name = f"body_op.{block}"
            layers += [
                (f"{name}.conv1.0.conv", 9 * (before if index == 0 else width) * width, stage),
                (f"{name}.conv2.0.conv", 9 * width * width, stage),
            ]
            if index == 0 and stage > 1:
                layers.append((f"{name}.id_mapping.0.conv", before * width, stage))
            block += 1
        before = width
    layers.append(("final_fc.linear", 640, 0))
    return [
        {
            "name": name,
            "elements": elements,
            "bits": {s: int(s[stage - 1]) if stage else 32 for s in ("442", "424", "244")},
        }
        for name, elements, stage in layers
    ]


def make_content():
    """Make the content of a complete student's report."""
    evidence = make_evidence()
    runs = {
        item[-1]: [{key: run[key] for key in ("label", "loss", "weights")} for run in runs]
        for item, runs in evidence["runs"].items()
    }
    yes_no = [
        ("Is W converging to an optimal solution?", "yes"),
        ("Is W converging to a sparse solution?", "no"),
    ]
    lab1 = {"a": {"update": "W - 2*mu*X.T*(X*W - y)", "derivation": DERIVATION}}
    for letter, own in runs.items():
        answers = [
            ("Comment", COMMENT + r" Here $\lambda = 0.2$ and $\|W\|_0 \le 2$, so $\mu\lambda = 0.004$.")
        ]
        lab1[letter] = {"runs": own, "answers": [*(yes_no if letter in "bc" else []), *answers]}
    lab1["f"]["early_runs"] = [
        {"label": label, "loss": run["loss"][:21], "weights": run["weights"][:21]}
        for label, run in (
            ("pruning", evidence["runs"]["lab1.c"][0]),
            ("trimmed, λ = 1", evidence["runs"]["lab1.f"][0]),
        )
    ]
    before = {6: 0.9144, 5: 0.9113, 4: 0.8972, 3: 0.7660, 2: 0.0899}
    after = {4: 0.9135, 3: 0.9051, 2: 0.8592}
    mixed = {
        "442": (0.3389, 0.8893, 2.5988),
        "424": (0.3208, 0.8969, 3.7328),
        "244": (0.1028, 0.9012, 4.0088),
    }
    return {
        "title": "ECE 590-03 Homework 4",
        "subtitle": "Advanced Sparse Optimization and Fixed-point Quantization",
        "student": {"name": "Ada Lovelace", "netid": "al1815"},
        "notes": [],
        "true_false": {
            item: {
                "statement": title,
                "verdict": item in ("1.2", "1.5", "1.6", "1.7", "1.10"),
                "explanation": EXPLANATION,
            }
            for item, title in TITLES.items()
        },
        "lab1": lab1,
        "lab2": {
            "float_accuracy": 0.9151,
            "uniform": {
                bits: {
                    "before": before[bits],
                    "after": after.get(bits),
                    "epochs": {4: 10, 3: 10, 2: 20}.get(bits),
                }
                for bits in before
            },
            "mixed": {
                scheme: {"before": b, "after": a, "average": average, "epochs": 10}
                for scheme, (b, a, average) in mixed.items()
            },
            "a": {"listing": evidence["listing"]},
            "b": {"answers": [("Comment", COMMENT)]},
            "c": {"answers": [("Comment", COMMENT)]},
            "d": {"answers": [("Comment", COMMENT)]},
            "e": {
                "layers": make_layers(),
                "answers": [("How it is computed", "Each layer counts with its elements.")],
            },
            "f": {"scheme": "442", "stage": "3", "answers": [("Why", COMMENT)]},
        },
        "files": {
            "answers.toml": b"[student]\n",
            "results.json": b"{}\n",
            "lab1.py": SOFT_SOURCE.encode(),
            "FP_layers.py": STE_SOURCE.encode(),
        },
    }
