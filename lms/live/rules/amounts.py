"""How much a broadcast may bring, by whichever way it comes, and what is said to who teaches when it was too much. Pure."""

from __future__ import annotations

LEAST_FREE_BYTES = 2 << 30  # nobody goes on the air with less on the disk
LEAST_LEFT_BYTES = 512 << 20  # and with less nobody stays there: rows, logs and other lessons need it
TOO_MUCH, NO_SPACE = "too_much", "no_space"
CUTS = {
    TOO_MUCH: "码率太高，服务器收不下，直播已停止。请在推流软件里把码率调到2500kbps以下，再重新推流。",
    NO_SPACE: "服务器磁盘空间不足，直播已停止，已录的内容都在。请联系平台管理员清理后重新开播。",
}
