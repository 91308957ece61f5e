"""A search through what is taught, and courses that are open to every member."""

import django.db.models.deletion
from django.db import migrations, models

import courses.finding.lookups

# The names stand here and in ``finding.lookups``: a migration imports nothing that may change.
SQLITE = (
    "CREATE VIRTUAL TABLE courses_passage_index USING fts5("
    "tokens, content='courses_passage', content_rowid='id', tokenize='ascii')",
    # The words never differ from the rows: the database itself carries every change over.
    "CREATE TRIGGER courses_passage_added AFTER INSERT ON courses_passage BEGIN "
    "INSERT INTO courses_passage_index(rowid, tokens) VALUES (new.id, new.tokens); END",
    "CREATE TRIGGER courses_passage_removed AFTER DELETE ON courses_passage BEGIN "
    "INSERT INTO courses_passage_index(courses_passage_index, rowid, tokens) "
    "VALUES ('delete', old.id, old.tokens); END",
    "CREATE TRIGGER courses_passage_changed AFTER UPDATE OF tokens ON courses_passage BEGIN "
    "INSERT INTO courses_passage_index(courses_passage_index, rowid, tokens) "
    "VALUES ('delete', old.id, old.tokens); "
    "INSERT INTO courses_passage_index(rowid, tokens) VALUES (new.id, new.tokens); END",
)
SQLITE_BACK = (
    "DROP TRIGGER courses_passage_changed",
    "DROP TRIGGER courses_passage_removed",
    "DROP TRIGGER courses_passage_added",
    "DROP TABLE courses_passage_index",
)
POSTGRES = (
    "CREATE INDEX courses_passage_tokens ON courses_passage "
    "USING gin (array_to_tsvector(string_to_array(tokens, ' ')))",
)
POSTGRES_BACK = ("DROP INDEX courses_passage_tokens",)


def _run(editor, sqlite, postgres):
    for statement in sqlite if editor.connection.vendor == "sqlite" else postgres:
        editor.execute(statement)


def build(apps, editor):
    _run(editor, SQLITE, POSTGRES)


def drop(apps, editor):
    _run(editor, SQLITE_BACK, POSTGRES_BACK)


class Migration(migrations.Migration):
    dependencies = [("courses", "0015_scans_sent_later")]

    operations = [
        migrations.AddField(
            model_name="coursepage",
            name="is_open",
            field=models.BooleanField(
                default=False,
                help_text="打开后，每位会员登录就能学，不用报名；不算专班的学分。已经有专班学员在学的课不能改，请复制一份。",
                verbose_name="职工学堂公开课",
            ),
        ),
        migrations.AddField(
            model_name="course",
            name="is_open",
            field=models.BooleanField(
                default=False,
                help_text="for everybody who signed in; counts for no degree",
            ),
        ),
        migrations.CreateModel(
            name="Passage",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.PositiveSmallIntegerField(
                        choices=[(1, "标题"), (2, "术语"), (3, "课文"), (4, "视频字幕")]
                    ),
                ),
                ("order", models.PositiveIntegerField(default=0)),
                ("text", models.TextField(help_text="as people read it")),
                (
                    "folded",
                    models.TextField(help_text="without width, case and needless blanks"),
                ),
                (
                    "tokens",
                    courses.finding.lookups.TokensField(
                        help_text="characters, pairs and words, separated by blanks"
                    ),
                ),
                (
                    "starts",
                    models.JSONField(
                        default=list,
                        help_text="of captions: [place in text, seconds] of each cue",
                    ),
                ),
                (
                    "course",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="passages",
                        to="courses.course",
                    ),
                ),
                (
                    "lesson",
                    models.ForeignKey(
                        help_text="none for what the course itself says",
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="passages",
                        to="courses.lesson",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        help_text="the video of captions",
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="passages",
                        to="courses.unit",
                    ),
                ),
            ],
            options={"ordering": ["lesson", "kind", "order", "id"]},
        ),
        migrations.RunPython(build, drop),
    ]
