"""Forms that are sent to the server (application/x-www-form-urlencoded)."""

from __future__ import annotations

import asyncio
from urllib.parse import parse_qsl

from starlette.exceptions import HTTPException
from starlette.requests import Request

#: A form holds an address and some words: no honest one is longer.
_LONGEST_BODY = 16_384
_MOST_FIELDS = 20
#: How long a body may take to come, in seconds.
_PATIENCE = 10.0


async def fields(request: Request) -> dict[str, str]:
    """Return the fields of a form. Raises HTTPException for one that is too long or too slow."""
    body = bytearray()
    try:
        async with asyncio.timeout(_PATIENCE):
            async for part in request.stream():
                body += part
                if len(body) > _LONGEST_BODY:
                    raise HTTPException(413)
    except TimeoutError:
        raise HTTPException(408) from None
    try:
        pairs = parse_qsl(
            body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=_MOST_FIELDS
        )
    except ValueError:
        raise HTTPException(413) from None
    return dict(pairs)
