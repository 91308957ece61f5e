from django.apps import AppConfig


class EnrollmentConfig(AppConfig):
    name = "enrollment"

    def ready(self) -> None:
        # Importing registers the rooms' job handlers.
        from enrollment.applications import jobs as applications_jobs  # noqa: F401
        from enrollment.completion import jobs as completion_jobs  # noqa: F401
        from enrollment.fees import jobs as fees_jobs  # noqa: F401
        from enrollment.letters import jobs as letters_jobs  # noqa: F401
        from enrollment.membership import jobs as membership_jobs  # noqa: F401
        from enrollment.own_data import jobs as own_data_jobs  # noqa: F401
        from enrollment.platform import access, jobs  # noqa: F401
