from django.apps import AppConfig


class LmsConfig(AppConfig):
    name = "lms"
    verbose_name = "学历能力提升专班"

    def ready(self) -> None:
        from lms import checks, wiring  # noqa: F401 - registers checks, joins listeners

        wiring.join()
