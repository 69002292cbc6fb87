"""Where payment providers report. No session, no cookie, no page: genuine or not is all that counts, and the answer says only that."""

from __future__ import annotations

from typing import Final

import structlog
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from kulanz.payments.commands.checkouts import hear
from kulanz.payments.providers.errors import ProviderError
from kulanz.payments.providers.port import Delivery
from kulanz.site import clock

log = structlog.get_logger()

BODY_MAX: Final = 256 * 1024
_USELESS_TO_REPEAT: Final = {502: 400}
"""A provider repeats what we answer with 5xx. An unreadable message does not get better by that."""


@csrf_exempt
@never_cache
@transaction.non_atomic_requests
@require_POST
def provider(request: HttpRequest, provider: str, endpoint_id: str) -> HttpResponse:
    """Take one delivery. 200: taken (now or before). 400: not genuine. 404: no such endpoint. 503: please again later."""
    if int(request.headers.get("Content-Length") or 0) > BODY_MAX:
        return HttpResponse(status=413)
    headers = {name.lower(): value for name, value in request.headers.items()}
    ours = f"{settings.KULANZ_PUBLIC_URL}{request.get_full_path()}"
    try:
        new = hear(provider, endpoint_id, Delivery(headers, request.body, ours), day=clock.today(), now=clock.now())
    except ProviderError as error:
        log.warning("webhook", provider=provider if error.status != 404 else "unknown", outcome=error.code)
        return HttpResponse(error.code, content_type="text/plain", status=_USELESS_TO_REPEAT.get(error.status, error.status))
    log.info("webhook", provider=provider, outcome="new" if new else "known")
    return HttpResponse("ok", content_type="text/plain")
