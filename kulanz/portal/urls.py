"""Addresses of the portal. Short, because people type them from paper."""

from __future__ import annotations

from django.urls import path

from kulanz.portal import views
from kulanz.portal.agreements import views as agreements
from kulanz.portal.checkouts import cash
from kulanz.portal.checkouts import views as checkouts
from kulanz.portal.direct_debits import views as debits
from kulanz.portal.together import views as together

app_name = "portal"
urlpatterns = [
    path("brand/<slug:key>.css", views.brand, name="brand"),
    path("leave", views.leave, name="leave"),
    path("left", views.left, name="left"),
    path("case/<uuid:public_id>/", views.overview, name="overview"),
    path("case/<uuid:public_id>/pay", views.pay, name="pay"),
    path("case/<uuid:public_id>/checkout", checkouts.begin, name="begin_checkout"),
    path("case/<uuid:public_id>/checkout/<uuid:checkout_id>", checkouts.back, name="checkout"),
    path("case/<uuid:public_id>/checkout/<uuid:checkout_id>/slip.pdf", cash.slip, name="slip"),
    path("case/<uuid:public_id>/checkout/<uuid:checkout_id>/again", cash.send_again, name="slip_again"),
    path("case/<uuid:public_id>/checkout/<uuid:checkout_id>/back", cash.hand_back, name="slip_back"),
    path("case/<uuid:public_id>/girocode.svg", views.girocode, name="girocode"),
    path("case/<uuid:public_id>/statement.pdf", views.statement, name="statement"),
    path("case/<uuid:public_id>/duties", views.duties, name="duties"),
    path("case/<uuid:public_id>/paid", views.paid, name="paid"),
    path("case/<uuid:public_id>/wrong", views.wrong, name="wrong"),
    path("case/<uuid:public_id>/plan", agreements.plan, name="plan"),
    path("case/<uuid:public_id>/plan/together", together.together, name="together"),
    path("case/<uuid:public_id>/later", agreements.later, name="later"),
    path("case/<uuid:public_id>/budget", agreements.budget, name="budget"),
    path("case/<uuid:public_id>/agreement", agreements.agreement, name="agreement"),
    path("case/<uuid:public_id>/agreement/shift", agreements.shift_one, name="shift"),
    path("case/<uuid:public_id>/agreement/end", agreements.end, name="end_agreement"),
    path("case/<uuid:public_id>/agreement/take", agreements.take_offer, name="take_offer"),
    path("case/<uuid:public_id>/agreement/calendar.ics", agreements.calendar, name="calendar"),
    path("case/<uuid:public_id>/debit", debits.debit, name="debit"),
    path("case/<uuid:public_id>/debit/again", debits.collect_again, name="debit_again"),
    path("case/<uuid:public_id>/debit/<int:collection_id>/cancel", debits.cancel, name="debit_cancel"),
    path("case/<uuid:public_id>/debit/revoke", debits.revoke, name="debit_revoke"),
    path("case/<uuid:public_id>/mandate/<uuid:mandate_id>.pdf", debits.mandate_file, name="mandate_file"),
    path("case/<uuid:public_id>/refund", debits.refund, name="refund"),
    path("case/<uuid:public_id>/refund/slip.pdf", cash.refund_slip, name="refund_slip"),
    path("<str:token>", views.enter, name="enter"),
]
