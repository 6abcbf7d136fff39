"""May I? A plan, the questions that can still change the answer, and the answer."""

from vermilion.desk.may_i.forms import At, advance
from vermilion.desk.may_i.interview import Asker, Clause, Question, next_question
from vermilion.desk.may_i.outcome import Cited, Found, Given, Outcome, Ruled, Unneeded, outcome
from vermilion.desk.may_i.plans import PLANS, Plan, Step, plan_of
from vermilion.desk.may_i.proposal import UNKNOWN, Answers, checked
from vermilion.desk.may_i.reading import read_answer

__all__ = [
    "PLANS",
    "UNKNOWN",
    "Answers",
    "Asker",
    "At",
    "Cited",
    "Clause",
    "Found",
    "Given",
    "Outcome",
    "Plan",
    "Question",
    "Ruled",
    "Step",
    "Unneeded",
    "advance",
    "checked",
    "next_question",
    "outcome",
    "plan_of",
    "read_answer",
]
