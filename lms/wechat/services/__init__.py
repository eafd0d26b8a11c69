"""The official account's deeds. Doors import from here."""

from lms.wechat.gateways import WeChatDownError, WeChatError, WeChatUnreachedError
from lms.wechat.services.binding import SPENT, bind_wechat, forget_wechat, unbind_wechat
from lms.wechat.services.callbacks import (
    answer_handshake,
    handle_event,
    purge_events,
    take_callback,
    when_message_ended,
)
from lms.wechat.services.messages import LONGEST_FIELD, Template, followers, send_to
from lms.wechat.services.pages import PageConfig, page_config

__all__ = [
    "LONGEST_FIELD",
    "PageConfig",
    "SPENT",
    "Template",
    "WeChatDownError",
    "WeChatError",
    "WeChatUnreachedError",
    "answer_handshake",
    "bind_wechat",
    "followers",
    "forget_wechat",
    "handle_event",
    "page_config",
    "purge_events",
    "send_to",
    "take_callback",
    "unbind_wechat",
    "when_message_ended",
]
