"""Pages of a list, addressed by URL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from flask import request, url_for
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

T = TypeVar("T")
PAGE_SIZE = 25
_HIGHEST_PAGE = 100_000


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a list and the way to its neighbours."""

    items: Sequence[T]
    number: int
    total: int
    size: int = PAGE_SIZE

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-self.total // self.size))

    @property
    def prev_url(self) -> str | None:
        """Address of the page before, with the same filters."""
        return _url(self.number - 1) if self.number > 1 else None

    @property
    def next_url(self) -> str | None:
        """Address of the page after, with the same filters."""
        return _url(self.number + 1) if self.number < self.pages else None


def page_number() -> int:
    """The page asked for, 1 when missing or nonsense."""
    text = request.args.get("page", "1")
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 1
    return min(max(number, 1), _HIGHEST_PAGE)


def paginate(session: Session, statement: Select[T], *, size: int = PAGE_SIZE) -> Page[T]:
    """Run a statement of single entities for the page asked for: two statements, whatever the size of the list."""
    total = session.scalar(select(func.count()).select_from(statement.order_by(None).subquery())) or 0
    last = max(1, -(-total // size))
    number = min(page_number(), last)
    items = session.scalars(statement.limit(size).offset((number - 1) * size)).all() if total else []
    return Page(items, number, total, size)


def _url(number: int) -> str:
    arguments = {**(request.view_args or {}), **request.args.to_dict(flat=False), "page": number}
    return url_for(request.endpoint or "", **arguments)
