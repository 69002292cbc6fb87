"""The words of a receipt for people who never read law: what a line means, and what a word means. No term of law stays unexplained."""

from __future__ import annotations

import re
from collections.abc import Sequence

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kulanz.claims.accounts import ClaimBalance
from kulanz.claims.commands.plain import REST_WAIVED
from kulanz.claims.receipt import LineKind
from kulanz.ledger.components import Component
from kulanz.site.templatetags.kulanz_ui import money

_MEANING: dict[LineKind, Promise] = {
    LineKind.PAYMENT: gettext_lazy("Eine Zahlung deckt erst Kosten, dann Zinsen, dann die Rechnung. So bestimmt es das Gesetz."),
    LineKind.CHARGEBACK: gettext_lazy("Die Bank hat diese Zahlung zurückgeholt. Deshalb ist der Betrag wieder offen."),
    LineKind.CREDIT_NOTE: gettext_lazy("Um diesen Betrag ist die Rechnung kleiner geworden."),
    LineKind.WAIVER: gettext_lazy("Diesen Betrag verlangen wir nicht mehr."),
    LineKind.WRITE_OFF: gettext_lazy("Diesen Betrag verlangen wir nicht mehr."),
    LineKind.REALLOCATED: gettext_lazy(
        "Eine Buchung mit früherem Datum kam dazu. Deshalb ist diese Zahlung neu aufgeteilt; es ist dasselbe Geld."
    ),
    LineKind.UNDONE: gettext_lazy("Eine frühere Buchung war ein Irrtum und ist damit aufgehoben."),
    LineKind.CORRECTED: gettext_lazy("Der Betrag der Rechnung wurde berichtigt."),
    LineKind.REFUND: gettext_lazy("Was Sie zu viel gezahlt hatten, haben Sie zurückbekommen."),
    LineKind.CREDIT: gettext_lazy("Was zu viel gezahlt wurde, gehört Ihnen. Wir verrechnen es nicht mit anderem."),
}
_COST_MEANING: dict[Component, Promise] = {
    Component.DUNNING_FEE: gettext_lazy("Wer in Verzug ist, ersetzt, was ein weiterer Brief an Papier und Porto wirklich gekostet hat."),
    Component.COLLECTION_COST: gettext_lazy(
        "Wer in Verzug ist, ersetzt die Kosten eines Inkassobüros, höchstens so viel wie für eine Kanzlei."
    ),
    Component.EXPENSE: gettext_lazy("Wer in Verzug ist, ersetzt, was deshalb ausgegeben werden musste."),
    Component.COURT_COST: gettext_lazy("Was das Gericht für das Verfahren verlangt hat."),
    Component.SETTLEMENT_FEE: gettext_lazy("Was die Vereinbarung über Raten gekostet hat."),
}

# What is stored with a booking that needs no document, and what it means for whoever reads the line.
_NOTES: tuple[tuple[str, Promise], ...] = (
    (r"Ratenplan: keine Zinsen, solange er läuft", gettext_lazy("Solange der Ratenplan läuft, verlangen wir keine Zinsen.")),
    (
        r"Stundung: keine Zinsen, solange \w+ läuft",
        gettext_lazy("Sie zahlen zu einem vereinbarten späteren Tag. Bis dahin verlangen wir keine Zinsen."),
    ),
    (r"\w+: keine Zinsen, solange \w+ läuft", gettext_lazy("Solange die Vereinbarung läuft, verlangen wir keine Zinsen.")),
    (re.escape(REST_WAIVED), gettext_lazy("Übrig war nur ein kleiner Rest Zinsen. Den erlassen wir Ihnen.")),
)

# A word of the list is explained if this pattern stands anywhere in the receipt, as it is shown.
_GLOSSARY: tuple[tuple[str, Promise, Promise], ...] = (
    (
        r"Verzug|[Dd]efault",
        gettext_lazy("Verzug"),
        gettext_lazy(
            "Sie sind in Verzug, wenn eine Rechnung fällig ist und trotz Mahnung oder eines "
            "vereinbarten Zahltags offen bleibt. Erst ab dann gibt es Zinsen."
        ),
    ),
    (
        r"Verzugszinsen|[Dd]efault interest",
        gettext_lazy("Verzugszinsen"),
        gettext_lazy("Zinsen für jeden Tag in Verzug. Gerechnet wird nur auf den offenen Betrag der Rechnung, nie auf Zinsen oder Kosten."),
    ),
    (
        r"Basiszinssatz|[Bb]ase rate",
        gettext_lazy("Basiszinssatz"),
        gettext_lazy(
            "Ein Zinssatz, den das Gesetz vorgibt und die Notenbank bekannt macht; in Deutschland "
            "gilt er je ein halbes Jahr. Darauf baut der Verzugszins auf."
        ),
    ),
    (
        r"Prozentpunkte|percentage points",
        gettext_lazy("Prozentpunkte"),
        gettext_lazy("Sie werden zum Basiszinssatz dazugezählt, zum Beispiel: 1,52 % plus 5 Prozentpunkte sind 6,52 % im Jahr."),
    ),
    (
        r"(?:Tage?|days?) ÷",
        gettext_lazy("× … ÷ …"),
        gettext_lazy("So rechnet man Zinsen: offener Betrag mal Zinssatz, mal Tage, geteilt durch die Tage des Jahres."),
    ),
    (
        r"Mahnkosten|[Rr]eminder costs",
        gettext_lazy("Mahnkosten"),
        gettext_lazy("Papier und Porto eines Mahnbriefs. Die erste Mahnung kostet nichts, eine E-Mail auch nicht."),
    ),
    (
        r"Inkassokosten|[Cc]ollection costs",
        gettext_lazy("Inkassokosten"),
        gettext_lazy("Was ein Inkassobüro für seine Arbeit verlangt. Das Gesetz begrenzt, wie viel davon Sie tragen müssen."),
    ),
    (
        r"Auslagen|[Ee]xpenses",
        gettext_lazy("Auslagen"),
        gettext_lazy("Geld, das jemand für diese Sache ausgegeben hat, zum Beispiel für die Suche nach einer Anschrift."),
    ),
    (
        r"Gutschrift|[Cc]redit note",
        gettext_lazy("Gutschrift"),
        gettext_lazy("Die Rechnung wird nachträglich kleiner, zum Beispiel weil etwas zurückkam."),
    ),
    (
        r"Beleg:|[Dd]ocument:",
        gettext_lazy("Beleg"),
        gettext_lazy("Woher wir das wissen: die Datei, der Kontoauszug oder der Brief hinter der Zeile."),
    ),
    (r"§|Art\.", gettext_lazy("§ und Art."), gettext_lazy("Die Stelle im Gesetz, wo die Regel steht. „Abs.“ heißt Absatz.")),
    (r"\bBGB\b", gettext_lazy("BGB"), gettext_lazy("Bürgerliches Gesetzbuch, das allgemeine deutsche Gesetz über Verträge und Schulden.")),
    (r"\bRDG\b", gettext_lazy("RDG"), gettext_lazy("Rechtsdienstleistungsgesetz, das deutsche Gesetz, das auch Inkassokosten begrenzt.")),
    (
        r"\bABGB\b",
        gettext_lazy("ABGB"),
        gettext_lazy("Allgemeines bürgerliches Gesetzbuch, das allgemeine österreichische Gesetz über Verträge und Schulden."),
    ),
    (
        r"\bUGB\b",
        gettext_lazy("UGB"),
        gettext_lazy("Unternehmensgesetzbuch, das österreichische Gesetz für Geschäfte zwischen Unternehmen."),
    ),
    (r"\bOR\b", gettext_lazy("OR"), gettext_lazy("Obligationenrecht, das schweizerische Gesetz über Verträge und Schulden.")),
)


def meaning(kind: LineKind, component: Component | None) -> str:
    """What a line means, in one plain sentence; empty where the line says it all."""
    if kind is LineKind.CHARGE:
        return str(_COST_MEANING.get(component or Component.EXPENSE, ""))
    return str(_MEANING.get(kind, ""))


def set_off_meaning(kind: LineKind) -> str:
    """What it means that a credit paid a new invoice: on the side that takes it, and on the side that gives it."""
    if kind is LineKind.PAYMENT:
        return _("Bei einer früheren Rechnung war etwas zu viel gezahlt. Dieses Geld gehört Ihnen; es hat hier mitgezahlt.")
    return _("Was hier zu viel gezahlt war, hat eine neue Rechnung von Ihnen mitgezahlt. Verloren ist nichts.")


def note(source: str) -> str:
    """A stored note that says why a line is there, as a sentence; empty if the source is a document or a person's own words."""
    source = source.removeprefix("Neu verrechnet: ")
    return next((str(text) for shape, text in _NOTES if re.fullmatch(shape, source)), "")


def glossary(shown: str) -> list[tuple[str, str]]:
    """The words that stand in a text and need explaining, each with a sentence."""
    return [(str(word), str(text)) for pattern, word, text in _GLOSSARY if re.search(pattern, shown)]


def why_this_amount(balances: Sequence[ClaimBalance]) -> str:
    """The answer in one sentence: what of it is invoice, interest, cost, and that payments are deducted."""
    if not balances:
        return ""
    currency = balances[0].claim.currency
    principal, interest, fees, paid, over = (
        sum(getattr(balance, name) for balance in balances)
        for name in ("principal_cents", "interest_cents", "fees_cents", "paid_cents", "overpaid_cents")
    )
    total = principal + interest + fees
    if total <= 0:
        if over > 0:
            return _("Hier ist nichts mehr offen. %(over)s haben Sie zu viel gezahlt; dieses Geld gehört Ihnen.") % {
                "over": money(over, currency)
            }
        return _("Hier ist nichts mehr offen.")
    parts = []
    if principal > 0:
        several = sum(1 for balance in balances if balance.principal_cents > 0) > 1
        parts.append((_("%(sum)s aus Rechnungen") if several else _("%(sum)s aus der Rechnung")) % {"sum": money(principal, currency)})
    if interest > 0:
        parts.append(_("%(sum)s Zinsen, weil nicht pünktlich gezahlt wurde") % {"sum": money(interest, currency)})
    if fees > 0:
        parts.append(_("%(sum)s Kosten") % {"sum": money(fees, currency)})
    if len(parts) == 1:
        told = _("Offen sind %(part)s.") % {"part": parts[0]}
    else:
        told = _("Offen sind %(total)s: %(parts)s.") % {"total": money(total, currency), "parts": _join(parts)}
    if paid > 0:
        told += " " + _("Was schon gezahlt wurde (%(paid)s), ist abgezogen.") % {"paid": money(paid, currency)}
    return told


def _join(parts: Sequence[str]) -> str:
    if len(parts) < 2:
        return "".join(parts)
    return _("%(first)s und %(last)s") % {"first": "; ".join(parts[:-1]), "last": parts[-1]}
