from django.apps import AppConfig


class LmsConfig(AppConfig):
    name = "lms"
    verbose_name = "学历能力提升专班"

    def ready(self) -> None:
        # celery: without it the web would ring at a broker nobody configured.
        from lms import celery, checks, wiring  # noqa: F401 - registers checks, joins listeners
        from lms.accounts import jobs as account_jobs  # noqa: F401 - registers its handlers
        from lms.base import sentences
        from lms.keeping import jobs as keeping_jobs  # noqa: F401 - registers its handlers

        sentences.remember()
        wiring.join()
