"""From the parameters of a message to the text that Telegram keeps of it."""

import re
from collections.abc import Callable, Iterator

from onduty_sandbox.texts.found_links import find_links
from onduty_sandbox.texts.html import parse_html, utf16_length
from onduty_sandbox.wire.arguments import Arguments
from onduty_sandbox.wire.errors import ApiError, bad_request
from onduty_sandbox.wire.json_types import Json, JsonValue

# sendMessage, text: "1-4096 characters after entities parsing"; captions 1024. UTF-16 units.
LONGEST_TEXT = 4096
LONGEST_CAPTION = 1024
# The official server refuses more bytes than this before it parses them.
LONGEST_SOURCE_BYTES = 1 << 15

CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")
DETECTED = re.compile(
    r"(?P<mention>(?<![\w/@])@[A-Za-z][A-Za-z0-9_]{3,31}\b)"
    r"|(?P<bot_command>(?<![\w/<>])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?(?![\w/<>]))"
    r"|(?P<hashtag>(?<![\w#])#\w*[^\W\d]\w*)"
)
HINTS = re.compile(r"[/@#.]")
# Nothing is detected inside these.
OPAQUE = frozenset({"code", "pre", "text_link", "text_mention", "custom_emoji"})

FindUser = Callable[[int], Json | None]


def read_text(arguments: Arguments, find_user: FindUser) -> tuple[str, list[Json]]:
    """Read text, parse_mode and entities of a text message; raises what Telegram would answer."""
    source = arguments.text("text")
    if not source:
        raise bad_request("message text is empty")
    text, entities = _read(arguments, source, "entities", find_user)
    if not text:
        raise bad_request("text must be non-empty")
    if utf16_length(text) > LONGEST_TEXT:
        raise bad_request("message is too long")
    return text, entities


def read_caption(arguments: Arguments, find_user: FindUser) -> tuple[str, list[Json]]:
    """Read caption, parse_mode and caption_entities; no caption is an empty one."""
    source = arguments.text("caption")
    text, entities = _read(arguments, source, "caption_entities", find_user)
    if utf16_length(text) > LONGEST_CAPTION:
        raise bad_request("message caption is too long")
    return text, entities


def plain_text(source: str) -> tuple[str, list[Json]]:
    """Clean a text as typed by a user and find its commands, mentions and links."""
    text, entities = _trim(_clean(source.replace("\r", "")), [])
    return text, _with_detected(text, entities)


def _read(
    arguments: Arguments, source: str, entities_name: str, find_user: FindUser
) -> tuple[str, list[Json]]:
    if len(source.encode()) > LONGEST_SOURCE_BYTES:
        raise bad_request("text is too long")
    mode = arguments.text("parse_mode").lower()
    if source and mode and mode != "none":
        if mode in ("markdown", "markdownv2"):
            raise bad_request("the sandbox speaks parse_mode HTML only (sandbox)")
        if mode != "html":
            raise bad_request("unsupported parse_mode")
        text, entities = parse_html(source.replace("\r", ""))
    else:
        text, entities = source, _given_entities(arguments.structure(entities_name), source)
        if not entities:
            text = text.replace("\r", "")
    text, entities = _trim(_clean(text), _with_users(entities, find_user))
    return text, _with_detected(text, entities)


def _given_entities(value: JsonValue, source: str) -> list[Json]:
    if not isinstance(value, list):
        return []
    length = utf16_length(source)
    entities: list[Json] = []
    for entity in value:
        if not isinstance(entity, dict):
            raise _wrong_entity("expected an Object")
        for name in ("offset", "length"):
            if not isinstance(entity.get(name), int):
                raise _wrong_entity(f'Can\'t find field "{name}"')
        if not isinstance(entity.get("type"), str):
            raise _wrong_entity('Can\'t find field "type"')
        offset, size = _span(entity)
        if offset < 0 or size <= 0 or offset >= length:
            continue
        entities.append({**entity, "length": min(size, length - offset)})
    return entities


def _wrong_entity(reason: str) -> ApiError:
    return bad_request(f"can't parse MessageEntity: {reason}")


def _with_users(entities: list[Json], find_user: FindUser) -> list[Json]:
    """A mention of nobody we know is plain text, as in Telegram."""
    kept: list[Json] = []
    for entity in entities:
        if entity["type"] != "text_mention":
            kept.append(entity)
            continue
        mentioned = entity.get("user")
        user_id = mentioned.get("id") if isinstance(mentioned, dict) else None
        user = find_user(user_id) if isinstance(user_id, int) else None
        if user:
            kept.append({**entity, "user": user})
    return kept


def _clean(text: str) -> str:
    # Replaced, not removed, so that no offset moves.
    return CONTROL.sub(" ", text)


def _trim(text: str, entities: list[Json]) -> tuple[str, list[Json]]:
    """Cut blanks at both ends, but none in front that stands in an entity."""
    text = text.rstrip(" \n")
    leading = len(text) - len(text.lstrip(" \n"))
    if leading and entities:
        leading = min(leading, *(_span(entity)[0] for entity in entities), len(text))
    end = utf16_length(text)
    text = text[leading:]
    if not entities:
        return text, []
    kept: list[Json] = []
    for entity in entities:
        offset, length = _span(entity)
        length = min(offset + length, end) - offset
        if length > 0:
            kept.append({**entity, "offset": offset - leading, "length": length})
    return text, kept


def _with_detected(text: str, entities: list[Json]) -> list[Json]:
    if HINTS.search(text):
        closed = [_span(entity) for entity in entities if entity["type"] in OPAQUE]
        for start, end, kind in _detected(text):
            offset = utf16_length(text[:start])
            length = utf16_length(text[start:end])
            if all(offset + length <= start or offset >= start + size for start, size in closed):
                found: Json = {"offset": offset, "length": length, "type": kind}
                entities = [*entities, found]
    if len(entities) > 1:
        entities = sorted(entities, key=_order)
    return entities


def _detected(text: str) -> Iterator[tuple[int, int, str]]:
    """What Telegram finds by itself; of two that overlap, the one that begins first."""
    found = list(find_links(text))
    found += [(it.start(), it.end(), str(it.lastgroup)) for it in DETECTED.finditer(text)]
    taken = 0
    for start, end, kind in sorted(found, key=lambda it: (it[0], -it[1])):
        if start >= taken:
            yield start, end, kind
            taken = end


def _order(entity: Json) -> tuple[int, int]:
    offset, length = _span(entity)
    return offset, -length


def _span(entity: Json) -> tuple[int, int]:
    offset, length = entity["offset"], entity["length"]
    return (offset, length) if isinstance(offset, int) and isinstance(length, int) else (0, 0)
