"""Identity documents, mobile numbers and masks. Pure. Sources: GB 11643-1999; docs/sources.md."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date

from lms.kernel.errors import InvalidError

DEVICES = (("MicroMessenger", "微信"), ("iPhone", "苹果手机"), ("iPad", "苹果平板"), ("Android", "安卓手机"))
COMPUTERS = (("Windows", "Windows 电脑"), ("Macintosh", "苹果电脑"), ("Linux", "Linux 电脑"))
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECK_CHARACTERS = "10X98765432"
MOBILE = re.compile(r"1[3-9]\d{9}")
EIGHTEEN = re.compile(r"\d{17}[\dX]")
OLD_PERMANENT_RESIDENT = re.compile(r"[A-Z]{3}\d{12}")
PLACES = {"residence_permit_hk_mo": ("810000", "820000"), "residence_permit_tw": ("830000",)}
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
    facts = check_foreign(raw) if kind == "foreign_permanent_resident" else check_resident_id(raw)
    places = PLACES.get(kind)
    if places and not facts.number.startswith(places):
        raise refuse(f"所选证件的号码应以{'或'.join(places)}开头。请核对证件类型和号码。")
    if facts.birth_date is not None:
        check_age(facts.birth_date, today)
    return facts


def check_foreign(raw: str) -> DocumentFacts:
    """Return what a foreign permanent resident's number says: 2023 edition 18 characters, before 15."""
    number = plain(raw).upper()
    if OLD_PERMANENT_RESIDENT.fullmatch(number):
        return DocumentFacts(number, None, "")
    if not number.startswith("9"):
        raise refuse("外国人永久居留身份证号码应为以9开头的18位，或旧版3个字母加12位数字。")
    return check_resident_id(number)


def check_age(birth_date: date, today: date) -> None:
    """Raise InvalidError for a birth in the future and for people who may not sign up by themselves."""
    if birth_date > today:
        raise refuse("证件号码中的出生日期晚于今天，请对照证件逐位核对。")
    age = today.year - birth_date.year - ((today.month, today.day) < (birth_date.month, birth_date.day))
    if age < YOUNGEST:
        raise refuse("未满14周岁不能自行注册，请由监护人到区办现场办理。")
    if age > 120:
        raise refuse("证件号码中的出生日期过早，请对照证件逐位核对。")


def check_name(raw: str) -> str:
    """Return a person's name without blanks at its ends. Raises InvalidError at the field."""
    name = re.sub(r"\s+", " ", unicodedata.normalize("NFKC", raw)).strip().replace("•", "·").replace("・", "·")
    if not 2 <= len(name) <= 50 or re.search(r"[0-9<>\"'%;()&+=@#]", name):
        sentence = "请填写与证件一致的姓名（2至50个字，不含数字和符号）。"
        raise InvalidError(sentence, fields={"name": sentence}, code="name_invalid")
    return name


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
    """Return 999999********0020: place and last four stay."""
    return f"{number[:6]}********{number[-4:]}" if len(number) >= 15 else "****"


def mask_name(name: str) -> str:
    """Return 王芳 as 王* and 欧阳示例 as 欧***: the first character stays."""
    return name[:1] + "*" * (len(name) - 1)


def device_name(user_agent: str) -> str:
    """Return what people call a device, by its browser's signature (设备名称)."""
    return next((name for mark, name in (*DEVICES, *COMPUTERS) if mark in user_agent), "其他设备")
