"""E-mails: one text, two forms (HTML that every mail program understands, and plain text that says the same)."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import css_inline
import mjml
from liquid import Environment, StrictUndefined
from markupsafe import Markup, escape

from kulanz.contact.errors import TextBroken
from kulanz.contact.rendering.brand import legible_primary
from kulanz.contact.rendering.context import flat
from kulanz.contact.rendering.duties import duty_words
from kulanz.contact.rendering.facts import MessageFacts
from kulanz.contact.rendering.format import grouped
from kulanz.contact.rendering.parts import Parts, Table, genuine_of, parts_of
from kulanz.contact.rendering.texts import Block, WrittenText, load, write

_LAYOUT = Path(__file__).parent / "templates" / "mail.mjml"
_INLINER = css_inline.CSSInliner(keep_style_tags=True, keep_at_rules=True, load_remote_stylesheets=False)


@dataclass(frozen=True, slots=True)
class RenderedMail:
    """A finished e-mail: subject line, HTML and plain text."""

    subject: str
    text: str
    html: str


def render_mail(facts: MessageFacts) -> RenderedMail:
    """Write an e-mail. Raises `TextBroken` rather than leave a gap."""
    parts = parts_of(facts)
    written = write(load(facts.template, facts.language), flat(facts, channel="email"))
    return RenderedMail(written.subject, _plain(facts, parts, written), _html(facts, parts, written))


def _html(facts: MessageFacts, parts: Parts, written: WrittenText) -> str:
    filled = _layout().render(
        language=facts.language,
        title=written.title,
        preview=written.preview,
        brand=legible_primary(facts.sender.brand_primary),
        creditor=facts.sender.name,
        groups=_groups(written, facts, parts),
        labels=parts.labels,
        total=parts.total,
        amount_label=_amount_label(facts, parts),
        due_words=parts.due_words,
        payment=[list(line) for line in parts.payment],
        ways=[{"label": way.label, "why": way.why, "url": way.url} for way in parts.ways],
        portal_url=facts.portal_url,
        genuine=_genuine(facts, parts),
        why=_why(facts, parts),
        imprint=parts.imprint,
        duties=[{"heading": one.heading, "lines": list(one.lines)} for one in parts.duties],
        duties_heading=duty_words(facts.language)["heading"],
        duties_intro=duty_words(facts.language)["intro"],
    )
    made = mjml.mjml2html(filled)
    if "<body" not in made:
        raise TextBroken("Das Gerüst der E-Mail ergab kein HTML.")
    return _INLINER.inline(made)


@lru_cache(maxsize=1)
def _layout() -> Any:
    """The frame around the text. It is ours, so it may loop over tables; every value in it is still escaped."""
    return Environment(undefined=StrictUndefined, autoescape=True).from_string(_LAYOUT.read_text(encoding="utf-8"))


def _groups(written: WrittenText, facts: MessageFacts, parts: Parts) -> list[dict[str, Any]]:
    """The blocks in the sections of the layout: what needs the whole width stands alone, what flows shares one section."""
    groups: list[dict[str, Any]] = []
    for block in written.blocks:
        if block.slot == "ways" or (block.slot == "amount" and facts.total_cents):
            groups.append({"wide": block.slot, "blocks": []})
        elif (made := _block(block, parts)) is not None:
            if not groups or groups[-1]["wide"]:
                groups.append({"wide": "", "blocks": []})
            groups[-1]["blocks"].append(made)
    return groups


def _block(block: Block, parts: Parts) -> dict[str, Any] | None:
    """A block as the layout knows it; None for a slot that has nothing to show here."""
    lines = [Markup("").join(_run(run.text, bold=run.bold) for run in line) for line in block.lines]
    match block.kind, block.slot:
        case "slot", "pay":
            return {"kind": "pay"} if parts.payment else None
        case "slot", ("claims" | "booked" | "plan") as slot:
            table = {"claims": parts.claims, "booked": parts.booked, "plan": parts.plan}[slot]
            return {"kind": "table", "table": _table(table), "heading": parts.labels[f"{slot}_heading"]} if table else None
        case "slot", _:
            return None
        case "list", _:
            return {"kind": "list", "html": Markup("").join(Markup("<li>{}</li>").format(line) for line in lines)}
        case kind, _:
            return {"kind": kind, "html": Markup("").join(lines)}


def _run(text: str, *, bold: bool) -> Markup:
    return Markup("<strong>{}</strong>").format(str(text)) if bold else escape(str(text))


def _table(table: Table) -> dict[str, Any]:
    def cell(index: int, text: str) -> dict[str, str]:
        first, _, rest = text.partition("\n")
        right = index in table.right
        return {
            "text": first,
            "sub": rest,
            "align": "right" if right else "left",
            "wrap": "white-space:nowrap" if right or index == 1 else "",
            # A phone shows which invoice and what is open; the columns between need the width of a desk.
            "class": "wide-only" if 2 <= index < len(table.columns) - 1 else "",
        }

    def row(texts: list[str]) -> list[dict[str, str]]:
        return [cell(index, text) for index, text in enumerate(texts)]

    return {
        "head": row(table.columns),
        "rows": [row(texts) for texts in table.rows],
        "total": row(table.total) if table.total else [],
        "notes": table.notes,
    }


def _amount_label(facts: MessageFacts, parts: Parts) -> str:
    upcoming = all(claim.due_on >= facts.day for claim in facts.claims)
    return parts.labels["amount_due" if upcoming else "amount_open"]


def _genuine(facts: MessageFacts, parts: Parts) -> str:
    agency = facts.sender.agency
    words = genuine_of(facts.sender, facts.language, "genuine")
    return words.format(creditor=facts.sender.name, reference=grouped(facts.reference), agency=agency.legal_name if agency else "")


def _why(facts: MessageFacts, parts: Parts) -> str:
    return parts.labels["why_you_get_this"].format(creditor=facts.sender.name, reference=grouped(facts.reference))


def _plain(facts: MessageFacts, parts: Parts, written: WrittenText) -> str:
    lines = [written.title, ""]
    for block in written.blocks:
        lines += [*_plain_block(block, facts, parts), ""]
    words = parts.labels
    if parts.duties:
        told = duty_words(facts.language)
        lines += [told["heading"], "", told["intro"], ""]
        lines += [line for one in parts.duties for line in (one.heading, *(f"- {line}" for line in one.lines), "")]
    lines += ["-- ", f"{words['genuine_heading']} {_genuine(facts, parts)}", "", _why(facts, parts), "", *parts.imprint]
    wrapped = [line if len(line) <= 78 or "http" in line else textwrap.fill(line, 78, break_on_hyphens=False) for line in lines]
    compact: list[str] = []
    for line in wrapped:
        if line or (compact and compact[-1]):
            compact.append(line)
    return "\n".join(compact).strip() + "\n"


def _plain_block(block: Block, facts: MessageFacts, parts: Parts) -> list[str]:
    words = parts.labels
    if block.kind != "slot":
        mark = "- " if block.kind == "list" else ""
        return [mark + "".join(run.text for run in line) for line in block.lines]
    match block.slot:
        case "amount" if facts.total_cents:
            return [f"{_amount_label(facts, parts)}: {parts.total} {parts.due_words}".strip()]
        case "pay" if parts.payment:
            return [
                f"{words['button']}: {facts.portal_url}",
                "",
                *(f"{label}: {value}" for label, value in parts.payment),
            ]
        case "claims" if parts.claims is not None:
            return [words["claims_heading"], *_plain_table(parts.claims)]
        case "booked" if parts.booked is not None:
            return [words["booked_heading"], *_plain_table(parts.booked)]
        case "plan" if parts.plan is not None:
            return [words["plan_heading"], *_plain_table(parts.plan)]
        case "ways":
            return [words["ways_heading"], *(f"- {way.label}: {way.url}" for way in parts.ways)]
        case _:
            return []


def _plain_table(table: Table) -> list[str]:
    """Rows as sentences of label and value: a text table breaks on a phone, and is read out as noise."""
    lines = []
    for row in table.rows:
        pairs = [f"{label} {cell}" for label, cell in zip(table.columns[1:], row[1:], strict=True) if cell and cell != "–"]
        lines.append(f"- {row[0].replace(chr(10), ', ')}: " + ", ".join(pairs))
    if table.total:
        lines.append(f"{table.total[0]}: {table.total[-1]}")
    return [*lines, *table.notes]
