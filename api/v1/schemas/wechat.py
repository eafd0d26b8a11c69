"""What pages inside WeChat ask for, in JSON."""

from __future__ import annotations

from ninja import Field, Schema


class JsSdkIn(Schema):
    """A page."""

    url: str = Field(description="The whole address of the page, as the browser has it.", min_length=1, max_length=4000)


class JsSdkOut(Schema):
    """What a page hands to wx.config."""

    app_id: str
    timestamp: int
    nonce_str: str
    signature: str
