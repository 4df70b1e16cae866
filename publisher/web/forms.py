"""Forms that are sent to the server (application/x-www-form-urlencoded)."""

from __future__ import annotations

import asyncio
from urllib.parse import parse_qsl

from starlette.exceptions import HTTPException
from starlette.requests import Request

#: The largest size of a form in bytes: it has an address and a few words.
_LONGEST_BODY = 16_384
_MOST_FIELDS = 20
#: How long a body may take to arrive, in seconds.
_TIMEOUT = 10.0


async def form_fields(request: Request) -> dict[str, str]:
    """Return the fields of a form; of repeated ones the last.

    Raises HTTPException for one that is too long (413) or too slow (408).
    """
    body = bytearray()
    try:
        async with asyncio.timeout(_TIMEOUT):
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
