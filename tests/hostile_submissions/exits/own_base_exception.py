"""Raise an exception that derives from BaseException.

functions: gd_step
says: raised
"""

class Escape(BaseException):
    pass





def gd_step(W, X, y, lr, l1=0.0):
    raise Escape('out')
