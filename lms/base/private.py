"""Private values: encrypted at rest, bound to their row, masked on screens, audited when revealed.

AES-256-GCM with the table, the row's ``uuid`` and the field as associated data, so that a
ciphertext moved to another row or column does not open. Keys live in ``KEYS_DIR``, never in
the database; each ciphertext names its key, so keys rotate without downtime. Look-ups go
through a keyed hash (HMAC-SHA-256) of the normalised value.
"""

from __future__ import annotations

import base64
import contextlib
import functools
import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.db import models

from lms.base import audit

_NONCE_BYTES = 12


@dataclass(frozen=True)
class Keyring:
    """Encryption keys by id (0–255), the id used for new values, and the look-up key."""

    keys: dict[int, bytes]
    current: int
    lookup: bytes

    @classmethod
    def load(cls, folder: Path) -> Keyring:
        """Read ``private.json``; make it on first start outside production."""
        path = folder / "private.json"
        if not path.exists():
            if not settings.DEMO:
                raise RuntimeError(
                    f"{path} is missing. Restore the keys from your backup, or run "
                    "`./run manage make_keys` on a new system; without them private data stays shut."
                )
            make_keys(folder)
        data = json.loads(path.read_text())
        return cls(
            keys={int(key_id): base64.b64decode(key) for key_id, key in data["keys"].items()},
            current=int(data["current"]),
            lookup=base64.b64decode(data["lookup"]),
        )


def make_keys(folder: Path) -> None:
    """Write a first key file (mode 0600); an existing one is left alone."""
    key = lambda: base64.b64encode(secrets.token_bytes(32)).decode()  # noqa: E731
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _write(folder, {"current": 1, "keys": {"1": key()}, "lookup": key()}, fresh=True)


def add_key(folder: Path) -> int:
    """Add a key and make it current; returns its id. Old values still open."""
    data = json.loads((folder / "private.json").read_text())
    key_id = max(map(int, data["keys"])) + 1
    data["keys"][str(key_id)] = base64.b64encode(secrets.token_bytes(32)).decode()
    data["current"] = key_id
    _write(folder, data, fresh=False)
    keyring.cache_clear()
    return key_id


def _write(folder: Path, data: dict[str, Any], *, fresh: bool) -> None:
    # Written beside and linked or renamed into place: two processes starting together
    # must end with one and the same key, and a crash must not leave half a file.
    beside = folder / f".private-{os.getpid()}-{secrets.token_hex(4)}.json"
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(data, file)
        file.flush()
        os.fsync(file.fileno())
    if fresh:
        with contextlib.suppress(FileExistsError):
            os.link(beside, folder / "private.json")
        beside.unlink()
    else:
        beside.replace(folder / "private.json")


@functools.cache
def keyring() -> Keyring:
    """The keys of this process, read once."""
    return Keyring.load(Path(settings.KEYS_DIR))


def lookup(plain: str) -> str:
    """The keyed hash by which a private value is found; 64 hexadecimal digits."""
    return hmac.new(keyring().lookup, plain.encode(), hashlib.sha256).hexdigest()


def seal(plain: str, *, context: str) -> bytes:
    """Encrypt; ``context`` names table, row and field and must be the same to open."""
    return seal_bytes(plain.encode(), context=context)


def seal_bytes(plain: bytes, *, context: str) -> bytes:
    """Encrypt a file's content; as ``seal``."""
    ring = keyring()
    nonce = secrets.token_bytes(_NONCE_BYTES)
    boxed = AESGCM(ring.keys[ring.current]).encrypt(nonce, plain, context.encode())
    return bytes([ring.current]) + nonce + boxed


def unseal(sealed: bytes, *, context: str) -> str:
    """Decrypt.

    Raises:
        cryptography.exceptions.InvalidTag: altered, or taken from another row or field.
        KeyError: the key it names is not in the key ring.
    """
    return unseal_bytes(sealed, context=context).decode()


def unseal_bytes(sealed: bytes, *, context: str) -> bytes:
    """Decrypt a file's content; raises as ``unseal``."""
    nonce, boxed = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
    key = keyring().keys[sealed[0]]
    return AESGCM(key).decrypt(nonce, boxed, context.encode())


def mask_all(plain: str) -> str:
    return "*" * min(len(plain), 8)


def mask_phone(plain: str) -> str:
    """``+8613812345678`` → ``138****5678``."""
    digits = plain.removeprefix("+86")
    return f"{digits[:3]}****{digits[-4:]}" if len(digits) >= 8 else mask_all(digits)


def mask_id_number(plain: str) -> str:
    """``11010519491231002X`` → ``1101**********002X``."""
    return f"{plain[:4]}{'*' * (len(plain) - 8)}{plain[-4:]}" if len(plain) > 8 else mask_all(plain)


def mask_name(plain: str) -> str:
    """``张小明`` → ``张*明``, ``李四`` → ``李*``; only the first and the last sign remain."""
    if len(plain) <= 1:
        return "*"
    return plain[0] + "*" * max(1, len(plain) - 2) + (plain[-1] if len(plain) > 2 else "")


class Secret:
    """A private value in memory. ``str()`` shows the mask; ``plain()`` must be asked for."""

    __slots__ = ("_field", "_owner", "_plain", "_sealed")

    def __init__(
        self, owner: models.Model, field: PrivateField, *, plain: str | None, sealed: bytes | None
    ) -> None:
        self._owner, self._field, self._plain, self._sealed = owner, field, plain, sealed

    def _context(self) -> str:
        return self._field.context(self._owner)

    def plain(self) -> str:
        """The value itself, for machine use (sending a message, printing a letter).

        For showing it to a person call ``reveal``, which writes the audit row.
        """
        if self._plain is None:
            self._plain = unseal(self._sealed, context=self._context()) if self._sealed else ""
        return self._plain

    @property
    def masked(self) -> str:
        return self._field.mask(self.plain()) if self else ""

    def sealed(self) -> bytes | None:
        """What the database keeps; made anew when the plain value was set."""
        if self._sealed is None and self._plain:
            self._sealed = seal(self._plain, context=self._context())
        return self._sealed

    def __bool__(self) -> bool:
        return bool(self._plain or self._sealed)

    def __str__(self) -> str:
        return self.masked

    def __repr__(self) -> str:
        return f"<Secret {self._field.name}>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self.plain() == other.plain()

    def __hash__(self) -> int:
        return hash(lookup(self.plain()))


class _Attribute:
    """Keeps a ``Secret`` on the instance whatever is assigned: text, bytes of the row, a Secret."""

    def __init__(self, field: PrivateField) -> None:
        self.field = field

    def __get__(self, instance: models.Model | None, owner: type[models.Model]) -> Any:
        if instance is None:
            return self
        name = self.field.attname
        if name not in instance.__dict__:
            instance.refresh_from_db(fields=[name])
        return instance.__dict__[name]

    def __set__(self, instance: models.Model, value: Any) -> None:
        plain: str | None = None
        sealed: bytes | None = None
        if isinstance(value, Secret):
            plain = value.plain() or None
        elif isinstance(value, str):
            plain = value or None
        elif value is not None:
            sealed = bytes(value)
        instance.__dict__[self.field.attname] = Secret(
            instance, self.field, plain=plain, sealed=sealed
        )


class PrivateField(models.Field):  # type: ignore[type-arg]
    """An encrypted text column; the model needs a ``uuid`` that is set at construction.

    Args:
        mask: turns the plain value into what screens show.
    """

    descriptor_class = _Attribute
    empty_strings_allowed = False

    def __init__(self, *args: Any, mask: Callable[[str], str] = mask_all, **kwargs: Any) -> None:
        kwargs.setdefault("null", True)
        kwargs.setdefault("blank", True)
        kwargs["editable"] = False
        super().__init__(*args, **kwargs)
        self.mask = mask

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("editable", None)
        return name, path, args, kwargs

    def get_internal_type(self) -> str:
        return "BinaryField"

    def get_placeholder(self, value: Any, compiler: Any, connection: Any) -> Any:
        return connection.ops.binary_placeholder_sql(value)

    def context(self, owner: models.Model) -> str:
        return f"{owner._meta.db_table}:{owner.uuid}:{self.name}"  # type: ignore[attr-defined]

    def pre_save(self, model_instance: models.Model, add: bool) -> bytes | None:
        secret: Secret = getattr(model_instance, self.attname)
        return secret.sealed()

    def get_prep_value(self, value: Any) -> bytes | None:
        if isinstance(value, Secret):
            return value.sealed()
        if isinstance(value, str):
            raise TypeError("A private value belongs to a row: assign it to the instance and save.")
        return value

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        value = super().get_db_prep_value(value, connection, prepared)
        return None if value is None else connection.Database.Binary(value)


class LookupField(models.CharField):  # type: ignore[type-arg]
    """Keyed hash of the private field ``of``, filled on save, for uniqueness and finding.

    When saving with ``update_fields``, name both fields.
    """

    def __init__(self, *args: Any, of: str = "", **kwargs: Any) -> None:
        kwargs["max_length"] = 64
        kwargs["editable"] = False
        kwargs.setdefault("null", True)
        super().__init__(*args, **kwargs)
        self.of = of

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        kwargs["of"] = self.of
        for fixed in ("max_length", "editable"):
            kwargs.pop(fixed, None)
        return name, path, args, kwargs

    def pre_save(self, model_instance: models.Model, add: bool) -> str | None:
        secret: Secret = getattr(model_instance, self.of)
        value = lookup(secret.plain()) if secret else None
        setattr(model_instance, self.attname, value)
        return value


def reveal(instance: models.Model, field: str, *, by: models.Model, why: str, at: datetime) -> str:
    """Show a private value to a person; the reveal is an audit row with its reason."""
    audit.record("private.revealed", by=by, on=instance, at=at, data={"field": field, "why": why})
    secret: Secret = getattr(instance, field)
    return secret.plain()


def reseal(instance: models.Model) -> bool:
    """Re-encrypt every private field of a row under the current key; true if anything changed."""
    changed = []
    for field in instance._meta.get_fields():
        if not isinstance(field, PrivateField):
            continue
        secret: Secret = getattr(instance, field.attname)
        sealed = secret.sealed()
        if sealed and sealed[0] != keyring().current:
            setattr(instance, field.attname, secret.plain())
            changed.append(field.attname)
    if changed:
        instance.save(update_fields=changed)
    return bool(changed)
