"""Version 1 of the JSON API (接口第一版)."""

from typing import Any

from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema

from api.v1.auth import BOTH
from api.v1.errors import add_problem_media, translate_errors
from api.v1.limits import PerMinute
from api.v1.repeats import add_key_header, once
from api.v1.routers.appeals import router as appeals
from api.v1.routers.cases import router as cases
from api.v1.routers.catalogue import router as catalogue
from api.v1.routers.classes import router as classes
from api.v1.routers.face_enrolment import router as face_enrolment
from api.v1.routers.faces import router as faces
from api.v1.routers.institution import router as institution
from api.v1.routers.learning import router as learning
from api.v1.routers.live import router as live
from api.v1.routers.notices import router as notices
from api.v1.routers.people import router as people
from api.v1.routers.popups import router as popups
from api.v1.routers.practice import router as practice
from api.v1.routers.room_activities import router as room_activities
from api.v1.routers.room_files import router as room_files
from api.v1.routers.room_quizzes import router as room_quizzes
from api.v1.routers.room_slides import router as room_slides
from api.v1.routers.rooms import router as rooms
from api.v1.routers.study import router as study
from api.v1.routers.sync import router as sync
from api.v1.routers.wechat import router as wechat
from api.v1.sunset import mark_sunsets


class DocumentedApi(NinjaAPI):
    """The API with its refusals documented as they are sent."""

    def get_openapi_schema(self, **kwargs: Any) -> OpenAPISchema:
        """Return the document."""
        document = super().get_openapi_schema(**kwargs)
        add_problem_media(document)
        add_key_header(document)
        mark_sunsets(document)
        return document


api = DocumentedApi(
    title="职业技能培训平台",
    version="1.0.0",
    description="学员端、机构端和区办共用的接口。时间为带时区的 ISO 8601；位置为毫秒，时长为秒，金额为分。",
    docs_url=None,
    urls_namespace="api-1",
    auth=BOTH,
    throttle=PerMinute(),
)
api.add_decorator(once)
translate_errors(api)
api.add_router("", people, tags=["账号"])
api.add_router("", study, tags=["学习"])
api.add_router("", faces, tags=["学习"])
api.add_router("", face_enrolment, tags=["账号"])
api.add_router("", sync, tags=["我的班级"])
api.add_router("", learning, tags=["我的班级"])
api.add_router("", appeals, tags=["我的班级"])
api.add_router("", cases, tags=["我的班级"])
api.add_router("", popups, tags=["我的班级"])
api.add_router("", practice, tags=["我的班级"])
api.add_router("", live, tags=["我的班级"])
api.add_router("", rooms, tags=["直播教室"])
api.add_router("", room_activities, tags=["直播教室"])
api.add_router("", room_files, tags=["直播教室"])
api.add_router("", room_quizzes, tags=["直播教室"])
api.add_router("", room_slides, tags=["直播教室"])
api.add_router("", notices, tags=["消息"])
api.add_router("", catalogue, tags=["课程"])
api.add_router("", classes, tags=["班级"])
api.add_router("", institution, tags=["机构"])
api.add_router("", wechat, tags=["微信"])
