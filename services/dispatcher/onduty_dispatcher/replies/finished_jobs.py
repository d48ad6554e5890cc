"""Learns from RQ which events about answers the backend's workers have finished."""

from typing import cast

import structlog
from redis.asyncio import Redis
from rq.job import JobStatus

from onduty.wire import EVENT_JOB_ID
from onduty_desk.model.bot_keys import rq_job_key
from onduty_desk.replies.reacting import Reactions
from onduty_desk.replies.replying import JOB_GONE

MOST_A_LOOK = 500

_log = structlog.get_logger()


class FinishedJobs:
    """Looks at the jobs that are not finished, all in one round trip."""

    def __init__(self, redis: Redis, reactions: Reactions) -> None:
        self._redis = redis
        self._reactions = reactions

    async def look(self) -> None:
        """Confirm each event whose job is finished; a job that is gone is a failure.

        One that failed is left to `FailedEvents`, which knows the error. A second look, or another
        process, changes nothing more.
        """
        entries = await self._reactions.queued(MOST_A_LOOK)
        if not entries:
            return
        async with self._redis.pipeline(transaction=False) as pipeline:
            for entry in entries:
                event_id, _, _ = entry.partition(" ")
                pipeline.hget(rq_job_key(f"{EVENT_JOB_ID}{event_id}"), "status")
            found = cast("list[str | None]", await pipeline.execute())
        for entry, status in zip(entries, found, strict=True):
            if status == JobStatus.FINISHED:
                await self._reactions.settle_job(entry, "finished")
            elif status is None:
                _log.error("reply.job_gone", event_id=entry.partition(" ")[0])
                await self._reactions.settle_job(entry, "gone", JOB_GONE)
