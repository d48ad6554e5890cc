"""Boards whose steps fail, are repeated, or are done by two at once."""

from datetime import timedelta

import pytest
from redis.asyncio import Redis

from desk.boards.conftest import Hand, ShowBoards
from desk_at_work.fixtures import ComeOn
from onduty_desk.boards.boards import Boards
from onduty_desk.model.keys import OperatorId
from onduty_desk.model.words import Outcome
from onduty_desk.phones.outbox import LEASE, Taken
from onduty_desk.roster.operators import Roster

ANNA = OperatorId(1)
OVER = LEASE + timedelta(seconds=1)


@pytest.fixture
async def sending(come_on: ComeOn, boards: Boards, hand: Hand) -> Taken:
    """A board that is about to be sent."""
    await come_on(1)
    await boards.show(ANNA)
    taken = await hand.take_one()
    assert taken.step == "send_board"
    return taken


async def test_a_board_that_has_to_wait_for_a_slot_is_no_attempt(
    redis: Redis, come_on: ComeOn, boards: Boards, hand: Hand
) -> None:
    """Fifty who come on at once all get one, however often they are passed over."""
    await come_on(1)
    await boards.show(ANNA)
    for seconds in (3, 6, 9):
        await hand.pass_time(timedelta(seconds=3))
        now_s, now_us = await redis.time()
        next_slot = (
            (now_s + seconds) * 1_000_000 + now_us + 800_000
        )  # others have taken those before
        await redis.set("onduty:pace:slot", next_slot)
        assert await hand.take() == []
    await redis.delete("onduty:pace:slot")
    assert (await hand.take_one()).step == "send_board"


async def test_of_two_senders_one_sends_the_board(sending: Taken, hand: Hand) -> None:
    """As long as its lease lasts."""
    assert await hand.take() == []
    assert await hand.settle(sending, "done", "17") == "settled"
    await hand.do("pin_board")


async def test_a_sender_that_died_is_followed_by_another(sending: Taken, hand: Hand) -> None:
    """Nobody knows whether it sent the board: once more, and no third time."""
    await hand.pass_time(OVER)
    again = await hand.take_one()
    assert (again.step, again.lease == sending.lease) == ("send_board", False)
    await hand.pass_time(OVER)
    assert await hand.is_done()
    assert await hand.board() == {}


async def test_a_sender_that_was_only_slow_leaves_no_second_board(
    sending: Taken, hand: Hand
) -> None:
    """Whoever of the two is heard first has sent the board; that of the other is deleted."""
    await hand.pass_time(OVER)
    again = await hand.take_one()
    assert await hand.settle(sending, "done", "17") == "gone"
    await hand.settle(again, "done", "18")
    deleted = await hand.do("delete_board")
    assert deleted.board
    assert deleted.board.message == 18
    pinned = await hand.do("pin_board")
    assert pinned.board
    assert pinned.board.message == 17
    assert await hand.is_done()


async def test_a_board_of_unknown_outcome_is_sent_once_more(sending: Taken, hand: Hand) -> None:
    """A tap on the other, should it be there, deletes it."""
    await hand.settle(sending, "unknown", "no answer")
    await hand.do("send_board", detail="18")
    await hand.do("pin_board")
    assert await hand.is_done()


async def test_twice_unknown_there_is_none_until_the_next_on(
    sending: Taken, boards: Boards, hand: Hand
) -> None:
    """Else each outage of some kind left another one."""
    await hand.settle(sending, "unknown", "no answer")
    await hand.do("send_board", "unknown", "no answer")
    assert await hand.is_done()
    assert await hand.board() == {}
    await boards.show(ANNA)
    await hand.do("send_board", detail="18")


async def test_off_duty_meanwhile_it_is_deleted_at_once(
    sending: Taken, hand: Hand, roster: Roster
) -> None:
    """Its sender tells its id in the end, and the board goes."""
    await roster.sign_out(ANNA)
    await hand.settle(sending, "done", "17")
    deleted = await hand.do("delete_board")
    assert deleted.board
    assert deleted.board.message == 17
    assert await hand.is_done()
    assert await hand.board() == {}


@pytest.mark.parametrize("outcome", ["later", "again", "not_taken"])
async def test_what_was_certainly_not_taken_is_tried_again(
    sending: Taken, hand: Hand, outcome: Outcome
) -> None:
    """However often: it leaves nothing behind."""
    await hand.settle(sending, outcome)
    for _ in range(5):
        await hand.pass_time(timedelta(minutes=20))
        await hand.do("send_board", outcome)
    await hand.pass_time(timedelta(minutes=20))
    await hand.do("send_board", detail="17")
    await hand.do("pin_board")


async def test_a_429_lets_the_board_wait(sending: Taken, hand: Hand) -> None:
    """For as long as Telegram says, with all else for that chat."""
    await hand.outbox.settle(sending, "later", pause=timedelta(seconds=90))
    await hand.pass_time(timedelta(seconds=80))
    assert await hand.take() == []
    await hand.pass_time(timedelta(seconds=12))
    await hand.do("send_board", detail="17")


async def test_a_refused_pin_leaves_the_board_as_it_is(sending: Taken, hand: Hand) -> None:
    """It is read without one, too."""
    await hand.settle(sending, "done", "17")
    await hand.do("pin_board", "given_up")
    assert await hand.is_done()
    assert (await hand.board())["message"] == "17"


async def test_a_board_deleted_before_it_was_pinned_is_none(sending: Taken, hand: Hand) -> None:
    """Until the next /on."""
    await hand.settle(sending, "done", "17")
    await hand.do("pin_board", "gone")
    assert await hand.is_done()
    assert await hand.board() == {}


async def test_what_blocks_the_bot_is_deleted_when_it_comes_back(
    show_boards: ShowBoards, boards: Boards, hand: Hand, roster: Roster, come_on: ComeOn
) -> None:
    """Telegram lets nobody delete in a chat that has blocked the bot."""
    await show_boards(1)
    await roster.sign_out(ANNA, "blocked")
    await hand.do("delete_board", "unreachable", "blocked")
    assert await hand.is_done()
    assert await hand.redis.ttl("onduty:board:1") > 86400
    await come_on(1)
    await boards.show(ANNA)
    deleted = await hand.do("delete_board")
    assert deleted.board
    assert deleted.board.message == 101
    await hand.do("send_board", detail="300")
    await hand.do("pin_board")
    assert await hand.redis.ttl("onduty:board:1") == -1


async def test_an_edit_that_came_late_is_done_once_more(
    show_boards: ShowBoards, boards: Boards, hand: Hand, redis: Redis
) -> None:
    """It may have come after a newer one."""
    await show_boards(1)
    await redis.zadd("onduty:waiting:support", {"c9": 1e14 + 5})
    await redis.hset("onduty:conversation:c9", "group", "support")
    await boards.compare()
    await hand.pass_time()
    slow = await hand.take_one()
    await hand.pass_time(OVER)
    await hand.do("edit_board")
    assert await hand.is_done()
    assert await hand.settle(slow) == "gone"
    await hand.do("edit_board")
    assert await hand.is_done()


async def test_while_telegram_is_away_nothing_is_taken(
    sending: Taken, hand: Hand, redis: Redis
) -> None:
    """And afterwards it goes on."""
    await hand.settle(sending, "done", "17")
    await redis.hset("onduty:telegram", "away_since_ms", 1)
    assert await hand.is_done()
    await redis.hdel("onduty:telegram", "away_since_ms")
    await hand.do("pin_board")


async def test_a_step_that_breaks_six_times_ends_the_board(
    sending: Taken, hand: Hand, redis: Redis
) -> None:
    """It is on the failed list, and the phone gets its cards."""
    await hand.settle(sending, "done", "17")
    for _ in range(5):
        assert not await hand.outbox.broke(await hand.take_one(), "a bug")
    assert await hand.outbox.broke(await hand.take_one(), "a bug")
    (failure,) = await redis.hvals("onduty:failures")
    assert '"step":"pin_board"' in failure
    assert await hand.is_done()
    assert await hand.board() == {}


async def test_a_record_that_cannot_be_read_stops_no_phone(
    show_boards: ShowBoards, boards: Boards, hand: Hand, redis: Redis
) -> None:
    """What somebody has overwritten is told, and looked at again later."""
    await show_boards(1, 2)
    await redis.zadd("onduty:waiting:support", {"c9": 1e14 + 5})
    await redis.hset("onduty:conversation:c9", "group", "support")
    await boards.compare()
    await redis.set("onduty:board:1", "somebody's")
    await hand.pass_time()
    (two,) = await hand.take()
    assert two.chat_id == 2
    assert "WRONGTYPE" in hand.outbox.met[0]


async def test_two_that_compare_at_once_find_the_same(
    show_boards: ShowBoards, boards: Boards, hand: Hand, redis: Redis
) -> None:
    """The second finds nothing more."""
    await show_boards(1, 2)
    await redis.zadd("onduty:waiting:support", {"c9": 1e14 + 5})
    await redis.hset("onduty:conversation:c9", "group", "support")
    await boards.compare()
    await boards.compare()
    await hand.pass_time()
    assert {taken.step for taken in await hand.take()} == {"edit_board"}
    assert await redis.exists("onduty:boards-changed") == 0
