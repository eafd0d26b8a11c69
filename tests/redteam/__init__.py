"""The red team: cheats and honest learners against the study engine (docs/redteam.md). Run by `make redteam`."""
