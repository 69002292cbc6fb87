"""Every text, in every language, for everyone it can meet: complete, plain, and free of markup that came from
outside.
"""

from __future__ import annotations

import itertools
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kulanz.contact.errors import TextBroken, TextMissing
from kulanz.contact.rendering.context import flat
from kulanz.contact.rendering.facts import PARTICULARS, ClaimLine, Particulars
from kulanz.contact.rendering.letter import render_letter
from kulanz.contact.rendering.mail import render_mail
from kulanz.contact.rendering.texts import Run, families, load, parse_source, used_names, write
from tests.rules.contact.facts_of import BARE_SENDER, COMPANY, MANY, PARTIAL, PERSON, SENDER, claim_line, facts_of

FAMILIES = families("de")
CLAIMS = {"one": [claim_line()], "many": MANY, "partial": PARTIAL, "plain": [claim_line(subject="", interest_cents=0)]}
# Words that threaten, shout, blame or belong in a file rather than in a letter to a person.
UNKIND = re.compile(
    r"Schuldner\b|Zwangsvollstreckung|Gerichtsvollzieher|SCHUFA|Pfändung|unverzüglich|umgehend|Forderungsangelegenheit|letztmalig|"
    r"ausdrücklich|!!|Mahnung|bailiff|debtor|immediately|enforcement"
)


def test_german_and_english_have_the_same_texts() -> None:
    assert families("de") == families("en")
    assert {"friendly_notice", "reminder_1", "reminder_2", "last_notice", "receipt"} < set(FAMILIES)


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize("family", FAMILIES)
def test_every_text_is_complete_for_everyone_it_can_meet(family: str, language: str) -> None:
    for person, sender, claims, planned in itertools.product((PERSON, COMPANY), (SENDER, BARE_SENDER), CLAIMS.values(), (True, False)):
        dates = {} if planned else {"pay_until": None, "next_step_on": None, "quiet_until": None, "reminded": False}
        facts = facts_of(family, language=language, recipient=person, sender=sender, claims=claims, **dates)
        mail = render_mail(facts)
        for text in (mail.text, mail.html):
            assert "{{" not in text and "{%" not in text and "None" not in text and "::" not in text
            assert "**" not in text
            assert sender.legal_name in text
        assert "Hamburg" not in mail.text, "an address belongs in the letter, not in an e-mail"


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize("family", FAMILIES)
def test_every_text_makes_a_letter(family: str, language: str) -> None:
    for person, claims in ((PERSON, CLAIMS["one"]), (COMPANY, MANY), (PERSON, PARTIAL)):
        letter = render_letter(facts_of(family, language=language, recipient=person, claims=claims))
        assert letter.pdf.startswith(b"%PDF")
        assert not re.search(r"\{\{|\*\*|None\b", letter.text)


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize("family", FAMILIES)
def test_texts_stay_kind_and_short(family: str, language: str) -> None:
    for facts in (
        facts_of(family, language=language),
        facts_of(family, language=language, recipient=COMPANY, claims=MANY[:2]),
    ):
        mail = render_mail(facts)
        assert not UNKIND.search(mail.text), UNKIND.search(mail.text)
        assert len(mail.subject) <= 78
        blocks = write(load(family, facts.language), flat(facts, channel="letter")).blocks
        spoken = ["".join(run.text for run in line) for block in blocks for line in block.lines]
        sentences = [sentence for text in spoken for sentence in re.split(r"(?<=[.!?:])\s+", text)]
        assert max(len(sentence.split()) for sentence in sentences) <= 25


@pytest.mark.parametrize("family", [f for f in FAMILIES if f not in ("receipt",)])
def test_every_reminder_and_answer_says_who_writes_and_how_to_check_it(family: str) -> None:
    text = render_mail(facts_of(family)).text
    assert "Nordlicht Energie GmbH, Hafenstraße 12, 24103 Kiel" in text
    assert "Ist diese Nachricht echt?" in text and "RF18\u00a05390" in text.replace(" ", "\u00a0")


@pytest.mark.parametrize("family", ["friendly_notice", "reminder_1", "reminder_2", "last_notice"])
def test_every_reminder_offers_a_way_to_say_it_is_paid_or_wrong(family: str) -> None:
    mail = render_mail(facts_of(family))
    for way in ("#schon-bezahlt", "#stimmt-nicht"):
        assert way in mail.text and way in mail.html
    letter = render_letter(facts_of(family))
    assert "Schon bezahlt, oder stimmt etwas nicht?" in letter.text


def test_the_first_reminder_says_it_is_free_and_names_a_person_by_both_names() -> None:
    text = " ".join(render_mail(facts_of("reminder_1")).text.split())
    assert "Diese Erinnerung ist kostenlos." in text and "Guten Tag Elif Yılmaz," in text


@pytest.mark.parametrize("family", ["reminder_2", "last_notice"])
@pytest.mark.parametrize("claims", [None, MANY])
def test_nobody_is_told_of_an_earlier_reminder_that_never_was(family: str, claims: list[ClaimLine] | None) -> None:
    for reminded in (True, False):
        facts = facts_of(family, reminded=reminded, claims=claims or [claim_line()])
        text = " ".join(render_mail(facts).text.split())
        assert ("schon einmal geschrieben" in text or "Wir haben Sie daran erinnert" in text) is reminded


@pytest.mark.parametrize(
    ("words", "said", "not_said"),
    [({"account_end": "3000"}, "Endung 3000", "demselben Weg"), ({"payment_way": "PayPal"}, "auf dem Sie gezahlt haben: PayPal", "Endung")],
)
def test_a_refund_says_which_way_the_money_goes(words: dict[str, str], said: str, not_said: str) -> None:
    particulars = Particulars(amounts={"refund_amount": 2310}, words=words)
    text = " ".join(render_mail(facts_of("refund_coming", particulars=particulars)).text.split())
    assert said in text and not_said not in text and "23,10" in text


def test_the_last_notice_names_the_honest_next_step_and_threatens_nothing() -> None:
    text = " ".join(render_mail(facts_of("last_notice")).text.split())
    assert "Ab dem 8. Dezember 2026 sieht sich ein Mensch" in text
    assert "Gericht" not in text and "Inkasso" not in text


@given(value=st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1, max_size=40))
@settings(max_examples=60)
def test_a_value_can_never_become_markup(value: str) -> None:
    context = flat(facts_of("reminder_1"), channel="email") | {"salutation": f"x{value}x"}
    first = write(load("reminder_1", "de"), context).blocks[0]
    assert first.kind == "paragraph"
    assert first.lines == ((Run(f"x{value}x,", bold=False),),)


def test_a_name_with_markup_is_shown_as_typed() -> None:
    rude = PERSON.__class__("person", "", "", "**<b>Elif", "{{ total }} ::pay", "", "A 1", "1", "B", "DE")
    mail = render_mail(facts_of("reminder_1", recipient=rude))
    assert "Guten Tag **<b>Elif {{ total }} ::pay," in mail.text
    assert "<b>" not in mail.html and "&lt;b&gt;Elif {{ total }} ::pay" in mail.html


def test_a_text_that_asks_for_an_unknown_fact_is_refused_not_left_blank() -> None:
    source = parse_source("trial", "de", "---\nclaims: all\nsubject: a\ntitle: b\npreview: c\n---\nHallo {{ unknown_fact }}\n")
    assert "unknown_fact" in used_names(source)
    with pytest.raises(TextBroken):
        write(source, flat(facts_of("reminder_1"), channel="email"))


@pytest.mark.parametrize(
    "body",
    [
        "{{ (1..100000000) | join: 'x' }}",
        "{% for a in (1..100000) %}{% for b in (1..100000) %}x{% endfor %}{% endfor %}",
        "{% include 'x' %}",
        "{% render 'x' %}",
        "{% assign s = 'aaaaaaaaaa' %}{% for i in (1..1000) %}{% assign s = s | append: s %}{% endfor %}{{ s }}",
        "{{ total | unknown_filter }}",
        "::unbekannt",
    ],
)
def test_a_hostile_or_broken_text_ends_quickly_with_a_reason(body: str) -> None:
    source = parse_source("trial", "de", f"---\nclaims: all\nsubject: a\ntitle: b\npreview: c\n---\n{body}\n")
    with pytest.raises(TextBroken):
        write(source, flat(facts_of("reminder_1"), channel="email"))


def test_an_unknown_text_is_a_named_error() -> None:
    with pytest.raises(TextMissing):
        load("../de/reminder_1", "de")


def test_all_facts_a_text_asks_for_are_known() -> None:
    known = set(flat(facts_of("receipt"), channel="email")) | set(flat(facts_of("answer_paid_already", claims=PARTIAL), channel="email"))
    known |= PARTICULARS
    optional = {name.removeprefix("has_") for name in known}
    for language in ("de", "en"):
        for family in FAMILIES:
            assert used_names(load(family, language)) <= known | optional
