"""Everything a message may say.

Built from the database at send time; a text can state nothing that does not stand here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from kulanz.contact.rendering.duties import DutyFacts

Language = Literal["de", "en"]
Kind = Literal["person", "company"]


@dataclass(frozen=True, slots=True)
class AgencyVoice:
    """The agency that writes on a creditor's behalf, and who supervises it (§ 13a (1) no. 8 RDG). Empty: not known."""

    legal_name: str
    street: str
    postcode: str
    city: str
    email: str = ""
    phone: str = ""
    supervisor: str = ""
    supervisor_address: str = ""
    supervisor_contact: str = ""


@dataclass(frozen=True, slots=True)
class Sender:
    """The creditor as it shows itself: who writes, and where the money goes.

    Empty strings are left out, never filled. ``agency`` writes on its behalf; None where the creditor writes in its own name,
    or (``in_own_name`` false) where nobody has entered the agency yet.
    """

    name: str
    legal_name: str
    street: str
    postcode: str
    city: str
    country: str
    email: str
    phone: str
    website: str
    iban: str
    bic: str
    account_holder: str
    brand_primary: str
    agency: AgencyVoice | None = None
    in_own_name: bool = True


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who is written to.

    ``salutation`` is '', 'frau', 'herr' or 'divers' as the person gave it; it is never guessed.
    """

    kind: Kind
    salutation: str
    title: str
    given_name: str
    family_name: str
    company_name: str
    street: str
    postcode: str
    city: str
    country: str


@dataclass(frozen=True, slots=True)
class ClaimLine:
    """One claim as it stands today, in cents.

    ``open_cents`` is what is still owed on it; ``paid_cents`` what has come in so far.
    """

    number: str
    subject: str
    invoiced_on: date
    due_on: date
    invoiced_cents: int
    paid_cents: int
    principal_cents: int
    interest_cents: int
    fees_cents: int

    @property
    def open_cents(self) -> int:
        """Principal, interest and fees still owed, in cents."""
        return self.principal_cents + self.interest_cents + self.fees_cents


@dataclass(frozen=True, slots=True)
class ReceivedPayment:
    """A payment that was booked: the day it counts from, what it was, and what it was used for (cents)."""

    received_on: date
    amount_cents: int
    principal_cents: int
    interest_cents: int
    fees_cents: int
    overpaid_cents: int


@dataclass(frozen=True, slots=True)
class HeardStatement:
    """What the debtor told us, to be repeated in our answer: the day, an amount if they named one, and their words."""

    told_on: date
    paid_on: date | None
    amount_cents: int | None
    topic: str
    words: str


PARTICULARS: Final = frozenset({
    *("debit_amount", "debit_day", "mandate", "creditor_id", "account_end", "holder", "prenotice_days"),
    *("return_reason", "bank_charge", "mandate_paused", "quiet_day", "cancel_reason", "refund_amount"),
    *("payment_way", "paid_day", "mandate_offered"),
    *("plan_total", "plan_amount", "plan_interest", "plan_fee", "plan_waived", "plan_first_day", "plan_end", "plan_due", "plan_recover"),
    *("plan_count", "plan_number"),
})  # fmt: skip
"""The names a text may ask for that only some messages know: what was announced, returned, or is being paid back."""


@dataclass(frozen=True, slots=True)
class Particulars:
    """What the command that queued a message knew and no table says: amounts in cents, days, words in the message's language.

    Their names stand in `PARTICULARS`; a text sees each written out, and ``has_<name>`` for all of them.
    """

    amounts: Mapping[str, int] = field(default_factory=dict)
    days: Mapping[str, date] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MessageFacts:
    """The facts of one message.

    ``portal_url`` carries the debtor's own link. ``pay_until`` is the day we ask for the money by; ``next_step_on``
    the day on which something follows if nothing happens (None: nothing is planned); ``quiet_until`` the last day on
    which no reminder is sent. ``interest_notes`` are sentences that explain the interest to the cent, one for each
    line of the calculation. ``instalments`` are the days and cents of a plan, for the table of it; ``pay_cents`` is what
    the payment part asks for where that is not the total (one instalment, a settlement). ``duties``: what an agency's first letter
    must tell (None: it need not).
    """

    template: str
    language: Language
    day: date
    reference: str
    currency: str
    sender: Sender
    recipient: Recipient
    claims: Sequence[ClaimLine]
    portal_url: str
    pay_until: date | None = None
    next_step_on: date | None = None
    quiet_until: date | None = None
    interest_notes: Sequence[str] = ()
    payments: Sequence[ReceivedPayment] = ()
    heard: HeardStatement | None = None
    reminded: bool = False
    particulars: Particulars = field(default_factory=Particulars)
    instalments: Sequence[tuple[date, int]] = ()
    pay_cents: int | None = None
    duties: DutyFacts | None = None

    @property
    def total_cents(self) -> int:
        """What is open on all listed claims together."""
        return sum(claim.open_cents for claim in self.claims)

    @property
    def asked_cents(self) -> int:
        """What the payment part asks for."""
        return self.total_cents if self.pay_cents is None else min(self.pay_cents, self.total_cents)

    @property
    def interest_cents(self) -> int:
        """Interest within ``total_cents``."""
        return sum(claim.interest_cents for claim in self.claims)

    @property
    def fees_cents(self) -> int:
        """Fees and costs within ``total_cents``."""
        return sum(claim.fees_cents for claim in self.claims)
