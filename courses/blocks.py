"""Blocks of lesson texts and quizzes. A block type is never removed: released versions hold its JSON."""

from __future__ import annotations

from wagtail import blocks
from wagtail.documents.blocks import DocumentChooserBlock
from wagtail.images.blocks import ImageChooserBlock

from courses.rules.documents import document_kind


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


class TextBody(blocks.StreamBlock):
    """图文正文."""

    heading = blocks.CharBlock(label="小标题", max_length=80, template="courses/blocks/heading.html")
    paragraph = blocks.RichTextBlock(
        label="段落", features=["bold", "italic", "ol", "ul", "link"], template="courses/blocks/paragraph.html"
    )
    image = ImageChooserBlock(label="图片", template="courses/blocks/image.html")
    warning = blocks.TextBlock(label="安全提示", template="courses/blocks/warning.html")
    document = DocumentBlock()


class QuizBody(blocks.StreamBlock):
    """随堂测验."""

    question = QuestionBlock()
