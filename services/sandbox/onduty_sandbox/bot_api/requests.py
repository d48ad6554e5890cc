"""Taking a Bot API request apart: query, form, JSON or multipart.

https://core.telegram.org/bots/api#making-requests
"""

from dataclasses import dataclass
from urllib.parse import parse_qsl

from aiohttp import BodyPartReader, web

from onduty_sandbox.wire.arguments import check_utf8, decode_json
from onduty_sandbox.wire.errors import ApiError, bad_request, not_utf8
from onduty_sandbox.wire.json_types import Json

# "Bots can currently send files of any type of up to 50 MB in size."
LARGEST_UPLOAD_BYTES = 50 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Upload:
    """A file in a multipart body."""

    file_name: str
    mime_type: str
    data: bytes


async def read_request(request: web.Request) -> tuple[Json, dict[str, Upload]]:
    """Return parameters and uploads; the body wins over the query."""
    values: Json = {}
    if request.query_string:
        values.update(_form(request.rel_url.raw_query_string))
    uploads: dict[str, Upload] = {}
    if not request.body_exists:
        return values, uploads
    match request.content_type:
        case "multipart/form-data":
            await _read_parts(request, values, uploads)
        case "application/json":
            values.update(_json_object(await _body(request)))
        case _:
            try:
                values.update(_form((await _body(request)).decode()))
            except UnicodeDecodeError:
                raise not_utf8() from None
    return values, uploads


async def _body(request: web.Request) -> bytes:
    try:
        return await request.read()
    except web.HTTPRequestEntityTooLarge:
        raise ApiError(413, "Request Entity Too Large") from None


def _form(source: str) -> Json:
    try:
        pairs = parse_qsl(source, keep_blank_values=True, errors="strict")
    except UnicodeDecodeError:
        raise not_utf8() from None
    return dict(pairs)


def _json_object(body: bytes) -> Json:
    if not body:
        return {}
    try:
        value = decode_json(body)
    except ValueError:
        raise bad_request("can't parse JSON object") from None
    if not isinstance(value, dict):
        raise bad_request("can't parse JSON object")
    return value


async def _read_parts(request: web.Request, values: Json, uploads: dict[str, Upload]) -> None:
    received = 0
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader) or part.name is None:
            continue
        data = bytearray()
        while chunk := await part.read_chunk(1 << 16):
            data += chunk
            received += len(chunk)
            if received > LARGEST_UPLOAD_BYTES:
                raise ApiError(413, "Request Entity Too Large")
        if part.filename is None:
            values[part.name] = _part_text(bytes(data))
        else:
            check_utf8(part.filename)
            mime_type = part.headers.get("Content-Type", "application/octet-stream")
            uploads[part.name] = Upload(part.filename, mime_type, bytes(data))


def _part_text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise not_utf8() from None
