"""微信 (wechat): the official account as an outside system: its tokens, its pages' signatures, its callbacks, its messages.

Owns WeChatToken, WeChatAccount, WeChatEvent. Not: who signs in by it (people); which notices go out by it (notifications).
"""
