"""Containment, seen from outside; the attempts themselves are in ``escape_attempts.py``."""
