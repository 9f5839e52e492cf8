"""The handout's own sources, as text: they are never imported here."""

from __future__ import annotations

import ast
from collections.abc import Collection


def given_layers(source: str, names: Collection[str]) -> str:
    """Return the source of given layers, to complete a file that lacks them.

    Args:
        source: The text of the handout's ``FP_layers.py``.
        names: Of ``FP_Conv`` and ``FP_Linear``.

    Returns:
        Imports and class definitions; they use the ``STE`` of the module where they are executed.
    """
    statements = ast.parse(source).body
    imports = [node for node in statements if isinstance(node, ast.Import | ast.ImportFrom)]
    layers = [node for node in statements if isinstance(node, ast.ClassDef) and node.name in names]
    return "\n".join(f"{ast.get_source_segment(source, node)}\n" for node in (*imports, *layers))
