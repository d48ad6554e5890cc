"""Moves events that failed in the chat backend's RQ worker to the failed list.

RQ itself keeps them in a registry that is easily overlooked, and drops them after a week. From the
failed list, `onduty failed retry` delivers them again.
"""

import asyncio
import json
import re
import zlib
from base64 import b64decode
from typing import cast

import structlog
from redis import Redis
from redis.exceptions import ResponseError

from onduty.wire import EVENT_JOB_ID, EVENTS_QUEUE
from onduty_desk.events.reasons import RAISED, UNKNOWN_ERROR
from onduty_desk.lua.calling import BlockingScript
from onduty_desk.process.redis_away import is_of_wrong_type
from onduty_desk.texts.reasons import printable_line
from onduty_dispatcher.wake_ups.held_jobs import job_key
from onduty_dispatcher.wake_ups.rq_data import MOST_BYTES, unpacked

REGISTRY = f"rq:failed:{EVENTS_QUEUE}"
MOST_A_LOOK = 100
_EXCEPTION = re.compile(r"^([A-Za-z_][\w.]*)(?::|$)", re.MULTILINE)
"""The line of a traceback with the exception's name; the text after the colon is not kept."""

_MOST_OF_A_NAME = 100

_log = structlog.get_logger()


class FailedEvents:
    """The failed jobs of the queue of events; jobs of other programs in it are not touched."""

    def __init__(self, connection: Redis) -> None:
        self._connection = connection
        self._put_event_aside = BlockingScript(
            connection, "onduty_dispatcher/events/put_event_aside"
        )

    async def list_them(self) -> None:
        """Move each to the failed list. Repeated, or in two dispatchers, it changes no more."""
        await asyncio.to_thread(self._list_them)

    def _list_them(self) -> None:
        for raw_id in self._failed():
            if (event := self._event(raw_id)) is None:
                continue
            failure_id, conversation, reason, failure_json, about = event
            if self._put_event_aside(args=[raw_id, failure_id, failure_json, reason, *about]):
                _log.error(
                    "event.given_up",
                    conversation=conversation,
                    reason=reason,
                    next_step=f"onduty failed show {failure_id}",
                )

    def _failed(self) -> list[bytes]:
        try:
            found = cast("list[bytes]", self._connection.zrange(REGISTRY, 0, -1))
        except ResponseError as error:
            if not is_of_wrong_type(error):
                raise
            return []
        ours = [raw_id for raw_id in found if raw_id.startswith(EVENT_JOB_ID.encode())]
        return ours[:MOST_A_LOOK]

    def _event(self, raw_id: bytes) -> tuple[str, str, str, str, tuple[str, str]] | None:
        """Return the failure's id, conversation, reason and JSON; None if the job is not ours.

        Last are the ids of the event and of the reply that it is about, which is empty for none.
        """
        try:
            packed = self._connection.hget(job_key(raw_id), "data")
        except ResponseError as error:
            if not is_of_wrong_type(error):
                raise
            return None
        try:
            function, _, (event,), _ = json.loads(unpacked(cast("bytes", packed or b"")))
            event_id, conversation = str(event["id"]), event["conversation_id"]
            is_ours = raw_id == f"{EVENT_JOB_ID}{event_id}".encode()
            conversation.encode()
            reply_id = str(event.get("reply_id", ""))
            reply_id.encode()
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            return None  # lone surrogates too: they are UnicodeEncodeErrors
        if not is_ours:
            return None
        name = printable_line(str(function), _MOST_OF_A_NAME)
        reason = RAISED.filled(function=name, error=self._raised(raw_id))
        failure = {"kind": "event", "conversation": conversation, "reason": reason, "event": event}
        about = (event_id, reply_id)
        return f"event-{event_id}", conversation, reason, json.dumps(failure), about

    def _raised(self, raw_id: bytes) -> str:
        """Return the name of the exception, without its text, which may hold personal data."""
        try:
            results = self._connection.xrevrange(b"rq:results:" + raw_id, count=1)
            ((_, fields),) = cast("list[tuple[bytes, dict[bytes, bytes]]]", results)
            packed = b64decode(fields[b"exc_string"])
            traceback = zlib.decompressobj().decompress(packed, MOST_BYTES)
        except (ResponseError, ValueError, KeyError, zlib.error):
            return UNKNOWN_ERROR
        newest = traceback.decode(errors="replace").rpartition("(most recent call last):\n")[2]
        found = _EXCEPTION.search(newest)
        return printable_line(found[1], _MOST_OF_A_NAME) if found else UNKNOWN_ERROR
