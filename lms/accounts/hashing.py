"""How passwords of staff are kept. Students have none: they sign in by phone."""

from __future__ import annotations

from django.contrib.auth.hashers import Argon2PasswordHasher


class StaffPasswordHasher(Argon2PasswordHasher):
    """Argon2id at some 40 ms of one core: above the least that OWASP asks (19 MiB, twice), on one lane.

    Django's own setting takes 100 MiB on eight lanes, a quarter of a second of processor time for
    every guess of a stranger: on two cores that is an attack on the class and not on a password.
    Passwords of the old setting are kept anew at the next sign-in. From 32 MiB on malloc takes fresh
    pages for every guess, which costs us a quarter more and a guesser nothing (decision 0045).
    """

    memory_cost = 31 * 1024
    time_cost = 2
    parallelism = 1
