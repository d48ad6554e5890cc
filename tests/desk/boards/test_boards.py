"""When a board is touched: at /on, when something changes, at /off."""

from datetime import timedelta

from redis.asyncio import Redis

from desk.boards.conftest import A_WHILE, Hand, ShowBoards
from desk_at_work.fixtures import ComeOn, Push
from onduty_desk.boards.boards import Boards
from onduty_desk.conversations.ownership import Conversations
from onduty_desk.conversations.verbs import Verb
from onduty_desk.model.keys import ChatId, OperatorId
from onduty_desk.model.phone_keys import chat_key
from onduty_desk.roster.operators import Roster
from onduty_dispatcher.wake_ups.routing import Router

from .claiming import ANNA, claim_all


async def test_who_comes_on_gets_a_board_that_is_pinned(
    come_on: ComeOn, boards: Boards, hand: Hand
) -> None:
    """Asked for twice, there is one."""
    await come_on(1)
    for _ in range(2):
        await boards.show(ANNA)
    sent = await hand.do("send_board", detail="17")
    assert sent.board
    assert (sent.board.yours, sent.board.waiting, sent.board.since) == (0, 0, None)
    pinned = await hand.do("pin_board")
    assert pinned.board
    assert pinned.board.message == 17
    assert await hand.is_done()


async def test_nobody_off_duty_gets_one(boards: Boards, hand: Hand, redis: Redis) -> None:
    """Not even a record is kept."""
    await boards.show(ANNA)
    assert await hand.is_done()
    assert await redis.keys("onduty:board*") == []


async def test_a_board_that_is_true_costs_nothing(
    show_boards: ShowBoards, boards: Boards, hand: Hand, redis: Redis
) -> None:
    """It is compared, and neither edited nor kept in any line."""
    await show_boards(1, 2)
    await boards.compare()
    assert await hand.is_done()
    assert await redis.exists(chat_key(ChatId(1)), "onduty:timetable:boards") == 0
    assert await redis.exists("onduty:boards-changed") == 0


async def test_cards_and_edits_come_before_a_board(
    come_on: ComeOn, boards: Boards, hand: Hand, push: Push, router: Router
) -> None:
    """And it waits until nothing has been sent for a moment: what comes, comes seldom alone."""
    await come_on(1)
    await boards.show(ANNA)
    push("Hello")
    await router.route_accepted()
    await hand.send_card(200)
    push("Are you there?")
    await router.route_accepted()
    await hand.do("edit")  # what came is drawn into the card
    assert await hand.take() == []
    await hand.do("send_board", detail="201")


async def test_a_board_does_not_wait_for_topics_that_pause(
    boards: Boards, hand: Hand, redis: Redis, come_on: ComeOn
) -> None:
    """What is due there is not before the bot has topics again, which may be for a day."""
    await come_on(1)
    seconds, _ = await redis.time()
    await redis.hset(chat_key(ChatId(1)), "topics_class", "edits")
    await redis.hset(chat_key(ChatId(1)), "topics_at_ms", (seconds + 86_400) * 1000)
    await boards.show(OperatorId(1))
    await hand.do("send_board", detail="101")


async def test_one_board_is_edited_at_most_each_ten_seconds(
    show_boards: ShowBoards,
    hand: Hand,
    push: Push,
    router: Router,
    conversations: Conversations,
) -> None:
    """However often something changes meanwhile."""
    await show_boards(1)
    for number in range(3):
        push("Hello", conversation=f"c{number}")
    await router.route_accepted()
    await claim_all(hand, conversations)
    await hand.do("edit_board")
    await conversations.tap(
        Verb.RELEASE,
        operator_id=ANNA,
        name="Anna",
        chat_id=ChatId(1),
        message_id=200,
        update_id=90,
    )
    await hand.pass_time(timedelta(seconds=8))
    steps = [taken.step for taken in await hand.take()]
    assert "edit_board" not in steps


async def test_off_duty_it_is_deleted(
    show_boards: ShowBoards, hand: Hand, roster: Roster, redis: Redis
) -> None:
    """And with it the pin; nothing is left of it in Redis."""
    await show_boards(1)
    await roster.sign_out(ANNA)
    deleted = await hand.do("delete_board")
    assert deleted.board
    assert deleted.board.message == 101
    assert await hand.is_done()
    assert await redis.keys("onduty:board*") == []


async def test_one_that_is_too_old_to_be_deleted_says_nothing_any_more(
    show_boards: ShowBoards, hand: Hand, roster: Roster
) -> None:
    """Telegram lets bots delete for 48 hours, and edit for ever."""
    await show_boards(1)
    await roster.sign_out(ANNA)
    await hand.do("delete_board", "gone")
    await hand.do("retire_board")
    assert await hand.is_done()
    assert await hand.board() == {}


async def test_deleted_by_its_owner_it_comes_back_at_the_next_on(
    show_boards: ShowBoards, boards: Boards, hand: Hand, push: Push, router: Router
) -> None:
    """Not before: who deletes it does not want it now."""
    await show_boards(1)
    push("Hello")
    await router.route_accepted()
    await hand.send_card(200)
    await boards.compare()
    await hand.do("edit_board", "gone")
    assert await hand.board() == {}
    await boards.show(ANNA)
    await hand.do("send_board", detail="300")
    await hand.do("pin_board")


async def test_on_again_pins_it_again_or_sends_another(
    show_boards: ShowBoards, boards: Boards, hand: Hand
) -> None:
    """Its owner may have unpinned or deleted it, which nobody tells a bot."""
    await show_boards(1)
    await boards.show(ANNA)
    await hand.do("pin_board")
    await boards.show(ANNA)
    await hand.do("pin_board", "gone")
    await hand.do("send_board", detail="300")
    await hand.do("pin_board")
    assert await hand.is_done()
    assert (await hand.board())["message"] == "300"


async def test_it_changes_its_language_with_its_owner(
    show_boards: ShowBoards, boards: Boards, hand: Hand, roster: Roster
) -> None:
    """With the next look at it."""
    await show_boards(1)
    await roster.known_as(ANNA, name="Anna", language="ru")
    await hand.pass_time()
    await boards.show(ANNA)
    await hand.do("pin_board")
    edited = await hand.do("edit_board")
    assert edited.language == "ru"
    assert await hand.is_done()


async def test_a_chat_with_another_id_gets_another(
    show_boards: ShowBoards, hand: Hand, roster: Roster
) -> None:
    """The messages of the old one are not there."""
    await show_boards(1)
    await roster.move_chat(ANNA, ChatId(-1007))
    sent = await hand.do("send_board", detail="3")
    assert sent.send_to == -1007


async def test_whatever_was_overlooked_is_found_within_the_hour(
    show_boards: ShowBoards, boards: Boards, hand: Hand, redis: Redis
) -> None:
    """So an older version that knows no boards does no lasting harm."""
    await show_boards(1, 2)
    await boards.compare()
    await redis.delete("onduty:operator:2")  # as an older version signs out
    await redis.zadd("onduty:waiting:support", {"c9": 1e14 + 5})
    await redis.hset("onduty:conversation:c9", "group", "support")
    await hand.pass_time(A_WHILE)
    await boards.compare()
    assert await hand.is_done()
    await redis.delete("onduty:boards-compared")  # an hour later
    await boards.compare()
    await hand.pass_time()
    steps = {taken.chat_id: taken.step for taken in await hand.take()}
    assert steps == {1: "edit_board", 2: "delete_board"}
