"""What can go wrong with a run."""

from __future__ import annotations

from kulanz.errors import KulanzError


class RunError(KulanzError):
    """Der Lauf ist nicht möglich."""

    code, status = "run_error", 400


class EngineUnknown(RunError):
    """Diese Rechenart für den Tageslauf gibt es nicht."""

    code, status = "engine_unknown", 422
    fix = "Möglich ist: local."
