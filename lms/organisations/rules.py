"""The unified social credit code of a unit (统一社会信用代码). Pure.

Sources: GB 32100-2015 (18 characters, the last a check), GB 11714-1997 (the organisation code inside, its last a check).
"""

from __future__ import annotations

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # no I, O, S, V, Z
INNER_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
INNER_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
LENGTH = 18


def tidy_code(text: str) -> str:
    """Return a code as it is kept: capitals, no spaces or hyphens."""
    return "".join(text.split()).replace("-", "").upper()


def inner_check(eight: str) -> str:
    """Return the check character of an organisation code's first eight (组织机构代码校验)."""
    total = sum(INNER_ALPHABET.index(one) * weight for one, weight in zip(eight, INNER_WEIGHTS, strict=True))
    left = 11 - total % 11
    return "X" if left == 10 else "0" if left == 11 else str(left)


def outer_check(seventeen: str) -> str:
    """Return the check character of a credit code's first seventeen (统一社会信用代码校验)."""
    total = sum(ALPHABET.index(one) * pow(3, place, 31) for place, one in enumerate(seventeen))
    return ALPHABET[(31 - total % 31) % 31]


def credit_code_problem(code: str) -> str:
    """Return what is wrong with a tidied code, or nothing (统一社会信用代码检查)."""
    if len(code) != LENGTH:
        return f"统一社会信用代码应为18位，现在是{len(code)}位。请照营业执照或登记证书填写。"
    if strange := [one for one in code if one not in ALPHABET]:
        return f"统一社会信用代码里不会有“{strange[0]}”。请核对：字母I、O、S、V、Z不使用，多半是1、0、5、U、2。"
    if not code[2:8].isdigit():
        return "统一社会信用代码第3至8位是登记地的行政区划代码，应全是数字。请核对。"
    if inner_check(code[8:16]) != code[16]:
        return "统一社会信用代码中第9至17位的组织机构代码校验不符，可能有一位写错。请照证书核对。"
    if outer_check(code[:17]) != code[17]:
        return "统一社会信用代码的最后一位校验不符，可能有一位写错。请照证书核对。"
    return ""
