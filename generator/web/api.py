"""The API: every route below /api/v1.

Place in the pipeline: a part of the door `web`. In: requests; out: JSON, PDFs and event streams, and for all that goes
wrong `application/problem+json`. OpenAPI (https://spec.openapis.org/oas/v3.1.0) describes it at
/api/v1/openapi.json. What a caller may not see answers as what is not there.
"""

from __future__ import annotations

import re
from typing import Any

from fastapi import APIRouter, FastAPI

from . import editions, holdings, making, shapes
from .answers import BASE, Id, Row, problems
from .problems import KINDS, absent

ANY = (400, 401, 403, 404, 405, 408, 409, 410, 413, 422, 429, 500, 503)
"""Statuses of problems that any request may meet."""
router = APIRouter(prefix=BASE, responses=problems(*ANY))
for part in (holdings, editions, making):
    router.include_router(part.router)



@router.get("/problems/{kind}", response_model=shapes.KindShape, tags=["problems"])
def show_kind(kind: Id) -> Row:
    """Show what a kind of problem is: the end of a problem's `type`."""
    if kind not in KINDS:
        raise absent()
    found = KINDS[kind]
    return {"kind": kind, "status": found.status, "title": found.title, "retry": found.again is not None}


class Described(FastAPI):
    """An application whose OpenAPI description tells problems and tokens too."""

    def openapi(self) -> dict[str, Any]:
        """Return the description, made once."""
        if self.openapi_schema is None:
            found = super().openapi()
            parts = found.setdefault("components", {})
            reference = "#/components/schemas/{model}"
            problem = shapes.ProblemShape.model_json_schema(ref_template=reference)
            problem.pop("$defs", None)
            parts.setdefault("schemas", {})["ProblemShape"] = problem
            if not self.state.door.serving.local:
                parts["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
                found["security"] = [{"token": []}]
            self.openapi_schema = found
        return self.openapi_schema

    def methods_of(self, path: str) -> str:
        """Return the methods that are described for a path, as a header lists them; "" for a path that is not."""
        for template, methods in self.openapi()["paths"].items():
            if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path):
                return ", ".join(sorted(method.upper() for method in methods))
        return ""
