"""The played provider as a real process: endpoints by file, the hosted page, webhooks over HTTP."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from kulanz.payments.providers import config
from kulanz.payments.providers.errors import NoSuchEndpoint, ProvidersUnreadable
from kulanz.payments.providers.port import Method
from kulanz.world.mail_process import free_port, wait_until_open
from kulanz.world.provider_server import demo
from tests.rules.payments.test_provider_adapters import order

GOOD = """
[[endpoint]]
id = "shop-stripe"
creditor = "shop"
provider = "stripe"
methods = ["card"]
secret_key = "env:KULANZ_TEST_STRIPE"
webhook_secret = "whsec"
"""


@pytest.fixture
def file(tmp_path: Path, settings: object) -> Path:
    found = tmp_path / "providers.toml"
    settings.KULANZ_PROVIDERS = str(found)  # type: ignore[attr-defined]  (the fixture of pytest-django)
    return found


@pytest.fixture
def server(file: Path) -> Iterator[int]:
    port = free_port()
    assert demo.connect(file, provider_port=port, web_port=1)
    process = subprocess.Popen([sys.executable, "-m", "kulanz.world.provider_server.server", str(port), str(file)])
    wait_until_open(port)
    yield port
    process.terminate()
    process.wait(timeout=10)


def test_the_demos_file_connects_both_creditors(file: Path, server: int) -> None:
    found = {endpoint.id: endpoint for endpoint in config.endpoints()}
    assert {endpoint.creditor for endpoint in found.values()} == {"nordlicht", "papiergarten"}
    assert all(endpoint.test for endpoint in found.values())
    assert file.stat().st_mode & 0o077 == 0, "readable by its owner only"
    for endpoint_id, method in (
        ("nordlicht-stripe", Method.CARD),
        ("nordlicht-paypal", Method.PAYPAL),
        ("papiergarten-mollie", Method.BANK),
    ):
        started = config.provider_of(found[endpoint_id]).create(order(method))
        page = httpx.get(started.redirect_url)
        assert "85,89 € bezahlen" in page.text and "Hier fließt kein Geld" in page.text
        paid = httpx.post(f"{started.redirect_url}/pay")
        assert (paid.status_code, paid.headers["location"]) == (303, "https://kulanz.example/p/back")
    assert "RF18539007547034" in httpx.get(f"http://127.0.0.1:{server}/").text
    demo.disconnect(file)
    assert not file.exists()


def test_a_file_somebody_wrote_is_left_alone(file: Path) -> None:
    file.write_text(GOOD)
    assert not demo.connect(file, provider_port=1, web_port=2)
    demo.disconnect(file)
    assert file.read_text() == GOOD


def test_without_its_secret_an_endpoint_is_not_there(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert config.endpoints() == (), "no file, no provider"
    file.write_text(GOOD)
    assert config.endpoints() == ()
    with pytest.raises(NoSuchEndpoint):
        config.endpoint_of("shop-stripe")
    monkeypatch.setenv("KULANZ_TEST_STRIPE", "sk_live_very-secret")
    file.write_text(GOOD + "\n")  # a new state of the file is read anew
    endpoint = config.endpoint_of("shop-stripe")
    assert "very-secret" not in repr(endpoint)


@pytest.mark.parametrize(
    "broken",
    [
        "[[endpoint]",
        GOOD.replace('"card"', '"gold"'),
        GOOD.replace('provider = "stripe"', 'provider = "bank"'),
        GOOD + 'secret = "typo"',
        GOOD + GOOD,
        GOOD.replace('id = "shop-stripe"', ""),
    ],
)
def test_a_file_that_is_not_understood_is_said(file: Path, broken: str) -> None:
    file.write_text(broken)
    with pytest.raises(ProvidersUnreadable):
        config.endpoints()


def test_the_page_in_the_documents_is_a_file_that_works(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "how-to" / "payment-providers.md").read_text(encoding="utf-8")
    written = page.split("```toml\n")[1].split("```")[0]
    for endpoint in tomllib.loads(written)["endpoint"]:
        for value in endpoint.values():
            if isinstance(value, str) and value.startswith("env:"):
                monkeypatch.setenv(value.removeprefix("env:"), "x")
    file.write_text(written)
    assert {endpoint.provider for endpoint in config.endpoints()} == {"stripe", "paypal", "mollie", "viafintech"}
