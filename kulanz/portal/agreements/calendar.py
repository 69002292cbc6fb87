"""Instalments as a calendar file (RFC 5545), one all-day entry each with a reminder the day before."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.utils.translation import gettext as _

from kulanz.payments.queries_agreements import Told
from kulanz.site.templatetags.kulanz_ui import money


def calendar_file(told: Told, creditor: str, *, now: datetime) -> str:
    """The open instalments. The words name amount and creditor, nothing about a debt."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Kulanz//DE", "CALSCALE:GREGORIAN"]
    stamp = now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    for row in told.progress.rows:
        if row.open_cents:
            words = _("%(amount)s an %(creditor)s überweisen") % {"amount": money(row.open_cents), "creditor": creditor}
            lines += [
                "BEGIN:VEVENT",
                f"UID:{told.agreement.public_id}-{row.number}@kulanz",
                f"DTSTAMP:{stamp}",
                f"DTSTART;VALUE=DATE:{row.due_on:%Y%m%d}",
                f"DTEND;VALUE=DATE:{row.due_on + timedelta(days=1):%Y%m%d}",
                f"SUMMARY:{_escaped(words)}",
                "TRANSP:TRANSPARENT",
                "BEGIN:VALARM",
                "ACTION:DISPLAY",
                f"DESCRIPTION:{_escaped(words)}",
                "TRIGGER:-P1D",
                "END:VALARM",
                "END:VEVENT",
            ]
    return "\r\n".join(folded for line in [*lines, "END:VCALENDAR"] for folded in _folded(line)) + "\r\n"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def _folded(line: str) -> list[str]:
    """Lines of at most 75 octets; what follows begins with a blank."""
    pieces: list[str] = []
    current = ""
    for sign in line:
        if len((current + sign).encode()) > (75 if not pieces else 74):
            pieces.append(current if not pieces else " " + current)
            current = ""
        current += sign
    return [*pieces, current if not pieces else " " + current]
