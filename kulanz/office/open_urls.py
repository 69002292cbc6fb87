"""Addresses without login: the health check, and the inbox of the demo."""

from __future__ import annotations

from django.urls import path

from kulanz.office.views import running

urlpatterns = [
    path("health", running.health, name="health"),
    path("demo/inbox", running.inbox, name="demo_inbox"),
    path("demo/inbox/<str:key>", running.mail, name="demo_mail"),
    path("demo/inbox/<str:key>/body", running.mail_body, name="demo_mail_body"),
    path("demo/letters/<int:message_id>.pdf", running.letter, name="demo_letter"),
]
