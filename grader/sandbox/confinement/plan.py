"""Which layers a worker gets: what was asked for, less what this machine refuses."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace

NAMESPACES, USER_NAMESPACE, PRIVATE_PROC = "namespaces", "user_namespace", "private_proc"
CHROOT, UID, CAPABILITIES, RLIMITS = "chroot", "uid", "capabilities", "rlimits"
NO_NEW_PRIVS, LANDLOCK, SECCOMP = "no_new_privs", "landlock", "seccomp"

LAYERS = (  # in the order in which they are applied
    USER_NAMESPACE, NAMESPACES, PRIVATE_PROC, CHROOT, UID,
    CAPABILITIES, RLIMITS, NO_NEW_PRIVS, LANDLOCK, SECCOMP,
)  # fmt: skip
_OF_NAMESPACES = {NAMESPACES, USER_NAMESPACE, PRIVATE_PROC}


class LayerFailedError(Exception):
    """A layer could not be applied.

    Attributes:
        layer: Its name.
        reason: What the kernel said.
    """

    def __init__(self, layer: str, reason: str) -> None:
        super().__init__(f"{layer}: {reason}")
        self.layer = layer
        self.reason = reason


@dataclass(frozen=True)
class Plan:
    """The layers to apply and the ones that are missing.

    Attributes:
        layers: Names from `LAYERS`, in order.
        missing: Each layer that will not be applied, and why.
        excluded: Layers that the caller does not want.
    """

    layers: tuple[str, ...]
    missing: dict[str, str] = field(default_factory=dict)
    excluded: frozenset[str] = frozenset()

    def after_failure(self, layer: str, reason: str) -> Plan:
        """Plan anew after a layer failed.

        Namespaces that root is refused are tried once more from inside a user namespace; a user
        without namespaces goes without. Where neither namespaces nor Landlock hold, root gets
        a chroot.

        Args:
            layer: The layer that failed.
            reason: What the kernel said.

        Returns:
            A plan without the layer, or with another way to it.
        """
        layers, missing = set(self.layers), dict(self.missing)
        if (
            layer == NAMESPACES
            and not {NAMESPACES, USER_NAMESPACE} & self.excluded
            and USER_NAMESPACE not in layers
        ):
            layers.add(USER_NAMESPACE)
            return replace(self, layers=_in_order(layers))
        if layer in (NAMESPACES, USER_NAMESPACE):
            layers -= _OF_NAMESPACES
            missing.pop(PRIVATE_PROC, None)
            missing[NAMESPACES] = reason
        else:
            layers.discard(layer)  # one of the namespaces' may be gone with them
            missing[layer] = reason
        if layer != CHROOT and not layers & {NAMESPACES, LANDLOCK, CHROOT} and _may_chroot(self.excluded):
            layers.add(CHROOT)
        return replace(self, layers=_in_order(layers), missing=missing)


def _may_chroot(excluded: frozenset[str]) -> bool:
    return os.geteuid() == 0 and CHROOT not in excluded


def _in_order(layers: set[str]) -> tuple[str, ...]:
    return tuple(layer for layer in LAYERS if layer in layers)


def first_plan(excluded: frozenset[str] = frozenset()) -> Plan:
    """Plan every layer that this user could get.

    Args:
        excluded: Layers not to attempt.

    Returns:
        The plan to attempt first.
    """
    of_root = {UID}
    wanted = set(LAYERS) - {CHROOT} - ({USER_NAMESPACE} if os.geteuid() == 0 else of_root)
    plan = Plan(_in_order(wanted), excluded=excluded)
    for layer in _in_order(set(excluded & wanted)):
        plan = plan.after_failure(layer, "not wanted")
    return plan
