"""How settings and their values are called, on the page and in the history of changes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kulanz.claims.models import CreditorView, SettingChange
from kulanz.ledger.components import Component
from kulanz.payments.models import InterestDuring, Rhythm
from kulanz.site.templatetags.kulanz_ui import grouped, money, number, short_date

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

VIEWS: dict[str, Promise] = {
    CreditorView.LAW.value: _("wie im Konto der Kundinnen und Kunden: Kosten, Zinsen, Hauptforderung"),
    CreditorView.PRINCIPAL_FIRST.value: _("zuerst auf die Hauptforderung, dann Zinsen, eigene Kosten, Inkassokosten"),
    CreditorView.INTEREST_FIRST.value: _("zuerst auf die Zinsen, dann Hauptforderung, eigene Kosten, Inkassokosten"),
}
RHYTHMS: dict[str, Promise] = {
    Rhythm.DAILY.value: _("täglich"),
    Rhythm.WEEKLY.value: _("wöchentlich"),
    Rhythm.MONTHLY.value: _("monatlich"),
}
COMPONENTS: dict[Component, Promise] = {
    Component.PRINCIPAL: _("Hauptforderung"),
    Component.INTEREST: _("Zinsen"),
    Component.DUNNING_FEE: _("Mahnkosten"),
    Component.COLLECTION_COST: _("Inkassokosten"),
    Component.EXPENSE: _("Auslagen"),
    Component.COURT_COST: _("Gerichtskosten"),
    Component.SETTLEMENT_FEE: _("Einigungsgebühr"),
}
ACCOUNTS: dict[str, _StrPromise] = {
    "bank": _("Bank"),
    "suspense": _("Noch nicht zugeordnet"),
    "claim": _("Forderungen"),
    "income": _("Erlöse aus Zinsen und Kosten"),
    "writeoff": _("Verzicht und Ausbuchung"),
    "provider": _("Zahlungsanbieter"),
    "direct": _("Direkt an den Mandanten gezahlt"),
    "remitted": _("An den Mandanten ausgezahlt"),
    "withheld": _("Einbehaltenes Honorar"),
}


def _percent(value: int) -> str:
    return f"{number(Decimal(value) / 100)} %"


def _parts(value: list[str]) -> str:
    return ", ".join(str(COMPONENTS[Component(part)]) for part in value) or gettext("nichts")


def _yes(value: object) -> str:
    return gettext("ja") if value else gettext("nein")


def _of(words: dict[str, Promise]) -> Callable[[Any], str]:
    return lambda value: str(words.get(value, value))


def _day(value: str) -> str:
    return short_date(date.fromisoformat(value))


_INTEREST: dict[str, Promise] = {InterestDuring.NONE.value: _("keine"), InterestDuring.STATUTORY.value: _("Verzugszins nach § 288 BGB")}
_NAMES: dict[str, tuple[Promise | str, Callable[[Any], str]]] = {
    "account.account_holder": (_("Kontoinhaber"), str),
    "account.iban": ("IBAN", grouped),
    "limits.small_rest_cents": (_("Kleiner Rest"), money),
    "limits.alone_cents_max": (_("Allein entscheiden bis"), money),
    "view.view": (_("Verrechnung in den Büchern"), _of(VIEWS)),
    "collector.sepa_creditor_id": (_("Gläubiger-Identifikationsnummer"), str),
    "collector.prenotice_days": (_("Ankündigung in Tagen"), str),
    "collector.lead_bank_days": (_("Datei in Bankarbeitstagen vorher"), str),
    "collector.single_bookings": (_("Jede Abbuchung als eigener Umsatz"), _yes),
    "collector.return_quiet_days": (_("Ruhe nach einer Rückgabe in Tagen"), str),
    "collector.pass_on_return_charge": (_("Bankentgelt einer Rückgabe weitergeben"), _yes),
    "collector.small_refund_cents": (_("Kleines Guthaben"), money),
    "terms.valid_from": (_("Abrechnung gilt ab"), _day),
    "terms.payout_name": (_("Ausgezahlt wird an"), str),
    "terms.payout_iban": (_("Auszahlungskonto (IBAN)"), grouped),
    "terms.rhythm": (_("Abrechnung wie oft"), _of(RHYTHMS)),
    "terms.fee_bp": (_("Erfolgshonorar"), _percent),
    "terms.vat_bp": (_("Umsatzsteuer"), _percent),
    "terms.fee_on": (_("Honorar auf"), _parts),
    "terms.kept": (_("Uns stehen zu"), _parts),
    "terms.threshold_cents": (_("Mindestbetrag"), money),
    "terms.pass_on_days": (_("Warnung nach Tagen"), str),
    "terms.separate_account": (_("Auf dem Konto liegt nur fremdes Geld"), _yes),
    "datev.consultant": (_("DATEV: Beraternummer"), str),
    "datev.client": (_("DATEV: Mandantennummer"), str),
    "datev.year_begins": (_("DATEV: Wirtschaftsjahr beginnt im Monat"), str),
    "datev.account_length": (_("DATEV: Stellen der Sachkonten"), str),
    "datev.chart": (_("DATEV: Kontenrahmen"), lambda value: f"SKR {value}" if value else gettext("anderer")),
    "datev.with_claims": (_("DATEV: Auch neue Forderungen ausgeben"), _yes),
    "policy.instalment_cents_min": (_("Kleinste Rate"), money),
    "policy.first_cents_min": (_("Erste Rate mindestens"), money),
    "policy.months_max": (_("Längster Plan in Monaten"), str),
    "policy.first_due_days_max": (_("Erste Rate spätestens nach Tagen"), str),
    "policy.deferral_days_max": (_("Längste Stundung in Tagen"), str),
    "policy.promise_days_max": (_("Längste Zahlungszusage in Tagen"), str),
    "policy.pause_days_max": (_("Längste Pause in Tagen"), str),
    "policy.tolerance_days": (_("Nachsicht in Tagen"), str),
    "policy.recovery_days": (_("Freundlicher Weg in Tagen"), str),
    "policy.reminder_days": (_("Erinnerung so viele Tage vor einer Rate"), str),
    "policy.revisions_max": (_("So oft darf ein Plan geändert werden"), str),
    "policy.interest_during": (_("Zinsen während der Vereinbarung"), _of(_INTEREST)),
    "policy.charge_fee": (_("Einigungsgebühr berechnen"), _yes),
}
"""Each setting by its name in the history: its label, and how its values are written."""


def told(change: SettingChange) -> tuple[str, str, str]:
    """A change in words: which setting, what it was, what it is. Empty where there was nothing."""
    label, write = _word(change.setting)
    before, after = ("" if value is None else write(value) for value in (change.before, change.after))
    return label, before, after


def _word(setting: str) -> tuple[str, Callable[[Any], str]]:
    if setting.startswith("datev.account."):
        kind, __, part = setting.removeprefix("datev.account.").partition(":")
        named = str(ACCOUNTS.get(kind, kind))
        return gettext("DATEV-Konto: %(name)s") % {"name": f"{named}, {part}" if part else named}, str
    label, write = _NAMES[setting]
    return str(label), write
