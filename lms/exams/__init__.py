"""测验与考试 (exams): whatever a learner answers. Owns Sitting, Answer. Not: the questions (courses)."""
