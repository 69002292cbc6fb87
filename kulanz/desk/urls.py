"""Addresses of the desk."""

from __future__ import annotations

from django.urls import path

from kulanz.desk import agreement_views, booking_views, debit_views, limitation_views, views

app_name = "desk"
urlpatterns = [
    path("login", views.Login.as_view(), name="login"),
    path("logout", views.Logout.as_view(), name="logout"),
    path("", views.worklist, name="worklist"),
    path("worklist.csv", views.worklist_file, name="worklist_file"),
    path("search", views.search, name="search"),
    path("cases/<uuid:public_id>/", views.case, name="case"),
    path("cases/<uuid:public_id>/account", views.case, {"tab": "account"}, name="account"),
    path("cases/<uuid:public_id>/two-views", views.case, {"tab": "views"}, name="views"),
    path("cases/<uuid:public_id>/bookings", booking_views.book, name="bookings"),
    path("cases/<uuid:public_id>/bookings/<int:entry_id>/undo", booking_views.undo, name="undo_booking"),
    path("cases/<uuid:public_id>/joint/<uuid:debtor_id>", booking_views.joint_link, name="joint_link"),
    path("cases/<uuid:public_id>/terms", booking_views.terms, name="terms"),
    path("cases/<uuid:public_id>/agreement", agreement_views.agreement, name="agreement"),
    path("cases/<uuid:public_id>/agreement/plan", agreement_views.plan, name="agree_plan"),
    path("cases/<uuid:public_id>/agreement/day", agreement_views.one_day, name="agree_day"),
    path("cases/<uuid:public_id>/agreement/offer", agreement_views.settlement, name="offer_settlement"),
    path("cases/<uuid:public_id>/agreement/decide", agreement_views.decide_settlement, name="decide_settlement"),
    path("cases/<uuid:public_id>/agreement/change", agreement_views.change, name="change_agreement"),
    path("cases/<uuid:public_id>/agreement/bundle", agreement_views.bundle, name="bundle"),
    path("cases/<uuid:public_id>/limitation", limitation_views.limitation, name="limitation"),
    path("cases/<uuid:public_id>/limitation/begin", limitation_views.begin, name="begin_negotiations"),
    path("cases/<uuid:public_id>/limitation/<str:source>/end", limitation_views.end, name="end_negotiations"),
    path("cases/<uuid:public_id>/limitation/<str:source>/undo", limitation_views.take_back, name="take_negotiations_back"),
    path("cases/<uuid:public_id>/debits", debit_views.debits, name="debits"),
    path("cases/<uuid:public_id>/debits/offer", debit_views.offer, name="offer_mandate"),
    path("cases/<uuid:public_id>/debits/revoke", debit_views.revoke, name="revoke_mandate"),
    path("cases/<uuid:public_id>/statement.pdf", views.statement, name="statement"),
    path("cases/<uuid:public_id>/messages", views.case, {"tab": "messages"}, name="messages"),
    path("cases/<uuid:public_id>/decisions", views.case, {"tab": "decisions"}, name="decisions"),
    path("cases/<uuid:public_id>/holds", views.place_hold, name="place_hold"),
    path("cases/<uuid:public_id>/holds/<int:hold_id>/lift", views.lift_hold, name="lift_hold"),
    path("cases/<uuid:public_id>/holds/<int:hold_id>/undo", views.undo_hold, name="undo_hold"),
    path("cases/<uuid:public_id>/decide", views.decide, name="decide"),
    path("messages/<int:message_id>/arrived", views.arrived, name="arrived"),
    path("messages/<int:message_id>/again", views.again, name="again"),
    path("messages/<int:message_id>/letter.pdf", views.letter, name="letter"),
]
