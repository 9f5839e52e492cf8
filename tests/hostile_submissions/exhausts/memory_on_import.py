"""Allocate 8 GiB on import.

functions: import
unearned: lab1
says: memory raised exit missing
"""

keep = [bytearray(b'A') * (64 << 20) for _ in range(128)]
