"""Logins in Redis: who is about to send the phrase, who is locked after wrong tries."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal, cast

from redis.asyncio import Redis

from onduty_desk.lua.calling import script
from onduty_desk.lua.durations import in_ms
from onduty_desk.metrics.figures import STRANGERS_SLOWED
from onduty_desk.model.keys import OperatorId

TIME_TO_FINISH = timedelta(minutes=10)
MOST_WRONG_TRIES = 5
LOCK = timedelta(minutes=15)


@dataclass(frozen=True)
class Asked:
    """A login has begun: the next message is judged as the phrase."""


@dataclass(frozen=True)
class OnDuty:
    """They are on duty already, in these groups; the message is not judged as a phrase."""

    groups: tuple[str, ...] = ()
    may_join: bool = False
    """From now on the phrase of another group is taken."""


@dataclass(frozen=True)
class NotAsked:
    """No login is open: none was begun, or it has expired."""


@dataclass(frozen=True)
class Right:
    """It is a group's phrase, sent during a login."""


@dataclass(frozen=True)
class Wrong:
    """It is no phrase; `left` tries are left."""

    left: int


@dataclass(frozen=True)
class NotNow:
    """Too many strangers are guessing: it was not compared; right and wrong get the same answer."""


@dataclass(frozen=True)
class Locked:
    """Too many wrong tries."""

    until: datetime
    left: timedelta
    just_now: bool


MeantFor = Literal["", "card", "find"]
"""What a text is meant for besides signing in: a customer by their card, or the search."""

Verdict = OnDuty | NotAsked | Right | Wrong | NotNow | Locked


class Login:
    """Each step of signing in is one script; a repeated update gets the same answer."""

    def __init__(self, redis: Redis) -> None:
        self._begin = script(redis, "roster/login_begin")
        self._try = script(redis, "roster/try_phrase")

    async def begin(
        self, operator_id: OperatorId, update_id: int, groups: Iterable[str] = ()
    ) -> Asked | OnDuty | Locked:
        """Expect a phrase for the next ten minutes, unless they are locked.

        On duty, only if there are `groups` that they are not in.
        """
        asked: list[str | int] = [operator_id, update_id, in_ms(TIME_TO_FINISH), *groups]
        answer = await self._begin(args=asked)
        match cast("list[str]", answer):
            case ["asked"]:
                return Asked()
            case ["on_duty", own, may_join]:
                return OnDuty(tuple(json.loads(own)), may_join == "1")
            case ["locked", until, left]:
                return _locked(until, left, "0")
            case other:
                raise ValueError(f"login_begin.lua returned {other}")

    async def judge(
        self,
        operator_id: OperatorId,
        update_id: int,
        *,
        is_phrase: bool,
        who: str = "{}",
        meant_for: MeantFor = "",
    ) -> Verdict:
        """Judge a message of somebody who may be signing in; count it if it is a wrong try.

        One that is meant for something else is no try on duty; a reply to a card is no wrong try
        off duty either: it is an answer to a customer, that came too late.

        The try that locks an account notifies the admins; `who` describes its author, as JSON.
        """
        arguments: list[str | int] = [
            operator_id,
            update_id,
            int(is_phrase),
            MOST_WRONG_TRIES,
            in_ms(LOCK),
            who,
            meant_for,
        ]
        answer = await self._try(args=arguments)
        match cast("list[str]", answer):
            case ["on_duty"]:
                return OnDuty()
            case ["no_login"]:
                return NotAsked()
            case ["right"]:
                return Right()
            case ["later"]:
                STRANGERS_SLOWED.add()
                return NotNow()
            case ["wrong", left]:
                return Wrong(int(left))
            case ["locked", until, left, just_now]:
                return _locked(until, left, just_now)
            case other:
                raise ValueError(f"try_phrase.lua returned {other}")


def _locked(until_ms: str, left_ms: str, just_now: str) -> Locked:
    return Locked(
        datetime.fromtimestamp(int(until_ms) / 1000, UTC),
        timedelta(milliseconds=int(left_ms)),
        just_now == "1",
    )
