"""A course package (课件包) as authoring tools export it, written for this project: put five steps into their order (示例)."""

from __future__ import annotations

from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

TITLE = "停电检修步骤互动练习（示例）"
MANIFEST = f"""<?xml version="1.0" encoding="UTF-8"?>
<manifest identifier="steps" version="1.0" xmlns="http://www.imsproject.org/xsd/imscp_rootv1p1p2"
  xmlns:adlcp="http://www.adlnet.org/xsd/adlcp_rootv1p2">
  <metadata><schema>ADL SCORM</schema><schemaversion>1.2</schemaversion></metadata>
  <organizations default="all">
    <organization identifier="all"><title>{TITLE}</title>
      <item identifier="steps-item" identifierref="steps-unit"><title>{TITLE}</title>
        <adlcp:masteryscore>80</adlcp:masteryscore></item>
    </organization>
  </organizations>
  <resources>
    <resource identifier="steps-unit" type="webcontent" adlcp:scormtype="sco" href="index.html"/>
  </resources>
</manifest>
"""
PAGE = """<!DOCTYPE html>
<html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>停电检修步骤</title><link rel="stylesheet" href="steps.css"></head>
<body><main>
<h1>停电检修步骤</h1>
<p>请按作业顺序依次点选下面的步骤。</p>
<div id="choices" class="choices"></div>
<p id="said" role="status"></p>
<p><button id="again" type="button">重做一遍</button></p>
</main><script src="steps.js"></script></body></html>
"""
STYLE = """
body { font: 1.125rem/1.6 sans-serif; margin: 1rem; }
.choices { display: grid; gap: .5rem; max-width: 32rem; }
button { font: inherit; min-height: 3rem; padding: .5rem 1rem; text-align: left; }
"""
SCRIPT = """
var STEPS = ["停电", "验电", "装设接地线", "悬挂标示牌", "装设遮栏"];
var SHOWN = [2, 4, 0, 3, 1];
var api = window.API;
api.LMSInitialize("");
var done = Number(api.LMSGetValue("cmi.core.lesson_location") || 0);
var wrong = Number(api.LMSGetValue("cmi.suspend_data") || 0);

function keep() {
  api.LMSSetValue("cmi.core.lesson_location", String(done));
  api.LMSSetValue("cmi.suspend_data", String(wrong));
  if (done === STEPS.length) {
    api.LMSSetValue("cmi.core.score.raw", String(Math.max(0, 100 - 20 * wrong)));
    api.LMSSetValue("cmi.core.lesson_status", "completed");
  } else api.LMSSetValue("cmi.core.lesson_status", "incomplete");
  api.LMSCommit("");
}

function show(words) {
  var buttons = document.querySelectorAll("#choices button");
  SHOWN.forEach(function (step, place) {
    buttons[place].disabled = step < done;
    buttons[place].textContent = (step < done ? step + 1 + ". " : "") + STEPS[step];
  });
  document.getElementById("said").textContent =
    done === STEPS.length ? "顺序全部正确，点错 " + wrong + " 次。" : words;
}

function choose(step) {
  if (step === done) done += 1;
  else wrong += 1;
  show(step < done ? "正确，下一步是什么？" : "还没有轮到“" + STEPS[step] + "”，请再想想。");
  keep();
}

SHOWN.forEach(function (step) {
  var button = document.createElement("button");
  button.type = "button";
  button.addEventListener("click", function () { choose(step); });
  document.getElementById("choices").append(button);
});
document.getElementById("again").addEventListener("click", function () {
  done = wrong = 0;
  show("已重新开始。");
  keep();
});
show(done ? "已回到上次的地方。" : "");
"""
FILES = {"imsmanifest.xml": MANIFEST, "index.html": PAGE, "steps.css": STYLE, "steps.js": SCRIPT}


def zipped() -> bytes:
    """Return the package as it is uploaded."""
    held = BytesIO()
    with ZipFile(held, "w", ZIP_DEFLATED) as archive:
        for name, text in FILES.items():
            archive.writestr(ZipInfo(name), text)
    return held.getvalue()
