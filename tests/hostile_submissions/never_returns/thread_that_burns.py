"""Answer rightly beside a thread that burns processor time.

functions: import
unearned: none
rest: open
"""

import threading


def burn():
    while True:
        pass


threading.Thread(target=burn, daemon=True).start()
