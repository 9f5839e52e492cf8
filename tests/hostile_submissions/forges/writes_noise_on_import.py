"""Write noise to every descriptor on import.

functions: import
unearned: lab1
says: reply exit hang
"""

import os

for descriptor in range(3, 256):
    try:
        os.write(descriptor, os.urandom(4096))
    except OSError:
        continue
