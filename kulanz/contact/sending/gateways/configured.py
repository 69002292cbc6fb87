"""The gateways of this installation, from its settings."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings

from kulanz.contact.errors import GatewayMisconfigured
from kulanz.contact.sending.gateways.base import Gateway
from kulanz.contact.sending.gateways.inbox import LocalInboxGateway
from kulanz.contact.sending.gateways.letters import LetterFolder
from kulanz.contact.sending.gateways.smtp import SmtpGateway


def gateways() -> dict[str, Gateway]:
    """One gateway a channel: letters always into the folder; e-mail by `KULANZ_SMTP_URL`, without which e-mails wait.

    ``smtp://`` and ``smtps://`` are real mail servers, ``inbox://HOST:PORT`` is the local one of demo and training.
    """
    found: dict[str, Gateway] = {"letter": LetterFolder()}
    if url := settings.KULANZ_SMTP_URL:
        found["email"] = email_gateway(url)
    return found


def email_gateway(url: str) -> Gateway:
    """The e-mail gateway of an address; `GatewayMisconfigured` for a scheme nobody serves."""
    match urlsplit(url).scheme:
        case "smtp" | "smtps":
            return SmtpGateway(url)
        case "inbox":
            return LocalInboxGateway(url)
        case other:
            raise GatewayMisconfigured(f"KULANZ_SMTP_URL beginnt mit „{other}://“.")
