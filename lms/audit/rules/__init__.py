"""The Merkle log of evidence (存证日志), pure: its hashes, its sources, how a tape is cut, how all is checked."""
