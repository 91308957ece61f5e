from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate


class CoursesConfig(AppConfig):
    name = "courses"

    def ready(self) -> None:
        # Importing registers the rooms' job handlers.
        from courses.archives import jobs as archive_jobs  # noqa: F401
        from courses.catalogue import jobs as catalogue_jobs  # noqa: F401
        from courses.catalogue import listeners
        from courses.finding import jobs as finding_jobs  # noqa: F401
        from courses.health import jobs as health_jobs  # noqa: F401
        from courses.learning import jobs as learning_jobs  # noqa: F401
        from courses.permissions import give_editors_their_rights
        from courses.quizzes import jobs as quiz_jobs  # noqa: F401
        from courses.reminders import jobs as reminder_jobs  # noqa: F401
        from courses.tutoring import jobs as tutoring_jobs  # noqa: F401

        listeners.connect()
        # After "auth", the last of the apps concerned: by then all permission rows exist.
        post_migrate.connect(
            give_editors_their_rights,
            sender=apps.get_app_config("auth"),
            dispatch_uid="courses.editors",
        )
