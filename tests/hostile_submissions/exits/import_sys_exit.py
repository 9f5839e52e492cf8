"""Exit on import.

functions: import
unearned: lab1
says: missing raised exit
"""

import sys

sys.exit(0)
