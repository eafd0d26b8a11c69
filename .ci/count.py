"""Print how many tests of a JUnit report passed and failed; skipped ones count as neither."""

import sys
import xml.etree.ElementTree as ET

passed = failed = 0
for case in ET.parse(sys.argv[1]).getroot().iter("testcase"):
    ends = {child.tag for child in case}
    if ends & {"failure", "error"}:
        failed += 1
    elif "skipped" not in ends:
        passed += 1
print(passed, failed)
