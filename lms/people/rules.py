"""Identity documents, what a picture of one shows, mobile numbers, masks. Pure. Sources: GB 11643-1999; docs/sources.md."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from lms.kernel.errors import InvalidError

DEVICES = (("MicroMessenger", "微信"), ("iPhone", "苹果手机"), ("iPad", "苹果平板"), ("Android", "安卓手机"))
COMPUTERS = (("Windows", "Windows 电脑"), ("Macintosh", "苹果电脑"), ("Linux", "Linux 电脑"))
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECK_CHARACTERS = "10X98765432"
NAME_ON_CARD = re.compile(r"[\u3400-\u9fff\U00020000-\U000323af·]{2,25}")
MOBILE = re.compile(r"1[3-9]\d{9}")
EIGHTEEN = re.compile(r"\d{17}[\dX]")
OLD_PERMANENT_RESIDENT = re.compile(r"[A-Z]{3}\d{12}")
PLACES = {"residence_permit_hk_mo": ("810000", "820000"), "residence_permit_tw": ("830000",)}
FREE_FORMS = {
    "travel_permit_hk_mo": (
        re.compile(r"[HM](?:\d{8}|\d{10})"),
        "港澳居民来往内地通行证号码应为H或M加8位或10位数字。请对照证件重新填写。",
    ),
    "travel_permit_tw": (
        re.compile(r"\d{8}|\d{10}[A-Z]"),
        "台湾居民来往大陆通行证号码应为8位数字，旧版为10位数字加1个字母。请对照证件重新填写。",
    ),
    "passport": (
        re.compile(r"(?=.*\d)[A-Z0-9]{5,20}"),
        "护照号码应为5至20位字母和数字。请对照护照资料页重新填写。",
    ),
    "military": (
        re.compile(r"(?=.*\d)[\u4e00-\u9fffA-Z0-9\-]{4,20}"),
        "军官证、士兵证号码应为4至20位的汉字、字母和数字。请对照证件重新填写。",
    ),
}  # these numbers carry no check character: a wrong digit is found only by the office or a provider
CARD_LABELS = ("姓名", "性别", "民族", "出生", "住址", "公民身份号码")
BACK_LABELS = ("签发机关", "有效期限", "居民身份证")
SHARP = 3.0  # variance of the Laplacian at 1,000 pixels; drawn cards were read down to 1.8, and no more at 1.2
WHOLE_CARD = "请把身份证（印有照片和姓名的一面）平放，四角都拍进画面，光线均匀、不反光时重新拍摄，或直接手工填写。"
YOUNGEST = 14  # 个人信息保护法 art. 31: under 14 a guardian decides


@dataclass(frozen=True, slots=True)
class DocumentFacts:
    """What a document's number itself says (证件号码所含信息)."""

    number: str
    birth_date: date | None
    sex: str


def plain(raw: str) -> str:
    """Return half-width text without blanks and zero-width characters."""
    return re.sub(r"[\s\u200b\ufeff]", "", unicodedata.normalize("NFKC", raw))


def check_character(first17: str) -> str:
    """Return the 18th character by MOD 11-2 (校验码)."""
    return CHECK_CHARACTERS[sum(int(digit) * weight for digit, weight in zip(first17, WEIGHTS, strict=True)) % 11]


def refuse(sentence: str) -> InvalidError:
    """Return the refusal of a document's number, at its field."""
    return InvalidError(sentence, fields={"document_number": sentence}, code="document_invalid")


def born_on(digits: str) -> date:
    """Return the date of eight digits."""
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError as error:
        raise refuse("证件号码中的出生日期不存在，请对照证件逐位核对。") from error


def check_resident_id(raw: str) -> DocumentFacts:
    """Return what a resident ID number says (居民身份证号码). Raises InvalidError with the sentence for the field."""
    number = plain(raw).upper()
    if not EIGHTEEN.fullmatch(number):
        raise refuse("身份证号码应为18位，前17位是数字，最后一位是数字或X。请对照证件重新填写。")
    if check_character(number[:17]) != number[17]:
        raise refuse("身份证号码的校验码不对，可能有一位填错或两位颠倒。请对照证件逐位核对。")
    return DocumentFacts(number, born_on(number[6:14]), "female" if int(number[16]) % 2 == 0 else "male")


def check_document(kind: str, raw: str, *, today: date) -> DocumentFacts:
    """Return what a number of one of the accepted kinds says (证件类型). Raises InvalidError."""
    if kind in FREE_FORMS:
        return check_free_form(kind, raw)
    facts = check_foreign(raw) if kind == "foreign_permanent_resident" else check_resident_id(raw)
    places = PLACES.get(kind)
    if places and not facts.number.startswith(places):
        raise refuse(f"所选证件的号码应以{'或'.join(places)}开头。请核对证件类型和号码。")
    if facts.birth_date is not None:
        check_age(facts.birth_date, today)
    return facts


def check_free_form(kind: str, raw: str) -> DocumentFacts:
    """Return the number of a document that says neither birth nor sex (通行证、护照、军人证件). Raises InvalidError."""
    form, sentence = FREE_FORMS[kind]
    number = plain(raw).upper()
    if not form.fullmatch(number):
        raise refuse(sentence)
    return DocumentFacts(number, None, "")


def check_foreign(raw: str) -> DocumentFacts:
    """Return what a foreign permanent resident's number says: 2023 edition 18 characters, before 15."""
    number = plain(raw).upper()
    if OLD_PERMANENT_RESIDENT.fullmatch(number):
        return DocumentFacts(number, None, "")
    if not number.startswith("9"):
        raise refuse("外国人永久居留身份证号码应为以9开头的18位，或旧版3个字母加12位数字。")
    return check_resident_id(number)


def with_birth(facts: DocumentFacts, told: date | None, *, today: date) -> DocumentFacts:
    """Return a document's facts with the date of birth: its number's own, else the one printed on it, as it was typed.

    Raises InvalidError at `birth_date`: the rule of age holds for every document.
    """
    if facts.birth_date is not None:
        return facts
    if told is None:
        sentence = "这种证件的号码不含出生日期，请按证件上的出生日期填写。"
        raise InvalidError(sentence, fields={"birth_date": sentence}, code="birth_date_needed")
    check_age(told, today, field="birth_date")
    return replace(facts, birth_date=told)


def check_age(birth_date: date, today: date, *, field: str = "document_number") -> None:
    """Raise InvalidError for a birth in the future and for people who may not sign up by themselves."""
    age = today.year - birth_date.year - ((today.month, today.day) < (birth_date.month, birth_date.day))
    if birth_date > today:
        sentence = "出生日期晚于今天，请对照证件逐位核对。"
    elif age < YOUNGEST:
        sentence = "未满14周岁不能自行注册，请由监护人到区办现场办理。"
    elif age > 120:
        sentence = "出生日期过早，请对照证件逐位核对。"
    else:
        return
    raise InvalidError(sentence, fields={field: sentence}, code="document_invalid")


def check_name(raw: str) -> str:
    """Return a person's name without blanks at its ends. Raises InvalidError at the field."""
    name = re.sub(r"\s+", " ", unicodedata.normalize("NFKC", raw)).strip().replace("•", "·").replace("・", "·")
    if not 2 <= len(name) <= 50 or re.search(r"[0-9<>\"'%;()&+=@#]", name):
        sentence = "请填写与证件一致的姓名（2至50个字，不含数字和符号）。"
        raise InvalidError(sentence, fields={"name": sentence}, code="name_invalid")
    return name


@dataclass(frozen=True, slots=True)
class CardLine:
    """A line of text in a picture, and its corners in pixels, clockwise from where its reading begins."""

    text: str
    corners: tuple[tuple[float, float], ...]

    @property
    def middle(self) -> tuple[float, float]:
        """Return the middle of the line."""
        xs, ys = zip(*self.corners, strict=True)
        return sum(xs) / len(xs), sum(ys) / len(ys)

    @property
    def height(self) -> float:
        """Return the shorter side."""
        (ax, ay), (bx, by), (cx, cy) = self.corners[:3]
        return min(math.hypot(bx - ax, by - ay), math.hypot(cx - bx, cy - by))


@dataclass(frozen=True, slots=True)
class CardPicture:
    """What was read in a picture, and how sharp it is (variance of the Laplacian)."""

    lines: tuple[CardLine, ...]
    sharpness: float


@dataclass(frozen=True, slots=True)
class CardFacts:
    """What an ID card's picture prefills (拍照填写); the person checks it. The name is empty where it was not read."""

    name: str
    document_type: str
    document_number: str


def read_card(picture: CardPicture) -> CardFacts:
    """Return name and number of the front of an ID card, whichever way up. Raises InvalidError with what to do."""
    for line in picture.lines:
        for found in re.findall(r"\d{17}[\dXx]", plain(line.text)):
            try:
                facts = check_resident_id(found)
            except InvalidError:
                continue
            kind = next((kind for kind, places in PLACES.items() if found.startswith(places)), "resident_id")
            return CardFacts(name_on_card(picture.lines, line), kind, facts.number)
    raise no_number(picture)


def no_number(picture: CardPicture) -> InvalidError:
    """Return the refusal of a picture without a number that its check character confirms."""
    text = "".join(plain(line.text) for line in picture.lines)
    seen = sum(label in text for label in CARD_LABELS)
    if any(label in text for label in BACK_LABELS) and not seen:
        sentence = "这是身份证的国徽面。请拍印有照片和姓名的一面。"
    elif picture.sharpness < SHARP:
        sentence = f"照片模糊，看不清文字。{WHOLE_CARD}"
    elif seen >= 2 and CARD_LABELS[-1] not in text:
        sentence = f"没有拍到身份证号码，证件可能没有拍全。{WHOLE_CARD}"
    elif seen or re.search(r"\d{15,}", text):
        sentence = f"身份证号码没有看清，可能被反光或手指挡住。{WHOLE_CARD}"
    else:
        sentence = f"照片里没有看到身份证。{WHOLE_CARD}其他证件请手工填写。"
    return InvalidError(sentence, fields={"photo": sentence}, code="card_unreadable")


def name_on_card(lines: Sequence[CardLine], number: CardLine) -> str:
    """Return the name: what follows 姓名 in its line, or the next text to its right as the card lies. Empty if unread.

    The number stands under everything else: from it the card's own right and down are told.
    """
    label = next((line for line in lines if plain(line.text).startswith("姓名")), None)
    if label is None:
        return ""
    if rest := name_in(plain(label.text)[2:]):
        return rest
    down = direction(label, number)
    right = down[1], -down[0]
    beside = []
    for line in lines:
        x, y = line.middle[0] - label.middle[0], line.middle[1] - label.middle[1]
        along, across = x * right[0] + y * right[1], x * down[0] + y * down[1]
        if along > 0 and abs(across) < label.height and name_in(line.text):
            beside.append((along, name_in(line.text)))
    return min(beside)[1] if beside else ""


def direction(label: CardLine, number: CardLine) -> tuple[float, float]:
    """Return the card's own "down", one long: across the number's line, from the name's label to it."""
    (ax, ay), (bx, by), (cx, cy) = number.corners[:3]
    sides = ((bx - ax, by - ay), (cx - bx, cy - by))
    x, y = min(sides, key=lambda side: math.hypot(*side))
    length = math.hypot(x, y) or 1.0
    x, y = x / length, y / length
    towards = x * (number.middle[0] - label.middle[0]) + y * (number.middle[1] - label.middle[1])
    return (x, y) if towards > 0 else (-x, -y)


def name_in(text: str) -> str:
    """Return a text that may be a Chinese name, or nothing."""
    name = plain(text).replace("•", "·").replace("・", "·")
    return name if NAME_ON_CARD.fullmatch(name) and name not in CARD_LABELS else ""


def normalise_phone(raw: str) -> str:
    """Return a mainland mobile number as +86… (手机号). Raises InvalidError."""
    text = re.sub(r"[\s\-().\u2010-\u2015\u200b\ufeff]", "", unicodedata.normalize("NFKC", raw))
    digits = re.sub(r"^(?:\+86|0086|86(?=1[3-9]\d{9}$))", "", text)
    if not MOBILE.fullmatch(digits):
        sentence = "请输入11位中国大陆手机号，例如 138 开头的号码。"
        raise InvalidError(sentence, fields={"phone": sentence}, code="phone_invalid")
    return "+86" + digits


def looks_like_phone(raw: str) -> bool:
    """Return whether the text is a mainland mobile number in any spelling."""
    try:
        return bool(normalise_phone(raw))
    except InvalidError:
        return False


def mask_phone(phone: str) -> str:
    """Return 138****8000."""
    return f"{phone[3:6]}****{phone[-4:]}" if phone.startswith("+86") else "****"


def mask_document(number: str) -> str:
    """Return 999999********0020: place and last four stay; of shorter numbers the last two."""
    if len(number) >= 15:
        return f"{number[:6]}********{number[-4:]}"
    return f"****{number[-2:]}" if len(number) >= 8 else "****"


ERASED_NAME = "（已清除）"  # of a person whose data is past its keeping


def mask_name(name: str) -> str:
    """Return 王芳 as 王* and 欧阳示例 as 欧***: the first character stays."""
    return name if name == ERASED_NAME else name[:1] + "*" * (len(name) - 1)


def device_name(user_agent: str) -> str:
    """Return what people call a device, by its browser's signature (设备名称)."""
    return next((name for mark, name in (*DEVICES, *COMPUTERS) if mark in user_agent), "其他设备")


def merge_obstacle(
    *, is_same: bool, is_erased: bool, survivor_is_absorbed: bool, absorbed_is_absorbed: bool, absorbed_has_others: bool
) -> str:
    """Return why two records cannot become one, or nothing (不能合并的原因). A merge is flat: no record in a record in a record."""
    if is_same:
        return "两个证件号码是同一份档案，不需要合并。"
    if is_erased:
        return "其中一份档案的个人信息已按保存期限清除，无从核对，不能合并。"
    if absorbed_is_absorbed:
        return "要并入的档案已经并入另一份档案。确需改变，请先撤销那次合并。"
    if survivor_is_absorbed:
        return "要保留的档案已经并入另一份档案。请改为并入那一份。"
    if absorbed_has_others:
        return "要并入的档案已有别的档案并入。请以它为保留的一方，或先撤销那次合并。"
    return ""
