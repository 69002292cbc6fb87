"""Why a bank returned money (the R-codes of ISO 20022), in words for people, and what follows from it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal


@dataclass(frozen=True, slots=True)
class ReturnReason:
    """One R-code: sentences for the debtor, and whether the mandate may still be used without asking.

    `ends` is "" (the mandate goes on), "suspended" (it waits until the debtor has looked at it) or "revoked" (the debtor took it back).
    `refused`: the debtor themselves had the money fetched back, so we ask what is wrong instead of how to pay.
    """

    code: str
    german: str
    english: str
    ends: Literal["", "suspended", "revoked"] = ""
    refused: bool = False


_ALL: Final = (
    ReturnReason("AC01", "Die IBAN gibt es so nicht.", "This IBAN does not exist.", "suspended"),
    ReturnReason("AC04", "Das Konto ist geschlossen.", "The account is closed.", "suspended"),
    ReturnReason("AC06", "Das Konto ist gesperrt.", "The account is blocked.", "suspended"),
    ReturnReason(
        "AC13",
        "Von diesem Konto ist keine Lastschrift dieser Art möglich.",
        "This kind of debit is not possible from this account.",
        "suspended",
    ),
    ReturnReason(
        "AG01", "Von diesem Konto sind keine Lastschriften möglich.", "Direct debits are not possible from this account.", "suspended"
    ),
    ReturnReason("AG02", "Die Bank konnte die Lastschrift nicht zuordnen.", "The bank could not process the kind of debit."),
    ReturnReason(
        "AM04", "Das Konto war an diesem Tag nicht ausreichend gedeckt.", "There was not enough money in the account on that day."
    ),
    ReturnReason("AM05", "Die Bank hielt die Lastschrift für doppelt.", "The bank took the debit for a duplicate."),
    ReturnReason(
        "BE05",
        "Die Bank kennt unsere Gläubiger-Identifikationsnummer nicht.",
        "The bank does not know our creditor identifier.",
        "suspended",
    ),
    ReturnReason("CNOR", "Die Bank nimmt an diesem Verfahren nicht teil.", "The bank does not take part in the scheme.", "suspended"),
    ReturnReason(
        "DNOR", "Die Bank des Kontos nimmt keine Lastschriften an.", "The bank of the account takes no direct debits.", "suspended"
    ),
    ReturnReason("FF01", "Die Bank konnte die Datei nicht lesen.", "The bank could not read the file."),
    ReturnReason(
        "MD01",
        "Nach Angabe der Bank fehlt für dieses Konto ein gültiges Mandat.",
        "According to the bank there is no valid mandate for this account.",
        "suspended",
    ),
    ReturnReason("MD06", "Sie haben die Abbuchung zurückgeholt.", "You had the debit refunded.", "suspended", refused=True),
    ReturnReason(
        "MD07", "Die Bank hat uns mitgeteilt, dass die Person verstorben ist.", "The bank told us that the person has died.", "suspended"
    ),
    ReturnReason("MS02", "Sie haben dieser Abbuchung widersprochen.", "You objected to this debit.", "suspended", refused=True),
    ReturnReason("MS03", "Die Bank hat keinen Grund genannt.", "The bank gave no reason."),
    ReturnReason("RC01", "Die Bank des Kontos war nicht zu erreichen.", "The bank of the account could not be reached.", "suspended"),
    ReturnReason("RR01", "Der Bank fehlten Angaben.", "The bank lacked details."),
    ReturnReason(
        "SL01",
        "Ihre Bank lässt Abbuchungen von uns auf Ihren Wunsch nicht zu.",
        "At your wish your bank does not allow debits by us.",
        "suspended",
    ),
    # A transfer that the payer's bank called back, or that went back on its request.
    ReturnReason("AM09", "Der Betrag war nicht der gewünschte.", "The amount was not the intended one."),
    ReturnReason("CUST", "Die Zahlung wurde auf Ihren Wunsch zurückgerufen.", "The payment was called back at your wish.", refused=True),
    ReturnReason("DUPL", "Ihre Bank hielt die Zahlung für doppelt.", "Your bank took the payment for a duplicate."),
    ReturnReason("FOCR", "Ihre Bank hat um die Zahlung zurückgebeten.", "Your bank asked for the payment back."),
    ReturnReason("FRAD", "Ihre Bank hat die Zahlung zur Sicherheit zurückgerufen.", "Your bank called the payment back to be safe."),
    ReturnReason("TECH", "Bei der Bank gab es einen technischen Fehler.", "There was a technical error at the bank."),
    ReturnReason("TM01", "Die Datei war zu spät bei der Bank.", "The file reached the bank too late."),
)
NO_REASON: Final = ReturnReason("–", "Die Bank hat keinen Grund genannt.", "The bank gave no reason.", "suspended")
"""A return without a code. A mandate behind it waits: nobody is debited on a guess."""

RETURN_REASONS: Final = {reason.code: reason for reason in _ALL}
_DIED: Final = frozenset({"MD07"})


def return_reason(code: str) -> ReturnReason:
    """What a code means; one we do not know is shown as it is, and the mandate waits: nobody is debited on a guess."""
    known = RETURN_REASONS.get(code.strip().upper())
    if known:
        return known
    shown = code.strip().strip("?").upper()
    if not shown:
        return NO_REASON
    return ReturnReason(shown, f"Die Bank nennt den Grund „{shown}“.", f"The bank's reason is “{shown}”.", "suspended")


def says_died(code: str) -> bool:
    """True if the bank says that the account's holder has died: then nothing is said to the debtor at all."""
    return code.strip().upper() in _DIED
