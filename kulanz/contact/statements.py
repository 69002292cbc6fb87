"""A case's statement of account, for whoever may see the case: debtor, agent, creditor get the same file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from kulanz.claims.accounts import ClaimBalance
from kulanz.claims.models import Case, CaseDebtor
from kulanz.claims.receipt import receipt_of
from kulanz.contact.rendering.facts import Language
from kulanz.contact.rendering.statement import StatementFacts, render_statement
from kulanz.contact.sending.duties import agency_voice
from kulanz.contact.sending.facts import recipient_of, sender_of


def statement_facts(case: Case, balances: Sequence[ClaimBalance], day: date, language: Language) -> StatementFacts:
    """What the statement of a case says on `day`. The case comes with its creditor and debtor."""
    return StatementFacts(
        receipt=receipt_of(balances, day),
        reference=case.reference,
        sender=replace(sender_of(case.creditor), agency=agency_voice(case.creditor)),
        recipient=recipient_of(case.debtor),
        language=language,
        liable=tuple(one.debtor.display_name for one in CaseDebtor.objects.filter(case=case).select_related("debtor").order_by("id")),
    )


def statement_pdf(case: Case, balances: Sequence[ClaimBalance], day: date, language: Language) -> bytes:
    """The statement of a case as a tagged PDF."""
    return render_statement(statement_facts(case, balances, day, language))
