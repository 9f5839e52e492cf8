"""Benchmarks: figures with n, machine and versions; never part of the tests."""
