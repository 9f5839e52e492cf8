"""Grading many submissions: processes that grade side by side, a gradebook, a summary."""
