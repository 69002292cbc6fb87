"""Addresses for programs: webhooks of payment providers, and the API."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from kulanz.api import webhooks

app_name = "api"
urlpatterns: list[URLPattern | URLResolver] = [
    path("webhooks/<slug:provider>/<slug:endpoint_id>", webhooks.provider, name="webhook"),
]
