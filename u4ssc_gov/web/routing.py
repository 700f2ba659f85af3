"""Numbers in addresses: one that no row can have names nothing, and is a missing page rather than a database error."""

from __future__ import annotations

from werkzeug.routing import IntegerConverter, ValidationError

HIGHEST_ID = 2**31 - 1


class RowNumber(IntegerConverter):
    """``<int:…>`` in our addresses: from 0 to what an integer column holds."""

    def to_python(self, value: str) -> int:
        """Read the number; too large a one does not match."""
        number = super().to_python(value) if len(value) <= len(str(HIGHEST_ID)) else HIGHEST_ID + 1
        if number > HIGHEST_ID:
            raise ValidationError
        return int(number)
