"""Addresses of the office."""

from __future__ import annotations

from django.urls import path

from kulanz.office.views import accounts, claims, debits, lapsing, money, money_out, proposals, refunds, running

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
    path("checkouts", checkouts.checkouts, name="checkouts"),
    path("checkouts/<uuid:public_id>/accept", checkouts.accept, name="accept_checkout"),
    path("checkouts/<uuid:public_id>/aside", checkouts.aside, name="set_aside_checkout"),
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
    path("client-money", money_out.overview, name="client_money"),
    path("client-money.csv", money_out.overview_file, name="client_money_file"),
    path("client-money/<int:creditor_id>", money_out.creditor_money, name="creditor_money"),
    path("remittances", money_out.runs, name="remittances"),
    path("remittances.csv", money_out.runs_file, name="remittances_file"),
    path("remittances/prepare", money_out.prepare_run, name="prepare_remittance"),
    path("remittances/<int:run_id>", money_out.remittance, name="remittance"),
    path("remittances/<int:run_id>/approve", money_out.approve_run, name="approve_remittance"),
    path("remittances/<int:run_id>/drop", money_out.drop_run, name="drop_remittance"),
    path("remittances/<int:run_id>/<str:what>", money_out.paper, name="remittance_paper"),
    path("direct", money_out.direct, name="direct"),
    path("direct.csv", money_out.direct_file, name="direct_file"),
    path("direct/<int:payment_id>/undo", money_out.undo_direct_payment, name="undo_direct"),
    path("datev", accounts.datev, name="datev"),
    path("datev/<int:export_id>.csv", accounts.datev_batch, name="datev_batch"),
    path("datev/<int:export_id>.txt", accounts.datev_sums, name="datev_sums"),
    path("datev/<int:export_id>/lock", accounts.lock_batch, name="lock_datev"),
    path("datev/<int:export_id>/discard", accounts.discard_batch, name="discard_datev"),
    path("doubtful", accounts.doubtful, name="doubtful"),
    path("doubtful.csv", accounts.doubtful_file, name="doubtful_file"),
    path("limitation", lapsing.limitation, name="limitation"),
    path("runs", running.runs, name="runs"),
    path("health", running.health_page, name="health"),
]
