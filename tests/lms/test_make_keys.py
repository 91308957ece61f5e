from __future__ import annotations

import stat
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import override_settings

from lms.base.private import Keyring


def test_keys_are_made_once_and_only_for_their_owner(tmp_path: Path) -> None:
    with override_settings(KEYS_DIR=tmp_path / "keys", DEMO=False):
        call_command("make_keys")
        made = tmp_path / "keys" / "private.json"
        assert stat.S_IMODE(made.stat().st_mode) == 0o600
        ring = Keyring.load(tmp_path / "keys")
        with pytest.raises(CommandError, match="already"):
            call_command("make_keys")
        assert Keyring.load(tmp_path / "keys") == ring


def test_a_site_in_service_does_not_start_without_its_keys(tmp_path: Path) -> None:
    with override_settings(DEMO=False), pytest.raises(RuntimeError, match="Restore the keys"):
        Keyring.load(tmp_path)
