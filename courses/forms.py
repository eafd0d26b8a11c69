"""Forms of the studio."""

from __future__ import annotations

from typing import Any

from django import forms
from wagtail.documents.forms import BaseDocumentForm
from wagtail.images.forms import BaseImageForm

from courses.rules.documents import LONGEST_HEAD, document_problem
from courses.rules.subtitles import LANGUAGES
from lms.kernel.forms import RefusableForm
from lms.organisations.models import Organisation


class InstitutionForm(RefusableForm):
    """A form that asks for whom, unless one works for one institution only (所属机构)."""

    institution = forms.ModelChoiceField(Organisation.objects.none(), label="所属机构", empty_label=None)

    def __init__(self, *args: object, institutions: list[Organisation], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        field = self.fields["institution"]
        field.queryset = Organisation.objects.filter(pk__in=[one.pk for one in institutions])  # type: ignore[attr-defined]
        if len(institutions) == 1:
            field.initial, field.widget = institutions[0].pk, forms.HiddenInput()


class VideoForm(InstitutionForm):
    """An upload (上传视频)."""

    title = forms.CharField(
        label="视频标题",
        max_length=100,
        help_text="学员看不到，方便您在课时里选择。",
        error_messages={"required": "请填写视频标题。"},
    )
    file = forms.FileField(
        label="视频文件",
        error_messages={"required": "请选择视频文件。", "empty": "文件是空的，请重新导出后再选择。"},
        help_text="MP4、MOV、MKV、WebM 等常见格式，不超过 2 GB、6 小时。上传后自动转码。",
    )
    webvtt = forms.FileField(
        label="字幕文件", required=False, help_text="可选，WebVTT（.vtt）或 SRT（.srt）格式的中文字幕。"
    )


class PackageForm(InstitutionForm):
    """An upload (上传课件包)."""

    title = forms.CharField(
        label="课件包标题",
        max_length=100,
        required=False,
        help_text="可不填，取自课件。学员看不到，方便您在课时里选择。",
    )
    file = forms.FileField(
        label="课件包文件",
        error_messages={"required": "请选择课件包文件。", "empty": "文件是空的，请重新导出后再选择。"},
        help_text="课件制作软件导出的 SCORM 1.2 压缩包（.zip），不超过 500 MB，解开后不超过 1 GB。",
    )


class VideoDetailForm(RefusableForm):
    """What may be changed of a video (修改视频)."""

    title = forms.CharField(label="视频标题", max_length=100, error_messages={"required": "请填写视频标题。"})


class FolderForm(RefusableForm):
    """A folder of lessons as zip (导入文件夹)."""

    file = forms.FileField(
        label="压缩包",
        help_text="ZIP 格式，不超过2GB。每个文件夹成为一章，文件按名称的顺序成为课时；字幕与视频同名。",
        error_messages={"required": "请选择压缩包。", "empty": "文件是空的，请重新选择。"},
        widget=forms.ClearableFileInput(attrs={"accept": ".zip"}),
    )


class SheetForm(RefusableForm):
    """An outline as xlsx (导入大纲表)."""

    sheet = forms.FileField(
        label="大纲表",
        help_text="XLSX 或 CSV，请使用下载的模板填写。",
        error_messages={"required": "请选择表格文件。", "empty": "文件是空的，请重新选择。"},
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.csv"}),
    )


class SubtitleForm(RefusableForm):
    """A subtitle file of one language (上传字幕)."""

    language = forms.ChoiceField(label="语言", choices=list(LANGUAGES.items()))
    file = forms.FileField(
        label="字幕文件",
        help_text="WebVTT（.vtt）或 SRT（.srt），UTF-8 或 GB18030 编码。保留文字和时间，不保留字体样式。",
        error_messages={"required": "请选择字幕文件。", "empty": "文件是空的，请重新选择。"},
        widget=forms.ClearableFileInput(attrs={"accept": ".vtt,.srt"}),
    )


class ImageForm(BaseImageForm):
    """A picture's form. Wagtail would exchange its file and throw away what released lessons show of it (C1)."""

    def clean_file(self) -> Any:
        """Keep the file as it was uploaded."""
        if self.instance.pk and "file" in self.changed_data:
            raise forms.ValidationError(
                "图片上传后不能换成另一个文件：已发布的课程、试题和正在审核的内容要保持原样。"
                "请上传一张新图片，再在课时或试题里改用它。"
            )
        return self.cleaned_data["file"]


class DocumentForm(BaseDocumentForm):
    """The upload of a document: only files that are what their ending says, and none that a browser would run."""

    def clean_file(self) -> Any:
        """Check the ending and the beginning of the file."""
        file = self.cleaned_data["file"]
        head = file.read(LONGEST_HEAD)
        file.seek(0)
        if problem := document_problem(file.name, head):
            raise forms.ValidationError(problem)
        return file


class CourseFileForm(RefusableForm):
    """A course package that the platform made (导入课程包)."""

    institution = forms.ModelChoiceField(Organisation.objects.none(), label="所属机构", empty_label=None)
    file = forms.FileField(
        label="课程包",
        help_text="从本平台导出的 ZIP 文件，不超过2GB。导入后成为一门新的课程草稿。",
        error_messages={"required": "请选择课程包。", "empty": "文件是空的，请重新选择。"},
        widget=forms.ClearableFileInput(attrs={"accept": ".zip"}),
    )

    def __init__(self, *args: object, institutions: list[Organisation], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        field = self.fields["institution"]
        field.queryset = Organisation.objects.filter(pk__in=[one.pk for one in institutions])  # type: ignore[attr-defined]
        if len(institutions) == 1:
            field.initial, field.widget = institutions[0].pk, forms.HiddenInput()
