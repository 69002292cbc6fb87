"""E-mail over SMTP. The protocol cannot be asked afterwards, so every answer is sorted by what it surely means."""

from __future__ import annotations

import smtplib
import time
from datetime import date
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from urllib.parse import SplitResult, unquote, urlsplit

from django.conf import settings

from kulanz.contact.errors import GatewayBusy, GatewayRefused, GatewayUnsure
from kulanz.contact.sending.gateways.base import Parcel
from kulanz.failpoints import fp

TIMEOUT_SECONDS = 10.0
_FRESH_SECONDS = 5.0


class SmtpGateway:
    """Any mail server: ``smtp://user:password@host:port`` (STARTTLS if offered) or ``smtps://…`` (TLS from the
    start)."""

    channel = "email"
    batch_size = 1

    def __init__(self, url: str) -> None:
        self._url: SplitResult = urlsplit(url)
        self._session: smtplib.SMTP | None = None
        self._used_at = 0.0

    def deliver(self, parcel: Parcel) -> str:
        try:
            letter = as_email(parcel)
            wire = letter.as_bytes(policy=SMTP_POLICY)
        except (ValueError, MessageError) as problem:
            raise GatewayRefused(f"Die Adresse oder der Betreff ist keine gültige Kopfzeile: {problem}") from problem
        session = self._greeted()
        try:
            self._envelope(session, parcel)
        except (smtplib.SMTPServerDisconnected, OSError) as problem:
            self._forget()
            raise GatewayBusy(f"Der Mailserver hat die Verbindung getrennt: {problem}") from problem
        self._used_at = time.monotonic()
        fp("smtp.before_data")
        return self._hand_over(session, wire)

    def seen(self, key: str, day: date) -> bool | None:
        """A real mail server does not answer this question."""
        return None

    def close(self) -> None:
        if self._session is not None:
            try:
                self._session.quit()
            except (smtplib.SMTPException, OSError):
                self._session.close()
            self._session = None

    def _greeted(self) -> smtplib.SMTP:
        """An open, greeted session; a connection that was idle too long is replaced before anything is handed over."""
        if self._session is not None:
            if time.monotonic() - self._used_at < _FRESH_SECONDS:
                return self._session
            try:
                if self._session.noop()[0] == 250:
                    return self._session
            except (smtplib.SMTPException, OSError):
                pass
            self._forget()
        host, port = self._url.hostname or "localhost", self._url.port
        try:
            if self._url.scheme == "smtps":
                session: smtplib.SMTP = smtplib.SMTP_SSL(host, port or 465, timeout=TIMEOUT_SECONDS)
            else:
                session = smtplib.SMTP(host, port or 25, timeout=TIMEOUT_SECONDS)
            session.ehlo_or_helo_if_needed()
            if self._url.scheme == "smtp" and session.has_extn("starttls"):
                session.starttls()
                session.ehlo()
            if self._url.username:
                session.login(unquote(self._url.username), unquote(self._url.password or ""))
        except (smtplib.SMTPException, OSError) as problem:
            raise GatewayBusy(f"Der Mailserver {host} ist nicht erreichbar: {problem}") from problem
        self._session, self._used_at = session, time.monotonic()
        return session

    def _envelope(self, session: smtplib.SMTP, parcel: Parcel) -> None:
        """Sender and addressee. Whatever goes wrong here, nothing has been accepted yet."""
        for code, answer in (session.mail(sender_address()), session.rcpt(parcel.to)):
            if code >= 500:
                session.rset()
                raise GatewayRefused(f"Der Mailserver nimmt die Adresse nicht an: {code} {answer.decode(errors='replace')}")
            if code >= 400:
                session.rset()
                raise GatewayBusy(f"Der Mailserver bittet um Geduld: {code} {answer.decode(errors='replace')}")

    def _hand_over(self, session: smtplib.SMTP, wire: bytes) -> str:
        try:
            code, answer = session.data(wire)
        except smtplib.SMTPDataError as problem:
            code, answer = problem.smtp_code, problem.smtp_error if isinstance(problem.smtp_error, bytes) else b""
        except (smtplib.SMTPServerDisconnected, OSError) as problem:
            # The content was on its way when the line broke: it may have been accepted. Only a person may decide to
            # send again.
            self._forget()
            raise GatewayUnsure(f"Die Verbindung brach während der Übergabe ab: {problem}") from problem
        said = answer.decode(errors="replace")
        if code >= 500:
            raise GatewayRefused(f"Der Mailserver lehnt die Nachricht ab: {code} {said}")
        if code >= 400:
            raise GatewayBusy(f"Der Mailserver bittet um Geduld: {code} {said}")
        return f"{code} {said}"[:200]

    def _forget(self) -> None:
        if self._session is not None:
            self._session.close()
            self._session = None


def as_email(parcel: Parcel) -> EmailMessage:
    """The parcel as an e-mail: plain text and HTML side by side, the key as its Message-ID. A header with a line
    break is refused."""
    letter = EmailMessage(policy=SMTP_POLICY)
    user, _, domain = sender_address().partition("@")
    to_user, _, to_domain = parcel.to.rpartition("@")
    letter["From"] = Address(parcel.from_name, user, domain)
    letter["To"] = Address(parcel.to_name, to_user, to_domain)
    if parcel.reply_to:
        letter["Reply-To"] = parcel.reply_to
    letter["Subject"] = parcel.subject
    letter["Date"] = parcel.at
    letter["Message-ID"] = message_id(parcel.key)
    letter["Auto-Submitted"] = "auto-generated"
    letter.set_content(parcel.text)
    letter.add_alternative(parcel.html, subtype="html")
    return letter


def message_id(key: str) -> str:
    """The Message-ID of a key."""
    return f"<{key}@{_own_host()}>"


def sender_address() -> str:
    """The address all mail of this installation comes from; answers go to the creditor (Reply-To)."""
    return f"nachricht@{_own_host()}"


def _own_host() -> str:
    host = urlsplit(settings.KULANZ_PUBLIC_URL).hostname or "localhost"
    # An address needs a domain with a dot; a bare machine name or an IP address is marked as local.
    return host if "." in host and not host.replace(".", "").isdigit() else "kulanz.local"
