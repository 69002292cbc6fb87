"""What can go wrong when the law is asked a question. Nothing here is ever answered with a guess."""

from __future__ import annotations

from typing import ClassVar

from kulanz.errors import KulanzError


class LawError(KulanzError):
    """Diese Rechtsfrage lässt sich so nicht beantworten."""

    code: ClassVar[str] = "law_error"
    status: ClassVar[int] = 422


class UnknownCountry(LawError):
    """Für dieses Land kennt Kulanz kein Recht."""

    code = "unknown_country"
    fix = "Möglich sind de, at und ch."


class UnknownRegion(LawError):
    """Dieses Bundesland (oder dieser Kanton) ist nicht bekannt."""

    code = "unknown_region"


class UnreadableMoney(LawError):
    """Dieser Betrag ist nicht lesbar."""

    code = "unreadable_money"
    fix = "Beträge stehen mit Punkt und höchstens zwei Nachkommastellen, zum Beispiel 1234.56."


class AmountTooLarge(LawError):
    """Dieser Betrag ist größer, als Kulanz rechnen kann."""

    code = "amount_too_large"


class OutsideTable(LawError):
    """Für diesen Tag steht in der Tabelle kein Wert."""

    code = "outside_table"
    fix = "Bitte die Tabelle um den fehlenden, amtlich veröffentlichten Wert ergänzen; geraten wird nicht."


class NotVerified(LawError):
    """Diese Rechtslage ist noch nicht geprüft und wird deshalb nicht angewandt."""

    code = "not_verified"
    fix = "Bitte die genannte Quelle prüfen lassen und die Tabelle ergänzen."


class NotInThisCountry(LawError):
    """Diese Regel gibt es in diesem Land nicht."""

    code = "not_in_this_country"


class InvalidQuestion(LawError):
    """Die Angaben passen nicht zusammen."""

    code = "invalid_question"
