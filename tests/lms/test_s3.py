"""Uploads, private files and films in a bucket, on a real S3 server (``.ci/run s3`` brings one)."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Iterator
from uuid import uuid4

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import Storage, storages

pytestmark = pytest.mark.s3
BODY = bytes(range(256)) * 16


@pytest.fixture(params=["default", "private", "videos"])
def store(request: pytest.FixtureRequest) -> Storage:
    return storages[request.param]


@pytest.fixture
def name(store: Storage) -> Iterator[str]:
    saved = store.save(f"{uuid4()}/第一讲.bin", ContentFile(BODY))
    yield saved
    store.delete(saved)


def test_what_was_saved_is_read_back(store: Storage, name: str) -> None:
    with store.open(name) as file:
        assert file.read() == BODY
    assert store.size(name) == len(BODY)


def test_a_second_file_of_the_same_name_overwrites_nothing(store: Storage, name: str) -> None:
    other = store.save(name, ContentFile(b"other"))
    try:
        assert other != name
        with store.open(name) as file:
            assert file.read() == BODY
    finally:
        store.delete(other)


def test_what_was_deleted_is_gone(store: Storage, name: str) -> None:
    store.delete(name)
    assert not store.exists(name)


def test_the_address_given_out_is_signed_and_ends(store: Storage, name: str) -> None:
    address = store.url(name)
    assert "Signature=" in address
    assert "Expires=" in address
    with urllib.request.urlopen(address) as answer:
        assert answer.read() == BODY


def test_a_player_may_ask_for_a_part(store: Storage, name: str) -> None:
    asked = urllib.request.Request(store.url(name), headers={"Range": "bytes=16-31"})
    with urllib.request.urlopen(asked) as answer:
        assert answer.status == 206
        assert answer.read() == BODY[16:32]


def test_a_name_that_was_never_saved_is_not_found(store: Storage) -> None:
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(store.url(f"{uuid4()}.bin"))
