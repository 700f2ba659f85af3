"""What the Board of the demonstration is asked. Everything here is invented."""

from __future__ import annotations

from dataclasses import dataclass

from u4ssc_gov.board.rules import BallotType, Method
from u4ssc_gov.demo.cast import CHAIR_DAYS, VICE_CHAIR_DAYS


@dataclass(frozen=True, slots=True)
class Question:
    """One ballot. ``pattern``: a letter for each partner in the order of ¶18: y approve, c approve with comments, o
    abstain, x object, r recuse, n no objection, 1 or 2 the candidate it supports, - no answer.
    """

    type: BallotType
    method: Method
    title: str
    text: str
    opened_days_ago: int
    open_days: int
    pattern: str
    if_approved: str = ""
    if_not: str = ""
    papers: tuple[str, ...] = ()
    subject: str = ""  # title of the deliverable
    office: str = ""
    starts_in: int = 0  # days from today to the first day of the tenure that is voted on; the text names it by {period}
    nominators: tuple[str, ...] = ()
    reason: str = "The terms of use are not settled. We would agree once the Secretariat has cleared them."
    certified: bool = True
    referred: bool = False


CLOSED = (
    Question(
        BallotType.GUIDANCE,
        Method.VOTE,
        "Endorse the revised guidance for verifiers",
        "The Partners Board endorses the revised guidance for verifiers of the key performance indicators.",
        24,
        21,
        "yyyyyyoyycyyyoyy",
        certified=False,
    ),
    Question(
        BallotType.GUIDANCE,
        Method.SILENCE,
        "Publish the report on circular procurement in three languages",
        "The Partners Board asks the Secretariat to publish the report on circular procurement in English, French and "
        "Spanish.",
        36,
        19,
        "nn-n--n----n----",
    ),
    Question(
        BallotType.GUIDANCE,
        Method.VOTE,
        "Co-brand the Smart Harbours campaign",
        "The Partners Board supports the use of the initiative’s name in the Smart Harbours campaign.",
        50,
        19,
        "yxoyx-oxx-yox-yx",
    ),
    Question(
        BallotType.GUIDANCE,
        Method.SILENCE,
        "Invite cities to each working group",
        "The Partners Board asks Leaders to invite at least one city to each working group.",
        110,
        14,
        "n--n--n---------",
    ),
    Question(
        BallotType.APPOINTMENT,
        Method.ELECTION,
        "Elect a Vice-Chair for the second seat",
        "The Partners Board elects one Vice-Chair of U4SSC for a tenure of one year, {period}.",
        150,
        14,
        "1122112o21-21122",
        office="vice-chair",
        starts_in=VICE_CHAIR_DAYS - 365,
        nominators=("UNEP", "UNDP"),
        certified=False,
        referred=True,
    ),
    Question(
        BallotType.GUIDANCE,
        Method.VOTE,
        "Ask for one month more for comments on drafts",
        "The Partners Board asks leaders to give at least one month for comments on full drafts.",
        200,
        14,
        "y---y--y-----y-y",
    ),
    Question(
        BallotType.GUIDANCE,
        Method.VOTE,
        "Meet cities at the World Urban Forum",
        "The Partners Board asks the Secretariat to prepare a joint session with cities at the World Urban Forum.",
        330,
        21,
        "yyyyyyyyyy-yyyyy",
    ),
)
OPEN = (
    Question(
        BallotType.APPOINTMENT,
        Method.ELECTION,
        "Elect a Co-Chair for the second seat",
        "The Partners Board elects one Co-Chair of U4SSC for a tenure of one year, {period}.",
        10,
        14,
        "12-121oo1--21-2-",
        "The expert elected follows the Co-Chair in the second seat. No further step is needed.",
        "The seat falls vacant when the present tenure ends, and the Secretariat asks the partners for nominations.",
        ("Letter of nomination from ECLAC", "Letter of nomination from UNESCO"),
        office="co-chair",
        starts_in=CHAIR_DAYS,
        nominators=("ECLAC", "UNESCO"),
    ),
    Question(
        BallotType.DELIVERABLE,
        Method.VOTE,
        "Add a data-space annex to the guidelines on city platforms",
        "The Partners Board approves that the scope of the “Guidelines on interoperable city platforms” is widened by "
        "one annex on data spaces and that publication moves from March to April.",
        3,
        14,
        "yy-yc-yy--x-----",
        "The leader adds the annex to the work plan.",
        "The scope stays as it was approved.",
        ("Proposal of the leader",),
        subject="Guidelines on interoperable city platforms",
        reason="The annex would hold up the guidelines. We would rather see a separate paper on data spaces.",
    ),
    Question(
        BallotType.DELIVERABLE,
        Method.SILENCE,
        "Approve the final text on data spaces for local government",
        "The Partners Board approves the report “Data spaces for local government” as submitted.",
        4,
        14,
        "n----n---n------",
        "The Secretariat publishes the report.",
        "The report goes back to its leader.",
        ("Final text",),
        subject="Data spaces for local government",
    ),
    Question(
        BallotType.GUIDANCE,
        Method.SILENCE,
        "Accept sponsors for webinars",
        "The Partners Board agrees that webinars of the initiative may name sponsors on their first slide.",
        5,
        14,
        "n--n--x---------",
    ),
)
CURE = "A sentence that limits the use to the named event, cleared by the Secretariat."
COMMENTS = (
    "",
    "We ask that city participants are heard each month.",
    "",
    "We welcome the focus on smaller cities.",
    "",
    "",
    "Please share the timetable with all partners.",
    "",
)
