"""课程 (courses): what everybody sees of a course: pages, videos, review and release.

Owns CoursePage, Video, CourseVersion. Not: anything of one learner (classes, attendance, exams).
"""
