"""What pages about paying later show, to debtors and agents alike: suggestions, the schedule, the law in plain words, refusals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kulanz.payments.agreement_errors import (
    AgreementError,
    AmountTooSmall,
    DayOutside,
    FirstDayOutside,
    PlanNeverEnds,
    PlanRefused,
    PlanTooLong,
)
from kulanz.payments.commands.agreements.agree import digest
from kulanz.payments.queries_situation import Situation
from kulanz.payments.rules.plan import Rhythm, Schedule, Wish
from kulanz.site.templatetags.kulanz_ui import long_date, money
from kulanz.site.told import told

COUNTS: Final = (2, 3, 6, 9, 12, 18, 24, 36)
"""Numbers of instalments people think in."""
USUAL_COUNT: Final = 6
EURO: Final = 100

NOTES: Final[Mapping[str, str | Promise]] = {
    "agreement_costs": gettext_lazy("Was die Vereinbarung kostet, steht oben: mehr kommt nicht dazu."),
    "objections_lost": gettext_lazy(
        "Mit dem Plan erkennen Sie die Rechnungen an. Einwände gegen sie können Sie danach in der Regel nicht mehr erheben."
    ),
    "parts_covered": gettext_lazy("Das gilt für alle Rechnungen, die im Plan stehen, mit Zinsen und Kosten."),
    "typical_objections": gettext_lazy(
        "Prüfen Sie deshalb vorher: Gibt es die Schuld wirklich? Ist sie schon bezahlt? Ist sie verjährt? "
        "Dann sagen Sie uns lieber „Stimmt nicht“."
    ),
}
"""The law's list of what must be said before (§ 13a (3), (4) RDG) in plain words, by item of `law.information_duties`."""
LIMITATION: Final = gettext_lazy("Die Verjährung beginnt mit der Vereinbarung neu und ruht, solange sie läuft (§§ 205, 212 BGB).")


@dataclass(frozen=True, slots=True)
class Offer:
    """One suggestion: so many instalments of about so much."""

    count: int
    cents: int


@dataclass(frozen=True, slots=True)
class PlanShown:
    """A wish and what becomes of it: the schedule, or why not and what works."""

    wish: Wish
    plan: Schedule | None
    refusal: str
    better_cents: int
    seen: str
    smallest_cents: int
    largest_cents: int
    offers: tuple[Offer, ...]

    @property
    def least_euros(self) -> int:
        """The lower end of the slider: whole euros, never below what works."""
        return -(-self.smallest_cents // EURO)

    @property
    def most_euros(self) -> int:
        return max(self.least_euros, -(-self.largest_cents // EURO))

    @property
    def wish_euros(self) -> int:
        return min(max(-(-self.wish.amount_cents // EURO), self.least_euros), self.most_euros)


def show_plan(found: Situation, *, amount_cents: int | None, rhythm: Rhythm, first_on: date | None) -> PlanShown:
    """Work out the plan for a wish; what is missing in it is filled with the kind default."""
    wish = Wish(amount_cents or 0, first_on or found.first_day(), rhythm)
    offers: tuple[Offer, ...] = ()
    smallest, refusal, better, plan = 0, "", 0, None
    total = found.open_cents + found.fee_cents
    try:
        smallest = found.smallest(wish.first_on, rhythm)
        offers = _offers(found, total, smallest, rhythm)
        if not amount_cents:
            usual = [offer.cents for offer in offers if offer.count <= USUAL_COUNT] or [offer.cents for offer in offers]
            wish = Wish(usual[-1] if usual else max(smallest, total), wish.first_on, rhythm)
        plan = found.plan(wish)
    except PlanRefused as refused:
        refusal, better = sentence(refused), refused.better_cents
    except AgreementError as refused:
        refusal = sentence(refused)
    return PlanShown(wish, plan, refusal, better, digest(plan) if plan else "", smallest, total, offers)


def _offers(found: Situation, total: int, smallest: int, rhythm: Rhythm) -> tuple[Offer, ...]:
    """Round suggestions inside the limits: a few numbers of instalments in whole euros."""
    most = found.limits.instalments_max(rhythm)
    offers = []
    for count in COUNTS:
        cents = -(-total // count // EURO) * EURO if total >= count * EURO else 0
        if count <= most and cents >= max(smallest, EURO) and cents < total:
            offers.append(Offer(-(-total // cents), cents))
    unique = {offer.count: offer for offer in offers}
    return tuple(unique.values())[:4] if len(unique) <= 4 else tuple(list(unique.values())[1:5])


def sentence(error: AgreementError) -> str:
    """A refusal in the language of the page, with what works instead."""
    match error:
        case PlanNeverEnds():
            return _(
                "Mit dieser Rate würde der Plan nie enden: In derselben Zeit kommen %(growth)s Zinsen dazu. Das bieten wir Ihnen nicht an. "
                "Ab %(better)s wird die Schuld wirklich kleiner."
            ) % {"growth": money(error.growth_cents), "better": money(error.better_cents)}
        case PlanTooLong():
            return _("Das würde zu lange dauern. Ab %(better)s je Rate passt es.") % {"better": money(error.better_cents)}
        case AmountTooSmall():
            return _("Die kleinste mögliche Rate ist %(better)s.") % {"better": money(error.better_cents)}
        case FirstDayOutside():
            days = {"from": long_date(error.earliest_on), "until": long_date(error.latest_on)}
            return _("Bitte wählen Sie einen Tag zwischen dem %(from)s und dem %(until)s.") % days
        case DayOutside():
            return _("So lange können wir nicht warten: höchstens bis zum %(until)s. Eine Ratenzahlung geht auch.") % {
                "until": long_date(error.latest_on)
            }
        case _:
            return _("Das geht gerade nicht: %(why)s") % {"why": str(told(error))}


def pay_days(day: date, latest_on: date) -> list[date]:
    """Days on which money usually comes: the end of the month, the first, the fifteenth; from tomorrow until the last possible day."""
    found = []
    for offset in range(1, (latest_on - day).days + 1):
        each = day + timedelta(days=offset)
        if each.day in (1, 15) or (each + timedelta(days=1)).day == 1:
            found.append(each)
    return found[:4]


def evidence(shown: Mapping[str, Any], plan: Schedule | None) -> dict[str, Any]:
    """What the debtor saw before agreeing, kept word for word with the agreement."""
    told = {name: str(text) for name, text in {**NOTES, "limitation": LIMITATION}.items()}
    rows = [[row.due_on.isoformat(), row.amount_cents] for row in plan.instalments] if plan else []
    return {"shown": told, "schedule": rows} | dict(shown)


RHYTHMS: Final = (
    (Rhythm.MONTH.value, gettext_lazy("jeden Monat")),
    (Rhythm.FORTNIGHT.value, gettext_lazy("alle zwei Wochen")),
    (Rhythm.WEEK.value, gettext_lazy("jede Woche")),
)
KINDS: Final = {
    "plan": gettext_lazy("Ratenplan"),
    "deferral": gettext_lazy("Stundung"),
    "promise": gettext_lazy("Zahlungszusage"),
    "settlement": gettext_lazy("Vergleich"),
    "pause": gettext_lazy("Pause"),
}
STATES: Final = {
    "proposed": gettext_lazy("wartet auf zweite Person"),
    "offered": gettext_lazy("angeboten"),
    "active": gettext_lazy("läuft"),
    "kept": gettext_lazy("eingehalten"),
    "broken": gettext_lazy("nicht eingehalten"),
    "revised": gettext_lazy("geändert"),
    "cancelled": gettext_lazy("beendet"),
    "expired": gettext_lazy("abgelaufen"),
}
VIAS: Final = {
    "portal": gettext_lazy("auf der eigenen Seite"),
    "phone": gettext_lazy("am Telefon"),
    "email": gettext_lazy("per E-Mail"),
    "letter": gettext_lazy("per Brief"),
}
TONES: Final = {"active": "", "kept": "", "offered": "information", "proposed": "information", "broken": "danger"}
"""The tone of a state's chip; what is not named is plain."""


def euros_typed(cents: int) -> str:
    """Cents as one types them into a field: ``20`` or ``20,50``."""
    return f"{cents // 100},{cents % 100:02d}" if cents % 100 else str(cents // 100)
