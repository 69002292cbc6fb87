"""The played provider as a process of its own: `python -m kulanz.world.provider_server.server PORT CONFIG [good|bad]`.

CONFIG is the file with the endpoints (`providers.toml`): it says which webhooks there are and what signs them.
"""

from __future__ import annotations

import sys
import threading
import time
import tomllib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx

from kulanz.site import clock
from kulanz.world.provider_server import pages
from kulanz.world.provider_server.book import Payment
from kulanz.world.provider_server.call import NOT_FOUND, Answer, Call
from kulanz.world.provider_server.house import BAD, GOOD, House, Shop, Temper

TRIES, PAUSE_SECONDS = 5, 0.4


class Server(ThreadingHTTPServer):
    """HTTP around a `House`, with a thread that delivers what happened."""

    daemon_threads = True

    def __init__(self, port: int, house: House) -> None:
        self.house = house
        super().__init__(("127.0.0.1", port), _Handler)
        self._going = True
        self._courier = threading.Thread(target=self._deliver, daemon=True)
        self._courier.start()

    def _deliver(self) -> None:
        with httpx.Client(timeout=10) as client:
            while self._going:
                for post in self.house.posts():
                    time.sleep(self.house.dice.random() * self.house.temper.delay_seconds)
                    self._post(client, post.url, dict(post.headers), post.body)
                time.sleep(0.05)

    def _post(self, client: httpx.Client, url: str, headers: dict[str, str], body: bytes) -> None:
        """Deliver, and again after a while if the shop could not take it: as providers do, only faster."""
        for attempt in range(TRIES):
            try:
                if client.post(url, headers=headers, content=body).status_code < 500:
                    return
            except httpx.HTTPError:
                pass  # the shop is not there; try again
            time.sleep(PAUSE_SECONDS * (attempt + 1))

    def server_close(self) -> None:
        """Stop delivering and close."""
        self._going = False
        super().server_close()


class _Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._reply()

    def do_POST(self) -> None:
        self._reply()

    def _reply(self) -> None:
        parts = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        call = Call(self.command, parts.path, dict(parse_qsl(parts.query)), headers, body)
        answer = route(self.server.house, call)
        content = answer.body
        self.send_response(answer.status)
        if answer.location:
            self.send_header("Location", answer.location)
        self.send_header("Content-Type", answer.kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  (the name the library gave it)
        """Say nothing: the demo's terminal belongs to Kulanz."""


def route(house: House, call: Call) -> Answer:
    """A page, an action on a page, or an API call."""
    parts = call.path.strip("/").split("/")
    match (call.verb, *parts):
        case ("GET", ""):
            return Answer(page=pages.desk(reversed(list(house.book.payments.values()))))
        case ("GET", "till", name) if found := house.slip(name):
            return Answer(page=pages.till(*found))
        case ("POST", "till", name, ("pay" | "expire") as action) if house.slip(name):
            house.at_till(name, action)
            return Answer(status=303, location=f"/till/{name}")
        case ("GET", "pay", payment_id) if payment := house.book.payments.get(payment_id):
            return Answer(page=pages.to_pay(payment))
        case ("POST", "pay", payment_id, ("pay" | "cancel") as action) if payment := house.act(payment_id, action):
            return Answer(status=303, location=_back_to(payment, action))
        case ("POST", "act", payment_id, action):
            house.act(payment_id, action)
            return Answer(status=303, location="/")
        case ("POST", "payout", provider):
            house.book.pay_out(provider)
            return Answer(status=303, location="/")
    return house.answer(call) if len(parts) > 1 else NOT_FOUND


def _back_to(payment: Payment, action: str) -> str:
    return payment.cancel_url if action == "cancel" else payment.return_url


def house_from(config: Path, base_url: str, temper: Temper) -> House:
    """A provider for the endpoints of a file; the shop's address is the one in ``[shop] url``."""
    content = tomllib.loads(config.read_text(encoding="utf-8"))
    site = content.get("shop", {}).get("url", "")
    shops = {
        entry["id"]: Shop(
            f"{site}/api/webhooks/{entry['provider']}/{entry['id']}", entry.get("webhook_secret", "") or entry.get("payment_key", "")
        )
        for entry in content.get("endpoint", ())
    }
    return House(base_url=base_url, clock=clock.now, shops=shops, temper=temper)


def main(port: int, config: Path, temper: Temper) -> None:
    """Serve until stopped."""
    Server(port, house_from(config, f"http://127.0.0.1:{port}", temper)).serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]), BAD if "bad" in sys.argv[3:] else GOOD)
