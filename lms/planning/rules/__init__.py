"""What a study policy says: its numbers, their sentences, and which of them make sense. Pure."""

from lms.planning.rules.limits import STEPS, policy_problems, terms_problems
from lms.planning.rules.quizzes import QuizRules, exam_among
from lms.planning.rules.terms import CHECK_KINDS, StudyTerms
from lms.planning.rules.wording import RuleLine, clock_time, describe_terms

__all__ = [
    "CHECK_KINDS",
    "STEPS",
    "QuizRules",
    "RuleLine",
    "StudyTerms",
    "clock_time",
    "describe_terms",
    "exam_among",
    "policy_problems",
    "terms_problems",
]
