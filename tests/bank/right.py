"""The right submissions: what is special about each."""

from dataclasses import dataclass
from pathlib import Path

from tests.bank.paths import RIGHT


@dataclass(frozen=True)
class RightSubmission:
    """A submission that must earn every automatic point its files can earn.

    Attributes:
        name: Its folder in ``tests/right_submissions``.
        special: What is special about it.
    """

    name: str
    special: str

    @property
    def folder(self) -> Path:
        """The folder to grade."""
        return RIGHT / self.name

    @property
    def answers(self) -> Path | None:
        """Its ``answers.toml``, or None where it has none."""
        path = self.folder / "answers.toml"
        return path if path.exists() else None


RIGHT_SUBMISSIONS = tuple(
    RightSubmission(name, special)
    for name, special in (
        ("vectorized_numpy", "the plain vectorized solution, with a PDF and all answers"),
        ("python_loops", "loops over Python numbers; levels by repeated doubling"),
        ("einsum", "einsum and ranks; the quantizer with torch.where and no branch on alpha"),
        ("torch_in_lab1", "PyTorch in Lab 1, returning NumPy; methods of tensors"),
        ("autograd_in_lab1", "the gradient by autograd; STE saves for backward; recursion over children"),
        ("float32_inside", "float32 results; a float32 quantizer"),
        ("in_place_on_a_copy", "in-place operations on copies; average precision from the state dict"),
        ("argpartition", "argpartition; scale and zero point"),
        ("sorted_lists", "sorted lists; rounds halves up"),
        ("expanded_gradient", "the gradient 2 X'X W - 2 X'y; W - clip(W); NumPy inside the quantizer"),
        ("per_sample_sum", "a sum over samples; the nearest level by bucketize"),
        ("piecewise", "np.select, np.piecewise; float64 inside the quantizer; np.average"),
        ("fortran_order_and_views", "Fortran order, strided and read-only views, permuted tensors"),
        ("fake_quantize", "augmented data matrix; ties dropped by count; torch.fake_quantize"),
        ("typed_and_keyword_only", "type hints, dataclasses, keyword-only functions, copysign"),
        ("class_of_static_methods", "static methods assigned to the six names; a callable object"),
        ("closures_and_lambdas", "the six names are closures, partial objects and lambdas"),
        ("helper_module", "two modules of the student's own beside the two files"),
        ("plots_on_import", "runs and plots all experiments on import, saves figures between definitions"),
        ("prints_and_main", "prints in every call; a main block that exits"),
        ("windows_line_ends", "byte order marks, CRLF, tabs, Greek and accented names"),
        ("one_file_hw4_jd123", "one file with all six and copies of the given layers"),
        ("one_file_importing_given_layers", "one file; the layers come from the handout"),
        (
            "notebook_with_everything",
            "a notebook with magics, cells out of order, cells that fail, two tries",
        ),
        ("notebook_and_layers_file", "a notebook for Lab 1 beside FP_layers.py"),
        (
            "notebook_defines_ste_over_star_import",
            "STE in a notebook over a star import; FP_layers.py has the stub",
        ),
        ("nested_with_junk", "nested one level, with what a Mac and editors leave behind"),
        ("renamed_files", "other file names; torch's default dtype changed on import"),
        ("experiments_with_given_code", "runs the given trajectories on import; imports below the functions"),
    )
)
