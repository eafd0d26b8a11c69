"""What Chromium offers a WHIP server, as it was said, its addresses and its rarer codecs left out: nobody connects by it."""

from __future__ import annotations

TRANSPORT = """c=IN IP4 0.0.0.0
a=ice-ufrag:m1vV
a=ice-pwd:p0UZQrA8bCVhOuPoQhQChBjm
a=fingerprint:sha-256 2B:D7:B7:1C:3D:D4:0B:C4:EA:CB:8B:43:0B:FE:32:3B:C1:C5:8C:40:DD:E6:26:8F:28:14:2C:76:69:21:1E:AD
a=setup:actpass
a=sendonly
a=rtcp-mux
"""
H264 = "a=rtpmap:102 H264/90000\na=fmtp:102 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f\n"
CODECS = {"h264": ("102", H264), "vp8": ("96", "a=rtpmap:96 VP8/90000\n"), "av1": ("45", "a=rtpmap:45 AV1/90000\n")}


def offer(*pictures: str, has_sound: bool = True) -> str:
    """Return an offer with these codecs of the picture, or none, and with sound or not."""
    kinds = []
    if pictures:
        numbers = " ".join(CODECS[one][0] for one in pictures)
        kinds.append(
            f"m=video 9 UDP/TLS/RTP/SAVPF {numbers}\n{TRANSPORT}" + "".join(CODECS[one][1] for one in pictures)
        )
    if has_sound:
        kinds.append(f"m=audio 9 UDP/TLS/RTP/SAVPF 111\n{TRANSPORT}a=rtpmap:111 opus/48000/2\n")
    media = "".join(kind + f"a=mid:{mid}\n" for mid, kind in enumerate(kinds))
    bundle = " ".join(map(str, range(len(kinds))))
    head = (
        f"v=0\no=- 4727724453629591499 2 IN IP4 127.0.0.1\ns=-\nt=0 0\na=group:BUNDLE {bundle}\na=msid-semantic: WMS\n"
    )
    return (head + media).replace("\n", "\r\n")
