import asyncio

from redis.asyncio import Redis

from onduty_bot.updates.poller_lease import PollerLease
from onduty_desk.model.bot_keys import POLLER
from onduty_desk.process.connection import connect
from servers import Valkey
from waiting import GENEROUS_S


async def test_one_of_many_has_the_lease(redis: Redis) -> None:
    """However many bots start at once, one reads."""
    leases = [PollerLease(redis) for _ in range(20)]

    assert sum(await asyncio.gather(*(lease.take() for lease in leases))) == 1
    assert 0 < await redis.pttl(POLLER) <= 8_000


async def test_the_holder_may_take_it_again_and_give_it_back(redis: Redis) -> None:
    """Renewing is taking; giving back lets another begin at once."""
    first, second = PollerLease(redis), PollerLease(redis)

    assert await first.take()
    assert await first.take()
    await second.release()
    assert not await second.take()
    await first.release()
    assert await second.take()


async def test_a_holder_notices_that_it_was_replaced(redis: Redis) -> None:
    """A bot that was frozen for too long stops reading."""
    frozen, other = PollerLease(redis, renew_every_s=0.2), PollerLease(redis)
    await frozen.take()
    keeping = asyncio.create_task(frozen.keep())
    await redis.delete(POLLER)  # as if it had run out
    await other.take()

    await keeping
    assert not await frozen.take()


async def test_a_holder_whose_redis_is_away_stops_before_another_can_begin(
    own_valkey: Valkey,
) -> None:
    """Without Redis nobody knows who reads, so nobody does."""
    async with connect(own_valkey.url) as redis:
        lease = PollerLease(redis, lease_s=2, renew_every_s=0.5)
        await lease.take()
        own_valkey.kill()
        async with asyncio.timeout(GENEROUS_S):
            await lease.keep()
        await lease.release()
