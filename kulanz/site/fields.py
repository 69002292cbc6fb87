"""What people type, in forms of every room."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kulanz.law.errors import LawError
from kulanz.law.money import parse_money

_GERMAN = re.compile(r"(\d{1,3}(?:\.\d{3})*|\d+)(?:,(\d{1,2}))?")
_POINT = re.compile(r"(\d{1,3}(?:,\d{3})*|\d+)\.(\d{1,2})")


class AmountField(forms.CharField):
    """An amount as people write it: ``85,89``, ``1.234,56``, ``85.89``, with or without its currency. Gives cents.

    ``zero=True`` for a limit that may be nothing at all.
    """

    def __init__(self, *args: Any, zero: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.zero = zero

    def clean(self, value: Any) -> int | None:
        """Cents, None if nothing was typed; what is not plainly an amount is refused, never read as something near it."""
        text = re.sub(r"[\s'’]|€|EUR|CHF|Fr\.", "", super().clean(value) or "", flags=re.IGNORECASE)
        if not text:
            return None
        if found := _GERMAN.fullmatch(text):
            plain = f"{found[1].replace('.', '')}.{found[2] or '0'}"
        elif found := _POINT.fullmatch(text):
            plain = f"{found[1].replace(',', '')}.{found[2]}"
        else:
            raise forms.ValidationError(_("Diesen Betrag verstehen wir nicht. Bitte schreiben Sie ihn so: 85,89"))
        try:
            cents = parse_money(plain)
        except LawError as error:
            raise forms.ValidationError(_("Dieser Betrag ist zu groß. Bitte prüfen Sie ihn.")) from error
        if cents == 0 and not self.zero:
            raise forms.ValidationError(_("Bitte geben Sie einen Betrag über null an, oder lassen Sie das Feld leer."))
        return cents
