"""Compile a deeply nested expression on import.

functions: import
unearned: lab1
says: raised missing memory
"""

eval('(' * 10**6 + ')' * 10**6)
