"""The bank of known mistakes: wrong ways to write the six functions, and how to recognize them."""

from grader.mistakes.bank import Mistake
from grader.mistakes.diagnosis import FUNCTIONS, Call, Diagnosis, diagnose, mistakes_of

__all__ = ["FUNCTIONS", "Call", "Diagnosis", "Mistake", "diagnose", "mistakes_of"]
