"""What RQ calls: short jobs that route what has been accepted."""

import hashlib
import re

import structlog
from pydantic import ValidationError
from redis.asyncio import Redis

from onduty import CustomerMessage
from onduty.acceptance import SCRIPT, script_arguments
from onduty_desk.failures import Failures
from onduty_dispatcher.routing import Router
from onduty_dispatcher.sender import Sender

_MESSAGE_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_log = structlog.get_logger()


class Jobs:
    """The functions that queues may name, see `onduty.wire`."""

    def __init__(self, redis: Redis, router: Router, sender: Sender, failures: Failures) -> None:
        self._redis = redis
        self._router = router
        self._sender = sender
        self._failures = failures

    async def route(self) -> None:
        """Route whatever has been accepted, and wake the sender. Run twice, it finds nothing."""
        if await self._router.route_accepted():
            self._sender.wake()

    async def look(self) -> None:
        """Route, and look at the timetable: the bot has changed something."""
        await self._router.route_accepted()
        self._sender.wake()

    async def notify_operators(self, job_id: str, message: object) -> None:
        """Accept the message that a backend pushed by plain RQ, then route.

        Without an id of its own it gets one from the job's: a job that runs twice rings once. An
        invalid message goes to the failed list with its reason.
        """
        fields = dict(message) if isinstance(message, dict) else {}
        fields.setdefault("id", message_id_of(job_id))
        try:
            accepted = CustomerMessage.model_validate(
                fields if isinstance(message, dict) else message
            )
        except ValidationError as invalid:
            reason = "; ".join(
                f"{'.'.join(map(str, error['loc'])) or 'message'}: {error['msg']}"
                for error in invalid.errors(include_input=False)
            )
            failure = {"kind": "message", "job": job_id, "reason": reason, "message": message}
            await self._failures.record(f"message-{job_id}", failure)
            return
        retention = self._router.retention
        await self._redis.eval(SCRIPT, 0, *script_arguments([accepted], retention))
        await self.route()


def message_id_of(job_id: str) -> str:
    """Return the message id that stands for an RQ job: its own if it has the form."""
    if _MESSAGE_ID.fullmatch(job_id):
        return job_id
    return hashlib.sha256(job_id.encode()).hexdigest()
