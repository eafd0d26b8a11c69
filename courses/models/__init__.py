"""Tables of content: the page tree, videos, the question bank, submissions and immutable course versions."""

from courses.models.bank import KnowledgePoint, Question, QuestionAudio, QuestionVersion
from courses.models.media import Subtitle, Video
from courses.models.packages import CoursePackage
from courses.models.pages import (
    CatalogueIndexPage,
    CourseNature,
    CoursePage,
    HomePage,
    InstitutionPage,
    LessonKind,
    LessonPage,
    SectionPage,
)
from courses.models.reviews import ReviewChecklist, ReviewComment
from courses.models.transfers import CourseTransfer
from courses.models.uploads import Upload, UploadQuota
from courses.models.versions import CourseSubmission, CourseVersion, LessonDocument, LessonVersion

__all__ = [
    "CatalogueIndexPage",
    "CourseNature",
    "CoursePackage",
    "CoursePage",
    "CourseSubmission",
    "CourseTransfer",
    "CourseVersion",
    "HomePage",
    "InstitutionPage",
    "KnowledgePoint",
    "LessonDocument",
    "LessonKind",
    "LessonPage",
    "LessonVersion",
    "Question",
    "QuestionAudio",
    "QuestionVersion",
    "ReviewChecklist",
    "ReviewComment",
    "SectionPage",
    "Subtitle",
    "Upload",
    "UploadQuota",
    "Video",
]
