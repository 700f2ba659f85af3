"""Pages of a list, addressed by URL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Generic, TypeVar
from urllib.parse import urlencode

from flask import request, url_for
from sqlalchemy import Integer, Select, bindparam, func, select
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


def paginate(
    session: Session, statement: Select[T], *, size: int = PAGE_SIZE, values: Mapping[str, Any] | None = None
) -> Page[T]:
    """Run a statement of single entities for the page asked for: two statements, whatever the size of the list.

    ``values`` are the parameters of a statement that is composed once and kept; what is made of it is then kept too.
    """
    counting, showing = _made_of(statement) if values is None else _kept(statement)
    total = session.scalar(counting, values or {}) or 0
    last = max(1, -(-total // size))
    number = min(page_number(), last)
    part = {**(values or {}), "page_size": size, "page_offset": (number - 1) * size}
    items = session.scalars(showing, part).all() if total else []
    return Page(items, number, total, size)


def _made_of(statement: Select[T]) -> tuple[Select[int], Select[T]]:
    """The count of a list, and one page of it."""
    counting = select(func.count()).select_from(statement.order_by(None).subquery())
    showing = statement.limit(bindparam("page_size", type_=Integer)).offset(bindparam("page_offset", type_=Integer))
    return counting, showing


_kept = lru_cache(maxsize=256)(_made_of)


def _url(number: int) -> str:
    # Not through ``url_for``: it takes "endpoint" or "_scheme" in somebody's query for arguments of its own.
    filters = [(name, value) for name, value in request.args.items(multi=True) if name != "page"]
    return f"{url_for(request.endpoint or '', **(request.view_args or {}))}?{urlencode([*filters, ('page', number)])}"
