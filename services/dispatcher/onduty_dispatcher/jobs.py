"""The functions that RQ jobs may name: route what has been accepted, or accept a message first.

`onduty_dispatcher.jobs.route` and `onduty_dispatcher.jobs.notify_operators` are names on the wire
(`onduty.wire`). A lane reads the name and the argument of a job as data (`wake_ups/rq_data.py`) and
calls these functions itself, with its process's `Jobs`; RQ resolves no name. In a stock RQ worker,
which has no `Jobs`, they raise `TypeError`: the job is listed as failed, and a dispatcher takes it
over from there.
"""

import hashlib
import re

import structlog
from pydantic import ValidationError
from redis.asyncio import Redis
from redis.exceptions import RedisError, ResponseError

from onduty import CustomerMessage, IdReused
from onduty.acceptance import SCRIPT, script_arguments
from onduty.mistakes import mistakes, said
from onduty_desk.failures.failures import Failure, Failures
from onduty_desk.process.redis_away import is_of_wrong_type
from onduty_desk.texts.reasons import printable_line
from onduty_dispatcher.sending.sender import Sender
from onduty_dispatcher.wake_ups.held_jobs import MOST_OF_AN_ID, HeldJob
from onduty_dispatcher.wake_ups.routing import Router
from onduty_dispatcher.wake_ups.rq_data import Pushed, Unusable, WakeUp

MOST_DATA_KEPT = 16 * 1024
"""How much is kept of a job that cannot be read: enough to recognise its producer."""

_MESSAGE_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_log = structlog.get_logger()


async def route(jobs: "Jobs") -> None:
    """Do what a wake-up asks for: route whatever has been accepted. Run twice, it finds nothing."""
    await jobs.route()


async def notify_operators(jobs: "Jobs", job_id: str, message: object) -> bool:
    """Accept the message that a backend pushed by RQ alone, then route.

    Returns False if the message went to the failed list. Run twice, it rings once, see
    `Jobs.accept`.
    """
    if is_accepted := await jobs.accept(job_id, message):
        await jobs.route()
    return is_accepted


class Jobs:
    """Does what jobs ask for, with the router and the sender of this process."""

    def __init__(self, redis: Redis, router: Router, sender: Sender, failures: Failures) -> None:
        self._redis = redis
        self._router = router
        self._sender = sender
        self._failures = failures

    async def take(self, job: HeldJob) -> bool:
        """Do what a job asks for; return False if it was set aside.

        Running it twice changes nothing more.
        """
        match job.asks:
            case WakeUp():
                await route(self)
            case Pushed(message):
                return await notify_operators(self, job.id, message)
            case Unusable() as unusable:
                await self.set_aside(job, unusable)
                return False
        return True

    async def route(self) -> None:
        """Route whatever has been accepted, and wake the sender. Run twice, it finds nothing."""
        if await self._router.route_accepted():
            self._sender.wake()
            await self._router.index_names()

    async def look(self) -> None:
        """Route, and wake the sender in any case: called when the bot has changed something."""
        await self._router.route_accepted()
        self._sender.wake()
        await self._router.index_names()

    async def accept(self, job_id: str, message: object) -> bool:
        """Accept a message; False if it went to the failed list, with its reason.

        A message without an id gets one derived from the job's: a job that runs twice rings once.
        Raises only if Redis is away.
        """
        try:
            await self._accept(job_id, message)
        except ValidationError as invalid:
            reason = _sentences(invalid)
        except IdReused as reused:
            reason = str(reused)
        except ResponseError as error:
            if not is_of_wrong_type(error):
                raise
            reason = "another program has written a key of this conversation (WRONGTYPE)"
        except (RedisError, OSError):
            raise
        except Exception as error:  # noqa: BLE001 - an invalid message must not stop others
            _log.warning(
                "message.broke",
                job=printable_line(job_id, MOST_OF_AN_ID),
                error=type(error).__name__,
            )
            reason = f"the desk cannot read this message ({type(error).__name__})"
        else:
            return True
        shown = printable_line(job_id, MOST_OF_AN_ID)
        failure = {"kind": "message", "job": shown, "reason": reason, "message": message}
        await self._failures.record(f"message-{message_id_of(job_id)}", failure)
        return False

    async def set_aside(self, job: HeldJob, unusable: Unusable) -> None:
        """Move a job that cannot be used to the failed list."""
        failure: Failure = {"kind": "job", "job": job.shown_id, "queue": job.queue}
        failure["reason"] = unusable.reason
        if unusable.message is not None:
            failure["message"] = unusable.message
        elif unusable.data:
            failure["data"] = unusable.data[:MOST_DATA_KEPT].decode("utf-8", "replace")
        await self._failures.record(f"job-{message_id_of(job.id)}", failure)

    async def drop_expired_failures(self) -> None:
        """Drop failures older than the retention time."""
        await self._failures.drop_expired(self._router.retention)

    async def _accept(self, job_id: str, message: object) -> None:
        fields = message
        if isinstance(message, dict):
            fields = {"id": message_id_of(job_id), **message}
        accepted = CustomerMessage.model_validate(fields)
        arguments = script_arguments([accepted], self._router.retention)
        known = await self._redis.eval(SCRIPT, 0, *arguments)
        if isinstance(known, str):
            raise IdReused(known)


def message_id_of(job_id: str) -> str:
    """Return the message id for an RQ job: the job's id if it has the form, else its hash."""
    if _MESSAGE_ID.fullmatch(job_id):
        return job_id
    return hashlib.sha256(job_id.encode("utf-8", "backslashreplace")).hexdigest()


def _sentences(invalid: ValidationError) -> str:
    """Name each field and its rule, without the values and without the labels of details."""
    return "; ".join(f"{_place(error['loc'])}: {said(error)}" for error in mistakes(invalid))


def _place(loc: tuple[str | int, ...]) -> str:
    if loc and loc[0] == "details":
        return "details"
    return ".".join(map(str, loc)) or "message"
