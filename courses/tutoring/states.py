"""Which state a meeting may go to, and the statement that moves or holds it.

planned → published → running → done; planned and published may be cancelled.
"""

from __future__ import annotations

from django.db.models import F

from courses.tutoring.models import Meeting
from courses.tutoring.refusals import NotNow

State = Meeting.State
COMING = (State.PLANNED, State.PUBLISHED)
OPEN = (State.PUBLISHED, State.RUNNING)
LIVE = (State.PLANNED, State.PUBLISHED, State.RUNNING)
MOVES: dict[State, tuple[State, ...]] = {
    State.PUBLISHED: (State.PLANNED,),
    State.RUNNING: (State.PUBLISHED,),
    # Everybody may have signed in before the tutor pressed "start".
    State.DONE: (State.PUBLISHED, State.RUNNING),
    State.CANCELLED: COMING,
}


def move(meeting: Meeting, to: State) -> None:
    """Change the state with one conditional update: of two people exactly one succeeds.

    Raises:
        NotNow: the meeting is not in a state from which ``to`` is legal.
    """
    if not Meeting.objects.filter(pk=meeting.pk, state__in=MOVES[to]).update(state=to):
        raise refusal(meeting)
    meeting.state = to


def hold(meeting: Meeting, *expected: State) -> None:
    """Make sure of the state, and queue behind whoever moves this meeting's chairs now.

    An update that changes nothing still takes the row until the commit: chairs of one meeting
    are given and freed one after the other, so nobody waits while a chair stays empty. (That no
    chair has two people does not depend on it: unique constraints see to that.)

    Raises:
        NotNow: the meeting is in another state by now.
    """
    held = Meeting.objects.filter(pk=meeting.pk, state__in=expected)
    if not held.update(sequence=F("sequence")):
        raise refusal(meeting)
    # Time, place and seats may have changed since the caller's page was opened.
    meeting.refresh_from_db()


def refusal(meeting: Meeting) -> NotNow:
    meeting.refresh_from_db(fields=["state"])
    return NotNow(meeting, state=meeting.get_state_display())
