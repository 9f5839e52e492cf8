"""Gradescope's autograder: the zip that it is uploaded as, and what runs in its container."""
