"""Loop for ever on import.

functions: import
unearned: lab1
says: hang
"""

while True:
    pass
