"""The only file that joins the houses: who hears whose news."""

from __future__ import annotations


def join() -> None:
    """Subscribe every listener; called once when the apps are ready."""
