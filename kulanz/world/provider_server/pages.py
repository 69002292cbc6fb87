"""The pages of the played provider: the one a payer sees, and a desk to let things happen. Plain, and clearly a test."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from kulanz.law.money import format_money
from kulanz.world.provider_server.book import Back, Payment, Status

_NAMES = {"stripe": "Stripe", "paypal": "PayPal", "mollie": "Mollie", "viafintech": "Barzahlen"}
_METHODS = {
    "card": "Karte, Apple Pay oder Google Pay",
    "creditcard": "Karte",
    "applepay": "Apple Pay",
    "sepa_debit": "SEPA-Lastschrift",
    "paypal": "PayPal",
    "klarna": "Klarna",
    "paybybank": "Online-Banking",
    "cash": "Barzahlung",
}
_STATUS = {
    Status.OPEN: "offen",
    Status.APPROVED: "bestätigt",
    Status.PENDING: "unterwegs",
    Status.PAID: "bezahlt",
    Status.FAILED: "gescheitert",
    Status.EXPIRED: "abgebrochen",
}
_ACTIONS = {
    Status.OPEN: (("cancel", "abbrechen"),),
    Status.PENDING: (("settle", "ankommen lassen"), ("fail", "platzen lassen")),
    Status.PAID: (("refund", "erstatten"), ("dispute", "zurückholen"), ("win", "Rückholung gewinnen")),
}
_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:34rem;margin:0 auto;padding:1rem;background:#eef0f4;color:#1b2430}"
    "main{background:#fff;border-radius:10px;padding:1.25rem}p.test{background:#fff4d6;border-radius:8px;padding:.6rem .9rem}"
    "button{font:inherit;min-height:44px;padding:.5rem 1.2rem;border-radius:8px;border:1px solid #6b7585;background:#fff;width:100%}"
    "button.pay{background:#2b3a67;color:#fff;border-color:#2b3a67;margin-bottom:.6rem}td form{display:inline-block}"
    "td button{width:auto;min-height:0;padding:.2rem .6rem}table{border-collapse:collapse;width:100%;font-size:14px}"
    "td,th{text-align:left;padding:.4rem;border-top:1px solid #dde2ea;vertical-align:top}.wide{max-width:70rem}"
)


def _page(title: str, content: str, *, wide: bool = False) -> str:
    kind = ' class="wide"' if wide else ""
    return (
        f'<!doctype html><html lang="de"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body{kind}>"
        '<p class="test"><strong>Testanbieter der Demo.</strong> Hier fließt kein Geld, und es werden keine Kartendaten abgefragt.</p>'
        f"<main>{content}</main></body></html>"
    )


def amount(payment: Payment) -> str:
    """The amount in German form."""
    return f"{format_money(payment.cents).replace('.', ',')} {'€' if payment.currency == 'EUR' else payment.currency}"


def to_pay(payment: Payment) -> str:
    """The page a payer is sent to."""
    way = _METHODS.get(payment.method, payment.method)
    if payment.status is not Status.OPEN:
        return _page("Bezahlen", f"<h1>Diese Zahlung ist {_STATUS[payment.status]}.</h1>")
    forms = "".join(
        f'<form method="post" action="/pay/{payment.id}/{action}"><button class="{action}">{words}</button></form>'
        for action, words in (("pay", f"{escape(amount(payment))} bezahlen"), ("cancel", "Abbrechen und zurück"))
    )
    head = f"<h1>{escape(amount(payment))}</h1><p>{escape(payment.description)}</p><p>{escape(way)} über {_NAMES[payment.provider]}</p>"
    return _page("Bezahlen", head + forms)


def till(payment: Payment, back: Back | None) -> str:
    """The till of a supermarket: somebody shows a slip."""
    sum_ = escape(amount(payment)) if back is None else f"{format_money(back.cents).replace('.', ',')} {escape(payment.currency)}"
    waits = payment.status is Status.OPEN if back is None else back in payment.waiting
    if not waits:
        done = (
            "Der Zahlschein ist abgelaufen oder ungültig."
            if payment.status is Status.EXPIRED
            else "Bezahlt. Vielen Dank für Ihren Einkauf!"
        )
        return _page("Kasse", f"<h1>{done}</h1>")
    words = f"{sum_} bar bezahlt" if back is None else f"{sum_} ausgezahlt"
    name = escape(payment.id if back is None else back.id)
    form = f'<form method="post" action="/till/{name}/pay"><button class="pay">{words}</button></form>'
    late = f'<form method="post" action="/till/{name}/expire"><button>Zahlschein verfallen lassen</button></form>' if back is None else ""
    return _page("Kasse", f"<h1>Kasse</h1><p>Zahlschein gescannt: {sum_}</p>{form}{late}")


def desk(payments: Iterable[Payment]) -> str:
    """Everything that is here, with buttons to let it go on."""
    rows = "".join(_row(payment) for payment in payments)
    payouts = "".join(
        f'<form method="post" action="/payout/{provider}"><button>Auszahlung von {name}</button></form>'
        for provider, name in _NAMES.items()
    )
    table = f"<table><tr><th>Anbieter</th><th>Betrag</th><th>Wofür</th><th>Stand</th><th></th></tr>{rows}</table>" if rows else ""
    empty = "" if rows else "<p>Noch keine Zahlung. Sie beginnt auf der Seite „Bezahlen“ im Portal.</p>"
    return _page("Testanbieter", f"<h1>Zahlungen</h1>{table}{empty}<h2>Auszahlen</h2>{payouts}", wide=True)


def _row(payment: Payment) -> str:
    buttons = "".join(
        f'<form method="post" action="/act/{payment.id}/{action}"><button>{words}</button></form> '
        for action, words in _ACTIONS.get(payment.status, ())
        if payment.provider != "viafintech" or action == "refund"
    )
    slips = [payment.id] if payment.status is Status.OPEN else [back.id for back in payment.waiting]
    if payment.provider == "viafintech":
        buttons += "".join(f'<a href="/till/{slip}">zur Kasse</a> ' for slip in slips)
    back = (
        " (zurückgeholt)"
        if any(b.dispute and b.ended_at is None for b in payment.backs)
        else " (erstattet)"
        if payment.refunded_cents
        else ""
    )
    cells = (_NAMES[payment.provider], escape(amount(payment)), escape(payment.description), _STATUS[payment.status] + back, buttons)
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"
