"""Answer rightly with a thread that never ends.

functions: import
unearned: none
rest: earned
"""

import threading
import time


def run():
    while True:
        time.sleep(0.01)


threading.Thread(target=run, daemon=False).start()
