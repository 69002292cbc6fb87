"""Why something cannot be agreed as wished, each with a sentence for the person who asked and, if there is one, what works instead."""

from __future__ import annotations

from datetime import date

from kulanz.errors import KulanzError
from kulanz.law.money import format_money


def euros(cents: int) -> str:
    """An amount as German text writes it: ``1.234,50 €``."""
    return f"{format_money(cents).replace('.', ',')} €"


class AgreementError(KulanzError):
    """Das lässt sich so nicht vereinbaren."""

    code, status = "agreement_error", 409


class NothingOpen(AgreementError):
    """Es ist nichts mehr offen."""

    code = "agreement_nothing_open"


class PlanRefused(AgreementError):
    """Dieser Ratenplan geht so nicht."""

    code, status = "plan_refused", 422

    def __init__(self, message: str, better_cents: int) -> None:
        super().__init__(message)
        self.better_cents = better_cents


class AmountTooSmall(PlanRefused):
    """Die Rate ist kleiner als die kleinste mögliche."""

    code = "plan_amount_too_small"

    def __init__(self, least_cents: int, better_cents: int) -> None:
        super().__init__(f"Die kleinste mögliche Rate ist {euros(max(least_cents, better_cents))}.", max(least_cents, better_cents))


class PlanNeverEnds(PlanRefused):
    """Der Plan würde nie enden."""

    code = "plan_never_ends"

    def __init__(self, amount_cents: int, growth_cents: int, better_cents: int) -> None:
        self.growth_cents = growth_cents
        super().__init__(
            f"Mit {euros(amount_cents)} würde der Plan nie enden: In derselben Zeit kommen {euros(growth_cents)} Zinsen dazu. "
            f"Das bieten wir Ihnen nicht an. Ab {euros(better_cents)} wird die Schuld wirklich kleiner und der Plan hat ein Ende.",
            better_cents,
        )


class PlanTooLong(PlanRefused):
    """Der Plan würde zu lange laufen."""

    code = "plan_too_long"

    def __init__(self, months_max: int, better_cents: int) -> None:
        super().__init__(f"Der Plan wäre länger als {months_max} Monate. Ab {euros(better_cents)} je Rate passt es.", better_cents)


class FirstDayOutside(AgreementError):
    """Dieser Tag liegt zu weit weg."""

    code, status = "plan_first_day_outside", 422

    def __init__(self, earliest_on: date, latest_on: date) -> None:
        self.earliest_on, self.latest_on = earliest_on, latest_on
        super().__init__(f"Bitte wählen Sie einen Tag zwischen dem {earliest_on:%d.%m.%Y} und dem {latest_on:%d.%m.%Y}.")


class DayOutside(AgreementError):
    """Dieser Tag liegt zu weit weg."""

    code, status = "agreement_day_outside", 422

    def __init__(self, latest_on: date) -> None:
        self.latest_on = latest_on
        super().__init__(f"So lange können wir nicht warten: höchstens bis {latest_on:%d.%m.%Y}. Eine Ratenzahlung geht auch.")


class AgreementNotFound(AgreementError):
    """Diese Vereinbarung gibt es hier nicht."""

    code, status = "agreement_not_found", 404


class AgreementStands(AgreementError):
    """Es gibt schon eine Vereinbarung."""

    code = "agreement_stands"
    fix = "Die bestehende Vereinbarung lässt sich ändern oder beenden."


class AgreementOver(AgreementError):
    """Diese Vereinbarung ist schon beendet."""

    code = "agreement_over"


class OfferGone(AgreementError):
    """Dieses Angebot gilt nicht mehr."""

    code = "offer_gone"


class ScheduleChanged(AgreementError):
    """Seit Sie den Plan gesehen haben, hat sich etwas geändert, zum Beispiel durch eine Zahlung."""

    code = "schedule_changed"
    fix = "Bitte sehen Sie sich den neuen Plan noch einmal an."


class ConsentMissing(AgreementError):
    """Dafür brauchen wir Ihre Zustimmung."""

    code, status = "agreement_consent_missing", 422


class SecondPersonMustAgree(AgreementError):
    """Über den Nachlass entscheidet eine zweite Person."""

    code = "agreement_second_person"


class TooManyRevisions(AgreementError):
    """Dieser Plan wurde schon mehrmals geändert."""

    code = "agreement_too_many_revisions"
    fix = "Bitte sprechen Sie mit uns, wir finden einen Weg."


class SettlementOutside(AgreementError):
    """Der Vergleichsbetrag muss zwischen null und dem offenen Betrag liegen."""

    code, status = "settlement_outside", 422
