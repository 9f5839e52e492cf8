"""Answer rightly and sleep in a finalizer.

functions: import
unearned: none
rest: earned
"""

import time


class Sleeper:
    def __del__(self):
        time.sleep(10**6)


keep = Sleeper()
