"""The played provider as a whole: it answers calls, lets payments happen, and reports them, in good or bad temper. No sockets here."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from kulanz.world.provider_server import as_mollie, as_paypal, as_stripe, as_viafintech
from kulanz.world.provider_server.book import Back, Book, Payment, Refunded, Status
from kulanz.world.provider_server.call import NOT_FOUND, Answer, Call

APIS: Final = {
    "stripe": as_stripe.answer,
    "paypal": as_paypal.answer,
    "mollie": as_mollie.answer,
    "viafintech": as_viafintech.answer,
}


@dataclass(frozen=True, slots=True)
class Temper:
    """How badly the provider behaves, in shares. A delivery arrives up to ``repeats`` times; ``forged`` adds ones with a bad proof."""

    lost: float = 0.0
    repeats: int = 1
    forged: float = 0.0
    shuffled: bool = False
    broken: float = 0.0
    """API calls that end in a 500."""

    mute: float = 0.0
    """API calls that are carried out and end in a 500 all the same: the answer is lost."""

    delay_seconds: float = 0.0


GOOD: Final = Temper()
BAD: Final = Temper(lost=0.1, repeats=10, forged=0.3, shuffled=True, broken=0.2, delay_seconds=1.5)


@dataclass(frozen=True, slots=True)
class Post:
    """One delivery to be made."""

    url: str
    headers: Mapping[str, str]
    body: bytes
    genuine: bool = True


@dataclass(frozen=True, slots=True)
class Shop:
    """Where a shop wants webhooks of one provider, and the secret they are signed with (Stripe, viafintech)."""

    url: str
    secret: str = ""


@dataclass(slots=True)
class House:
    """The provider. `shops` by account; an API address is /<provider>@<account>/….

    The webhook address of Mollie and viafintech comes with each payment.
    """

    base_url: str
    clock: Callable[[], datetime]
    shops: dict[str, Shop] = field(default_factory=dict)
    temper: Temper = GOOD
    seed: int = 1
    book: Book = field(init=False)
    outgoing: list[tuple[Payment, str, Back | None]] = field(default_factory=list)
    dice: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self.book = Book(clock=self.clock, seed=self.seed)
        self.dice = random.Random(self.seed)

    def answer(self, call: Call) -> Answer:
        """Answer an API call; its path begins with the provider's name and the account."""
        first, _, rest = call.path.strip("/").partition("/")
        provider, _, account = first.partition("@")
        api = APIS.get(provider)
        if api is None:
            return NOT_FOUND
        with self.book.lock:
            if self.dice.random() < self.temper.broken:
                return Answer({"error": "played failure"}, 500)
            if provider == "viafintech" and (no := as_viafintech.refused(call, self.base_url, self.shops[account].secret)):
                return no
            inner = Call(call.verb, f"/{rest}", call.query, call.headers, call.body)
            before = {p.id: (p.status, len(p.backs)) for p in self.book.payments.values()}
            answer = api(self.book, inner, self.base_url)
            self._notice(before)
            for payment_id in self.book.payments.keys() - before.keys():
                self.book.payments[payment_id].account = account
            return Answer({"error": "played loss"}, 500) if self.dice.random() < self.temper.mute else answer

    def _notice(self, before: Mapping[str, tuple[Status, int]]) -> None:
        """What an API call changed is reported like everything else."""
        for payment_id, (status, backs) in before.items():
            payment = self.book.payments[payment_id]
            if payment.status is Status.PAID and status is not Status.PAID:
                self.outgoing.append((payment, "settled", None))
            self.outgoing += [(payment, "back", back) for back in payment.backs[backs:]]

    def act(self, payment_id: str, action: str) -> Payment | None:
        """Let something happen: pay, cancel, settle, fail, refund, dispute, win; for the last refund refund_done or refund_failed.

        Impossible actions change nothing.
        """
        with self.book.lock:
            payment = self.book.payments.get(payment_id)
            if payment is not None:
                self._happen(payment, action)
            return payment

    def _happen(self, payment: Payment, action: str) -> None:
        now = self.clock()
        standing = next((back for back in payment.backs if back.dispute and back.ended_at is None), None)
        match action, payment.status:
            case "pay", Status.OPEN if payment.provider == "paypal":
                payment.status = Status.APPROVED
                self.outgoing.append((payment, "approved", None))
            case "pay", Status.OPEN if payment.method in ("sepa_debit", "paybybank"):
                payment.status = Status.PENDING
                self.outgoing.append((payment, "pending", None))
            case ("pay", Status.OPEN) | ("settle", Status.PENDING):
                payment.status, payment.paid_at = Status.PAID, now
                self.outgoing.append((payment, "settled", None))
            case (("cancel" | "expire"), Status.OPEN):
                payment.status, payment.expired = Status.EXPIRED, True
                self.outgoing.append((payment, "expired", None))
            case "fail", Status.OPEN | Status.PENDING | Status.APPROVED:
                payment.status = Status.FAILED
                self.outgoing.append((payment, "failed", None))
            case (("refund" | "dispute"), Status.PAID) if payment.refunded_cents == 0 and standing is None:
                back = self._back(payment, now, dispute=action == "dispute")
                if back is None:
                    return
                payment.backs.append(back)
                self.outgoing.append((payment, "back", back))
            case (("refund_done" | "refund_failed"), Status.PAID) if payment.backs and not payment.backs[-1].dispute:
                self._refund_moves_on(payment, payment.backs[-1], Refunded.DONE if action == "refund_done" else Refunded.FAILED)
            case "win", Status.PAID if standing is not None and payment.provider != "paypal":
                standing.ended_at = now
                self.outgoing.append((payment, "ended", standing))

    def _back(self, payment: Payment, now: datetime, *, dispute: bool) -> Back | None:
        """Money on its way back. Cash that was paid at a till is not taken back there: only a refund slip brings it."""
        if payment.provider == "viafintech":
            return None if dispute else as_viafintech.refund_slip(self.book, payment, payment.cents, "")
        prefix = {"stripe": ("re_", "dp_"), "paypal": ("", ""), "mollie": ("re_", "chb_")}[payment.provider][dispute]
        return Back(self.book.new_id(prefix), payment.cents, now, dispute=dispute)

    def slip(self, name: str) -> tuple[Payment, Back | None] | None:
        """A slip somebody brings to a till, by its name."""
        with self.book.lock:
            return as_viafintech.find(self.book, name)

    def at_till(self, name: str, action: str) -> None:
        """Somebody pays a slip in cash, fetches the money of a refund slip, or lets a slip expire."""
        with self.book.lock:
            found = as_viafintech.find(self.book, name)
            if found is None:
                return
            payment, back = found
            if back is None:
                self._happen(payment, action)
            elif action == "pay" and back in payment.waiting:
                payment.waiting.remove(back)
                back.at = self.clock()
                payment.backs.append(back)
                self.outgoing.append((payment, "back", back))

    def _refund_moves_on(self, payment: Payment, back: Back, status: Refunded) -> None:
        """A refund arrives, or fails even after it had arrived; one that failed stays so."""
        if back.status is not Refunded.FAILED and back.status is not status:
            back.status = status
            self.outgoing.append((payment, "refund", back))

    def posts(self) -> list[Post]:
        """The deliveries that are due now, as the temper wants them."""
        with self.book.lock:
            events, self.outgoing = self.outgoing, []
            found: list[Post] = []
            for payment, name, back in events:
                post = self._post(payment, name, back)
                if post is None or self.dice.random() < self.temper.lost:
                    continue
                found += [post] * self.dice.randint(1, max(1, self.temper.repeats))
                if self.dice.random() < self.temper.forged:
                    found.append(self._forged(post))
            if self.temper.shuffled:
                self.dice.shuffle(found)
            return found

    def _post(self, payment: Payment, name: str, back: Back | None) -> Post | None:
        shop = self.shops.get(payment.account, Shop(payment.webhook_url))
        url = payment.webhook_url or shop.url
        if not url:
            return None
        match payment.provider:
            case "stripe":
                body = as_stripe.event(self.book, payment, name, back, self.base_url)
                return Post(url, as_stripe.sign(body, shop.secret, self.clock()), body)
            case "paypal" if back is not None and back.status is not Refunded.DONE:
                return None  # PayPal publishes no event about a refund that is pending or has failed
            case "paypal":
                body = as_paypal.event(self.book, payment, name, back, self.base_url)
                return Post(url, as_paypal.sign(body, f"{self.book.new_id('', 8)}-{payment.id}", self.clock()), body)
            case "viafintech":
                body = as_viafintech.event(self.book, payment, name, back)
                return Post(url, as_viafintech.sign(body, url, shop.secret, self.clock()), body)
            case _:
                return Post(url, as_mollie.sign(), as_mollie.event(payment))

    def _forged(self, post: Post) -> Post:
        """The same delivery by somebody who does not know the secret; for Mollie one that says something else than an id."""
        headers = dict(post.headers)
        if "stripe-signature" in headers:
            headers["stripe-signature"] = headers["stripe-signature"][:-4] + "0000"
            return Post(post.url, headers, post.body.replace(b'"unpaid"', b'"paid"'), genuine=False)
        if "paypal-transmission-sig" in headers:
            headers["paypal-transmission-sig"] = "S" + "0" * 64
            return Post(post.url, headers, post.body, genuine=False)
        if "bz-signature" in headers:
            return Post(post.url, headers, post.body.replace(b'"expired"', b'"paid"') + b" ", genuine=False)
        return Post(post.url, headers, b"id=pay_" + post.body, genuine=False)
