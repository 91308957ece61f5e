"""The only file that joins the houses: who hears whose news."""

from __future__ import annotations

from lms.base import events


def join() -> None:
    """Subscribe every listener; called once when the apps are ready."""
    # Imported here: models are not ready when this module is read.
    from courses import api as courses
    from enrollment import api as enrollment
    from enrollment.applications import posters
    from enrollment.letters import news as letters
    from enrollment.own_data import collecting as own_data
    from media import api as media_api

    events.subscribe(enrollment.StudentMatriculated, courses.on_matriculated)
    events.subscribe(media_api.VideoPublished, courses.video_published)
    events.subscribe(enrollment.StudentMatriculated, letters.on_matriculated)
    posters.stations_come_from(courses.stations_of)
    own_data.also_in(courses.own_words_of, courses.own_shifts_of)
