"""What phones and tutors send."""

from __future__ import annotations

from uuid import uuid4

from django import forms

NOTE, QUESTION = "note", "question"


class RemarkForm(forms.Form):
    """A note or a question. Its length is the business of ``writing``, which says it in words.

    Without a script there is no unit, no second and no uuid: it is pinned to the lesson's beginning.
    """

    kind = forms.ChoiceField(choices=[(NOTE, NOTE), (QUESTION, QUESTION)])
    text = forms.CharField(required=False, max_length=20_000)
    unit = forms.UUIDField(required=False)
    at_s = forms.FloatField(required=False, min_value=0, max_value=86_400)
    uuid = forms.UUIDField(required=False)

    def clean_uuid(self) -> object:
        return self.cleaned_data["uuid"] or uuid4()


class ReplyForm(forms.Form):
    """A tutor's answer; ``uuid`` is made with the page, so that a second tap sends nothing new."""

    text = forms.CharField(required=False, max_length=20_000)
    uuid = forms.UUIDField()
