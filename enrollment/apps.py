from django.apps import AppConfig


class EnrollmentConfig(AppConfig):
    name = "enrollment"

    def ready(self) -> None:
        from enrollment.completion import jobs  # noqa: F401 - registers its handlers
