"""``./run manage alert_rules``: the alert rules as Prometheus reads them."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from lms.monitoring import alerts


class Command(BaseCommand):
    help = "Print the alert rules for Prometheus (deploy/prometheus/alerts.yml)."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(alerts.as_yaml(), ending="")
