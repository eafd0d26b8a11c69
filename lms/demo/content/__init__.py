"""The lessons of the demo district (示例课程): written for this project, checked by nobody but its authors."""

from lms.demo.content.service import CARER, PASTRY_COOK
from lms.demo.content.shapes import CourseText
from lms.demo.content.workshop import ELECTRICIAN, WELDER

COURSES: list[CourseText] = [WELDER, ELECTRICIAN, CARER, PASTRY_COOK]
