"""How a record becomes a leaf, a tree a root, and how an evidence package is checked (核验程序).

Standard library only: this file lies in every evidence package as verify.py and is all that an auditor needs:
`python3 verify.py PACKAGE.zip [--key PUBLIC_KEY]`. Source of tree and proofs: RFC 6962, RFC 9162 §2.1; of signatures: RFC 8032.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
import zipfile
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any, NamedTuple

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
NAIVE_EPOCH = EPOCH.replace(tzinfo=None)
MICROSECOND = timedelta(microseconds=1)
SHORT_OFFSET = re.compile(r"([+-]\d\d)$")
SALT_BYTES, ROW_MARK_BYTES = 16, 8


# --- the tree ---


def sha256(*parts: bytes) -> bytes:
    """Return the SHA-256 of the parts one after another."""
    return hashlib.sha256(b"".join(parts)).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return an inner node."""
    return sha256(b"\1", left, right)


def half(size: int) -> int:
    """Return the largest power of two below `size` (2 or more)."""
    return 1 << ((size - 1).bit_length() - 1)


class Peaks:
    """A growing tree of which only the peaks are kept: enough for its root (树冠)."""

    def __init__(self) -> None:
        self.size = 0
        self.peaks: list[bytes] = []

    def append(self, leaf: bytes) -> None:
        """Take one leaf more."""
        size, last = self.size, leaf
        while size & 1:
            last = node_hash(self.peaks.pop(), last)
            size >>= 1
        self.peaks.append(last)
        self.size += 1

    def root(self) -> bytes:
        """Return the root of what was taken so far."""
        if not self.peaks:
            return sha256()
        root = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            root = node_hash(peak, root)
        return root


def inclusion_ranges(place: int, size: int) -> list[tuple[int, int]]:
    """Return which subtrees [from, to) prove that a leaf lies in a tree, from the leaf upwards."""
    start, end, ranges = 0, size, []
    while end - start > 1:
        middle = start + half(end - start)
        if place < middle:
            ranges.append((middle, end))
            end = middle
        else:
            ranges.append((start, middle))
            start = middle
    return ranges[::-1]


def root_from_inclusion(leaf: bytes, place: int, size: int, proof: Sequence[bytes]) -> bytes:
    """Return the root to which a proof leads (RFC 9162 §2.1.3.2). Raises ValueError when the proof has another length."""
    if not 0 <= place < size:
        raise ValueError("no such place in the tree")
    this, last, root = place, size - 1, leaf
    for step in proof:
        if last == 0:
            raise ValueError("the proof is too long")
        if this & 1 or this == last:
            root = node_hash(step, root)
            while not this & 1 and this:
                this, last = this >> 1, last >> 1
        else:
            root = node_hash(root, step)
        this, last = this >> 1, last >> 1
    if last:
        raise ValueError("the proof is too short")
    return root


def consistency_ranges(old: int, new: int) -> list[tuple[int, int]]:
    """Return which subtrees [from, to) prove that a tree of `new` leaves begins with one of `old` (RFC 9162 §2.1.4.1)."""
    start, end, whole, ranges = 0, new, True, []
    while old != end:
        middle = start + half(end - start)
        if old <= middle:
            ranges.append((middle, end))
            end = middle
        else:
            ranges.append((start, middle))
            start, whole = middle, False
    if not whole:
        ranges.append((start, end))
    return ranges[::-1]


def is_consistent(old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Return whether the tree of `new` leaves begins with that of `old` (RFC 9162 §2.1.4.2). Sizes: 0 < old <= new."""
    if old == new:
        return old_root == new_root and not proof
    steps = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    this, last = old - 1, new - 1
    while this & 1:
        this, last = this >> 1, last >> 1
    if not steps:
        return False
    first = second = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if this & 1 or this == last:
            first, second = node_hash(step, first), node_hash(step, second)
            while not this & 1 and this:
                this, last = this >> 1, last >> 1
        else:
            second = node_hash(second, step)
        this, last = this >> 1, last >> 1
    return first == old_root and second == new_root and last == 0


# --- a record ---


def microseconds(value: Any) -> int:
    """Return a moment in µs since 1970: of a datetime, or of the text of SQLite (UTC), PostgreSQL or ISO 8601."""
    if not isinstance(value, datetime):
        text = SHORT_OFFSET.sub(r"\1:00", str(value).strip().replace("Z", "+00:00"))
        head, dot, rest = text.partition(".")
        if dot:  # Python below 3.11 reads three or six digits only
            digits = re.match(r"\d+", rest)
            fraction = digits.group() if digits else ""
            text = f"{head}.{fraction:0<6}{rest[len(fraction) :]}"
        value = datetime.fromisoformat(text)
    return int((value - (EPOCH if value.tzinfo else NAIVE_EPOCH)) // MICROSECOND)


def as_boolean(value: Any) -> bool:
    """Return True or False of what databases and dumps write."""
    return value in (True, 1, "t", "true", "1")


def as_json(value: Any) -> Any:
    """Return parsed JSON."""
    return json.loads(value) if isinstance(value, (str, bytes)) else value


def as_number(value: Any) -> str:
    """Return a decimal number without trailing zeros."""
    return format(Decimal(str(value)).normalize(), "f")


KINDS: dict[str, Any] = {
    "int": int,
    "text": str,
    "uuid": lambda value: str(value).replace("-", "").lower(),
    "time": microseconds,
    "date": lambda value: str(value)[:10],
    "bool": as_boolean,
    "json": as_json,
    "number": as_number,
}


COMPACT = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def compact(value: Any) -> bytes:
    """Return JSON with sorted keys and no blanks, in UTF-8."""
    return COMPACT.encode(value).encode("utf-8", "surrogatepass")


def canonical(kinds: Sequence[str], row: Sequence[Any]) -> list[Any]:
    """Return a row's values as they are hashed, the same from every database and dump."""
    return [None if value is None else KINDS[kind](value) for kind, value in zip(kinds, row)]


def record_hash(source: str, key: tuple[int, int, int], rows: Sequence[Any], salt: bytes) -> bytes:
    """Return the leaf of a record: its source, its key (series, first, last) and its canonical rows, salted."""
    return sha256(b"\0", salt, compact([source, *key, list(rows)]))


def row_mark(row: Sequence[Any]) -> bytes:
    """Return eight bytes by which a changed row is found inside its segment."""
    return sha256(compact(list(row)))[:ROW_MARK_BYTES]


# --- heads and signatures (Ed25519, RFC 8032) ---

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
SQRT_M1 = pow(2, (P - 1) // 4, P)


class Point(NamedTuple):
    """A point of the curve in extended coordinates."""

    x: int
    y: int
    z: int
    t: int


def add(a: Point, b: Point) -> Point:
    """Return the sum of two points."""
    left = (a.y - a.x) * (b.y - b.x) % P
    right = (a.y + a.x) * (b.y + b.x) % P
    cross, double = 2 * a.t * b.t * D % P, 2 * a.z * b.z % P
    e, f, g, h = right - left, double - cross, double + cross, right + left
    return Point(e * f % P, g * h % P, f * g % P, e * h % P)


def times(number: int, point: Point) -> Point:
    """Return a multiple of a point."""
    result = Point(0, 1, 1, 0)
    while number:
        if number & 1:
            result = add(result, point)
        point, number = add(point, point), number >> 1
    return result


def point_of(packed: bytes) -> Point:
    """Return a point of its 32 bytes. Raises ValueError for what is none."""
    number = int.from_bytes(packed, "little")
    sign, y = number >> 255, number & ((1 << 255) - 1)
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * SQRT_M1 % P
    if y >= P or (x * x - square) % P or (x == 0 and sign):
        raise ValueError("not a point of the curve")
    x = P - x if x & 1 != sign else x
    return Point(x, y, 1, x * y % P)


BASE = point_of((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def is_signed(public: bytes, signature: bytes, message: bytes) -> bool:
    """Return whether a message bears the signature of a key."""
    try:
        key, nonce = point_of(public), point_of(signature[:32])
    except ValueError:
        return False
    scalar = int.from_bytes(signature[32:], "little")
    if len(signature) != 64 or scalar >= L:
        return False
    challenge = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % L
    one, two = times(scalar, BASE), add(nonce, times(challenge, key))
    return (one.x * two.z - two.x * one.z) % P == 0 and (one.y * two.z - two.y * one.z) % P == 0


class Head(NamedTuple):
    """A signed head (签名树头). `at_ms`: ms since 1970; root, key and signature in hex."""

    size: int
    root: str
    at_ms: int
    key: str
    signature: str

    def message(self) -> bytes:
        """Return what is signed."""
        return f"ledger-head/1\n{self.size}\n{self.root}\n{self.at_ms}\n".encode()

    def stamped(self) -> bytes:
        """Return what a time-stamping authority stamps: head and signature."""
        return self.message() + f"{self.signature}\n".encode()

    def holds(self) -> bool:
        """Return whether its key signed it."""
        return is_signed(bytes.fromhex(self.key), bytes.fromhex(self.signature), self.message())


class Key(NamedTuple):
    """A signing key, in hex: the key before it, since which size of the log it signs, and the signatures of both."""

    public: str
    previous: str
    since_size: int
    since_ms: int
    endorsement: str  # of the key before it (背书); empty for the first key and after a loss
    acceptance: str  # its own

    def message(self) -> bytes:
        """Return what both keys sign."""
        return f"ledger-key/1\n{self.public}\n{self.previous}\n{self.since_size}\n{self.since_ms}\n".encode()


def fingerprint(public: str) -> str:
    """Return the short name of a key, as it is published (公钥指纹)."""
    return sha256(bytes.fromhex(public)).hex()[:16]


def signed_by(public: str, signature: str, message: bytes) -> bool:
    """Return whether a key signed, all in hex."""
    return bool(public and signature) and is_signed(bytes.fromhex(public), bytes.fromhex(signature), message)


def trusted_keys(keys: Sequence[Key], pinned: Iterable[str]) -> set[str]:
    """Return the keys that may be trusted: those pinned, and what they vouch for.

    A key vouches for the one after it by endorsing it, and for the one before it by accepting it.
    """
    trusted = set(pinned)
    for key in keys:
        if key.previous in trusted and signed_by(key.previous, key.endorsement, key.message()):
            trusted.add(key.public)
    for key in reversed(keys):
        if key.previous and key.public in trusted and signed_by(key.public, key.acceptance, key.message()):
            trusted.add(key.previous)
    return trusted


# --- an evidence package ---

FORMAT = "ledger-package/1"
LOGS = ("deed", "operation")  # what the operation log is called, and was until November 2026
OUTSIDE = {"manifest.json", "seal.json", "proofs.json"}  # they prove the others


class Package:
    """Checks an evidence package (证据包) by itself: no database, no network, no platform."""

    def __init__(self, archive: zipfile.ZipFile, pinned: Sequence[str]) -> None:
        self.archive, self.pinned = archive, list(pinned)
        self.said: list[str] = []
        self.faults: list[str] = []
        self.records = 0

    def check(self) -> None:
        """Fill `said` and `faults`, a Chinese sentence each."""
        try:
            manifest, seal, proofs = (
                json.loads(self.archive.read(f"{name}.json")) for name in ("manifest", "seal", "proofs")
            )
            if manifest.get("format") != FORMAT:
                raise ValueError("another format")
            self.hashes = {name: bytes.fromhex(text) for name, text in proofs.items()}
            self.head, self.keys = Head(**seal["head"]), [Key(**key) for key in seal["keys"]]
            self.check_files(manifest["files"])
            self.check_head(seal["stamped"])
            for source in manifest["sources"]:
                self.check_source(source)
            self.check_seal(seal["record"], manifest["sources"])
        except (KeyError, TypeError, ValueError, AttributeError, zipfile.BadZipFile) as error:
            self.faults.append(f"证据包的结构不对，无法继续核验（{type(error).__name__}：{error}）。")
        self.said.append(f"核对了{self.records}条存证记录。")

    def check_files(self, files: dict[str, str]) -> None:
        """Compare every file with the list."""
        there = set(self.archive.namelist()) - OUTSIDE
        for name in sorted(there | set(files)):
            if name not in files:
                self.faults.append(f"文件 {name} 不在清单里：是后来加进来的。")
            elif name not in there:
                self.faults.append(f"清单里的文件 {name} 不见了。")
            elif sha256(self.archive.read(name)).hex() != files[name]:
                self.faults.append(f"文件 {name} 被改动：与清单里的散列不符。")

    def check_head(self, stamped: dict[str, Any] | None) -> None:
        """Check the signature of the head and of an earlier one that bears a time stamp."""
        moment = (EPOCH + timedelta(milliseconds=self.head.at_ms)).isoformat()
        self.said.append(f"签名树头：{self.head.size}条，{moment}，公钥指纹 {fingerprint(self.head.key)}。")
        if not self.head.holds():
            self.faults.append("签名树头的签名不对。")
        if not self.pinned:
            self.said.append("没有给出公钥（--key）：请把上面的指纹与主管部门公布的指纹核对。")
        elif self.head.key not in trusted_keys(self.keys, self.pinned):
            self.faults.append("签名树头不是由给出的公钥（或它背书的公钥）签署的。")
        if stamped is None:
            self.said.append("这份证据包还没有第三方时间戳。")
            return
        head = Head(**stamped)
        steps = [self.proven(part) for part in consistency_ranges(head.size, self.head.size)]
        roots = bytes.fromhex(head.root), bytes.fromhex(self.head.root)
        if not head.holds() or not is_consistent(head.size, self.head.size, *roots, steps):
            self.faults.append("带时间戳的树头与签名树头不一致。")
        if self.archive.read("stamp/head.txt") != head.stamped():
            self.faults.append("stamp/head.txt 不是带时间戳的树头。")
        command = "openssl ts -verify -in stamp/stamp.tsr -data stamp/head.txt -CAfile 时间戳机构根证书.pem"
        self.said.append(f"前{head.size}条有第三方时间戳，可用这条命令核验：{command}")

    def proven(self, part: tuple[int, int]) -> bytes:
        """Return the hash of a subtree."""
        return self.hashes[f"{part[0]}-{part[1]}"]

    def check_source(self, source: dict[str, Any]) -> None:
        """Check every record of a source."""
        for line in self.archive.read(f"rows/{source['name']}.jsonl").splitlines():
            self.check_record(source, json.loads(line))

    def check_record(self, source: dict[str, Any], record: dict[str, Any]) -> None:
        """Check that a record is the leaf at its place of the signed tree."""
        self.records += 1
        key = record["series"], record["first"], record["last"]
        leaf = record_hash(source["name"], key, record["rows"], bytes.fromhex(record["salt"]))
        place, size = record["position"], self.head.size
        try:
            proof = [self.proven(part) for part in inclusion_ranges(place, size)]
            holds = root_from_inclusion(leaf, place, size, proof).hex() == self.head.root
        except (KeyError, ValueError):
            holds = False
        if not holds:
            rows = f"{key[1]}" if key[1] == key[2] else f"{key[1]}至{key[2]}（序列{key[0]}）"
            self.faults.append(
                f"{source['label']}第{rows}号记录与存证第{place}条不符：被改动、换位，或不是原来的记录。"
            )

    def check_seal(self, record: dict[str, Any], sources: Sequence[dict[str, Any]]) -> None:
        """Check that the list of files is the one that was logged when the package was made."""
        source = next(one for one in sources if one["name"] in LOGS)
        self.check_record(source, record)
        data = record["rows"][0][[name for name, _ in source["columns"]].index("data")]
        if data.get("manifest") != sha256(self.archive.read("manifest.json")).hex():
            self.faults.append("清单 manifest.json 不是平台生成这份证据包时存证的那一份。")


def check_package(path: str, pinned: Sequence[str] = ()) -> tuple[list[str], list[str]]:
    """Return what is to be said of an evidence package and what is wrong with it. Raises OSError, BadZipFile."""
    with zipfile.ZipFile(path) as archive:
        package = Package(archive, pinned)
        package.check()
    return package.said, package.faults


def main(words: Sequence[str]) -> int:
    """Check the package that is named; return 1 when something is wrong."""
    if not words or words[0].startswith("-"):
        sys.stderr.write("用法：python3 verify.py 证据包.zip [--key 公钥(十六进制)]\n")
        return 2
    pinned = [words[place + 1] for place, word in enumerate(words[:-1]) if word == "--key"]
    try:
        said, faults = check_package(words[0], pinned)
    except (OSError, zipfile.BadZipFile) as error:
        sys.stderr.write(f"打不开证据包：{error}\n")
        return 2
    for sentence in said:
        sys.stdout.write(f"{sentence}\n")
    for sentence in faults:
        sys.stdout.write(f"× {sentence}\n")
    sys.stdout.write(f"发现{len(faults)}处问题。\n" if faults else "全部相符：没有发现改动。\n")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
