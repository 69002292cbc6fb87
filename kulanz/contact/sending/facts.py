"""Building the facts of messages from the database, many at once: what is true now, not what was true when they were
queued."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Final, cast

from django.db.models import Max, Q

from kulanz.claims.accounts import ClaimBalance, open_amounts
from kulanz.claims.models import CaseState, ContactPoint, Creditor, Debtor, Hold, HoldReason
from kulanz.contact import links
from kulanz.contact.models import Message, MessageState
from kulanz.contact.rendering.facts import (
    ClaimLine,
    HeardStatement,
    Kind,
    Language,
    MessageFacts,
    Particulars,
    ReceivedPayment,
    Recipient,
    Sender,
)
from kulanz.contact.rendering.texts import ClaimScope, load
from kulanz.contact.rules import FORMAL_REMINDERS, LOCAL_ZONE, PAY_WITHIN_DAYS, REMINDERS, SendFacts
from kulanz.contact.sending.duties import agency_voice, duties_of
from kulanz.contact.sending.interest import interest_notes
from kulanz.ledger.models import Component, Entry, Posting

_REACHED: Final = (MessageState.SENDING, MessageState.SENT, MessageState.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Present:
    """A message and the world around it at one moment."""

    message: Message
    check: SendFacts
    facts: MessageFacts
    claims: Sequence[ClaimBalance]


def present(messages: Sequence[Message], now: datetime, day: date) -> list[Present]:
    """The present facts of messages, in a fixed number of queries however many there are.

    `messages` come with their case, debtor and creditor. Only claims the text speaks about are listed.
    """
    balances = open_amounts({message.case_id for message in messages}, day)
    holds = _standing_holds(messages, day)
    reachable = _usable_addresses(messages)
    reminders = _reminders_in_week(messages, now)
    payments = _payments(messages)
    reminded = _last_reminded(messages)
    scoped = {message.id: in_scope(balances[message.case_id], scope_of(message), day) for message in messages}
    duties = duties_of([(message, scoped[message.id]) for message in messages], day)
    voices = {creditor.id: agency_voice(creditor) for creditor in {message.case.creditor for message in messages}}
    found = []
    for message in messages:
        claims = scoped[message.id]
        facts = _message_facts(message, claims, payments.get(message.id, ()), day, reminded_on=reminded.get(message.case_id))
        sender = replace(facts.sender, agency=voices[message.creditor_id])
        address = message.to if message.channel == "email" else ""
        found.append(
            Present(
                message=message,
                check=SendFacts(
                    template=message.template,
                    channel=message.channel,
                    day=message.day,
                    case_open=message.case.state == CaseState.OPEN,
                    holds=holds[message.case_id],
                    open_cents=sum(claim.total_cents for claim in claims),
                    address_usable=(message.debtor_id, message.channel, address) in reachable,
                    reminders_in_week=reminders[message.identity_key],
                    country=message.debtor.country,
                    region=message.debtor.land,
                ),
                facts=replace(facts, sender=sender, duties=duties.get(message.id)),
                claims=claims,
            )
        )
    return found


def scope_of(message: Message) -> ClaimScope:
    """Which claims the text of a message speaks about."""
    return load(message.template, cast("Language", message.language)).claims


def in_scope(claims: Sequence[ClaimBalance], scope: ClaimScope, day: date) -> list[ClaimBalance]:
    """The open claims among these that are upcoming (due today or later), overdue, or all of them."""
    match scope:
        case "upcoming":
            return [claim for claim in claims if claim.total_cents > 0 and claim.claim.due_on >= day]
        case "overdue":
            return [claim for claim in claims if claim.total_cents > 0 and claim.claim.due_on < day]
        case "all":
            return [claim for claim in claims if claim.total_cents > 0]


def _standing_holds(messages: Sequence[Message], day: date) -> dict[int, list[HoldReason]]:
    standing: dict[int, list[HoldReason]] = defaultdict(list)
    rows = Hold.objects.filter(
        Q(until_on=None) | Q(until_on__gte=day),
        case_id__in={message.case_id for message in messages},
        lifted_at=None,
        forbids_contact=True,
        from_on__lte=day,
    )
    for case_id, reason in rows.values_list("case_id", "reason"):
        standing[case_id].append(HoldReason(reason))
    return standing


def _usable_addresses(messages: Sequence[Message]) -> set[tuple[int, str, str]]:
    """Debtor, channel and address of everything that may be used; a letter's address is the debtor's own, so its
    value is left out."""
    rows = ContactPoint.objects.filter(debtor_id__in={message.debtor_id for message in messages}, state="usable")
    return {
        (debtor_id, channel, value if channel == "email" else "")
        for debtor_id, channel, value in rows.values_list("debtor_id", "channel", "value")
    }


def _reminders_in_week(messages: Sequence[Message], now: datetime) -> dict[str, int]:
    counted: dict[str, int] = defaultdict(int)
    rows = Message.objects.filter(
        identity_key__in={message.identity_key for message in messages},
        template__in=REMINDERS,
        state__in=_REACHED,
        sending_at__gt=now - timedelta(days=7),
    )
    for identity_key in rows.values_list("identity_key", flat=True):
        counted[identity_key] += 1
    return counted


def _last_reminded(messages: Sequence[Message]) -> dict[int, date]:
    """The day of the last reminder after the due date that each case got, by case."""
    sent = Message.objects.filter(
        case_id__in={message.case_id for message in messages}, template__in=FORMAL_REMINDERS, state=MessageState.SENT
    )
    last = sent.values("case_id").annotate(at=Max("sent_at")).values_list("case_id", "at")
    return {case_id: at.astimezone(LOCAL_ZONE).date() for case_id, at in last}


def _payments(messages: Sequence[Message]) -> dict[int, list[ReceivedPayment]]:
    wanted = {message.id: message.params.get("entry_ids", []) for message in messages if message.template == "receipt"}
    ids = {entry_id for entry_ids in wanted.values() for entry_id in entry_ids}
    if not ids:
        return {}
    days = dict(Entry.objects.filter(id__in=ids).values_list("id", "occurred_on"))
    paid: dict[int, dict[Component, int]] = defaultdict(lambda: defaultdict(int))
    lines = Posting.objects.filter(entry_id__in=ids, account__kind="claim")
    for entry_id, component, cents in lines.values_list("entry_id", "component", "amount_cents"):
        paid[entry_id][Component(component)] -= cents
    return {message_id: [_received(days[entry_id], paid[entry_id]) for entry_id in entry_ids] for message_id, entry_ids in wanted.items()}


def _received(day: date, parts: dict[Component, int]) -> ReceivedPayment:
    own = {Component.PRINCIPAL, Component.INTEREST, Component.OVERPAID}
    return ReceivedPayment(
        received_on=day,
        amount_cents=sum(parts.values()),
        principal_cents=parts.get(Component.PRINCIPAL, 0),
        interest_cents=parts.get(Component.INTEREST, 0),
        fees_cents=sum(cents for component, cents in parts.items() if component not in own),
        overpaid_cents=parts.get(Component.OVERPAID, 0),
    )


def _message_facts(
    message: Message,
    claims: Sequence[ClaimBalance],
    payments: Sequence[ReceivedPayment],
    day: date,
    *,
    reminded_on: date | None,
) -> MessageFacts:
    params, language = message.params, cast("Language", message.language)
    next_step_on = _day(params.get("next_step_on")) or message.case.next_step_on
    return MessageFacts(
        template=message.template,
        language=language,
        day=day,
        reference=message.case.reference,
        currency=message.case.currency,
        sender=sender_of(message.case.creditor),
        recipient=recipient_of(message.debtor),
        claims=[claim_line(claim) for claim in claims],
        portal_url=links.url_for(links.token_for(message.provider_key)),
        pay_until=_pay_until(_day(params.get("pay_until")), next_step_on, day),
        next_step_on=next_step_on if next_step_on is not None and next_step_on > day else None,
        quiet_until=_day(params.get("quiet_until")),
        interest_notes=interest_notes(claims, message.case.currency, language),
        payments=payments,
        heard=_heard(message, day),
        reminded=reminded_on is not None and all(claim.claim.due_on < reminded_on for claim in claims),
        particulars=_particulars(params.get("particulars", {})),
        instalments=[(date.fromisoformat(day), cents) for day, cents in params.get("instalments", [])],
        pay_cents=params.get("pay_cents"),
    )


def _particulars(stored: Mapping[str, Mapping[str, Any]]) -> Particulars:
    """What the command that queued the message wrote down: ``{"amounts": {…}, "days": {name: iso day}, "words": {…}}``."""
    days = {name: date.fromisoformat(day) for name, day in stored.get("days", {}).items()}
    return Particulars(stored.get("amounts", {}), days, stored.get("words", {}))


def _pay_until(asked: date | None, next_step_on: date | None, day: date) -> date:
    """The day we ask for the money by: what the decision said, else two weeks, but never after the next step is
    planned."""
    if asked is not None and asked > day:
        return asked
    usual = day + timedelta(days=PAY_WITHIN_DAYS)
    if next_step_on is not None and next_step_on > day + timedelta(days=1):
        return min(usual, next_step_on - timedelta(days=1))
    return usual


def _heard(message: Message, day: date) -> HeardStatement | None:
    params = message.params
    if not message.template.startswith("answer_"):
        return None
    return HeardStatement(
        told_on=_day(params.get("told_on")) or message.day,
        paid_on=_day(params.get("paid_on")),
        amount_cents=params.get("amount_cents"),
        topic=params.get("topic", ""),
        words=params.get("words", ""),
    )


def claim_line(balance: ClaimBalance) -> ClaimLine:
    """A claim as a message shows it."""
    return ClaimLine(
        number=balance.claim.external_id,
        subject=balance.claim.subject,
        invoiced_on=balance.claim.invoiced_on,
        due_on=balance.claim.due_on,
        invoiced_cents=balance.claim.principal_cents,
        paid_cents=balance.paid_cents,
        principal_cents=balance.principal_cents,
        interest_cents=balance.interest_cents,
        fees_cents=balance.fees_cents,
    )


def sender_of(creditor: Creditor) -> Sender:
    """The creditor as messages show it."""
    return Sender(
        name=creditor.name,
        legal_name=creditor.legal_name,
        street=creditor.street,
        postcode=creditor.postcode,
        city=creditor.city,
        country=creditor.country,
        email=creditor.email,
        phone=creditor.phone,
        website=creditor.website,
        iban=creditor.iban,
        bic=creditor.bic,
        account_holder=creditor.account_holder,
        brand_primary=creditor.brand_primary,
        in_own_name=creditor.in_own_name,
    )


def recipient_of(debtor: Debtor) -> Recipient:
    """The debtor as messages address them."""
    return Recipient(
        kind=cast("Kind", debtor.kind),
        salutation=debtor.salutation,
        title=debtor.title,
        given_name=debtor.given_name,
        family_name=debtor.family_name,
        company_name=debtor.company_name,
        street=debtor.street,
        postcode=debtor.postcode,
        city=debtor.city,
        country=debtor.country,
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
