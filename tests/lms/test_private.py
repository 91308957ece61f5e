from __future__ import annotations

import pytest
from cryptography.exceptions import InvalidTag
from django.conf import settings
from django.db import connection, transaction

from lms.accounts.models import User
from lms.base import audit, private
from tests import people

pytestmark = pytest.mark.django_db
PHONE = "+8613812345678"


@pytest.fixture
def rider() -> User:
    return User.objects.create(username="r", name="阿怡", phone=PHONE)


def test_a_private_value_comes_back_and_shows_only_its_mask(rider: User) -> None:
    again = User.objects.get(pk=rider.pk)
    assert again.phone.plain() == PHONE
    assert str(again.phone) == "138****5678"


def test_the_database_holds_no_plain_value(rider: User) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT phone, phone_lookup FROM lms_user WHERE id = %s", [rider.pk])
        phone, lookup = cursor.fetchone()
    assert b"13812345678" not in bytes(phone)
    assert "13812345678" not in lookup


def test_it_is_found_by_its_keyed_hash(rider: User) -> None:
    assert User.objects.get(phone_lookup=private.lookup(PHONE)) == rider


def test_a_ciphertext_moved_to_another_row_does_not_open(rider: User) -> None:
    other = User.objects.create(username="o", phone="+8613900000000")
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE lms_user SET phone = (SELECT phone FROM lms_user WHERE id = %s) WHERE id = %s",
            [rider.pk, other.pk],
        )
    with pytest.raises(InvalidTag):
        User.objects.get(pk=other.pk).phone.plain()


def test_an_empty_value_is_false_and_stays_null(db: None) -> None:
    user = User.objects.create(username="n")
    assert not User.objects.get(pk=user.pk).phone
    assert user.phone_lookup is None


def test_keys_rotate_and_old_values_still_open(rider: User) -> None:
    new = private.add_key(settings.KEYS_DIR)
    again = User.objects.get(pk=rider.pk)
    assert again.phone.plain() == PHONE
    assert private.reseal(again)
    assert bytes(User.objects.values_list("phone", flat=True).get(pk=rider.pk))[0] == new
    assert User.objects.get(pk=rider.pk).phone.plain() == PHONE


def test_a_reveal_leaves_an_audit_row_with_its_reason(rider: User) -> None:
    with transaction.atomic():
        plain = private.reveal(rider, "phone", by=rider, why="回访", at=people.AT)
    assert plain == PHONE
    entry = audit.trail(rider).get()
    assert (entry.action, entry.data["why"]) == ("private.revealed", "回访")


def test_audit_rows_are_neither_changed_nor_deleted(rider: User) -> None:
    with transaction.atomic():
        entry = audit.record("x.done", by=rider, on=rider, at=people.AT, data={"name": "阿怡"})
    with pytest.raises(TypeError):
        entry.save()
    with pytest.raises(TypeError):
        audit.AuditEntry.objects.filter(pk=entry.pk).update(action="y")
    with pytest.raises(TypeError):
        audit.AuditEntry.objects.all().delete()
    assert audit.scrub(rider) == 1
    assert audit.trail(rider).get().data == {}


@pytest.mark.parametrize(
    ("plain", "masked"),
    [("张", "*"), ("李四", "李*"), ("张小明", "张*明"), ("阿卜杜·买买提", "阿*****提")],
)
def test_names_are_masked(plain: str, masked: str) -> None:
    assert private.mask_name(plain) == masked
