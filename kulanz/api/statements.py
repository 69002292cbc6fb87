"""`POST /api/v1/statements`: programs hand in bank files with a bearer token. The description for machines is `/api/v1/openapi.json`."""

from __future__ import annotations

from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from ninja import File, NinjaAPI, Schema, Status
from ninja.files import UploadedFile
from ninja.security import HttpBearer

from kulanz.errors import KulanzError
from kulanz.payments.commands.collect import hand_in
from kulanz.payments.commands.tokens import use_token
from kulanz.payments.errors import FileTooLarge
from kulanz.payments.models import ApiToken
from kulanz.payments.reports import as_data, is_refused
from kulanz.site import clock

_ENVELOPE_BYTES: Final = 64 * 1024
"""What a multipart request needs beside the file."""


class StatementProblem(Schema):
    """Something in the file that cannot be taken as it stands, with its place. `refuses`: nothing of the statement was taken."""

    file: str
    line: int
    column: int
    code: str
    reason: str
    refuses: bool


class StatementOut(Schema):
    """What one statement of the file brought. Amounts are decimal strings; `unmatched` includes `proposed`."""

    account: str
    creditor: str
    number: str
    sequence: str
    currency: str
    entries: int
    pending: int
    lines: int
    sum: str
    opening: str | None
    closing: str | None
    new: int
    known: int
    booked: int
    proposed: int
    unmatched: int
    refused: bool
    problems: list[StatementProblem]


class ImportOut(Schema):
    """What the file brought."""

    file: str
    format: str
    refused: bool
    statements: list[StatementOut]
    problems: list[StatementProblem]


class ErrorOut(Schema):
    """Why the request was not done: a stable code, a German sentence, and what to do."""

    code: str
    message: str
    fix: str


class Authenticated(HttpRequest):
    """A request as `Bearer` lets it through: with the row of its token."""

    auth: ApiToken


class Bearer(HttpBearer):
    """The key in the header `Authorization: Bearer …`."""

    def authenticate(self, request: HttpRequest, token: str) -> ApiToken | None:
        """The token's row, or None for 401. A request that announces too much is not looked into."""
        if int(request.headers.get("Content-Length") or 0) > settings.KULANZ_UPLOAD_MAX_BYTES + _ENVELOPE_BYTES:
            raise FileTooLarge
        return use_token(token, now=clock.now())


api = NinjaAPI(
    title="Kulanz",
    version="1",
    description="Bank statements for programs. Handing in the same file again books nothing twice.",
    docs_url=None,
    openapi_url="openapi.json",
    urls_namespace="v1",
    auth=Bearer(),
)


@api.exception_handler(KulanzError)
def refused(request: HttpRequest, error: KulanzError) -> HttpResponse:
    """An expected error as data, with its status."""
    return api.create_response(request, {"code": error.code, "message": error.message, "fix": error.remedy}, status=error.status)


@api.post(
    "statements",
    response={200: ImportOut, 422: ImportOut | ErrorOut, 401: dict[str, str], 413: ErrorOut},
    url_name="statements",
    summary="Hand in a bank file",
)
def hand_in_statement(request: Authenticated, file: File[UploadedFile]) -> Status[dict[str, Any]]:
    """camt.052/053/054, MT940/MT942, a CSV of a known layout, or a zip of them, as the multipart field `file`.

    200: taken (now or before). 422: nothing was taken; the reasons stand in `problems`, or the account is not the token's.
    """
    if (file.size or 0) > settings.KULANZ_UPLOAD_MAX_BYTES:
        raise FileTooLarge
    token = request.auth
    scope = None if token.creditor_id is None else {token.creditor_id}
    result = hand_in(
        file.read(), file.name or "statement", creditor_ids=scope, actor=f"api:{token.label}"[:80], now=clock.now(), day=clock.today()
    )
    return Status(422 if is_refused(result) else 200, as_data(result))
