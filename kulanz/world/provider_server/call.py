"""A request to the played provider and its answer, without any network."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs


@dataclass(frozen=True, slots=True)
class Call:
    """One HTTP request. Header names are lower case."""

    verb: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    def form(self) -> dict[str, str]:
        """The body as form fields."""
        return {name: values[0] for name, values in parse_qs(self.body.decode(), keep_blank_values=True).items()}

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body) if self.body else {}


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer: an object (sent as JSON), a page, or a PDF file."""

    content: Any = None
    status: int = 200
    page: str = ""
    location: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    file: bytes = b""

    @property
    def kind(self) -> str:
        """The content type."""
        return "application/pdf" if self.file else "text/html; charset=utf-8" if self.page else "application/json"

    @property
    def body(self) -> bytes:
        if self.file:
            return self.file
        return self.page.encode() if self.page or self.content is None else json.dumps(self.content).encode()


NOT_FOUND = Answer({"error": "not found"}, 404)
