"""Filing and deciding appeals of withheld time: the deeds. Doors import from here."""

from lms.appeals.services.deciding import confirm_opinion, open_appeal_file, propose_opinion
from lms.appeals.services.filing import file_appeal, withdraw_appeal

__all__ = ["confirm_opinion", "file_appeal", "open_appeal_file", "propose_opinion", "withdraw_appeal"]
