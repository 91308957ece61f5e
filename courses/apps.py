from django.apps import AppConfig


class CoursesConfig(AppConfig):
    name = "courses"

    def ready(self) -> None:
        from courses.tutoring import jobs  # noqa: F401 - registers its handlers
