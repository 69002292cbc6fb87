"""Where to click: what the demo prints when it is ready."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from kulanz.claims.models import Case, CaseState, Hold
from kulanz.contact import links
from kulanz.contact.models import Message, MessageState
from kulanz.world.build import Built
from kulanz.world.firms import NORDLICHT
from kulanz.world.setup import LOGINS, PASSWORD

ROLES = {"agent": "Sachbearbeitung", "lead": "Teamleitung", "admin": "Verwaltung, sieht alles"}


@dataclass(frozen=True, slots=True)
class Door:
    """A debtor's way in, to be tried: the link of a message they got, and the answer to the second question."""

    url: str
    postcode: str
    name: str
    reference: str


def a_debtors_door(built: Built) -> Door | None:
    """The link of somebody who was reminded by e-mail lately, still owes something, and whom nothing holds up."""
    recent = Message.objects.filter(
        creditor__key=NORDLICHT.key,
        template__in=["reminder_1", "reminder_2"],
        channel="email",
        state=MessageState.SENT,
        day__gte=built.last_day - timedelta(days=20),
        case__state=CaseState.OPEN,
        debtor__kind="person",
        debtor__language="de",
    )
    free = recent.exclude(case__in=Hold.objects.filter(lifted_at=None).values("case")).select_related("debtor", "case")
    message = free.order_by("-day", "case__reference").first()
    if message is None:
        return None
    url = links.url_for(links.token_for(message.provider_key))
    return Door(url, message.debtor.postcode, message.debtor.display_name, message.case.reference)


def welcome(built: Built, *, port: int) -> str:
    """The text for the terminal."""
    start = f"http://127.0.0.1:{port}/"
    open_cases = Case.objects.filter(state=CaseState.OPEN).count()
    settled = Case.objects.filter(state=CaseState.SETTLED).count()
    lines = [
        "",
        f"[bold]Kulanz ist bereit:[/] {start}",
        f"  {settled} Akten sind bezahlt, {open_cases} sind offen. Stand: {built.last_day:%d.%m.%Y}",
        "",
        f"[bold]Am Arbeitsplatz anmelden[/]  {start}desk/   (Passwort für alle: {PASSWORD}, gilt nur in der Demo)",
    ]
    for username, role, creditor_keys in LOGINS:
        lines.append(f"  {username:<14} {ROLES[role.value]}{', ' + ' und '.join(creditor_keys) if creditor_keys else ''}")
    door = a_debtors_door(built)
    if door is not None:
        lines += [
            "",
            f"[bold]Als Kundin oder Kunde hineinsehen[/]  {door.url}",
            f"  {door.name}; gefragt wird nach der Postleitzahl: {door.postcode}",
        ]
    lines += [
        "",
        f"[bold]Postfach der Demo[/]  {start}demo/inbox   (alle E-Mails bleiben auf diesem Rechner)",
        "",
        f"[bold]Zum Ausprobieren liegen bereit[/]  in {built.statement.parent}",
        f"  {built.statement.name}   ein Kontoauszug, einzulesen unter {start}office/statements",
        f"  {built.claims.name}   Rechnungen mit einigen fehlerhaften Zeilen, unter {start}office/claims (Profil nordlicht)",
        "",
        "Beenden mit Strg+C. Ein zweiter Start findet diesen Stand wieder.",
        "",
    ]
    return "\n".join(lines)
