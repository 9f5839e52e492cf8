"""Which submissions have the same quantizer, told by what it does in a confined worker."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace

from grader.fingerprint import fingerprint_grader
from grader.lab2.finetune_store import FinetuneStore
from grader.lab2.quantizer_fingerprint import take_fingerprint
from grader.lab2.reference_states import list_layer_bits
from grader.lab2.verification import Lab2Verification
from grader.sandbox import Sandbox
from grader.sandbox.faults import StudentFault
from grader.sandbox.limits import TRAINING
from grader.submission import Assembly
from student.given.pretrained import hash_state


@dataclass(frozen=True)
class Quantizer:
    """What a submission's quantizer does, as far as values tell.

    Attributes:
        fingerprint: Equal for quantizers that are equal to the bit; empty where none could be taken.
        problem: Why there is none.
        is_reference: Whether it does the same as the reference's.
        is_shared: Whether equal fingerprints mean equal quantizers; not where it answers differently when
            it is asked again.
    """

    fingerprint: str
    problem: str = ""
    is_reference: bool = False
    is_shared: bool = True


class Identification:
    """Identifies quantizers, each code once.

    Args:
        lab2: Images and weights.
        sandbox: Where submissions run.
        store: Where fingerprints are kept.
        reference: The reference's quantizer, as code that a worker runs.
    """

    def __init__(
        self, lab2: Lab2Verification, sandbox: Sandbox, store: FinetuneStore, reference: Assembly
    ) -> None:
        self._lab2 = lab2
        self._sandbox = sandbox
        self._store = store
        self._reference = self._take(reference).fingerprint

    def identify(self, assembly: Assembly) -> Quantizer:
        """Find out what a submission's quantizer does.

        Args:
            assembly: The submission's code.

        Raises:
            StaffError: No worker could be started.
        """
        found = self._take(assembly)
        return replace(found, is_reference=bool(found.fingerprint) and found.fingerprint == self._reference)

    def _take(self, assembly: Assembly) -> Quantizer:
        lab2, needed = self._lab2, assembly.only("STE")
        what = [needed.as_wire(), hash_state(lab2.state), lab2.dataset.digest, fingerprint_grader()]
        code = hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()
        known = self._store.read_fingerprint(code)
        if known:
            return Quantizer(known["fingerprint"], is_shared=known["is_shared"])
        uniform = tuple(bits for bits in lab2.schemes.values() if bits is None or isinstance(bits, int))
        seconds = self._sandbox.training_limits[TRAINING].probe_seconds
        try:
            with self._sandbox.open_training_session(needed.as_wire(), seconds) as session:
                fingerprint, repeats = take_fingerprint(
                    session.probe,
                    lab2.as_arrays(),
                    tuple(list_layer_bits(None)),
                    uniform,
                    lab2.finetuned_schemes,
                    lab2.dataset.train,
                )
        except StudentFault as fault:
            return Quantizer("", fault.summary)
        if not repeats:  # nobody else's quantizer is known to be this one
            fingerprint = hashlib.sha256(f"{fingerprint} {code}".encode()).hexdigest()
        self._store.write_fingerprint(code, {"fingerprint": fingerprint, "is_shared": repeats})
        return Quantizer(fingerprint, is_shared=repeats)
