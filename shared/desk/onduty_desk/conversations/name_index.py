"""Writes customers' names into the index that `/find` reads."""

from datetime import timedelta
from typing import Any

import structlog
from redis.asyncio import Redis
from redis.exceptions import ResponseError

from onduty_desk.conversations.message_fields import MessageFields
from onduty_desk.conversations.names import words_of
from onduty_desk.lua.calling import script
from onduty_desk.lua.durations import in_ms
from onduty_desk.process.redis_away import is_of_wrong_type
from onduty_desk.process.wrong_types import set_wrong_types_aside

MOST_AT_ONCE = 50
"""A script blocks Redis while it runs: a millisecond or two for this many."""

_LEASE = timedelta(seconds=10)
"""What a process that died had taken is taken again after so long."""

_log = structlog.get_logger()


class NameIndex:
    """Reads the newest name of each conversation that has new messages, and indexes it.

    Any number of processes may do it; one that dies is made up for. The newest name counts.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._due = script(redis, "conversations/commands/names_due")
        self._write = script(redis, "conversations/commands/index_names")
        self._is_at_it = False

    async def catch_up(self) -> int:
        """Index all that is due; return how many conversations. One call at a time does it.

        Raises redis-py's errors when Redis is away; then the rest is due again. What cannot be
        indexed is logged, and tried again with the next message.
        """
        if self._is_at_it:
            return 0
        self._is_at_it, indexed = True, 0
        try:
            while due := await self._due(args=[MOST_AT_ONCE, in_ms(_LEASE)]):
                indexed += await self._index(due)
        finally:
            self._is_at_it = False
        return indexed

    async def _index(self, due: list[Any]) -> int:
        names: list[str] = []
        errors = [(id_, found[0]) for id_, *found in due if isinstance(found[0], ResponseError)]
        for id_, seq, *json in due:
            if json:
                names += (id_, seq, " ".join(words_of(MessageFields.read(json[0]).customer_name)))
        answers = await self._write(args=names) if names else []
        errors += [
            (id_, answer)
            for id_, answer in zip(names[::3], answers, strict=True)
            if isinstance(answer, ResponseError)
        ]
        for id_, error in errors:
            if not is_of_wrong_type(error):
                _log.error("name.not_indexed", conversation=id_, reason=str(error))
        if any(is_of_wrong_type(error) for _, error in errors):
            await set_wrong_types_aside(self._redis)
        return answers.count("indexed")
