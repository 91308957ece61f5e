"""Applying by phone: the number, six short pages, a page to check, the receipt."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_safe

from enrollment.applications import consents, drafts, posters, topics
from enrollment.applications.forms import FORMS, StartForm, TopicForm
from enrollment.applications.models import Application
from enrollment.applications.topics import Topic
from enrollment.registry import intake
from enrollment.registry.intake import Intake
from enrollment.views import asking, summary
from enrollment.views.posters import POSTER_COOKIE
from lms.accounts import policies, signin
from lms.accounts.models import User
from lms.base import clock, money
from lms.base.errors import Refused, TooManyTries


@policies.public
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def apply(request: HttpRequest) -> HttpResponse:
    """What the class offers, what to have at hand, and the phone number to begin with."""
    now = clock.now()
    form = StartForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            return signin.send_code(
                request, form.cleaned_data["phone"], next_url=reverse("enrollment:begin")
            )
        except TooManyTries as refusal:
            form.add_error(None, str(refusal))
    open_now = intake.open_intake(now)
    context: dict[str, Any] = {
        "form": form,
        "intake": open_now,
        "has_phone": isinstance(request.user, User) and bool(request.user.phone),
    }
    if open_now is not None:
        context |= _offer(open_now, days_left=open_now.days_left(now))
    status = 400 if form.is_bound else 200
    return render(request, "enrollment/apply/start.html", context, status=status)


_ICONS = {"LOG": "truck", "NM": "megaphone", "EC": "cart"}


def _offer(found: Intake, *, days_left: int) -> dict[str, Any]:
    """The intake in figures and lists."""
    return {
        "figures": [
            {"label": _("还剩名额"), "figure": found.places_left, "unit": _("个")},
            {"label": _("自己出学费"), "figure": money.yuan(found.own_share_fen), "unit": _("元")},
            {"label": _("离截止还有"), "figure": days_left, "unit": _("天")}
            if days_left
            else {"label": _("报名截止"), "figure": _("今天"), "unit": ""},
        ],
        "programmes": [
            {
                "icon": _ICONS.get(row.programme.code, "book"),
                "text": row.programme.title,
                "note": _("还剩 %(left)d 个名额") % {"left": row.left}
                if row.left
                else _("名额已满，可以候补"),
            }
            for row in found.per_programme
        ],
        "cost": _cost(found),
        "prepare": [
            {"icon": "person", "text": _("身份证")},
            {"icon": "certificate", "text": _("高中、职高、中专或技校毕业证")},
            {"icon": "image", "text": _("平台接单页面的截图，或工牌")},
        ],
    }


def _cost(found: Intake) -> list[dict[str, str]]:
    """From the tuition to what one pays oneself; lines of nothing are left out."""
    cohort = found.cohort
    lines = (
        (_("全程学费"), found.tuition_fen),
        (_("工会资助"), -found.union_share_fen),
        (_("院校减免"), -cohort.college_discount_fen),
        (_("自己出"), found.own_share_fen),
    )
    return [
        {
            "label": label,
            "value": _("%(amount)s 元") % {"amount": money.yuan(fen).replace("-", "−")},
        }
        for label, fen in lines
        if fen
    ]


@policies.signed_in
@require_GET
@never_cache
def begin(request: HttpRequest) -> HttpResponseRedirect:
    """After the code: on with the draft that is there, or a new one."""
    user, now = asking.person(request), clock.now()
    known = asking.own_application(request)
    open_now = intake.open_intake(now)
    is_free = known is None or (open_now and drafts.may_begin_another(known, at=now))
    if known is not None and not is_free:
        if known.state in drafts.EDITABLE:
            return redirect(_where_to(known))
        return redirect("enrollment:my_application")
    if not user.phone:
        messages.error(request, _("你现在用工作账号登录着。报名请先退出，再用手机号登录。"))
        return redirect("enrollment:apply")
    if open_now is None:
        raise drafts.IntakeClosed(user)
    poster = posters.by_code(request.COOKIES.get(POSTER_COOKIE, ""))
    if poster is not None and poster.cohort_id != open_now.cohort.pk:
        poster = None
    begun = drafts.start(user, open_now.cohort, by=user, at=now, poster=poster)
    return redirect(_where_to(begun))


def _where_to(application: Application, *, after: Topic | None = None) -> str:
    """The next page that lacks something, or the page to check."""
    lacking = topics.missing_of(application)
    if not lacking:
        return reverse("enrollment:check")
    places = {topic: place for place, topic in enumerate(topics.ORDER)}
    later = (topic for topic in lacking if after is None or places[topic] > places[after])
    return reverse("enrollment:topic", args=[next(later, lacking[0])])


def _editable(request: HttpRequest) -> Application | None:
    application = asking.own_application(request)
    if application is None or application.state not in drafts.EDITABLE:
        return None
    return application


def _back_url(request: HttpRequest, topic: Topic) -> str:
    if "check" in request.GET:
        return reverse("enrollment:check")
    earlier = topics.before(topic)
    return reverse("enrollment:topic", args=[earlier]) if earlier else reverse("enrollment:apply")


@policies.signed_in
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def topic_page(request: HttpRequest, topic: str) -> HttpResponse:
    """One of the short pages; a POST with ``keep`` saves what was typed as the page is left."""
    if topic not in Topic.values:
        raise Http404
    application = _editable(request)
    if application is None:
        return redirect("enrollment:my_application")
    if topic == Topic.PHOTOS:
        return _photos_page(request, application)
    form = _form(request, application, Topic(topic))
    if request.method == "POST":
        valid = form.is_valid()
        if "keep" in request.GET:
            return _keep(request, form)
        if "more" in request.POST:
            _keep(request, form)
            return redirect(f"{request.path}?all")
        if valid:
            form.save(by=asking.person(request), at=clock.now())
            return redirect(_where_to(application, after=form.topic))
    return render(
        request,
        "enrollment/apply/topic.html",
        _page(request, application, form.topic) | {"form": form},
        status=400 if form.errors else 200,
    )


def _form(request: HttpRequest, application: Application, topic: Topic) -> TopicForm:
    """The page's form: brief while its last question is open and nobody asked for all of it."""
    make = FORMS[topic]
    if request.method == "POST":
        brief = "brief" in request.POST
    else:
        brief = not {"check", "all"} & request.GET.keys() and make.may_be_brief(application)
    today = clock.local_date(clock.now())
    return make(application, request.POST or None, today=today, brief=brief)


def _keep(request: HttpRequest, form: TopicForm) -> HttpResponse:
    try:
        form.save(by=asking.person(request), at=clock.now())
    except Refused:  # nobody is looking any more; the next visit shows what was kept
        return HttpResponse(status=409)
    return HttpResponse(status=204)


def _page(request: HttpRequest, application: Application, topic: Topic) -> dict[str, Any]:
    return {
        "application": application,
        "topic": topic,
        "step_labels": [str(each.label) for each in topics.ORDER],
        "step": topics.ORDER.index(topic) + 1,
        "back_url": _back_url(request, topic),
        "from_check": "check" in request.GET,
    }


def _photos_page(request: HttpRequest, application: Application) -> HttpResponse:
    photos = summary.photo_fields(application)
    lacking = [photo for photo in photos if photo.needed and not photo.image_url]
    if request.method == "POST":
        if not lacking:
            return redirect(_where_to(application, after=Topic.PHOTOS))
        errors = [
            {"text": _("还差：%(what)s") % {"what": photo.label}, "href": f"#photo-{photo.kind}"}
            for photo in lacking
        ]
    else:
        errors = []
    return render(
        request,
        "enrollment/apply/photos.html",
        _page(request, application, Topic.PHOTOS) | {"photos": photos, "errors": errors},
        status=400 if errors else 200,
    )


@policies.signed_in
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def check(request: HttpRequest) -> HttpResponse:
    """Everything once more with links to change it; the button that submits."""
    application = _editable(request)
    if application is None:
        return redirect("enrollment:my_application")
    error = ""
    if request.method == "POST":
        try:
            drafts.submit(application, by=asking.person(request), at=clock.now())
        except drafts.Incomplete as refusal:
            asking.say(request, refusal)
            return redirect(_where_to(application))
        except Refused as refusal:
            error = str(refusal)
        else:
            return redirect("enrollment:my_application")
    return render(
        request,
        "enrollment/apply/check.html",
        {
            "application": application,
            "sections": summary.sections(application),
            "photos": summary.own_photos(application),
            "back_url": reverse("enrollment:topic", args=[Topic.PHOTOS]),
            "lacking": topics.missing_of(application),
            "errors": [{"text": error}] if error else [],
        },
        status=409 if error else 200,
    )


@policies.public
@require_safe
def consent_text(request: HttpRequest, version: str = consents.CURRENT) -> HttpResponse:
    """The full text of the consent, in the version that a person was shown."""
    if version not in consents.VERSIONS:
        raise Http404
    context = {"text_template": consents.template(version), "version": version}
    return render(request, "enrollment/apply/consent.html", context)
