"""Letters as files: the address stands in the window, the standards are declared, the same letter is the same file."""

from __future__ import annotations

import dataclasses
import io
from typing import Any, cast

import pytest
from pypdf import PdfReader

from kulanz.contact.errors import AddressIncomplete, LetterUnprintable, PaymentDataInvalid
from kulanz.contact.rendering.letter import OWN_PRINTER, PRINT_SERVICE, LetterProfile, render_letter
from tests.rules.contact.facts_of import COMPANY, MANY, PERSON, SENDER, facts_of

MM = 72 / 25.4
PAGE_HEIGHT = 297 * MM


def lines_with_place(pdf: bytes) -> list[tuple[str, float, float]]:
    """Each piece of text of page one with its distance from the left and the top edge in millimetres."""
    found: list[tuple[str, float, float]] = []

    def visit(text: str, matrix: Any, place: Any, font: Any, size: Any) -> None:
        if text.strip():
            x = place[4] * matrix[0] + matrix[4]
            y = place[5] * matrix[3] + matrix[5]
            found.append((text.strip(), x / MM, (PAGE_HEIGHT - y) / MM))

    PdfReader(io.BytesIO(pdf)).pages[0].extract_text(visitor_text=visit)
    return found


def place_of(pdf: bytes, words: str) -> tuple[float, float]:
    return next((x, y) for text, x, y in lines_with_place(pdf) if words in text)


@pytest.mark.parametrize("profile", [OWN_PRINTER, PRINT_SERVICE], ids=lambda p: p.name)
@pytest.mark.parametrize("person", [PERSON, COMPANY], ids=lambda p: p.kind)
def test_the_address_stands_inside_the_window(profile: LetterProfile, person: Any) -> None:
    pdf = render_letter(facts_of("reminder_1", recipient=person), profile=profile).pdf
    for words in (person.street, f"{person.postcode} {person.city}"):
        x, y = place_of(pdf, words)
        assert profile.window_left_mm + 5 - 0.5 <= x <= profile.window_left_mm + profile.window_width_mm
        assert profile.window_top_mm + 17.7 <= y <= profile.window_top_mm + profile.window_height_mm - 2


def test_the_print_service_finds_its_franking_strip_free() -> None:
    pdf = render_letter(facts_of("reminder_1"), profile=PRINT_SERVICE).pdf
    in_window = [(t, y) for t, x, y in lines_with_place(pdf) if 20 <= x <= 105 and 45 <= y <= 90]
    assert in_window
    # A baseline between 53 and 66 mm, or letters reaching up into it, would be printed over.
    assert [t for t, y in in_window if 53 <= y <= 66 + 3] == []


def test_the_text_begins_where_the_form_says() -> None:
    _, y = place_of(render_letter(facts_of("reminder_1")).pdf, "Ihre Rechnung vom")
    assert 98.46 <= y <= 106


def test_a_letter_declares_archive_and_accessibility_standards() -> None:
    reader = PdfReader(io.BytesIO(render_letter(facts_of("last_notice")).pdf))
    raw = reader.xmp_metadata.stream.get_data().decode() if reader.xmp_metadata else ""
    assert "<pdfaid:part>2</pdfaid:part>" in raw and "<pdfaid:conformance>A</pdfaid:conformance>" in raw
    assert "<pdfuaid:part>1</pdfuaid:part>" in raw
    root: Any = reader.trailer["/Root"]
    assert root["/Lang"].startswith("de") and root["/MarkInfo"]["/Marked"] and "/StructTreeRoot" in root
    assert reader.metadata is not None and reader.metadata.title == "Unsere letzte Erinnerung. Danach schaut ein Mensch darauf."


def test_the_print_service_gets_its_standard() -> None:
    reader = PdfReader(io.BytesIO(render_letter(facts_of("reminder_1"), profile=PRINT_SERVICE).pdf))
    raw = reader.xmp_metadata.stream.get_data().decode() if reader.xmp_metadata else ""
    assert "<pdfaid:part>1</pdfaid:part>" in raw and "<pdfaid:conformance>B</pdfaid:conformance>" in raw


def test_pictures_say_what_they_show() -> None:
    pdf = render_letter(facts_of("reminder_1")).pdf
    assert figures(pdf) == [
        "GiroCode: Überweisung von 85,89\u00a0€ an Nordlicht Energie GmbH, "
        "IBAN DE89 3704 0044 0532 0130 00, Verwendungszweck RF18 5390 0754 7034",
        "QR-Code mit dem Link zu Ihrer Seite bei Nordlicht Energie",
    ]


def figures(pdf: bytes) -> list[str]:
    """The alternative texts of all figures, in reading order."""
    found: list[str] = []

    def walk(node: Any) -> None:
        node = node.get_object()
        if isinstance(node, list):
            for child in node:
                walk(child)
        elif isinstance(node, dict):
            if node.get("/S") == "/Figure" and "/Alt" in node:
                found.append(str(node["/Alt"]))
            if "/K" in node:
                walk(node["/K"])

    root: Any = PdfReader(io.BytesIO(pdf)).trailer["/Root"]
    walk(root["/StructTreeRoot"]["/K"])
    return found


def test_the_same_letter_is_the_same_file_byte_for_byte() -> None:
    first = render_letter(facts_of("reminder_2")).pdf
    render_letter(facts_of("last_notice", claims=MANY))
    assert render_letter(facts_of("reminder_2")).pdf == first


@pytest.mark.parametrize("family", ["friendly_notice", "reminder_1", "reminder_2", "last_notice", "receipt", "answer_paid_already"])
def test_a_letter_about_one_invoice_fits_on_one_page(family: str) -> None:
    assert len(PdfReader(io.BytesIO(render_letter(facts_of(family)).pdf)).pages) == 1


def test_many_invoices_go_on_with_their_heading() -> None:
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(render_letter(facts_of("last_notice", claims=MANY)).pdf)).pages]
    assert len(pages) == 2
    assert all(f"Seite {n} von 2" in page for n, page in enumerate(pages, 1))
    assert "Fällig am" in pages[0] and "Fällig am" in pages[1]
    assert "2026-10423" in pages[1] and "Ihr Zeichen RF18 5390" in pages[1]


def test_data_is_printed_and_never_evaluated() -> None:
    rude = dataclasses.replace(PERSON, given_name='#read("/etc/passwd")', family_name="$x$ @a <b> *c* \\u{1F600}")
    letter = render_letter(facts_of("reminder_1", recipient=rude))
    assert '#read("/etc/passwd")' in PdfReader(io.BytesIO(letter.pdf)).pages[0].extract_text()


def test_a_sign_without_a_glyph_is_a_named_error_not_an_empty_box() -> None:
    with pytest.raises(LetterUnprintable):
        render_letter(facts_of("reminder_1", recipient=dataclasses.replace(PERSON, family_name="王小明")))


@pytest.mark.parametrize("name", ["Žofia Łukasz Şükrü Đorđe Ő", "Олена Шевченко", "Ελένη"])
def test_names_of_our_neighbours_are_printed(name: str) -> None:
    letter = render_letter(facts_of("reminder_1", recipient=dataclasses.replace(PERSON, family_name=name)))
    assert name.split()[0] in PdfReader(io.BytesIO(letter.pdf)).pages[0].extract_text()


@pytest.mark.parametrize("missing", ["street", "postcode", "city"])
def test_a_letter_without_a_full_address_is_refused(missing: Any) -> None:
    with pytest.raises(AddressIncomplete):
        render_letter(facts_of("reminder_1", recipient=dataclasses.replace(PERSON, **cast("Any", {missing: " "}))))


def test_a_wrong_account_number_is_never_printed() -> None:
    with pytest.raises(PaymentDataInvalid):
        render_letter(facts_of("reminder_1", sender=dataclasses.replace(SENDER, iban="DE89370400440532013001")))
