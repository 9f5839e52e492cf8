"""Short formulas in plain characters, for pages on which formulas are not set."""

from __future__ import annotations

import re

SYMBOLS = {
    "alpha": "α",
    "beta": "β",
    "gamma": "γ",
    "delta": "δ",
    "epsilon": "ε",
    "varepsilon": "ε",
    "eta": "η",
    "lambda": "λ",
    "mu": "μ",
    "rho": "ρ",
    "sigma": "σ",
    "tau": "τ",
    "theta": "θ",
    "nabla": "∇",
    "partial": "∂",
    "sum": "∑",
    "ell": "ℓ",
    "le": "≤",
    "leq": "≤",
    "ge": "≥",
    "geq": "≥",
    "ne": "≠",
    "neq": "≠",
    "approx": "≈",
    "infty": "∞",
    "in": "∈",
    "times": "×",
    "cdot": "·",
    "pm": "±",
    "to": "→",
    "rightarrow": "→",
    "Rightarrow": "⇒",
    "leftarrow": "←",
    "top": "T",
    "min": "min",
    "max": "max",
    "log": "log",
    "sign": "sign",
    "left": "",
    "right": "",
    "quad": " ",
}
_FORMULA = re.compile(r"(?<!\\)\$\$?(?!\s)([^$\n]{1,300}?)(?<![\s\\])\$\$?(?!\d)")
_COMMAND = re.compile(r"\\([A-Za-z]+)[ \t]*|\\([|,;! ])")
_PUNCTUATION = {"|": "‖", ",": " ", ";": " ", "!": "", " ": " "}
_BRACED_LETTER = re.compile(r"([_^])\{(\w)\}")


def flatten_formulas(text: str) -> str:
    r"""Write the formulas of a text in plain characters where that loses nothing.

    Args:
        text: A text with LaTeX-like formulas between dollars.

    Returns:
        The text; a formula with a command that has no character stays as it was written.

    Examples:
        >>> flatten_formulas(r"with $\lambda = 0.2$, $\|W\|_0 \le 2$ and $\frac{1}{2}$, it costs $5")
        'with λ = 0.2, ‖W‖_0 ≤ 2 and $\\frac{1}{2}$, it costs $5'
    """
    return _FORMULA.sub(_flatten, text)


def _flatten(match: re.Match[str]) -> str:
    unknown = False

    def replace(command: re.Match[str]) -> str:
        nonlocal unknown
        if command[2]:
            return _PUNCTUATION[command[2]]
        unknown |= command[1] not in SYMBOLS
        symbol = SYMBOLS.get(command[1], "")
        return symbol + " " if command[0][-1].isspace() and symbol else symbol

    flat = _BRACED_LETTER.sub(r"\1\2", _COMMAND.sub(replace, match[1]))
    return match[0] if unknown or "\\" in flat else flat
