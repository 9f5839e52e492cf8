"""Swallow every exception in a loop on import.

functions: import
unearned: lab1
says: hang
"""

while True:
    try:
        while True:
            pass
    except BaseException:
        continue
