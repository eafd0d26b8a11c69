"""Course packages made by hand: a golden one that uses all we keep, and broken or malicious ones, each with its reason."""

from __future__ import annotations

import io
import stat
import zipfile
from collections.abc import Mapping
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import storages

from courses.models import CoursePackage, CourseVersion, LessonVersion
from courses.services.packages import unpack_package
from lms.kernel.jobs import RunningJob
from lms.kernel.models import Job

MANIFEST = """<?xml version="1.0" encoding="UTF-8"?>
<manifest identifier="golden" version="1.0" xmlns="http://www.imsproject.org/xsd/imscp_rootv1p1p2"
  xmlns:adlcp="http://www.adlnet.org/xsd/adlcp_rootv1p2">
  <metadata><schema>ADL SCORM</schema><schemaversion>1.2</schemaversion></metadata>
  <organizations default="all">
    <organization identifier="all"><title>焊前检查互动课件</title>
      <item identifier="one" identifierref="unit" parameters="?lang=zh"><title>检查</title>
        <adlcp:masteryscore>80</adlcp:masteryscore></item>
    </organization>
  </organizations>
  <resources>
    <resource identifier="unit" type="webcontent" adlcp:scormtype="sco" href="pages/index.html"/>
  </resources>
</manifest>
"""

PAGE = """<!DOCTYPE html>
<html lang="zh-CN"><head><meta charset="utf-8"><title>焊前检查</title>
<link rel="stylesheet" href="../style.css"></head>
<body><main><h1>焊前检查</h1>
<p>第 <output id="place">1</output> 步，备注：<output id="note">无</output></p>
<p>环境：<output id="walls"></output></p>
<p><button id="next" type="button">下一步</button> <button id="finish" type="button">提交</button>
<button id="end" type="button">结束</button></p>
<p><a href="second.html">第二页</a></p>
</main><script src="unit.js"></script></body></html>
"""

UNIT = """
// A learning unit as authoring tools write them: finds the interface, goes on where it stopped, reports.
function findApi(win) {
  for (var tries = 0; tries < 8 && win; tries++) {
    if (win.API) return win.API;
    if (win.parent === win) return null;
    win = win.parent;
  }
  return null;
}
var api = findApi(window);
api.LMSInitialize("");
var place = Number(api.LMSGetValue("cmi.core.lesson_location") || 1);
var note = api.LMSGetValue("cmi.suspend_data");
document.getElementById("place").textContent = place;
if (note) document.getElementById("note").textContent = note;
if (api.LMSGetValue("cmi.core.lesson_status") === "not attempted") api.LMSSetValue("cmi.core.lesson_status", "incomplete");
document.getElementById("next").addEventListener("click", function () {
  place += 1;
  document.getElementById("place").textContent = place;
  api.LMSSetValue("cmi.core.lesson_location", String(place));
  api.LMSSetValue("cmi.suspend_data", "看过" + place + "步");
  document.getElementById("note").textContent = "看过" + place + "步";
});
document.getElementById("finish").addEventListener("click", function () {
  api.LMSSetValue("cmi.core.score.raw", "90");
  api.LMSSetValue("cmi.core.lesson_status", "completed");
  api.LMSCommit("");
});
document.getElementById("end").addEventListener("click", function () { api.LMSFinish(""); });
// What the sandbox must not let it do: each attempt writes what came of it.
function attempt(name, act) {
  try { return name + ":" + act(); } catch (error) { return name + ":" + error.name; }
}
document.getElementById("walls").textContent = [
  attempt("lesson", function () { return window.parent.document.title; }),
  attempt("cookie", function () { return document.cookie || "none"; }),
  attempt("storage", function () { return window.parent.localStorage.length; }),
  attempt("student", function () { return api.LMSGetValue("cmi.core.student_id"); }),
].join(" ");
fetch("/api/v1/me").then(function () { return "answered"; }, function () { return "refused"; }).then(function (end) {
  document.getElementById("walls").textContent += " fetch:" + end;
});
"""

SECOND = """<!DOCTYPE html>
<html lang="zh-CN"><head><meta charset="utf-8"><title>第二页</title></head>
<body><main><h1>第二页</h1><p>到过第 <output id="place"></output> 步</p>
<iframe title="里面的页" src="inner.html"></iframe></main>
<script>
  window.API.LMSInitialize("");
  document.getElementById("place").textContent = window.API.LMSGetValue("cmi.core.lesson_location");
</script></body></html>
"""

INNER = """<!DOCTYPE html>
<html lang="zh-CN"><head><meta charset="utf-8"><title>里面的页</title><script src="unit-of-frame.js"></script></head>
<body><main><p>里面看到 <output id="seen"></output></p></main></body></html>
"""

FRAME_UNIT = """
window.addEventListener("load", function () {
  var own = Object.prototype.hasOwnProperty.call(window, "API");
  document.getElementById("seen").textContent =
    (own ? "own " : "above ") + (own ? window : window.parent).API.LMSGetValue("cmi.core.lesson_location");
});
"""

GOLDEN = {
    "imsmanifest.xml": MANIFEST,
    "pages/index.html": PAGE,
    "pages/unit.js": UNIT,
    "pages/second.html": SECOND,
    "pages/inner.html": INNER,
    "pages/unit-of-frame.js": FRAME_UNIT,
    "style.css": "body{font-family:sans-serif}button{min-height:44px;min-width:44px}",
}


def zipped(files: Mapping[str, str | bytes]) -> bytes:
    """Return a zip of files, always the same."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            info = zipfile.ZipInfo(name, date_time=(2026, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, content)
    return out.getvalue()


def golden(**changes: str | bytes) -> bytes:
    """Return the golden package, with files added or changed."""
    return zipped({**GOLDEN, **changes})


def linked() -> bytes:
    """Return a package with a symbolic link to a file of the machine."""
    out = io.BytesIO(golden())
    with zipfile.ZipFile(out, "a") as archive:
        info = zipfile.ZipInfo("pages/passwd.txt", date_time=(2026, 1, 1, 0, 0, 0))
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(info, "/etc/passwd")
    return out.getvalue()


def changed(old: str, new: str) -> str:
    """Return the golden manifest with one thing changed."""
    assert old in MANIFEST
    return MANIFEST.replace(old, new)


XXE = changed("<manifest ", '<!DOCTYPE manifest [<!ENTITY secret SYSTEM "file:///etc/hostname">]>\n<manifest ').replace(
    "焊前检查互动课件", "&secret;"
)
LAUGHS = changed(
    "<manifest ",
    "<!DOCTYPE manifest [" + '<!ENTITY a "哈哈哈哈哈哈哈哈哈哈">'
    + "".join(f'<!ENTITY {b} "{("&" + a + ";") * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True))
    + "]>\n<manifest ",
).replace("焊前检查互动课件", "&i;")  # fmt: skip
TWO_UNITS = changed(
    "</organization>", '<item identifier="two" identifierref="more"><title>二</title></item></organization>'
).replace("</resources>", '<resource identifier="more" href="pages/unit2.html"/></resources>')

ENTITIES = "imsmanifest.xml 里有文档类型定义或实体，不安全，没有读取。请用课件制作软件重新导出。"
OUTSIDE = "课件的入口指向课件包以外，不能播放。请把全部内容放进课件包后重新导出。"
SLIP = "压缩包里有指向包外的路径或链接，不安全，没有导入。请用系统自带的压缩功能重新打包。"
REFUSED: dict[str, tuple[bytes, str]] = {
    "no zip": (b"PK is not enough", "压缩包打不开，可能没有传完或已损坏。请重新压缩为 zip 格式后再上传。"),
    "path out of the package": (golden(**{"../../evil.html": "x"}), SLIP),
    "absolute path": (golden(**{"/etc/cron.d/evil": "x"}), SLIP),
    "path of another system": (golden(**{"C:\\evil.html": "x"}), SLIP),
    "symbolic link": (linked(), SLIP),
    "archive inside": (golden(**{"data/more.zip": zipped({"a": "b"})}), "课件包里还有压缩包，请解开后重新导出。"),
    "names that differ in case": (
        golden(**{"pages/INDEX.html": "x"}), "课件包里有只差大小写的重名文件，请改名后重新导出。",
    ),
    "path that is too long": (
        golden(**{"深/" * 90 + "a.html": "x"}), "课件包里有路径超过180个字的文件，请缩短文件夹和文件的名称后重新导出。",
    ),
    "name longer than any disk takes": (
        golden(**{f"{'长' * 90}.html": "x"}),
        f"课件包里“{'长' * 20}…”这样的名称太长，请把文件夹和文件的名称缩短到80个汉字以内后重新导出。",
    ),
    "file that is a folder too": (
        golden(**{"data": "x", "data/a.html": "x"}), "课件包里“data”既是文件又是文件夹，请给其中一个改名后重新导出。",
    ),
    "no manifest": (
        zipped({"index.html": PAGE}),
        "压缩包里没有 imsmanifest.xml，不是 SCORM 课件包。请在课件制作软件里选择导出为 SCORM 1.2。",
    ),
    "manifest far inside": (
        zipped({f"a/b/{name}": content for name, content in GOLDEN.items()}),
        "imsmanifest.xml 应当在压缩包的最上层。请进入课件文件夹，选中里面的全部内容再压缩。",
    ),
    "entity that reads a file": (golden(**{"imsmanifest.xml": XXE}), ENTITIES),
    "entities that grow": (golden(**{"imsmanifest.xml": LAUGHS}), ENTITIES),
    "manifest cut off": (
        golden(**{"imsmanifest.xml": MANIFEST[:300]}),
        "imsmanifest.xml 不是完整的 XML，读不出来。请用课件制作软件重新导出。",
    ),
    "scorm 2004": (
        golden(**{"imsmanifest.xml": changed(">1.2<", ">2004 3rd Edition<")}),
        "这是 SCORM 2004 的课件包，平台只支持 SCORM 1.2。请在课件制作软件里重新导出为 SCORM 1.2。",
    ),
    "another standard": (
        golden(**{"imsmanifest.xml": changed(">ADL SCORM<", ">IMS Common Cartridge<")}),
        "看不出这是 SCORM 1.2 的课件包。请在课件制作软件里选择导出为 SCORM 1.2。",
    ),
    "two units": (
        golden(**{"imsmanifest.xml": TWO_UNITS, "pages/unit2.html": PAGE}),
        "这个课件包有2个学习单元，平台一个课时放一个单元。请按单元分别导出，各建一个课时。",
    ),
    "entry at another address": (
        golden(**{"imsmanifest.xml": changed("pages/index.html", "https://example.cn/index.html")}), OUTSIDE,
    ),
    "entry that is no address": (
        golden(**{"imsmanifest.xml": changed("pages/index.html", "http://[x")}),
        "课件的入口不是一个地址，不能播放。请用课件制作软件重新导出。",
    ),
    "entry above the package": (golden(**{"imsmanifest.xml": changed("pages/index.html", "../index.html")}), OUTSIDE),
    "entry that is not there": (
        golden(**{"imsmanifest.xml": changed("pages/index.html", "pages/start.html")}),
        "课件的入口页面“pages/start.html”不在课件包里。请重新导出完整的课件包。",
    ),
    "entry that is no page": (
        golden(**{"imsmanifest.xml": changed("pages/index.html", "pages/film.swf"), "pages/film.swf": b"FWS"}),
        "课件的入口不是网页（.html），浏览器打不开。请导出为 HTML5 的 SCORM 1.2 课件。",
    ),
    "no entry": (
        golden(**{"imsmanifest.xml": changed(' href="pages/index.html"', "")}),
        "imsmanifest.xml 没有写明打开课件的页面。请用课件制作软件重新导出为 SCORM 1.2。",
    ),
}  # fmt: skip


def ready_package(institution: Any, content: bytes | None = None) -> CoursePackage:
    """Return a package of an institution, unpacked; how it is uploaded is tested elsewhere."""
    package = CoursePackage.objects.create(institution=institution, source_name="课件.zip")
    package.source_path = storages["private"].save(
        f"packages/{package.uid.hex}/source.zip", ContentFile(content or golden())
    )
    package.save()
    job = Job.objects.create(task="courses.tasks.unpack", state=Job.State.RUNNING, attempt=1)
    unpack_package(RunningJob(job), package)
    return CoursePackage.objects.get(pk=package.pk)


def package_lesson(version: CourseVersion) -> LessonVersion:
    """Return a version's package lesson, with a golden package of the version's institution."""
    lesson = version.lessons.get(kind="scorm")
    lesson.package = ready_package(version.institution)
    lesson.save(update_fields=["package"])
    return lesson
