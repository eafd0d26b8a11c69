"""Blocks of lesson texts and quizzes. A block type is never removed: released versions hold its JSON."""

from __future__ import annotations

from wagtail import blocks
from wagtail.images.blocks import ImageChooserBlock


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


class TextBody(blocks.StreamBlock):
    """图文正文."""

    heading = blocks.CharBlock(label="小标题", max_length=80, template="courses/blocks/heading.html")
    paragraph = blocks.RichTextBlock(
        label="段落", features=["bold", "italic", "ol", "ul", "link"], template="courses/blocks/paragraph.html"
    )
    image = ImageChooserBlock(label="图片", template="courses/blocks/image.html")
    warning = blocks.TextBlock(label="安全提示", template="courses/blocks/warning.html")


class QuizBody(blocks.StreamBlock):
    """随堂测验."""

    question = QuestionBlock()
