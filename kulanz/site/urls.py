"""All addresses. Portal first: it is what people in trouble type in by hand."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from kulanz.api.statements import api
from kulanz.site import pages

urlpatterns: list[URLPattern | URLResolver] = [
    path("", pages.start, name="start"),
    path("p/", include("kulanz.portal.urls")),
    path("law/", include("kulanz.portal.calculators.urls")),
    path("desk/", include("kulanz.desk.urls")),
    path("office/", include("kulanz.office.urls")),
    path("", include("kulanz.office.open_urls")),
    path("api/", include("kulanz.api.urls")),
    path("api/v1/", api.urls),
    path("theme", pages.theme, name="theme"),
    path("styles/<slug:version>.css", pages.style_sheet, name="styles"),
    path("styleguide", pages.styleguide, name="styleguide"),
    path("i18n/", include("django.conf.urls.i18n")),
]
