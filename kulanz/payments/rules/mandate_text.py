"""The text of a SEPA direct debit mandate: what the debtor signs, word for word, in German and English. Pure.

Both halves are needed: the authorisation of the creditor and the instruction to the debtor's own bank, with the notice of the right to a
refund within eight weeks (Art. 5 (3) Regulation (EU) No 260/2012, EPC SDD Core rulebook, § 675x (4) BGB).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class MandateWords:
    """Everything the text names. `language` is `en` or German."""

    creditor: str
    address: str
    creditor_id: str
    reference: str
    holder: str
    iban: str
    bic: str
    one_off: bool
    prenotice_days: int
    language: str


_GERMAN: Final = """SEPA-Lastschriftmandat

Zahlungsempfänger: {creditor}, {address}
Gläubiger-Identifikationsnummer: {creditor_id}
Mandatsreferenz: {reference}

Ich ermächtige {creditor}, {payments} von meinem Konto mittels Lastschrift einzuziehen. Zugleich weise ich mein Kreditinstitut an, die \
von {creditor} auf mein Konto {drawn} einzulösen.

Hinweis: Ich kann innerhalb von acht Wochen, beginnend mit dem Belastungsdatum, die Erstattung des belasteten Betrages verlangen. Es \
gelten dabei die mit meinem Kreditinstitut vereinbarten Bedingungen.

Jede Abbuchung wird mir mindestens {prenotice_days} Tage vorher mit Betrag und Tag angekündigt. Dieses Mandat kann ich jederzeit \
widerrufen.

Kontoinhaberin oder Kontoinhaber: {holder}
IBAN: {iban}
BIC: {bic}"""
_ENGLISH: Final = """SEPA direct debit mandate

Creditor: {creditor}, {address}
Creditor identifier: {creditor_id}
Mandate reference: {reference}

By signing this mandate form, I authorise {creditor} to send instructions to my bank to debit my account, and my bank to debit my account \
in accordance with the instructions from {creditor}. This mandate is for {payments}.

As part of my rights, I am entitled to a refund from my bank under the terms and conditions of my agreement with my bank. A refund must be \
claimed within eight weeks starting from the date on which my account was debited.

I will be told about each collection, with amount and day, at least {prenotice_days} days in advance. I can revoke this mandate at any \
time.

Account holder: {holder}
IBAN: {iban}
BIC: {bic}"""


def mandate_text(words: MandateWords) -> str:
    """The mandate as it is shown, signed and stored."""
    german = words.language != "en"
    if german:
        payments = "einmalig eine Zahlung" if words.one_off else "Zahlungen"
        drawn = "gezogene Lastschrift" if words.one_off else "gezogenen Lastschriften"
    else:
        payments, drawn = ("a one-off payment" if words.one_off else "recurrent payments"), ""
    return (_GERMAN if german else _ENGLISH).format(
        creditor=words.creditor,
        address=words.address,
        creditor_id=words.creditor_id,
        reference=words.reference,
        payments=payments,
        drawn=drawn,
        prenotice_days=words.prenotice_days,
        holder=words.holder,
        iban=" ".join(words.iban[at : at + 4] for at in range(0, len(words.iban), 4)),
        bic=words.bic or "–",
    )


def text_hash(text: str) -> str:
    """The SHA-256 of a text as UTF-8: what the evidence log keeps of it."""
    return hashlib.sha256(text.encode()).hexdigest()
