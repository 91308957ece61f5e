"""What the read API gives out: no name, no ID number, no phone. Field names are its contract."""

from __future__ import annotations

from rest_framework import serializers


class CohortSerializer(serializers.Serializer):  # type: ignore[type-arg]
    slug = serializers.CharField()
    name = serializers.CharField()
    year = serializers.IntegerField()
    college = serializers.CharField()
    starts_on = serializers.DateField()
    ends_on = serializers.DateField()
    tuition_fen = serializers.IntegerField()
    union_share_fen = serializers.IntegerField()


class FigureSerializer(serializers.Serializer):  # type: ignore[type-arg]
    """One class in one unit of the union; sums of the standing of its members."""

    cohort = serializers.CharField()
    unit_code = serializers.CharField()
    unit_name = serializers.CharField()
    students = serializers.IntegerField()
    started = serializers.IntegerField()
    finished = serializers.IntegerField()
    on_track = serializers.IntegerField()
    behind = serializers.IntegerField()
    waiting = serializers.IntegerField()
    away = serializers.IntegerField()
    mean_share = serializers.FloatField(help_text="0 to 1 of required units")


class StudentSerializer(serializers.Serializer):  # type: ignore[type-arg]
    """A student without name and numbers of the person; ``uuid`` stays the same for ever."""

    uuid = serializers.UUIDField()
    cohort = serializers.CharField(source="cohort.slug")
    programme = serializers.CharField(source="programme.code")
    unit_code = serializers.CharField(source="org_unit.code")
    occupation = serializers.CharField()
    status = serializers.CharField(help_text="enrolled, on_leave, withdrawn or graduated")
    matriculated_at = serializers.DateTimeField()
    standing = serializers.CharField(
        source="standing.state", default=None, allow_null=True,
        help_text="finished, on_track, behind, waiting, away; null before anything was opened",
    )  # fmt: skip
    share = serializers.FloatField(source="standing.share", default=None, allow_null=True)
    minutes_left = serializers.IntegerField(
        source="standing.minutes_left", default=None, allow_null=True
    )
    last_study_at = serializers.DateTimeField(
        source="standing.last_study_at", default=None, allow_null=True
    )


class PaidSerializer(serializers.Serializer):  # type: ignore[type-arg]
    """One payment of the union's fund for one student."""

    student = serializers.UUIDField(source="student.uuid")
    cohort = serializers.CharField(source="student.cohort.slug")
    unit_code = serializers.CharField(source="org_unit.code")
    instalment = serializers.IntegerField(source="instalment.no")
    amount_fen = serializers.IntegerField()
    year = serializers.IntegerField()
    at = serializers.DateTimeField()
