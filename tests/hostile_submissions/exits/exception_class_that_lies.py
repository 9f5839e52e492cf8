"""Raise an exception whose class has lying attributes.

functions: gd_step
says: raised memory exit
"""

class Meta(type):
    def __getattribute__(cls, name):
        if name in {"__name__", "__qualname__", "__module__"}:
            raise SystemExit(0)
        return type.__getattribute__(cls, name)


class Evil(Exception, metaclass=Meta):
    @property
    def __class__(self):
        return MemoryError

    __traceback__ = property(lambda self: 1 / 0)


def gd_step(W, X, y, lr, l1=0.0):
    raise Evil("points")
