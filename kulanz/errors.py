"""The base of every error Kulanz raises on purpose: a stable code, a sentence for people, and what to do."""

from __future__ import annotations

from typing import ClassVar


class KulanzError(Exception):
    """Etwas ist schiefgegangen.

    The docstring of a subclass is its default sentence for people (German). ``code`` is stable and documented, ``status`` is the
    HTTP status an edge answers with, ``fix`` says what the reader can do now.
    """

    code: ClassVar[str] = "kulanz_error"
    status: ClassVar[int] = 400
    fix: ClassVar[str] = ""

    def __init__(self, message: str = "", *, fix: str = "") -> None:
        self.message = message or (type(self).__doc__ or "").strip().split("\n\n")[0]
        self.remedy = fix or self.fix
        super().__init__(self.message)

    def __str__(self) -> str:
        return f"{self.message} {self.remedy}".strip()
