"""Solutions of Homework 4: staff only, never shipped to students, never imported by a worker."""
