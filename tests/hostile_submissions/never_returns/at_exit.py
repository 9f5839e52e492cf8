"""Answer rightly and refuse to end: a handler at exit that sleeps.

functions: import
unearned: none
rest: earned
"""

import atexit
import time

atexit.register(time.sleep, 10**6)
