"""Print a gigabyte on import.

functions: import
unearned: lab1
says: output
"""

for _ in range(16_384):
    print('A' * 65_536)
