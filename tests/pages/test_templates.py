"""What every template and style sheet keeps to, found by reading the files."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from lxml import etree

from kulanz.site import styles, translations

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted((ROOT / "kulanz").glob("*/templates/**/*.html"))
PAGES = [ROOT / "kulanz" / room for room in ("portal", "desk", "office", "site")]
# Each of these was read: a component renders a template of ours, whose autoescape is on.
MARK_SAFE_REVIEWED = {"kulanz/site/templatetags/kulanz_ui.py": 1}


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "kulanz")))
def test_a_template_has_no_inline_style_or_script_and_escapes(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"\sstyle=", text), "the policy forbids inline styles"
    assert not re.search(r"\son[a-z]+=", text), "the policy forbids inline handlers"
    assert not re.search(r"<script(?![^>]*\bsrc=)", text) and "javascript:" not in text
    assert "|safe" not in text and "autoescape off" not in text
    assert not re.search(r"\s[a-z-]+=\{\{", text), "an attribute without quotes can be broken out of"
    for name in re.findall(r"hx-(?:headers|vals|include|boost)(?!:)", text):
        pytest.fail(f"{name} is not passed on without :inherited in htmx 4")


def test_safe_strings_are_few_and_reviewed() -> None:
    found = {}
    for folder in PAGES:
        for path in folder.rglob("*.py"):
            count = len(re.findall(r"mark_safe\(|SafeString\(", path.read_text(encoding="utf-8")))
            if count:
                found[str(path.relative_to(ROOT))] = count
    assert found == MARK_SAFE_REVIEWED


def test_english_is_complete() -> None:
    assert translations.missing("en") == []


def test_english_keeps_every_placeholder() -> None:
    placeholder = re.compile(r"%\((\w+)\)[sd]")
    for message in translations.catalog("en"):
        if not message.id:
            continue
        german, english = (message.id, message.string) if isinstance(message.id, str) else (message.id[-1], message.string[-1])
        assert set(placeholder.findall(german)) == set(placeholder.findall(english)), german


def test_the_catalogue_has_no_text_that_left_the_pages() -> None:
    def keys(catalog: translations.Catalog) -> set[str]:
        return {message.id if isinstance(message.id, str) else message.id[0] for message in catalog if message.id}

    assert keys(translations.catalog("en")) == keys(translations.sources())


def test_a_text_inside_an_f_string_is_not_found_and_so_forbidden() -> None:
    for folder in PAGES:
        for path in folder.rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.JoinedStr):
                    names = {call.func.id for call in ast.walk(node) if isinstance(call, ast.Call) and isinstance(call.func, ast.Name)}
                    assert not names & {"_", "gettext", "ngettext"}, f"{path}:{node.lineno}"


def test_both_dark_themes_are_the_same() -> None:
    text = (styles.FOLDER / "tokens.css").read_text(encoding="utf-8")
    asked = re.search(r':not\(\[data-theme="light"\]\) \{(.*?)\}', text, re.DOTALL)
    chosen = re.search(r'\[data-theme="dark"\] \{(.*?)\}', text, re.DOTALL)
    assert asked and chosen
    assert asked[1].split() == chosen[1].split()


def luminance(colour: str) -> float:
    def linear(channel: int) -> float:
        share = channel / 255
        return share / 12.92 if share <= 0.04045 else float(((share + 0.055) / 1.055) ** 2.4)

    red, green, blue = (linear(int(colour[i : i + 2], 16)) for i in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_pair_of_colours_can_be_read(theme: str) -> None:
    text = (styles.FOLDER / "tokens.css").read_text(encoding="utf-8")
    block = re.search(r":root \{(.*?)\}" if theme == "light" else r'\[data-theme="dark"\] \{(.*?)\}', text, re.DOTALL)
    assert block
    token = dict(re.findall(r"--([a-z-]+): (#[0-9A-F]{6})", block[1]))
    for ink in ("ink", "muted", "primary", "attention", "danger", "information"):
        for ground in ("ground", "surface", "sunken"):
            assert contrast(token[ink], token[ground]) >= 4.5, (ink, ground)
    for ink, ground in [("primary", "tint"), ("ink", "tint"), ("on-primary", "primary"), ("on-primary", "primary-strong")]:
        assert contrast(token[ink], token[ground]) >= 4.5, (ink, ground)
    for name in ("attention", "danger", "information"):
        assert contrast(token[name], token[f"{name}-tint"]) >= 4.5 and contrast(token["ink"], token[f"{name}-tint"]) >= 4.5, name
    for ground in ("ground", "surface"):
        assert contrast(token["line"], token[ground]) >= 3, ground


def test_every_icon_that_is_used_is_in_the_sprite() -> None:
    sprite = etree.parse(ROOT / "kulanz/site/static/icons/lucide.svg")
    known = {symbol.get("id") for symbol in sprite.getroot()}
    used = {name for path in TEMPLATES for name in re.findall(r'\{% icon "([a-z0-9-]+)"', path.read_text(encoding="utf-8"))}
    assert used <= known


def test_a_mail_loads_nothing_from_elsewhere() -> None:
    # MJML fetches these fonts from a foreign server as soon as a stack names one: whoever opens the mail would be told on.
    layout = (ROOT / "kulanz/contact/rendering/templates/mail.mjml").read_text(encoding="utf-8")
    assert not re.search(r"Roboto|Open Sans|Droid Sans|Lato|Ubuntu|mj-font", layout)
