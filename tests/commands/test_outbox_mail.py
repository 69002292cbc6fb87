"""Real SMTP: a local server whose mailbox is a folder, and servers that misbehave at every step of the conversation."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from email import message_from_bytes
from email.policy import default as modern
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kulanz.contact.errors import GatewayBusy, GatewayMisconfigured, GatewayRefused, GatewayUnsure
from kulanz.contact.mailbox import list_mail, mail_file, read_mail
from kulanz.contact.sending.gateways.base import Gateway, Parcel
from kulanz.contact.sending.gateways.configured import email_gateway
from kulanz.contact.sending.gateways.inbox import LocalInboxGateway
from kulanz.contact.sending.gateways.letters import LetterFolder
from kulanz.contact.sending.gateways.smtp import SmtpGateway, as_email, message_id
from kulanz.world.mail import mail_server
from tests.commands.outbox import MemoryGateway

DAY = date(2026, 3, 2)


def parcel(key: str = "RF1-reminder_1-email-20260302", **values: str) -> Parcel:
    given: dict[str, str] = {
        "to": "elif@example.com",
        "to_name": "Elif Yılmaz",
        "from_name": "Nordlicht Energie",
        "reply_to": "hallo@nordlicht.example",
        "subject": "Ihre Rechnung ist noch offen – 84,90 €",
        "text": "Guten Tag Elif Yılmaz,\n\nIhre Rechnung …\n",
        "html": "<p>Guten Tag Elif Yılmaz</p>",
    } | values
    return Parcel(key=key, channel="email", day=DAY, at=datetime(2026, 3, 2, 9, tzinfo=UTC), pdf=b"%PDF-1", **given)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(params=["memory", "inbox", "letters"])
def gateway(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Gateway]:
    """Every gateway that can be asked keeps the same promise; the one the tests use as well."""
    if request.param == "memory":
        yield MemoryGateway()
    elif request.param == "letters":
        yield LetterFolder(tmp_path / "letters")
    else:
        with mail_server(tmp_path / "mail", port=free_port()) as url:
            way = LocalInboxGateway(url, tmp_path / "mail")
            yield way
            way.close()


def test_a_gateway_knows_what_it_accepted_and_delivers_a_key_once(gateway: Gateway) -> None:
    assert gateway.seen("a", DAY) is False
    gateway.deliver(parcel("a"))
    gateway.deliver(parcel("a"))
    gateway.deliver(parcel("b"))
    assert gateway.seen("a", DAY) and gateway.seen("b", DAY) and gateway.seen("c", DAY) is False


def test_a_mail_arrives_as_it_was_written(tmp_path: Path) -> None:
    with mail_server(tmp_path, port=free_port()) as url:
        way = LocalInboxGateway(url, tmp_path)
        assert way.deliver(parcel()).startswith("250")
        way.close()
    mail = read_mail(tmp_path, parcel().key)
    assert mail is not None
    assert mail.head.subject == parcel().subject and "Elif Yılmaz <elif@example.com>" in mail.head.to
    assert mail.text.replace("\r\n", "\n") == parcel().text and mail.html.strip() == parcel().html
    assert mail.head.at == parcel().at
    assert [head.key for head in list_mail(tmp_path, search="yılmaz")] == [parcel().key]
    assert list_mail(tmp_path, search="jemand anderes") == []


def test_many_mails_go_over_one_connection(tmp_path: Path) -> None:
    with mail_server(tmp_path, port=free_port()) as url:
        way = LocalInboxGateway(url, tmp_path)
        for number in range(30):
            way.deliver(parcel(f"k{number}"))
        way.close()
    assert len(list_mail(tmp_path, limit=20)) == 20 and len(list(tmp_path.glob("*.eml"))) == 30


@pytest.mark.parametrize("field", ["to", "to_name", "from_name", "reply_to", "subject"])
def test_a_line_break_in_a_header_is_refused(field: str) -> None:
    with pytest.raises(GatewayRefused):
        SmtpGateway("smtp://127.0.0.1:1").deliver(parcel(**{field: "x@example.com\r\nBcc: alle@example.com"}))


def test_headers_say_who_writes_where_to_answer_and_that_a_machine_sent_it() -> None:
    letter = message_from_bytes(as_email(parcel()).as_bytes(), policy=modern)
    assert letter["Message-ID"] == message_id(parcel().key)
    assert letter["Reply-To"] == "hallo@nordlicht.example" and "Nordlicht Energie" in letter["From"]
    assert letter["Auto-Submitted"] == "auto-generated"


@contextmanager
def rude_server(*answers: bytes | None) -> Iterator[str]:
    """A mail server that greets and then gives these answers in turn; None hangs up."""
    listener = socket.create_server(("127.0.0.1", 0))

    def talk() -> None:
        line, _ = listener.accept()
        with line:
            line.sendall(b"220 rude\r\n")
            reader = line.makefile("rb")
            in_data = False
            pending = list(answers)
            while command := reader.readline():
                if in_data and command != b".\r\n":
                    continue
                if command.upper().startswith((b"EHLO", b"RSET", b"QUIT", b"NOOP")):
                    line.sendall(b"250 fine\r\n")
                    continue
                answer = pending.pop(0) if pending else None
                if answer is None:
                    return
                in_data = answer.startswith(b"354")
                line.sendall(answer + b"\r\n")

    thread = threading.Thread(target=talk, daemon=True)
    thread.start()
    try:
        yield f"smtp://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        listener.close()
        thread.join(2)


OK, GO = b"250 fine", b"354 go on"


@pytest.mark.parametrize(
    ("answers", "meaning"),
    [
        ((b"451 later",), GatewayBusy),
        ((None,), GatewayBusy),
        ((OK, b"450 mailbox busy"), GatewayBusy),
        ((OK, b"550 no such user"), GatewayRefused),
        ((OK, None), GatewayBusy),
        ((OK, OK, b"451 later"), GatewayBusy),
        ((OK, OK, GO, b"452 full"), GatewayBusy),
        ((OK, OK, GO, b"554 spam"), GatewayRefused),
        ((OK, OK, GO, None), GatewayUnsure),
    ],
)
def test_every_answer_is_sorted_by_what_it_surely_means(answers: tuple[bytes | None, ...], meaning: type[Exception]) -> None:
    with rude_server(*answers) as url:
        way = SmtpGateway(url)
        with pytest.raises(meaning):
            way.deliver(parcel())
        way.close()


def test_a_server_that_is_not_there_is_busy_and_can_never_be_asked() -> None:
    way = SmtpGateway(f"smtp://127.0.0.1:{free_port()}")
    with pytest.raises(GatewayBusy):
        way.deliver(parcel())
    assert way.seen("any", DAY) is None and way.batch_size == 1


def test_addresses_of_mail_servers_are_understood_or_named() -> None:
    assert isinstance(email_gateway("inbox://127.0.0.1:2525"), LocalInboxGateway)
    assert type(email_gateway("smtps://u:p@mail.example:465")) is SmtpGateway
    with pytest.raises(GatewayMisconfigured):
        email_gateway("http://mail.example")


@given(key=st.text(min_size=0, max_size=300))
def test_no_key_leaves_the_folder(key: str) -> None:
    folder = Path("/mail")
    file = mail_file(folder, key)
    assert file.parent == folder and file.name.endswith(".eml") and not file.name.startswith(".")
