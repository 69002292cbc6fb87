"""What an agent types about negotiations."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


class _DayForm(forms.Form):
    """A form whose day is today or earlier."""

    on = forms.DateField(widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args: Any, day: date, **kwargs: Any) -> None:
        self.day = day
        kwargs["initial"] = {"on": day, "key": uuid.uuid4()} | (kwargs.get("initial") or {})
        super().__init__(*args, **kwargs)

    def clean_on(self) -> date:
        """What has not happened cannot be noted."""
        on: date = self.cleaned_data["on"]
        if on > self.day:
            raise forms.ValidationError(_("Dieser Tag liegt in der Zukunft."))
        return on


class BeginForm(_DayForm):
    """Negotiations began. Its key was drawn when the page was shown, so it counts once."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    who = forms.CharField(
        label=_("Mit wem wird verhandelt?"), help_text=_("Zum Beispiel: Frau Yılmaz, oder ihre Anwältin."), min_length=2, max_length=120
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["on"].label = _("Seit wann?")
        self.order_fields(["on", "who"])


class EndForm(_DayForm):
    """Negotiations ended."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["on"].label = _("Bis wann?")
        self.fields["on"].help_text = _("Der Tag, an dem eine Seite abgebrochen hat oder alles gesagt war.")


class TakeBackForm(forms.Form):
    """There were no such negotiations."""

    reason = forms.CharField(label=_("Warum war das falsch?"), min_length=3, max_length=180)
