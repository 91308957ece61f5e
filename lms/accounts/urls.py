"""Doors of the sign-in: only those of allauth that this system uses.

E-mail addresses, password resets by e-mail and sign-up forms have no address here: accounts
come from applying or from the registrar.
"""

from __future__ import annotations

from allauth.account import views as account
from django.urls import include, path

urlpatterns = [
    path("", account.request_login_code, name="account_request_login_code"),
    path("code/", account.confirm_login_code, name="account_confirm_login_code"),
    path("staff/", account.login, name="account_login"),
    path("out/", account.logout, name="account_logout"),
    path("inactive/", account.account_inactive, name="account_inactive"),
    path("again/", account.reauthenticate, name="account_reauthenticate"),
    path("password/", account.password_change, name="account_change_password"),
    path("closed/", account.signup, name="account_signup"),
    path("2fa/", include("allauth.mfa.urls")),
]
