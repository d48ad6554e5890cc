"""Strangers who try phrases."""

from itertools import count

from redis.asyncio import Redis

from onduty_desk.model.keys import OperatorId
from onduty_desk.roster.logins import Login, Verdict

_updates = count(1)


class Guessers:
    """Accounts that nobody has seen before."""

    def __init__(self, redis: Redis) -> None:
        self._login = Login(redis)

    async def try_once(self, account: int, *, is_phrase: bool = False) -> Verdict:
        await self._login.begin(OperatorId(account), next(_updates))
        return await self._login.judge(OperatorId(account), next(_updates), is_phrase=is_phrase)
