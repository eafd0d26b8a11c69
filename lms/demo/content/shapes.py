"""What a course's text consists of."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from lms.kernel.hours import class_hours

HOUR_MINUTES = 45


@dataclass(frozen=True, slots=True)
class Slide:
    """One picture of a film: shown for `seconds` while `said` stands in the subtitles."""

    heading: str
    points: tuple[str, ...]
    said: str
    seconds: int = 10


@dataclass(frozen=True, slots=True)
class FilmText:
    """A video lesson."""

    title: str
    slides: tuple[Slide, ...]
    is_sample: bool = False
    has_popup: bool = False

    @property
    def seconds(self) -> int:
        """Return how long the film runs."""
        return sum(slide.seconds for slide in self.slides)


@dataclass(frozen=True, slots=True)
class ArticleText:
    """A text to read and to work through: (kind, text) in order, kinds as in courses.blocks.TextBody; a film by its title."""

    title: str
    minutes: int
    body: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class PracticeText:
    """Practice at a place: what is done there, as an article's body; `minutes` is what it is worth."""

    title: str
    minutes: int
    body: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Question:
    """A question: options whose text begins with * are right."""

    kind: str
    stem: str
    options: tuple[str, ...]
    explanation: str


@dataclass(frozen=True, slots=True)
class QuizText:
    """A quiz lesson."""

    title: str
    questions: tuple[Question, ...]


@dataclass(frozen=True, slots=True)
class SectionText:
    """A section and its lessons."""

    title: str
    lessons: tuple[FilmText | ArticleText | PracticeText | QuizText, ...]


@dataclass(frozen=True, slots=True)
class CourseText:
    """A course."""

    key: str
    title: str
    occupation_code: str
    occupation: str
    institution: int  # 0 the first of the district, 1 the second
    level: int
    summary: str
    outcomes: tuple[str, ...]
    colour: str  # of its slides
    nature: str = "employment"
    mode: str = "online"
    sections: tuple[SectionText, ...] = field(default=())

    @property
    def class_hours(self) -> Decimal:
        """Return what the lessons add up to in 学时, never more."""
        lessons = [lesson for section in self.sections for lesson in section.lessons]
        minutes = sum(lesson.minutes for lesson in lessons if isinstance(lesson, ArticleText | PracticeText))
        total_ms = 1000 * (60 * minutes + sum(film.seconds for film in self.films))
        return class_hours(total_ms, hour_minutes=HOUR_MINUTES)

    @property
    def films(self) -> list[FilmText]:
        """Return the course's films in order."""
        return [lesson for section in self.sections for lesson in section.lessons if isinstance(lesson, FilmText)]
