"""Addresses of the money room; part of the enrollment house's names."""

from __future__ import annotations

from django.urls import path

from enrollment.fees.views import desk, union

urlpatterns = [
    # For the registrar
    path("desk/fees/", desk.fees, name="fees"),
    path("desk/fees/<uuid:uuid>/", desk.student_fees, name="student_fees"),
    path("desk/fees/<uuid:uuid>/<slug:act>/", desk.fee_act, name="fee_act"),
    path("desk/fees/<slug:slug>/import/", desk.import_payments, name="import_payments"),
    path("desk/fees/<slug:slug>/finance.xlsx", desk.finance, name="finance"),
    # For officers
    path("desk/money/", union.money, name="money"),
    path("desk/money/fund/", union.set_fund, name="set_fund"),
    path("desk/money/finance.xlsx", union.money_workbook, name="money_workbook"),
    path("desk/money/<slug:slug>/", union.instalments, name="instalments"),
]
