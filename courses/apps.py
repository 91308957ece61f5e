from django.apps import AppConfig


class CoursesConfig(AppConfig):
    name = "courses"

    def ready(self) -> None:
        # Importing registers the rooms' job handlers.
        from courses.catalogue import listeners
        from courses.learning import jobs as learning_jobs  # noqa: F401
        from courses.tutoring import jobs as tutoring_jobs  # noqa: F401

        listeners.connect()
