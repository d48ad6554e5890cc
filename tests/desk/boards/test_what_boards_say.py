"""What a board says: which lines wait since when, who is its operator's, whether they pause."""

from datetime import timedelta

from redis.asyncio import Redis

from desk.boards.conftest import Hand, ShowBoards
from desk_at_work.fixtures import ComeOn, Push
from onduty_desk.availability.pauses import Paused, Pauses
from onduty_desk.boards.boards import Boards
from onduty_desk.conversations.ownership import Conversations
from onduty_desk.conversations.rules import Rules
from onduty_desk.model.phone_keys import boards_key
from onduty_desk.roster.operators import Roster
from onduty_dispatcher.wake_ups.routing import Router

from .claiming import ANNA, claim_all


async def test_all_boards_show_who_waits_and_since_when(
    show_boards: ShowBoards, boards: Boards, hand: Hand, push: Push, router: Router
) -> None:
    """After the cards, of all groups but those of another."""
    await show_boards(1)
    await hand.pass_time()
    push("Hello", conversation="c1")
    await router.route_accepted()
    await hand.send_card(200)
    await hand.pass_time()
    push("Hi", conversation="c2", group="sales")
    await router.route_accepted()
    await boards.compare()
    edited = await hand.do("edit_board")
    assert edited.board
    assert (edited.board.message, edited.board.yours, edited.board.waiting) == (101, 0, 1)
    assert edited.board.since
    assert not edited.board.is_old
    assert await hand.is_done()


async def test_the_oldest_counts_whatever_is_more_urgent(
    show_boards: ShowBoards, boards: Boards, hand: Hand, push: Push, router: Router
) -> None:
    """After most of a day its date is told too."""
    push("Hello", conversation="c1")
    await router.route_accepted()
    await hand.pass_time(timedelta(hours=17))
    push("Help!", conversation="c2", priority="urgent")
    await router.route_accepted()
    await show_boards(1)
    await hand.pass_time(timedelta(hours=2))
    await boards.compare()  # once an hour all are compared
    edited = await hand.do("edit_board")
    assert edited.board
    assert edited.board.waiting == 2
    assert edited.board.is_old


async def test_an_owners_board_names_whom_they_hold(
    come_on: ComeOn,
    boards: Boards,
    hand: Hand,
    push: Push,
    router: Router,
    conversations: Conversations,
) -> None:
    """Six of them: five names, and the number."""
    await come_on(1)
    for number in range(6):
        push("Hello", conversation=f"c{number}", customer_name=f"Customer {number}")
    await router.route_accepted()
    await claim_all(hand, conversations)
    await boards.show(ANNA)
    sent = await hand.do("send_board", detail="17")
    assert sent.board
    assert (sent.board.yours, sent.board.waiting) == (6, 0)
    names = [message.customer_name for message in sent.messages]
    assert names == [f"Customer {number}" for number in range(5)]


async def test_a_board_shows_the_lines_of_all_groups(
    show_boards: ShowBoards,
    boards: Boards,
    hand: Hand,
    push: Push,
    router: Router,
    come_on: ComeOn,
    roster: Roster,
    redis: Redis,
) -> None:
    """Joined later, and left again; the older the first of them, the earlier is what it says."""
    await show_boards(1)
    await come_on(1, group="sales")
    await boards.show(ANNA)
    await hand.do("pin_board")
    push("Hello", conversation="c1", group="sales")
    await router.route_accepted()
    await hand.send_card(200)
    await hand.pass_time()
    await boards.compare()
    edited = await hand.do("edit_board")
    assert edited.board
    assert edited.board.waiting == 1
    push("Hi", conversation="c2")
    await router.route_accepted()
    await hand.send_card(201)
    await hand.pass_time()
    await redis.zrem(boards_key("sales"), "1")  # as an older version does
    await boards.compare()
    edited = await hand.do("edit_board")
    assert edited.board
    assert edited.board.waiting == 2
    assert await redis.zscore(boards_key("sales"), "1") is not None
    await roster.sign_out(ANNA, group="sales")
    board = await hand.board()
    assert (board["group"], "more_groups" in board) == ("support", False)
    assert await redis.exists(boards_key("sales")) == 0
    await hand.do("remove_keyboard")
    edited = await hand.do("edit_board")
    assert edited.board
    assert edited.board.waiting == 1
    await roster.sign_out(ANNA)
    assert await redis.keys("onduty:boards:*") == []


async def test_a_board_says_that_its_operator_is_paused(
    show_boards: ShowBoards, hand: Hand, redis: Redis, rules: Rules
) -> None:
    """And until when; back again, it is as before."""
    await show_boards(1)
    pauses = Pauses(redis, rules)
    await hand.pass_time()
    paused = await pauses.pause(ANNA, update_id=1, lasting=timedelta(minutes=20))
    assert isinstance(paused, Paused)
    edited = await hand.do("edit_board")
    assert edited.board
    assert edited.board.is_paused
    assert edited.board.paused_until
    assert paused.until
    assert abs(edited.board.paused_until - paused.until) < timedelta(seconds=1)
    assert await hand.is_done()
    await pauses.come_back(ANNA, update_id=2)
    edited = await hand.do("edit_board")
    assert edited.board
    assert not edited.board.is_paused
