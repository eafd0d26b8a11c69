"""Blocks of lesson texts and quizzes. A block type is never removed: released versions hold its JSON."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.functional import cached_property
from wagtail import blocks
from wagtail.admin.widgets import BaseChooser
from wagtail.documents.blocks import DocumentChooserBlock
from wagtail.images.blocks import ImageChooserBlock

from courses.rules.documents import document_kind
from courses.rules.questions import MARK


class OptionBlock(blocks.StructBlock):
    """选项."""

    text = blocks.CharBlock(label="选项", max_length=200)
    correct = blocks.BooleanBlock(label="正确", required=False)

    class Meta:
        label = "选项"


class QuestionBlock(blocks.StructBlock):
    """试题: single choice, multiple choice or true/false."""

    kind = blocks.ChoiceBlock(
        label="题型", choices=[("single", "单选题"), ("multiple", "多选题"), ("judgement", "判断题")], default="single"
    )
    stem = blocks.TextBlock(label="题干", max_length=500)
    options = blocks.ListBlock(OptionBlock(), label="选项", min_num=2, max_num=8)
    explanation = blocks.TextBlock(label="解析", required=False, max_length=500)

    class Meta:
        icon = "help"
        label = "试题"


class DocumentValue(blocks.StructValue):
    """The value of a document in a text."""

    @property
    def shown_title(self) -> str:
        """Return what the link says."""
        return str(self["title"] or self["file"].title)

    @property
    def kind(self) -> str:
        """Return what people call such a file."""
        return document_kind(self["file"].filename)


class DocumentBlock(blocks.StructBlock):
    """附件: a document that is downloaded, never shown inside a page."""

    file = DocumentChooserBlock(label="文件")
    title = blocks.CharBlock(label="显示名称", required=False, max_length=80, help_text="留空则显示文件的标题。")

    class Meta:
        icon = "doc-full"
        label = "附件"
        template = "courses/blocks/document.html"
        value_class = DocumentValue


class OwnChooser(BaseChooser):
    """The choice of something that the institution owns; its window shows nothing else (views/choosers.py)."""

    detail_url_name: str

    def get_value_data_from_instance(self, instance: Any) -> dict[str, Any]:
        """Return what stands in the editor for what was chosen."""
        data: dict[str, Any] = super().get_value_data_from_instance(instance)
        return data | {"edit_url": reverse(self.detail_url_name, args=[instance.uid])}


class QuestionChooser(OwnChooser):
    """The choice of a question of the bank."""

    model = "courses.Question"
    detail_url_name = "studio:question"
    chooser_modal_url_name = "question_chooser:choose"
    icon = "help"
    choose_one_text = "从题库选择"
    choose_another_text = "换一道题"
    clear_choice_text = "不选"
    link_to_chosen_text = "查看这道题"


class QuestionChooserBlock(blocks.ChooserBlock):
    """题库试题: a question of the bank; the release pins its version."""

    target_model = "courses.Question"

    @cached_property
    def widget(self) -> QuestionChooser:
        """Return the choice."""
        return QuestionChooser()

    class Meta:
        icon = "help"
        label = "题库试题"


class PopupBlock(blocks.StructBlock):
    """弹题: a question of the bank that stops the film at a time."""

    at = blocks.RegexBlock(
        regex=MARK,
        label="时间点",
        help_text="分:秒，例如 3:05。",
        error_messages={"invalid": "时间点应写成分:秒，例如 3:05。"},
    )
    question = QuestionChooserBlock()

    class Meta:
        icon = "time"
        label = "弹题"


class CheckQuestionBlock(blocks.StructBlock):
    """抽查题: a question of the bank that only presence checks ask."""

    at = blocks.RegexBlock(
        regex=MARK,
        required=False,
        label="讲完的时间点",
        help_text="只用于视频，分:秒，例如 3:05：学到这里以后才会问。不填，这一课里随时可能问到。",
        error_messages={"invalid": "时间点应写成分:秒，例如 3:05。"},
    )
    question = QuestionChooserBlock()

    class Meta:
        icon = "help"
        label = "抽查题"


class PracticeTaskBlock(blocks.StructBlock):
    """实操任务: what to do with one's hands, with what, how safely, and what to hand in. It earns no time of its own."""

    title = blocks.CharBlock(label="任务", max_length=80)
    materials = blocks.ListBlock(blocks.CharBlock(label="工具或材料", max_length=100), label="工具和材料", min_num=0)
    safety = blocks.TextBlock(label="安全注意事项", required=False, max_length=1000)
    steps = blocks.ListBlock(blocks.TextBlock(label="步骤", max_length=500), label="步骤", min_num=1, max_num=30)
    hand_in = blocks.TextBlock(label="完成后提交什么", required=False, max_length=500)

    class Meta:
        icon = "form"
        label = "实操任务"
        template = "courses/blocks/practice_task.html"


class VideoChooser(OwnChooser):
    """The choice of a film."""

    model = "courses.Video"
    detail_url_name = "studio:video"
    chooser_modal_url_name = "video_chooser:choose"
    icon = "media"
    choose_one_text = "选择视频"
    choose_another_text = "换一个视频"
    clear_choice_text = "不选"
    link_to_chosen_text = "查看这个视频"


class VideoChooserBlock(blocks.ChooserBlock):
    """视频: a film of the institution that plays."""

    target_model = "courses.Video"

    @cached_property
    def widget(self) -> VideoChooser:
        """Return the choice."""
        return VideoChooser()

    class Meta:
        icon = "media"
        label = "视频"


class VideoBlock(blocks.StructBlock):
    """正文视频: a film that plays inside the text. It earns no time of its own: the text is studied while it plays."""

    film = VideoChooserBlock(label="视频")
    title = blocks.CharBlock(label="显示名称", max_length=80, help_text="学员看到的名称。")

    class Meta:
        icon = "media"
        label = "视频"
        template = "courses/blocks/video.html"


class TextBody(blocks.StreamBlock):
    """图文正文."""

    heading = blocks.CharBlock(label="小标题", max_length=80, template="courses/blocks/heading.html")
    paragraph = blocks.RichTextBlock(
        label="段落", features=["bold", "italic", "ol", "ul", "link"], template="courses/blocks/paragraph.html"
    )
    image = ImageChooserBlock(label="图片", template="courses/blocks/image.html")
    warning = blocks.TextBlock(label="安全提示", template="courses/blocks/warning.html")
    document = DocumentBlock()
    practice_task = PracticeTaskBlock()
    video = VideoBlock()


class QuizBody(blocks.StreamBlock):
    """随堂测验."""

    question = QuestionBlock()
    bank = QuestionChooserBlock()


class Popups(blocks.StreamBlock):
    """视频弹题."""

    popup = PopupBlock()


class CheckQuestions(blocks.StreamBlock):
    """课时抽查题."""

    check = CheckQuestionBlock()
