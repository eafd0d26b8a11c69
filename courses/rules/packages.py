"""What a SCORM 1.2 package is: its files, its manifest, and what its pages may do while they run. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import unquote, urljoin, urlsplit
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from courses.rules.archives import PACKED, PackedFile, ending
from lms.kernel.errors import DomainError

MANIFEST = "imsmanifest.xml"
LARGEST_MANIFEST, LARGEST_PACKAGE = 2 * 1024**2, 1024**3
MOST_RATIO, FREE_BYTES = 100, 50 * 1024**2
LONGEST_PATH, LONGEST_NAME_BYTES = 180, 255
PAGES = frozenset({"html", "htm", "xhtml"})
GBK = {"gb2312", "gbk", "gb18030", "gb_2312-80"}
DECLARATION = re.compile(rb"^\s*<\?xml[^>]*?encoding\s*=\s*[\"']([\w.:-]+)[\"'][^>]*\?>")
NEW_NAMESPACES = ("imscp_v1p1", "adlcp_v1p3", "adlseq_v1p3")
OLD_NAMESPACES = ("imscp_rootv1p1p2", "adlcp_rootv1p2")
CONTENT_TYPES = {
    "html": "text/html", "htm": "text/html", "xhtml": "text/html", "js": "text/javascript", "mjs": "text/javascript",
    "css": "text/css", "json": "application/json", "xml": "text/xml", "txt": "text/plain", "vtt": "text/vtt",
    "png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "gif": "image/gif", "webp": "image/webp",
    "svg": "image/svg+xml", "ico": "image/x-icon", "mp4": "video/mp4", "webm": "video/webm", "mp3": "audio/mpeg",
    "m4a": "audio/mp4", "wav": "audio/wav", "ogg": "audio/ogg", "woff": "font/woff", "woff2": "font/woff2",
    "ttf": "font/ttf", "otf": "font/otf", "pdf": "application/pdf",
}  # fmt: skip
HEAD = re.compile(rb"<head(?:\s[^>]*)?>", re.I)
FRONT = re.compile(rb"^(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*\?>\s*)?(?:<!doctype[^>]*>\s*)?(?:<html(?:\s[^>]*)?>)?", re.I)


class PackageRefusedError(DomainError):
    """The file is no package that can be played, or a dangerous one (课件包不合格)."""

    code = "package_refused"
    status = 422


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a manifest says (清单). `entry`: the page that is opened, from the package's root; `query` goes behind it."""

    title: str
    entry: str
    query: str
    mastery_score: int | None


def package_fault(files: list[PackedFile]) -> str:
    """Return why a package is not unpacked, a sentence, or nothing: beyond what holds for every archive (课件包检查)."""
    size, packed = sum(one.size for one in files), sum(one.packed for one in files)
    if size > LARGEST_PACKAGE:
        return "课件包解开后超过1GB，请减小其中的视频和图片，或把视频放到视频课时。"
    if size > FREE_BYTES and size > packed * MOST_RATIO:
        return "课件包里有压缩比异常的文件，可能是恶意文件，没有解包。"
    if any(ending(one.path) in PACKED for one in files):
        return "课件包里还有压缩包，请解开后重新导出。"
    return names_fault([one.path for one in files])


def names_fault(paths: list[str]) -> str:
    """Return why files of these paths cannot lie beside each other in a storage, a sentence, or nothing."""
    if any(len(path) > LONGEST_PATH for path in paths):
        return f"课件包里有路径超过{LONGEST_PATH}个字的文件，请缩短文件夹和文件的名称后重新导出。"
    if long := [name for path in paths for name in path.split("/") if len(name.encode()) > LONGEST_NAME_BYTES]:
        return f"课件包里“{long[0][:20]}…”这样的名称太长，请把文件夹和文件的名称缩短到80个汉字以内后重新导出。"
    folded = {path.casefold() for path in paths}
    if len(folded) < len(paths):
        return "课件包里有只差大小写的重名文件，请改名后重新导出。"
    if both := folded & {folder for path in folded for folder in folders_above(path)}:
        return f"课件包里“{min(both)}”既是文件又是文件夹，请给其中一个改名后重新导出。"
    return ""


def folders_above(path: str) -> Iterator[str]:
    """Yield the folders in which a path lies."""
    return (path[:place] for place, character in enumerate(path) if character == "/")


def package_root(paths: Iterable[str]) -> str:
    """Return the folder in which the manifest lies, "" or "name/": many zip the folder instead of what is in it (根目录).

    Raises PackageRefusedError when there is no manifest.
    """
    found = sorted(
        (path for path in paths if path.rpartition("/")[2].lower() == MANIFEST), key=lambda one: one.count("/")
    )
    if not found:
        raise PackageRefusedError(
            "压缩包里没有 imsmanifest.xml，不是 SCORM 课件包。请在课件制作软件里选择导出为 SCORM 1.2。"
        )
    root = found[0].rpartition("/")[0]
    if root.count("/"):
        raise PackageRefusedError("imsmanifest.xml 应当在压缩包的最上层。请进入课件文件夹，选中里面的全部内容再压缩。")
    return f"{root}/" if root else ""


def parse_manifest(data: bytes) -> Manifest:
    """Return what a manifest says. Raises PackageRefusedError: no XML, an entity, another version, more than one unit."""
    root = manifest_tree(data)
    refuse_other_versions(root)
    resources = {one.get("identifier", ""): one for one in named(root, "resource")}
    unit, item, organisation = the_unit(root, resources)
    base = "".join(part.get("{http://www.w3.org/XML/1998/namespace}base", "") for part in parents_of(root, unit))
    try:
        href = urlsplit(urljoin(base, unit.get("href", "").strip()) if base else unit.get("href", "").strip())
    except ValueError as error:
        raise PackageRefusedError("课件的入口不是一个地址，不能播放。请用课件制作软件重新导出。") from error
    entry = clean_entry(href.scheme or href.netloc, unquote(href.path))
    parameters = (item.get("parameters", "") if item is not None else "").strip().lstrip("?&")
    return Manifest(
        title=first_text(organisation, "title") or first_text(item, "title"),
        entry=entry,
        query="&".join(filter(None, [href.query, parameters]))[:200],
        mastery_score=mastery_of(first_text(item, "masteryscore")),
    )


def manifest_tree(data: bytes) -> Element:
    """Return the XML without ever resolving an entity, a DTD or an address."""
    try:
        declared = DECLARATION.match(data)
        if declared and declared[1].decode().lower() in GBK:
            tree = fromstring(data[declared.end() :].decode("gb18030"), forbid_dtd=True)
        else:
            tree = fromstring(data, forbid_dtd=True)
    except DefusedXmlException as error:
        raise PackageRefusedError(
            "imsmanifest.xml 里有文档类型定义或实体，不安全，没有读取。请用课件制作软件重新导出。"
        ) from error
    except (ParseError, ValueError, LookupError) as error:
        raise PackageRefusedError("imsmanifest.xml 不是完整的 XML，读不出来。请用课件制作软件重新导出。") from error
    if local(tree) != "manifest":
        raise PackageRefusedError("imsmanifest.xml 的内容不是课件清单。请在课件制作软件里选择导出为 SCORM 1.2。")
    found: Element = tree
    return found


def refuse_other_versions(root: Element) -> None:
    """Raise PackageRefusedError unless it is SCORM 1.2 by its own account."""
    schema, version = first_text(root, "schema"), first_text(root, "schemaversion")
    spaces = " ".join({part.tag.partition("}")[0] for part in root.iter()})
    is_new = "2004" in version or "1.3" in version or (not version and any(one in spaces for one in NEW_NAMESPACES))
    if is_new:
        raise PackageRefusedError(
            "这是 SCORM 2004 的课件包，平台只支持 SCORM 1.2。请在课件制作软件里重新导出为 SCORM 1.2。"
        )
    is_old = version == "1.2" or (not version and any(one in spaces for one in OLD_NAMESPACES))
    if not is_old or (schema and "scorm" not in schema.lower()):
        raise PackageRefusedError("看不出这是 SCORM 1.2 的课件包。请在课件制作软件里选择导出为 SCORM 1.2。")


def the_unit(root: Element, resources: dict[str, Element]) -> tuple[Element, Element | None, Element | None]:
    """Return the one resource that is played, the item that names it and its organisation."""
    organisations = list(named(root, "organization"))
    chosen = next((one.get("default") for one in named(root, "organizations")), None)
    organisation = next((one for one in organisations if one.get("identifier") == chosen), None)
    organisation = organisation if organisation is not None else next(iter(organisations), None)
    items = list(named(organisation, "item")) if organisation is not None else []
    used = [(resources[name], item) for item in items if (name := item.get("identifierref", "")) in resources]
    units = {unit.get("identifier"): (unit, item) for unit, item in used if unit.get("href")}
    if len(units) > 1:
        raise PackageRefusedError(
            f"这个课件包有{len(units)}个学习单元，平台一个课时放一个单元。请按单元分别导出，各建一个课时。"
        )
    if units:
        return *next(iter(units.values())), organisation
    alone = [one for one in resources.values() if one.get("href")]
    if len(alone) != 1:
        raise PackageRefusedError("imsmanifest.xml 没有写明打开课件的页面。请用课件制作软件重新导出为 SCORM 1.2。")
    return alone[0], None, organisation


def clean_entry(foreign: str, path: str) -> str:
    """Return the page that is opened as a path inside the package. Raises PackageRefusedError."""
    parts = [part for part in path.replace("\\", "/").split("/") if part not in {"", "."}]
    if foreign or path.startswith(("/", "\\")) or ".." in parts or not parts or "\x00" in path:
        raise PackageRefusedError("课件的入口指向课件包以外，不能播放。请把全部内容放进课件包后重新导出。")
    if ending(parts[-1]) not in PAGES:
        raise PackageRefusedError("课件的入口不是网页（.html），浏览器打不开。请导出为 HTML5 的 SCORM 1.2 课件。")
    return "/".join(parts)


def mastery_of(text: str) -> int | None:
    """Return the score from which a package calls itself passed, 0 to 100."""
    try:
        score = round(float(text))
    except (ValueError, OverflowError):
        return None
    return score if 0 <= score <= 100 else None


def local(element: Element) -> str:
    """Return an element's name without its namespace."""
    return str(element.tag).rpartition("}")[2]


def named(root: Element, name: str) -> Iterator[Element]:
    """Yield the elements of a name, in document order."""
    return (one for one in root.iter() if local(one) == name)


def first_text(root: Element | None, name: str) -> str:
    """Return the text of the first element of a name, or nothing."""
    found = next(named(root, name), None) if root is not None else None
    return " ".join((found.text or "").split())[:100] if found is not None else ""


def parents_of(root: Element, unit: Element) -> list[Element]:
    """Return the elements whose `xml:base` counts for a resource, outermost first."""
    return [root, *(one for one in named(root, "resources") if unit in list(one)), unit]


def content_type_of(path: str) -> str:
    """Return the type by which a file of a package is sent (文件类型)."""
    return CONTENT_TYPES.get(ending(path), "application/octet-stream")


def with_scripts(page: bytes, tags: bytes) -> bytes:
    """Return a page with our scripts in front of all of its own (注入接口脚本)."""
    head = HEAD.search(page[:65_536])
    place = head.end() if head else FRONT.match(page).end()  # type: ignore[union-attr]
    return page[:place] + tags + page[place:]


def page_policy(*, folder: str, scripts: str, parent: str, is_opaque: bool) -> str:
    """Return the Content-Security-Policy of a package's files (沙箱策略): its own folder, our scripts, nothing else.

    `folder`, `scripts`: full addresses that end in a slash; `parent`: the origin of our pages.
    """
    inside = f"{folder} data: blob:"
    rules = [
        "default-src 'none'",
        f"script-src {folder} {scripts} 'unsafe-inline' 'unsafe-eval'",
        f"style-src {folder} 'unsafe-inline'",
        *(f"{kind}-src {inside}" for kind in ("img", "media", "font", "frame")),
        "connect-src 'none'",
        "form-action 'none'",
        f"base-uri {folder}",
        f"frame-ancestors {parent}" if is_opaque else f"frame-ancestors {parent} {origin_of(folder)}",
    ]
    # Opened by itself, without our frame, a page must not run as one of our own either.
    return "; ".join([*rules, "sandbox allow-scripts allow-forms"] if is_opaque else rules)


def origin_of(address: str) -> str:
    """Return scheme, host and port."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"
