"""GiroCode: a transfer as a QR code (EPC069-12), for banking apps; and the QR code of a link."""

from __future__ import annotations

import io
from decimal import Decimal
from functools import lru_cache

import segno
from schwifty import IBAN
from schwifty.exceptions import SchwiftyException
from segno.helpers import make_epc_qr

from kulanz.contact.errors import PaymentDataInvalid

EPC_MAX_CENTS = 99_999_999_999


@lru_cache(maxsize=512)
def giro_svg(holder: str, iban: str, bic: str, amount_cents: int, reference: str) -> str:
    """The transfer as SVG. Raises `PaymentDataInvalid` before a wrong IBAN or reference can be printed.

    ``reference`` is an ISO 11649 reference (``RF…``). The QR library checks neither IBAN nor reference, so both are
    checked here.
    """
    try:
        account = IBAN(iban, validate_bban=True)
    except SchwiftyException as problem:
        raise PaymentDataInvalid(f"Die IBAN „{iban}“ ist nicht gültig.") from problem
    if not 1 <= amount_cents <= EPC_MAX_CENTS:
        raise PaymentDataInvalid("Ein GiroCode trägt Beträge von 0,01 € bis 999.999.999,99 €.")
    if not valid_creditor_reference(reference):
        raise PaymentDataInvalid(f"Die Zahlungsreferenz „{reference}“ hat keine gültige Prüfziffer (ISO 11649).")
    code = make_epc_qr(
        holder[:70],
        str(account),
        Decimal(amount_cents).scaleb(-2),
        reference=reference.replace(" ", ""),
        bic=bic or None,
        encoding=1,
    )
    return _svg(code)


@lru_cache(maxsize=512)
def link_svg(url: str) -> str:
    """A link as QR code, as SVG."""
    return _svg(segno.make_qr(url, error="m"))


def valid_creditor_reference(reference: str) -> bool:
    """True for an ISO 11649 reference: ``RF``, two check digits (97-10), up to 21 letters or digits."""
    plain = reference.replace(" ", "").upper()
    if not (plain.startswith("RF") and 5 <= len(plain) <= 25 and plain.isascii() and plain.isalnum() and plain[2:4].isdigit()):
        return False
    return int("".join(str(int(sign, 36)) for sign in plain[4:] + plain[:4])) % 97 == 1


def _svg(code: segno.QRCode) -> str:
    out = io.BytesIO()
    code.save(out, kind="svg", border=0, xmldecl=False, svgns=True, nl=False, omitsize=True, dark="#000")
    return out.getvalue().decode("ascii")
