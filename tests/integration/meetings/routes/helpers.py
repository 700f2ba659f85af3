"""What the tests of these pages share."""

from __future__ import annotations

MEETING = "/deliverables/D-26-04/e-meetings/7"


EDIT = "/deliverables/D-26-04/minutes/7/edit"


AUTOSAVE = "/deliverables/D-26-04/minutes/7/autosave"


JSON = {"Accept": "application/json"}


def world_officer(world):
    person = world.officer()
    world.commit()
    return person
