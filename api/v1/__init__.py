"""Version 1 of the JSON API (接口第一版)."""

from typing import Any

from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema

from api.v1.auth import BOTH
from api.v1.errors import add_problem_media, translate_errors
from api.v1.routers.catalogue import router as catalogue
from api.v1.routers.classes import router as classes
from api.v1.routers.learning import router as learning
from api.v1.routers.people import router as people
from api.v1.routers.popups import router as popups
from api.v1.routers.study import router as study


class DocumentedApi(NinjaAPI):
    """The API with its refusals documented as they are sent."""

    def get_openapi_schema(self, **kwargs: Any) -> OpenAPISchema:
        """Return the document."""
        document = super().get_openapi_schema(**kwargs)
        add_problem_media(document)
        return document


api = DocumentedApi(
    title="职业技能培训平台",
    version="1.0.0",
    description="学员端、机构端和区办共用的接口。时间为带时区的 ISO 8601；位置为毫秒，时长为秒，金额为分。",
    docs_url=None,
    urls_namespace="api-1",
    auth=BOTH,
)
translate_errors(api)
api.add_router("", people, tags=["账号"])
api.add_router("", study, tags=["学习"])
api.add_router("", learning, tags=["我的班级"])
api.add_router("", popups, tags=["我的班级"])
api.add_router("", catalogue, tags=["课程"])
api.add_router("", classes, tags=["班级"])
