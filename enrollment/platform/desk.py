"""The operator's page of tokens and addresses: what may read, what is told, and ending both."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from enrollment.platform import hooks, tokens
from enrollment.platform.models import ApiToken, Delivery, Hook, Scope
from enrollment.views import asking
from lms.accounts import policies
from lms.accounts.models import OrgUnit, Role
from lms.base import clock
from lms.base.errors import Refused

_SHOWN = 20


class _UnitForm(forms.Form):
    unit = forms.CharField(
        label=gettext_lazy("范围（工会代码）"),
        max_length=12,
        help_text=gettext_lazy("只看得到这个工会和它下面的学员。"),
    )

    def __init__(self, *args: Any, reach: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.reach = reach

    def clean_unit(self) -> OrgUnit:
        unit = self.reach.filter(code__iexact=self.cleaned_data["unit"].strip()).first()
        if unit is None:
            raise forms.ValidationError(_("没有这个工会代码。"))
        return unit


class TokenForm(_UnitForm):
    name = forms.CharField(label=gettext_lazy("用途"), max_length=80)
    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("能读什么"), choices=Scope.choices, widget=forms.CheckboxSelectMultiple
    )
    days = forms.IntegerField(
        label=gettext_lazy("有效天数"), min_value=1, max_value=tokens.MOST_DAYS, initial=180
    )
    field_order = ["name", "unit", "scopes", "days"]


class HookForm(_UnitForm):
    url = forms.URLField(label=gettext_lazy("地址"), max_length=300, assume_scheme="https")
    field_order = ["url", "unit"]


def _forms(request: HttpRequest, kind: str = "") -> dict[str, Any]:
    reach = policies.units_of(asking.person(request), Role.OPERATOR)
    made = {"token": TokenForm, "hook": HookForm}
    return {
        name: form(request.POST if name == kind else None, reach=reach, auto_id=f"{name}_%s")
        for name, form in made.items()
    }


@policies.roles(Role.OPERATOR)
@require_safe
@never_cache
def platform(request: HttpRequest) -> HttpResponse:
    """Everything that reads or is told."""
    return _page(request, _forms(request))


def _page(
    request: HttpRequest, made: dict[str, Any], *, secret: str = "", status: int = 200
) -> HttpResponse:
    reach = policies.units_of(asking.person(request), Role.OPERATOR)
    now = clock.now()
    known = ApiToken.objects.filter(org_unit__in=reach).select_related("org_unit", "created_by")
    going = Hook.objects.filter(org_unit__in=reach, ended_at=None).select_related("org_unit")
    context = {
        "token_form": made["token"],
        "hook_form": made["hook"],
        "secret": secret,
        "tokens": [
            {
                "token": each,
                "scopes": _("、").join(
                    str(Scope(scope).label) for scope in each.scopes if scope in Scope.values
                ),
                "open": each.revoked_at is None and each.expires_at > now,
            }
            for each in known
        ],
        "hooks": going,
        "deliveries": Delivery.objects.filter(hook__org_unit__in=reach).select_related("hook")[
            :_SHOWN
        ],
    }
    return render(request, "enrollment/platform/page.html", context, status=status)


@policies.roles(Role.OPERATOR)
@require_POST
@never_cache
def platform_add(request: HttpRequest, kind: str) -> HttpResponse:
    """A new token or address; the answer shows its secret, once."""
    if kind not in ("token", "hook"):
        raise Http404
    made = _forms(request, kind)
    form = made[kind]
    if not form.is_valid():
        return _page(request, made, status=400)
    who: dict[str, Any] = {"by": asking.person(request), "at": clock.now()}
    try:
        if kind == "token":
            _token, secret = tokens.make(**form.cleaned_data, **who)
        else:
            values = form.cleaned_data
            _hook, secret = hooks.add(values["url"], unit=values["unit"], **who)
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return _page(request, made, status=400)
    return _page(request, _forms(request), secret=secret)


@policies.roles(Role.OPERATOR)
@require_POST
def platform_end(request: HttpRequest, kind: str, uuid: UUID) -> HttpResponse:
    """End a token or an address, at once."""
    reach = policies.units_of(asking.person(request), Role.OPERATOR)
    who: dict[str, Any] = {"by": asking.person(request), "at": clock.now()}
    if kind == "token":
        tokens.end(get_object_or_404(ApiToken, uuid=uuid, org_unit__in=reach), **who)
    elif kind == "hook":
        hooks.end(get_object_or_404(Hook, uuid=uuid, org_unit__in=reach), **who)
    else:
        raise Http404
    messages.success(request, _("已停用。"))
    return redirect("enrollment:platform")
