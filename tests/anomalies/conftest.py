import pytest

from tests.anomalies.stage import Stage, lay_stage


@pytest.fixture
def stage(cast, site_root, at) -> Stage:
    """Return a class, a policy in force, and a clock on a Wednesday morning."""
    return lay_stage(cast, site_root, at(2026, 5, 6, 9, 0))
