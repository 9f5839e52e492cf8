"""Raise an exception with terminal escapes, markup and bidi marks.

functions: gd_step
says: raised
"""

import numpy as np


def gd_step(W, X, y, lr, l1=0.0):
    raise ValueError("\x1b[2J\x1b]0;owned\x07<script>alert(1)</script>\u202egnp.exe\r100/100 \x00 </font><para>")
