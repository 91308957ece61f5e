"""A roster against the register: what each line would do, before anything is done."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from enrollment.membership.entries import Entry, Reading
from enrollment.membership.models import Member, RosterRow
from lms.accounts.models import OrgUnit
from lms.base import private

Verdict = RosterRow.Verdict


class Known:
    """The members whom some lines may mean; two queries however many lines."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        entries = list(entries)
        ids = {private.lookup(each.id_number) for each in entries if each.id_number}
        phones = {private.lookup(each.phone) for each in entries if each.phone}
        members = Member.objects.select_related("unit", "district")
        self._by_id = {each.id_lookup: each for each in members.filter(id_lookup__in=ids)}
        self._by_phone: dict[str | None, list[Member]] = {}
        for each in members.filter(phone_lookup__in=phones):
            self._by_phone.setdefault(each.phone_lookup, []).append(each)

    def of(self, entry: Entry) -> tuple[Member | None, list[Member]]:
        """The member whom a line means, and others with the same phone."""
        same_phone = self._by_phone.get(private.lookup(entry.phone), []) if entry.phone else []
        if entry.id_number:
            member = self._by_id.get(private.lookup(entry.id_number))
            # A row that came without a number gets it now.
            bare = next((each for each in same_phone if not each.id_lookup), None)
            member = member or (bare if bare and bare.name == entry.name else None)
            return member, [each for each in same_phone if each != member]
        bare = next((each for each in same_phone if not each.id_lookup), None)
        only = same_phone[0] if len(same_phone) == 1 else None
        return bare or only, [] if bare or only else same_phone


class Comparison:
    """Judges the lines of one roster in their order.

    Args:
        units: those that the roster may fill, all within one city.
        other_units: the city's remaining ones, so that "not yours" can be told from "unknown".
        default: the unit of lines that name none; None where they must.
    """

    def __init__(
        self,
        units: Sequence[OrgUnit],
        *,
        other_units: Sequence[OrgUnit] = (),
        default: OrgUnit | None,
    ) -> None:
        self._default = default
        self._mine = {each.pk for each in units}
        self._units = {each.pk: each for each in (*units, *other_units)}
        self._by_name: dict[str, set[int]] = {}
        # One's own first: a short name that two districts use is taken for the own unit.
        for each in (*units, *other_units):
            for word in (each.name, each.short_name):
                pks = self._by_name.setdefault(word, set())
                if each.pk in self._mine or not pks & self._mine:
                    pks.add(each.pk)
        self._numbers: dict[str, int] = {}
        self._phones: dict[str, int] = {}
        self._bare_phones: dict[str, int] = {}

    def judge(self, readings: Sequence[Reading]) -> list[RosterRow]:
        """Rows without their roster, for some lines."""
        known = Known(each.entry for each in readings if not each.problems)
        return [self._judge(each, known) for each in readings]

    def _judge(self, reading: Reading, known: Known) -> RosterRow:
        entry = reading.entry
        row = RosterRow(row_no=reading.row_no, name=entry.name, masked=entry.masked)
        if reading.problems:
            unknown = self._unit(entry.unit, None)[1] if entry.unit else ""
            return _refused(row, *reading.problems, unknown)
        if twin := self._twin(entry, reading.row_no):
            return _refused(row, _("和第 %(row)d 行是同一个人，只留一行。") % {"row": twin})
        member, others = known.of(entry)
        if not entry.id_number and others:
            return _refused(row, _("这个手机号有几位会员在用，请补上证件号码。"))
        unit, problem = self._unit(entry.unit, member)
        if unit is None:
            return _refused(row, problem)
        if member is not None and member.unit_id not in self._mine:
            sentence = _("这个人在别的区的会员册里，转会请找市总工会办理。")
            return _refused(row, sentence)
        changes = differences(member, entry, unit) if member else []
        if member and not changes:
            row.verdict = Verdict.SAME
            return row
        row.entry, row.unit = entry.as_text(), unit
        row.member, row.member_version = member, member.version if member else None
        row.verdict = Verdict.CHANGED if member else Verdict.NEW
        if others:
            changes.append(_("手机号和另一位会员相同，请留意"))
        row.sentence = _("；").join(changes)[:500]
        return row

    def _twin(self, entry: Entry, row_no: int) -> int | None:
        """The earlier line of the same person, if there was one.

        Two people with numbers may share a phone; without a number the phone is the person.
        """
        if entry.id_number:
            first = self._numbers.setdefault(entry.id_number, row_no)
            twin = first if first != row_no else self._bare_phones.get(entry.phone)
        else:
            twin = self._phones.get(entry.phone)
            self._bare_phones.setdefault(entry.phone, row_no)
        if entry.phone:
            self._phones.setdefault(entry.phone, row_no)
        return twin

    def _unit(self, typed: str, member: Member | None) -> tuple[OrgUnit | None, str]:
        if not typed:
            # A line that names no unit does not move somebody who has one.
            unit = member.unit if member and member.unit_id in self._mine else self._default
            return unit, "" if unit else _("没有写所属工会，请填区工会或企业工会的名称。")
        pks = self._by_name.get(typed, set())
        if not pks:
            return None, _("没有叫“%(name)s”的工会，名称请照模板里的“工会名单”填。") % {
                "name": typed
            }
        mine = pks & self._mine
        if not mine:
            return None, _("“%(name)s”不在你负责的范围，只能导入本区的会员。") % {"name": typed}
        if len(mine) > 1:
            return None, _("有几个工会都叫“%(name)s”，请写全称。") % {"name": typed}
        return self._units[mine.pop()], ""


def _refused(row: RosterRow, *sentences: str) -> RosterRow:
    row.verdict, row.sentence = Verdict.REFUSED, "".join(sentences)[:500]
    return row


def differences(member: Member, entry: Entry, unit: OrgUnit) -> list[str]:
    """What the line would change, one phrase each; an empty cell changes nothing."""
    found = []
    if entry.name != member.name:
        found.append(_("姓名 %(was)s → %(now)s") % {"was": member.name, "now": entry.name})
    if entry.id_number and private.lookup(entry.id_number) != member.id_lookup:
        found.append(_("补上证件号码"))
    if entry.phone and private.lookup(entry.phone) != member.phone_lookup:
        was = str(member.phone) or _("没有")
        now = private.mask_phone(entry.phone)
        found.append(_("手机号 %(was)s → %(now)s") % {"was": was, "now": now})
    if unit.pk != member.unit_id:
        found.append(_("%(was)s → %(now)s") % {"was": member.unit.name, "now": unit.name})
    for label, day, new in (
        (_("入会日期"), member.member_since, entry.since),
        (_("退会日期"), member.left_on, entry.left_on),
    ):
        if new and new != day:
            before = date_format(day, "Y-m-d") if day else _("没有")
            after = date_format(new, "Y-m-d")
            found.append(f"{label} {before} → {after}")
    return found
