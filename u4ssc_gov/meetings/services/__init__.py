"""Writes of meetings and minutes: one use case a function, none commits (¶26d, ¶26e)."""

from u4ssc_gov.meetings.services.actions import complete_action
from u4ssc_gov.meetings.services.filing import check_may_write, file_minutes, remind_leaders, start_minutes
from u4ssc_gov.meetings.services.report import NoteConflict, OutcomeConflict, SaveReport
from u4ssc_gov.meetings.services.saving import save_minutes
from u4ssc_gov.meetings.services.scheduling import cancel_meeting, mark_not_held, schedule_meeting

__all__ = [
    "NoteConflict",
    "OutcomeConflict",
    "SaveReport",
    "cancel_meeting",
    "check_may_write",
    "complete_action",
    "file_minutes",
    "mark_not_held",
    "remind_leaders",
    "save_minutes",
    "schedule_meeting",
    "start_minutes",
]
