"""The operator's pages of staff: who may do what, and what is done when a phone or a password is lost."""

from __future__ import annotations

from typing import Any, cast
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.core.validators import RegexValidator
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lms.accounts import policies, staffing
from lms.accounts.models import STAFF_ROLES, Grant, OrgUnit, Role, User
from lms.base import clock
from lms.base.errors import Refused

PAGE = 50
ROLES = [(role.value, role.label) for role in Role if role in STAFF_ROLES]


class RoleForm(forms.Form):
    """A role, and the unit within which it holds."""

    role = forms.ChoiceField(label=gettext_lazy("角色"), choices=ROLES)
    unit = forms.ModelChoiceField(
        label=gettext_lazy("所属工会"),
        queryset=OrgUnit.objects.none(),
        help_text=gettext_lazy("区工会干事只看得到所选区的人；其他角色选市总工会。"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        units = OrgUnit.objects.exclude(kind=OrgUnit.Kind.ENTERPRISE).order_by("path")
        cast(forms.ModelChoiceField, self.fields["unit"]).queryset = units

    def clean_role(self) -> Role:
        return Role(self.cleaned_data["role"])


class AccountForm(RoleForm):
    """Name and sign-in name of somebody new, with a first role."""

    name = forms.CharField(label=gettext_lazy("姓名"), max_length=100)
    username = forms.CharField(
        label=gettext_lazy("登录名"),
        min_length=3,
        max_length=40,
        help_text=gettext_lazy("3 个以上小写字母、数字、点或横线，例如 wang.li。"),
        validators=[
            RegexValidator(r"^[a-z0-9.-]+\Z", gettext_lazy("只用小写字母、数字、点或横线。"))
        ],
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none"}),
    )
    field_order = ("name", "username", "role", "unit")


def _me(request: HttpRequest) -> User:
    return cast(User, request.user)


def _person(uuid: UUID) -> User:
    return get_object_or_404(staffing.staff(), uuid=uuid)


@policies.roles(Role.OPERATOR)
@require_safe
def staff_list(request: HttpRequest) -> HttpResponse:
    """Everybody with a staff role, found by name or sign-in name."""
    asked = request.GET.get("q", "").strip()[:100]
    found = staffing.staff()
    if asked:
        found = found.filter(Q(name__icontains=asked) | Q(username__icontains=asked))
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    rows = [
        {"user": user, "roles": [_in_words(held) for held in user.held]}  # type: ignore[attr-defined]
        for user in page.object_list
    ]
    context = {
        "rows": rows,
        "page": page,
        "asked": asked,
        "page_base": f"?{urlencode({'q': asked})}&page=",
    }
    return render(request, "lms/desk/people.html", context)


def _in_words(held: Grant) -> str:
    unit = held.org_unit
    label = str(Role(held.role).label)
    return (
        label if unit is None or unit.kind == OrgUnit.Kind.CITY else f"{label} · {unit.short_name}"
    )


@policies.roles(Role.OPERATOR)
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def new_person(request: HttpRequest) -> HttpResponse:
    """A form; then the password, shown once."""
    form = AccountForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            opened = staffing.open_account(
                username=form.cleaned_data["username"],
                name=form.cleaned_data["name"],
                role=form.cleaned_data["role"],
                unit=form.cleaned_data["unit"],
                by=_me(request),
                at=clock.now(),
            )
        except staffing.NameTaken as refusal:
            form.add_error("username", str(refusal))
        except staffing.NeedsAUnit as refusal:
            form.add_error("unit", str(refusal))
        else:
            return _tell(request, opened)
    status = 400 if form.errors else 200
    return render(request, "lms/desk/person_new.html", {"form": form}, status=status)


def _tell(request: HttpRequest, opened: staffing.Opened) -> HttpResponse:
    """Not after a redirect: the password lies in no session and in no address."""
    context = {"person": opened.user, "password": opened.password}
    return render(request, "lms/desk/person_password.html", context)


@policies.roles(Role.OPERATOR)
@require_safe
@never_cache
def person(request: HttpRequest, uuid: UUID) -> HttpResponse:
    return _page(request, _person(uuid), RoleForm())


def _page(request: HttpRequest, user: User, form: RoleForm, *, status: int = 200) -> HttpResponse:
    context = {
        "person": user,
        "is_me": user.pk == _me(request).pk,
        "held": [(held, _in_words(held)) for held in user.held],  # type: ignore[attr-defined]
        "form": form,
    }
    return render(request, "lms/desk/person.html", context, status=status)


@policies.roles(Role.OPERATOR)
@require_POST
def give_role(request: HttpRequest, uuid: UUID) -> HttpResponse:
    user, form = _person(uuid), RoleForm(request.POST)
    if form.is_valid():
        try:
            staffing.give_role(
                user,
                form.cleaned_data["role"],
                unit=form.cleaned_data["unit"],
                by=_me(request),
                at=clock.now(),
            )
        except staffing.NeedsAUnit as refusal:
            form.add_error("unit", str(refusal))
        else:
            messages.success(request, _("已给 %(name)s 这个角色，马上生效。") % {"name": user})
            return redirect("desk:person", uuid=uuid)
    return _page(request, user, form, status=400)


@policies.roles(Role.OPERATOR)
@require_POST
def take_role(request: HttpRequest, uuid: UUID, pk: int) -> HttpResponse:
    held = get_object_or_404(Grant.objects.in_force(), pk=pk, user=_person(uuid))
    return _done(
        request, uuid, _("角色已收回，马上生效。"),
        lambda: staffing.take_role(held, by=_me(request), at=clock.now()),
    )  # fmt: skip


@policies.roles(Role.OPERATOR)
@require_POST
@never_cache
@sensitive_post_parameters()
def act(request: HttpRequest, uuid: UUID, act: str) -> HttpResponse:
    """One of the buttons below a person.

    Raises:
        Http404: there is no such button.
    """
    user, by, at = _person(uuid), _me(request), clock.now()
    if act == "password":
        try:
            return _tell(request, staffing.reset_password(user, by=by, at=at))
        except Refused as refusal:
            messages.error(request, str(refusal))
            return redirect("desk:person", uuid=uuid)
    acts = {
        "second-factor": (
            staffing.reset_second_factor,
            _("第二验证方式已清除，下次登录时重新设置。"),
        ),
        "sessions": (staffing.end_sessions, _("已从所有设备退出。")),
        "suspend": (staffing.suspend, _("账号已停用，并已从所有设备退出。")),
        "reinstate": (staffing.reinstate, _("账号已恢复。")),
    }
    if act not in acts:
        raise Http404
    work, words = acts[act]
    return _done(request, uuid, words, lambda: work(user, by=by, at=at))


def _done(request: HttpRequest, uuid: UUID, words: str, work: Any) -> HttpResponse:
    try:
        work()
        messages.success(request, words)
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect(reverse("desk:person", args=[uuid]))
