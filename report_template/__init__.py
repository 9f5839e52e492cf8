"""Pages and plots of the two reports: the grading report and the report that a student hands in.

Everything here is fed plain data (dictionaries, strings, NumPy arrays). It imports neither the grader
nor the handout nor the solutions, because it stands in the handout's zip as well.
"""
