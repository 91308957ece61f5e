"""What the computer can check of an application, as ticks beside the photos."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from enrollment.applications import id_numbers, names
from enrollment.applications.models import Application, Evidence
from enrollment.applications.topics import NEEDED_PHOTOS
from enrollment.membership import register
from enrollment.membership import ticks as membership
from enrollment.registry.models import Student

YOUNGEST, OLDEST = 16, 60


@dataclass(frozen=True)
class Tick:
    """``state``: ok, look (a person should look), bad (does not fit the rules)."""

    label: str
    state: str
    text: str


@dataclass
class Known:
    """What other rows say about the people of a list; filled in four queries for all of them.

    ``members`` is None while the member register does not answer.
    """

    namesakes: dict[str, list[Application]] = field(default_factory=lambda: defaultdict(list))
    students: dict[str, str] = field(default_factory=dict)
    photos: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    members: register.Findings | None = None


def look_up(applications: Sequence[Application]) -> Known:
    """Duplicates by keyed hash, on the roll or a member already, photos that others handed in."""
    known = Known()
    lookups = {each.id_lookup for each in applications if each.id_lookup}
    for other in Application.objects.filter(id_lookup__in=lookups).only(
        "number", "state", "id_lookup", "uuid", "cohort_id"
    ):
        known.namesakes[other.id_lookup or ""].append(other)
    known.students = dict(
        Student.objects.filter(id_lookup__in=lookups).values_list("id_lookup", "student_no")
    )
    hashes = {photo.sha256 for each in applications for photo in each.evidence.all()}
    for sha256, owner in Evidence.objects.filter(sha256__in=hashes).values_list(
        "sha256", "application_id"
    ):
        known.photos[sha256].add(owner)
    known.members = register.ask({membership.sought(each) for each in applications})
    return known


def ticks(application: Application, known: Known) -> list[Tick]:
    """Every check of one application; no queries beyond its prefetched photos."""
    return [
        _identity(application),
        _name(application),
        _duplicates(application, known),
        _photos(application, known),
        _work(application),
        Tick(_("会员"), *membership.verdict(application, known.members)),
        _education(application),
        *_claims(application),
    ]


def open_points(found: Iterable[Tick]) -> int:
    """How many ticks a person must look at."""
    return sum(tick.state != "ok" for tick in found)


def _identity(application: Application) -> Tick:
    label = _("证件号码")
    try:
        number = id_numbers.parse(application.id_number.plain())
    except id_numbers.NotAnIdNumber as refusal:
        return Tick(label, "bad", str(refusal))
    age = number.age_on(application.cohort.closes_on)
    text = _("校验位正确，%(age)d 岁") % {"age": age}
    return Tick(label, "ok" if YOUNGEST <= age <= OLDEST else "look", text)


def _name(application: Application) -> Tick:
    if names.has_private_sign(application.name):
        return Tick(_("姓名"), "look", _("有自造字，请对照证件改成标准字"))
    return Tick(_("姓名"), "ok", _("用字规范"))


def _duplicates(application: Application, known: Known) -> Tick:
    label = _("重复报名")
    student_no = known.students.get(application.id_lookup or "")
    if student_no:
        return Tick(label, "bad", _("已是学员，学号 %(no)s") % {"no": student_no})
    others = [
        other
        for other in known.namesakes.get(application.id_lookup or "", [])
        if other.pk != application.pk and other.number
    ]
    if not others:
        return Tick(label, "ok", _("没有重复"))
    numbers = _("、").join(f"{other.number}（{other.get_state_display()}）" for other in others)
    return Tick(label, "look", _("同一证件还有 %(numbers)s") % {"numbers": numbers})


def _photos(application: Application, known: Known) -> Tick:
    label = _("照片")
    there = list(application.evidence.all())
    shared = [
        photo.get_kind_display()
        for photo in there
        if known.photos.get(photo.sha256, set()) - {application.pk}
    ]
    if shared:
        text = _("%(kinds)s与别人交的是同一张") % {"kinds": _("、").join(shared)}
        return Tick(label, "bad", text)
    missing = len(NEEDED_PHOTOS - {photo.kind for photo in there})
    if missing:
        return Tick(label, "look", _("还缺 %(count)d 张") % {"count": missing})
    return Tick(label, "ok", _("%(count)d 张") % {"count": len(there)})


def _work(application: Application) -> Tick:
    since = application.working_since
    if since is None:
        return Tick(_("从业"), "look", _("没有填从业年份"))
    text = _("%(year)d 年开始，%(work)s") % {"year": since.year, "work": application.occupation}
    return Tick(_("从业"), "ok", text)


def _education(application: Application) -> Tick:
    if application.education == Application.Education.COLLEGE:
        return Tick(_("学历"), "bad", _("已有大专及以上学历"))
    return Tick(_("学历"), "ok", application.get_education_display())


def _claims(application: Application) -> list[Tick]:
    claimed = []
    if application.hardship:
        claimed.append(Tick(_("困难职工"), "look", _("本人申报，请核对档案")))
    if application.model_worker:
        claimed.append(Tick(_("劳模先进"), "look", _("本人申报，请核对证书")))
    return claimed
