"""Print without end from a thread.

functions: import
unearned: none
rest: open
says: output wrong
"""

import threading


def talk():
    for _ in range(10**6):
        print("A" * 4096)


threading.Thread(target=talk, daemon=True).start()
