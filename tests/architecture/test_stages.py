"""Every app has its place in the order of stages and in the floors."""

import re
import tomllib
from pathlib import Path

from django.conf import settings

PYPROJECT = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text("utf-8"))
CONTRACTS = {contract["id"]: contract for contract in PYPROJECT["tool"]["importlinter"]["contracts"]}
SCREENS = {"lms.portal", "api", "lms.demo", "lms.kernel"}


def test_every_app_is_a_stage():
    stages = {name for layer in CONTRACTS["stages"]["layers"] for name in re.split(r"[|:]", layer.replace(" ", ""))}

    assert set(settings.OWN_APPS) - stages == set()


def test_every_domain_app_has_the_floors():
    assert set(CONTRACTS["floors"]["containers"]) == set(settings.OWN_APPS) - SCREENS
