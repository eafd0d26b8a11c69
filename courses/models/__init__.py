"""Tables of content: the page tree, videos, the question bank, submissions and immutable course versions."""

from courses.models.bank import KnowledgePoint, PartMedia, Question, QuestionAudio, QuestionVersion
from courses.models.media import Subtitle, Video
from courses.models.packages import CoursePackage
from courses.models.pages import (
    CHECKED,
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
from courses.models.versions import CourseSubmission, CourseVersion, LessonDocument, LessonFilm, LessonVersion

__all__ = [
    "CHECKED",
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
    "LessonFilm",
    "LessonKind",
    "LessonPage",
    "LessonVersion",
    "PartMedia",
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
