"""Outside systems of accounts: short messages (sms), the reader of ID cards in a process of its own (cards, reader)."""
