"""Addresses of the public calculators."""

from __future__ import annotations

from django.urls import path

from kulanz.portal.calculators import views

app_name = "law"
urlpatterns = [
    path("", views.index, name="index"),
    path("tables", views.tables, name="tables"),
    path("<slug:name>.json", views.answer_as_json, name="json"),
    path("<slug:name>", views.calculator, name="calculator"),
]
