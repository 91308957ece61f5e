from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate


class MediaConfig(AppConfig):
    name = "media"

    def ready(self) -> None:
        from media import jobs  # noqa: F401 - registers its handlers
        from media.permissions import give_editors_their_rights

        # After "auth", the last of the apps concerned: by then all permission rows exist.
        post_migrate.connect(
            give_editors_their_rights,
            sender=apps.get_app_config("auth"),
            dispatch_uid="media.editors",
        )
