"""Connecting the demo's creditors to the played provider."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from kulanz.world.firms import NORDLICHT, PAPIERGARTEN

MARK: Final = "# Testanbieter der Demo: hier fließt kein Geld. Diese Datei schreibt und löscht `kulanz demo`."
_ENDPOINTS: Final = (
    (NORDLICHT.key, "stripe", ("card", "apple_pay", "google_pay", "sepa_debit"), ("secret_key", "webhook_secret")),
    (NORDLICHT.key, "paypal", ("paypal",), ("client_id", "client_secret", "webhook_id")),
    (NORDLICHT.key, "viafintech", ("cash",), ("division_id", "payment_key")),
    (PAPIERGARTEN.key, "viafintech", ("cash",), ("division_id", "payment_key")),
    (PAPIERGARTEN.key, "mollie", ("card", "apple_pay", "bank", "klarna"), ("api_key", "settlement_key")),
    (PAPIERGARTEN.key, "paypal", ("paypal",), ("client_id", "client_secret", "webhook_id")),
)


def connect(file: Path, *, provider_port: int, web_port: int) -> bool:
    """Write the endpoints file; False if there is one that somebody else wrote, which is left alone."""
    if file.exists() and not file.read_text(encoding="utf-8").startswith(MARK):
        return False
    base = f"http://127.0.0.1:{provider_port}"
    parts = [MARK, f'[shop]\nurl = "http://127.0.0.1:{web_port}"']
    for creditor, provider, methods, secrets in _ENDPOINTS:
        endpoint = f"{creditor}-{provider}"
        lines = [
            "[[endpoint]]",
            f'id = "{endpoint}"',
            f'creditor = "{creditor}"',
            f'provider = "{provider}"',
            f"methods = {json.dumps(methods)}",
            "test = true",
            f'api_url = "{base}/{provider}@{endpoint}"',
            f'page_origins = ["{base}"]',
            *(f'{name} = "played-{name}"' for name in secrets),
        ]
        parts.append("\n".join(lines))
    file.write_text("\n\n".join(parts) + "\n", encoding="utf-8")
    file.chmod(0o600)
    return True


def disconnect(file: Path) -> None:
    """Remove what `connect` wrote."""
    if file.exists() and file.read_text(encoding="utf-8").startswith(MARK):
        file.unlink()
