"""A creditor's own reminder: only what it really cost, and nothing for the one that first causes default."""

from __future__ import annotations

from kulanz.law.fees import Fee
from kulanz.law.reminders import ReminderQuestion


def reminder_fee(question: ReminderQuestion) -> Fee:
    """Material cost of a further letter up to the cap (BGH VIII ZR 95/18); no work, no computers, no flat profit."""
    if question.causes_default:
        return Fee(0, "§ 286 BGB: Die Mahnung, die den Verzug erst begründet, ist kein Verzugsschaden")
    if not question.by_letter:
        return Fee(0, "§ 280 BGB: Eine elektronische Mahnung verursacht keine Sachkosten")
    return Fee(min(question.material_cents, question.cap_cents), "§§ 280, 286 BGB: nur Sachkosten (BGH VIII ZR 95/18)")
