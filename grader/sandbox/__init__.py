"""The trusted end of the sandbox: start it, open sessions, call what a student wrote."""

from grader.sandbox.isolation import Isolation
from grader.sandbox.limits import Limits
from grader.sandbox.sandbox import Sandbox
from grader.sandbox.session import LoadError, LoadReport, Reader, Session

__all__ = ["Isolation", "Limits", "LoadError", "LoadReport", "Reader", "Sandbox", "Session"]
