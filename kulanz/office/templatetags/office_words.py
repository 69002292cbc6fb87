"""Filters of the office's pages."""

from __future__ import annotations

from django import template

from kulanz.office.match_words import in_words

register = template.Library()


@register.filter
def match_reason(reason: str) -> str:
    """Why a bank line belongs where it does, in the language of the page."""
    return in_words(reason)
