"""Letters: DIN 5008 form B, set by typst as PDF/A-2a and PDF/UA-1. Same facts, same bytes."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kulanz.contact.errors import AddressIncomplete
from kulanz.contact.rendering.brand import legible_primary
from kulanz.contact.rendering.context import flat
from kulanz.contact.rendering.duties import duty_words
from kulanz.contact.rendering.facts import MessageFacts
from kulanz.contact.rendering.format import address_lines, full_name, grouped, long_day, money
from kulanz.contact.rendering.girocode import giro_svg, link_svg
from kulanz.contact.rendering.parts import Parts, genuine_of, parts_of
from kulanz.contact.rendering.texts import WrittenText, load, write
from kulanz.contact.rendering.typeset import ARCHIVED, Standard, set_pdf

_TEMPLATES = Path(__file__).parent / "templates"
_REGIONS = {"de": "DE", "en": "GB"}


@dataclass(frozen=True, slots=True)
class LetterProfile:
    """Where things stand on the page, in millimetres from the top left corner, and which PDF standard the printer
    wants.

    The window of DIN 5008 form B is 85 × 45 mm, 20 mm from the left and 45 mm from the top; text in it starts 5 mm
    further in. The line with the sender's address stands above the address zone, which begins 17.7 mm below the
    window's top.
    """

    name: str
    standards: tuple[Standard, ...]
    window_left_mm: float = 20
    window_top_mm: float = 45
    window_width_mm: float = 85
    window_height_mm: float = 45
    window_inset_mm: float = 5
    return_line_mm: float = 12.7
    address_top_mm: float = 18.2
    info_left_mm: float = 125
    info_top_mm: float = 50
    text_top_mm: float = 98.46
    fold_marks_mm: tuple[float, ...] = (105, 210)
    hole_mark_mm: float | None = 148.5


OWN_PRINTER = LetterProfile("own_printer", ARCHIVED)
# A print service folds itself and prints its franking into a 13 mm strip that starts 53 mm from the top; it takes
# PDF/A-1b.
PRINT_SERVICE = LetterProfile("print_service", ("a-1b",), return_line_mm=1.5, address_top_mm=22, fold_marks_mm=(), hole_mark_mm=None)


@dataclass(frozen=True, slots=True)
class RenderedLetter:
    """A finished letter: its heading, the same words as plain text (for search and the timeline) and the PDF."""

    subject: str
    text: str
    pdf: bytes


def render_letter(facts: MessageFacts, *, profile: LetterProfile = OWN_PRINTER) -> RenderedLetter:
    """Set a letter.

    Raises `AddressIncomplete` before an undeliverable letter is made, `LetterUnprintable` if a sign has no glyph.
    """
    person = facts.recipient
    if not (full_name(person) and person.street.strip() and person.postcode.strip() and person.city.strip()):
        raise AddressIncomplete
    parts = parts_of(facts)
    written = write(load(facts.template, facts.language), flat(facts, channel="letter"))
    data = _letter_data(facts, parts, written, profile)
    pdf = set_pdf(_TEMPLATES / "letter.typ", data, day=facts.day, called="Der Brief", standards=profile.standards)
    return RenderedLetter(written.subject, plain_letter(data), pdf)


def _letter_data(facts: MessageFacts, parts: Parts, written: WrittenText, profile: LetterProfile) -> dict[str, Any]:
    sender, words = facts.sender, parts.labels
    holder = sender.account_holder or sender.legal_name or sender.name
    asked = money(facts.asked_cents, facts.currency, facts.language)
    giro = bool(parts.payment) and facts.currency == "EUR"
    info = [
        (words["date"], long_day(facts.day, facts.language)),
        (words["your_reference"], grouped(facts.reference)),
        (words["phone"], sender.phone),
        (words["email"], sender.email),
        (words["web"], _bare(sender.website)),
    ]
    return {
        "language": facts.language,
        "region": _REGIONS[facts.language],
        "day": [facts.day.year, facts.day.month, facts.day.day],
        "title": written.title,
        "sender_name": sender.name,
        "brand": legible_primary(sender.brand_primary),
        "reference": grouped(facts.reference),
        "return_line": " · ".join(
            part for part in (sender.legal_name or sender.name, sender.street, f"{sender.postcode} {sender.city}".strip()) if part
        ),
        "address": address_lines(facts.recipient, sender),
        "info": [[label, value] for label, value in info if value],
        "blocks": [dataclasses.asdict(block) for block in written.blocks],
        "claims": dataclasses.asdict(parts.claims) if parts.claims else None,
        "booked": dataclasses.asdict(parts.booked) if parts.booked else None,
        "plan": dataclasses.asdict(parts.plan) if parts.plan else None,
        "payment": [[label, value] for label, value in parts.payment],
        "pay_svg": giro_svg(holder, sender.iban, sender.bic, facts.asked_cents, facts.reference) if giro else "",
        "pay_alt": words["pay_alt"].format(total=asked, holder=holder, iban=grouped(sender.iban), reference=grouped(facts.reference)),
        "portal_svg": link_svg(facts.portal_url) if parts.payment else "",
        "portal_alt": words["portal_alt"].format(creditor=sender.name),
        "ways": words["ways_letter"].format(
            address=_bare(facts.portal_url),
            phone=words["ways_phone"].format(phone=sender.phone) if sender.phone else "",
        ),
        "genuine": genuine_of(sender, facts.language, "genuine_letter").format(
            creditor=sender.name, reference=grouped(facts.reference), agency=sender.agency.legal_name if sender.agency else ""
        ),
        "duties": [[one.heading, list(one.lines)] for one in parts.duties],
        "duties_heading": duty_words(facts.language)["heading"],
        "duties_intro": duty_words(facts.language)["intro"],
        "closing": words["closing"].format(creditor=sender.name),
        "imprint": parts.imprint,
        "labels": words,
        "geometry": dataclasses.asdict(profile),
    }


def plain_letter(data: dict[str, Any]) -> str:
    """The words of a letter without its layout, so that it can be searched, listed and read aloud."""
    lines = [*data["address"], "", *(f"{label}: {value}" for label, value in data["info"]), "", data["title"], ""]
    for block in data["blocks"]:
        match block["kind"], block["slot"]:
            case "slot", "pay":
                lines += [f"{label}: {value}" for label, value in data["payment"]] + [""]
            case "slot", ("claims" | "booked" | "plan") as slot if data[slot]:
                table = data[slot]
                for row in [table["columns"], *table["rows"], *([table["total"]] if table["total"] else [])]:
                    lines.append(" | ".join(cell.replace("\n", " ") for cell in row))
                lines += [*table["notes"], ""]
            case "slot", "ways":
                lines += [data["ways"], ""]
            case "slot", "genuine":
                lines += [data["closing"], "", data["genuine"], ""]
            case "slot", _:
                pass
            case _:
                lines += ["".join(run["text"] for run in line) for line in block["lines"]] + [""]
    if data["duties"]:
        lines += [data["duties_heading"], "", data["duties_intro"], ""]
        lines += [line for heading, told in data["duties"] for line in (heading, *told, "")]
    return "\n".join([*lines, *data["imprint"]]).strip() + "\n"


def _bare(address: str) -> str:
    return address.removeprefix("https://").removeprefix("http://").rstrip("/")
