"""Sleep on import.

functions: import
unearned: lab1
says: hang
"""

import time

time.sleep(10**6)
