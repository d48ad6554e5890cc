"""What boards cost: cards and edits nothing, and Redis little, whatever the number of operators."""

from datetime import timedelta

import pytest
from redis.asyncio import Redis

from desk.boards.conftest import Hand, ShowBoards
from desk_at_work.at_work import RETENTION
from desk_at_work.fixtures import ComeOn, Push
from dispatcher.test_cost_of_a_send import MOST_COMMANDS_A_SEND, commands
from onduty_desk.boards.boards import COMPARED_A_CALL, Boards
from onduty_desk.conversations.rules import Rules
from onduty_desk.model.keys import ChatId, OperatorId
from onduty_desk.model.phone_keys import board_key
from onduty_desk.phones.outbox import Outbox
from onduty_desk.telegram.pace import Pace
from onduty_dispatcher.wake_ups.routing import Router

MANY = 300


@pytest.fixture
async def many(redis: Redis, come_on: ComeOn, boards: Boards) -> None:
    """So many operators whose boards are on their phones and true."""
    await come_on(*range(1, MANY + 1))
    for operator in range(1, MANY + 1):
        await boards.show(OperatorId(operator))
    shown = '[0,"",0,"0",false]'
    for operator in range(1, MANY + 1):
        fields = ("message", operator, "pinned", 1, "shown", shown, "language", "en")
        await redis.hset(board_key(ChatId(operator)), items=list(fields))
        await redis.hdel(board_key(ChatId(operator)), "is_stale")
        await redis.delete(f"onduty:chat:{operator}")
    await redis.delete("onduty:timetable:boards", "onduty:boards-changed")
    await boards.compare()
    assert await redis.exists("onduty:timetable:boards", "onduty:boards-changed") == 0


@pytest.mark.usefixtures("many")
async def test_idle_boards_cost_nothing(redis: Redis, outbox: Outbox, boards: Boards) -> None:
    """Neither the look for what is due, nor the look for what has changed, is longer."""
    assert await commands(redis, lambda: outbox.take(50)) <= 8
    assert await commands(redis, boards.compare) <= 4


@pytest.mark.usefixtures("many")
async def test_a_change_of_the_line_costs_two_commands_whatever_the_number_of_boards(
    redis: Redis, router: Router, push: Push
) -> None:
    """A conversation that waits is a new version; nobody's board is looked at for it."""
    push("Hello", conversation="c1", group="sales")
    without = await commands(redis, router.route_accepted)
    await redis.zadd("onduty:boards:sales", {"": 1, "1": 1})
    push("Hello", conversation="c2", group="sales")
    assert await commands(redis, router.route_accepted) <= without + 1


@pytest.mark.usefixtures("many")
async def test_a_changed_line_is_compared_in_pieces(
    redis: Redis, boards: Boards, hand: Hand
) -> None:
    """A dozen commands a board, and no more of them than can be sent to soon."""
    await redis.zadd("onduty:waiting:support", {"c9": 1e14 + 5})
    await redis.hset("onduty:conversation:c9", "group", "support")
    await redis.zincrby("onduty:boards:support", 1, "")
    await redis.sadd("onduty:boards-changed", "support")

    async def compare_once() -> None:
        await boards._compare(args=[COMPARED_A_CALL, 100])  # noqa: SLF001 - one piece of it

    assert await commands(redis, compare_once) <= 12 * COMPARED_A_CALL
    await boards.compare()
    standing = await redis.zcard("onduty:timetable:boards")
    assert 100 <= standing < MANY
    await hand.pass_time()
    assert {taken.step for taken in await hand.take()} == {"edit_board"}


async def test_an_edit_of_a_board_takes_few_commands(
    redis: Redis, show_boards: ShowBoards, boards: Boards, hand: Hand
) -> None:
    """From taken to settled, as of a card."""
    await show_boards(1)
    await redis.zadd("onduty:waiting:support", {"c9": 1e14 + 5})
    await redis.hset("onduty:conversation:c9", "group", "support")
    await boards.compare()
    await redis.zincrby("onduty:boards:support", 1, "")
    await redis.sadd("onduty:boards-changed", "support")
    await boards.compare()
    await hand.pass_time()

    async def edit() -> None:
        await hand.do("edit_board")

    taking_for_all = 25  # the look at the timetables, once for up to fifty phones
    assert await commands(redis, edit) <= MOST_COMMANDS_A_SEND + taking_for_all


@pytest.fixture
def slow(redis: Redis, rules: Rules) -> Outbox:
    """Telegram's own pace: four slots in what is taken ahead."""
    return Outbox(redis, Pace(), rules, retention=RETENTION)


@pytest.fixture
async def busy(
    redis: Redis,
    many: None,  # noqa: ARG001 - their boards
    come_on: ComeOn,
    boards: Boards,
    hand: Hand,
    push: Push,
    router: Router,
) -> None:
    """Boards are due, and cards of twenty operators of another group."""
    await redis.zadd("onduty:waiting:support", {"c9": 1e14 + 5})
    await redis.hset("onduty:conversation:c9", "group", "support")
    await redis.zincrby("onduty:boards:support", 1, "")
    await redis.sadd("onduty:boards-changed", "support")
    await boards.compare()
    await hand.pass_time(timedelta(seconds=11))
    await come_on(*range(501, 521), group="sales")
    push("Hello", conversation="c1", group="sales")
    await router.route_accepted()


@pytest.mark.usefixtures("busy")
async def test_cards_come_first_and_boards_get_what_is_left(slow: Outbox, hand: Hand) -> None:
    """While a card wants a slot no board gets one; then boards fill them."""
    taken: list[str] = []
    while len(taken) < 40:
        taken += [one.step for one in (await slow.take(50))[0]]
        await hand.pass_time(timedelta(seconds=1))
    assert taken[:20] == ["send"] * 20
    assert set(taken[20:]) == {"edit_board"}


@pytest.mark.usefixtures("busy")
async def test_boards_have_a_share_of_their_own(redis: Redis, slow: Outbox) -> None:
    """One turn in fifty, which is one of the turns of edits."""
    await redis.set("onduty:pace:turn", 42)
    taken, _ = await slow.take(50)
    assert [one.step for one in taken] == ["send", "send", "edit_board", "send"]
