"""Addresses of the office."""

from __future__ import annotations

from django.urls import path

from kulanz.office.views import claims, debits, lapsing, money, proposals, refunds, running

app_name = "office"
urlpatterns = [
    path("claims", claims.claims, name="claims"),
    path("claims/preview/<slug:key>", claims.preview, name="preview"),
    path("claims/preview/<slug:key>/problems.csv", claims.preview_problems, name="preview_problems"),
    path("claims/preview/<slug:key>/take", claims.take, name="take"),
    path("claims/<int:import_id>", claims.import_page, name="import"),
    path("claims/<int:import_id>/problems.csv", claims.import_problems, name="import_problems"),
    path("statements", money.statements, name="statements"),
    path("lines", money.lines, name="lines"),
    path("lines.csv", money.lines_file, name="lines_file"),
    path("lines/<int:line_id>/assign", money.assign_line, name="assign_line"),
    path("lines/<int:line_id>/ignore", money.ignore_line, name="ignore_line"),
    path("lines/<int:line_id>/undo", money.undo_line, name="undo_line"),
    path("decisions", proposals.proposals, name="proposals"),
    path("decisions/<int:proposal_id>", proposals.decide, name="decide_proposal"),
    path("debits", debits.debits, name="debits"),
    path("debits.csv", debits.debits_file, name="debits_file"),
    path("debits/submit", debits.submit_debits, name="submit_debits"),
    path("orders/<uuid:public_id>.xml", debits.order_file, name="order_file"),
    path("refunds", refunds.refunds, name="refunds"),
    path("refunds.csv", refunds.refunds_file, name="refunds_file"),
    path("refunds/<uuid:public_id>", refunds.decide_refund, name="decide_refund"),
    path("refunds/order/<int:creditor_id>", refunds.order_refund_file, name="order_refunds"),
    path("limitation", lapsing.limitation, name="limitation"),
    path("runs", running.runs, name="runs"),
    path("health", running.health_page, name="health"),
]
