"""The flat context a text is filled from: plain strings, numbers and yes/no; nothing that could be called."""

from __future__ import annotations

from typing import Any

from kulanz.contact.rendering.facts import PARTICULARS, ClaimLine, HeardStatement, MessageFacts, ReceivedPayment
from kulanz.contact.rendering.format import count_words, full_name, grouped, long_day, money, salutation


def flat(facts: MessageFacts, *, channel: str) -> dict[str, Any]:
    """Every fact under one name.

    A fact that does not exist is absent, and its ``has_…`` says so; asking for it is an error.
    """
    sender, language = facts.sender, facts.language
    context: dict[str, Any] = {
        "channel": channel,
        "person": facts.recipient.kind == "person",
        "name": full_name(facts.recipient),
        "salutation": salutation(facts.recipient, language),
        "creditor": sender.name,
        "creditor_legal": sender.legal_name or sender.name,
        "reference": grouped(facts.reference).replace(" ", "\u00a0"),
        "day": long_day(facts.day, language),
        "portal_url": facts.portal_url,
        "claim_count": len(facts.claims),
        "claim_count_words": count_words(len(facts.claims), language),
        "one_claim": len(facts.claims) == 1,
        "total": money(facts.total_cents, facts.currency, language),
        "settled": facts.total_cents == 0,
        "reminded": facts.reminded,
    }
    optional = {
        "phone": sender.phone,
        "email": sender.email,
        "website": _bare_address(sender.website),
        "pay_until": long_day(facts.pay_until, language) if facts.pay_until else "",
        "next_step_day": long_day(facts.next_step_on, language) if facts.next_step_on else "",
        "quiet_until": long_day(facts.quiet_until, language) if facts.quiet_until else "",
        "interest": money(facts.interest_cents, facts.currency, language) if facts.interest_cents else "",
        "fees": money(facts.fees_cents, facts.currency, language) if facts.fees_cents else "",
    }
    optional |= _about_claims(facts)
    optional |= _about_payments(facts, facts.payments)
    optional |= _about_statement(facts, facts.heard)
    optional |= _particulars(facts)
    for name, value in optional.items():
        context[f"has_{name}"] = bool(value)
        if value:
            context[name] = value
    return context


def _about_claims(facts: MessageFacts) -> dict[str, str]:
    language, currency = facts.language, facts.currency
    paid = sum(claim.paid_cents for claim in facts.claims)
    about = dict.fromkeys(
        (
            "paid_so_far",
            "earliest_due",
            "invoice_number",
            "invoice_day",
            "invoice_due",
            "invoice_amount",
            "invoice_subject",
        ),
        "",
    )
    if paid:
        about["paid_so_far"] = money(paid, currency, language)
    if facts.claims:
        about["earliest_due"] = long_day(min(claim.due_on for claim in facts.claims), language)
    if len(facts.claims) == 1:
        claim: ClaimLine = facts.claims[0]
        about |= {
            "invoice_number": claim.number,
            "invoice_day": long_day(claim.invoiced_on, language),
            "invoice_due": long_day(claim.due_on, language),
            "invoice_amount": money(claim.invoiced_cents, currency, language),
            "invoice_subject": claim.subject,
        }
    return about


def _about_payments(facts: MessageFacts, payments: Any) -> dict[str, str]:
    booked: list[ReceivedPayment] = list(payments)
    about = dict.fromkeys(("received", "received_day", "overpaid"), "")
    if booked:
        about["received"] = money(sum(payment.amount_cents for payment in booked), facts.currency, facts.language)
        if len({payment.received_on for payment in booked}) == 1:
            about["received_day"] = long_day(booked[0].received_on, facts.language)
        overpaid = sum(payment.overpaid_cents for payment in booked)
        about["overpaid"] = money(overpaid, facts.currency, facts.language) if overpaid else ""
    return about


def _about_statement(facts: MessageFacts, heard: HeardStatement | None) -> dict[str, str]:
    about = dict.fromkeys(("told_day", "told_paid_on", "told_amount", "told_topic", "told_words"), "")
    if heard is not None:
        about["told_day"] = long_day(heard.told_on, facts.language)
        about["told_topic"] = heard.topic
        about["told_words"] = heard.words
        if heard.paid_on is not None:
            about["told_paid_on"] = long_day(heard.paid_on, facts.language)
        if heard.amount_cents is not None:
            about["told_amount"] = money(heard.amount_cents, facts.currency, facts.language)
    return about


def _particulars(facts: MessageFacts) -> dict[str, str]:
    told, language = facts.particulars, facts.language
    about = dict.fromkeys(sorted(PARTICULARS), "")
    about |= {name: money(cents, facts.currency, language) for name, cents in told.amounts.items()}
    about |= {name: long_day(day, language) for name, day in told.days.items()}
    return about | dict(told.words)


def _bare_address(website: str) -> str:
    return website.removeprefix("https://").removeprefix("http://").rstrip("/")
