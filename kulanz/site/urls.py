"""All addresses. Portal first: it is what people in trouble type in by hand."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = []
