"""Let the compiler compute a huge constant on import.

functions: import
unearned: lab1
says: memory raised missing
"""

exec(compile('x = ' + '*'.join(['(1,)'] + ['1000'] * 8), 'x', 'exec'))
