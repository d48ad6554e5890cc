"""Ring once, miss nothing: follow-ups are edited into the card, and sent when it is claimed."""

from datetime import timedelta

import pytest
from redis.asyncio import Redis

from desk_at_work.at_work import Desk
from desk_at_work.fixtures import AliceWrites, ComeOn, MoveClock, Push
from onduty_desk.conversations.verbs import Verb
from onduty_desk.model.keys import deliveries_key
from onduty_sandbox.client import Sandbox

from .three_phones import CLAIMED

MINUTE = timedelta(minutes=1)


@pytest.fixture
async def desk(alice_writes: AliceWrites) -> Desk:
    """Two operators have been rung for Alice."""
    return await alice_writes(1, 2, text="One")


async def sends_to(sandbox: Sandbox, chat: int) -> int:
    return sum(send.chat_id == chat for send in await sandbox.log(method="sendMessage"))


async def follow(desk: Desk, push: Push, *texts: str, **fields: str) -> list[str]:
    ids = push(*texts, **fields)
    await desk.jobs.route()
    await desk.quiet()
    return ids


async def test_a_follow_up_is_drawn_into_the_card_without_a_ring(
    redis: Redis, desk: Desk, push: Push
) -> None:
    """One message on the phone, with all texts."""
    (two,) = await follow(desk, push, "Two")
    (card,) = await desk.cards(1)
    assert card.text == "Alice · 2 messages\nOne\nTwo\nAlice writes to The Shop"
    assert card.button_texts == ["🙋 I'll answer", "⋯"]
    assert await redis.hget(deliveries_key(two), "1") == "quiet"


async def test_what_has_no_room_on_the_first_card_is_drawn_into_it(
    at_work: Desk, come_on: ComeOn, push: Push
) -> None:
    """Another link, less urgent, too long, or too many: all that waited together can be read."""
    await come_on(1)
    push("First", reply_url="https://a.example/1", conversation="links")
    push("Second", reply_url="https://a.example/2", conversation="links")
    push("Fire!", priority="urgent", conversation="urgent")
    push("Room 12, please", conversation="urgent")
    push("A" * 3_000, "B" * 3_000, conversation="long")
    push(*(f"<{n}>" for n in range(25)), conversation="many")
    await at_work.jobs.route()
    await at_work.quiet()
    shown = "".join(card.text for card in await at_work.cards(1))
    for text in ("Second", "Room 12, please", "B" * 3_000, "<24>"):
        assert text in shown


async def test_what_comes_while_the_first_card_is_refused_is_drawn_into_it(
    sandbox: Sandbox, at_work: Desk, come_on: ComeOn, push: Push
) -> None:
    """Telegram asked for a second's pause, the customer did not."""
    await come_on(1)
    await sandbox.fault("429", "sendMessage", chat_id=1)
    push("First")
    await at_work.jobs.route()
    await sandbox.wait_for_request("sendMessage")
    push("Second")
    await at_work.jobs.route()
    await at_work.quiet()
    assert (
        await at_work.card(1)
    ).text == "Alice · 2 messages\nFirst\nSecond\nAlice writes to The Shop"


async def test_it_says_how_long_the_customer_has_waited(
    desk: Desk, push: Push, move_clock: MoveClock
) -> None:
    """As of the newest message."""
    await follow(desk, push, "Two")
    await move_clock(4 * MINUTE)
    await follow(desk, push, "Three")
    assert (await desk.card(1)).text.startswith(
        "Alice · 3 messages, waiting 4 min\nOne\nTwo\nThree"
    )


async def test_a_minute_later_it_rings_with_all_that_came_quietly(
    redis: Redis, desk: Desk, push: Push, move_clock: MoveClock
) -> None:
    """As a new card, which takes the place of the old one: the button is where it rang."""
    (two,) = await follow(desk, push, "Two")
    (old,) = await desk.cards(1)
    await move_clock(1.1 * MINUTE)
    (three,) = await follow(desk, push, "Three")
    (card,) = await desk.cards(1)
    assert card.message_id > old.message_id
    assert (card.silent, card.button_texts) == (False, ["🙋 I'll answer", "⋯"])
    assert card.text.startswith("Alice · 3 messages, waiting 1 min\nOne\nTwo\nThree")
    for message in (two, three):
        assert await redis.hget(deliveries_key(message), "1") == f"sent {card.message_id}"


async def test_an_urgent_follow_up_rings_at_once(sandbox: Sandbox, desk: Desk, push: Push) -> None:
    """And one that is not, right after it, does not: it is drawn into the new card."""
    before = await sends_to(sandbox, 1)
    await follow(desk, push, "Fire!", priority="urgent")
    await follow(desk, push, "I mean it")
    (card,) = await desk.cards(1)
    assert await sends_to(sandbox, 1) == before + 1
    assert card.text.startswith("Alice · 3 messages\n❗ Urgent\nOne\nFire!\nI mean it")
    assert not card.silent


async def test_an_urgent_one_rings_once_with_what_came_quietly_before(
    sandbox: Sandbox, desk: Desk, push: Push
) -> None:
    """The newest words stand in what rings."""
    await follow(desk, push, "Two")
    (log,) = (await sandbox.log())[-1:]
    await follow(desk, push, "Fire!", priority="urgent")
    sends = await sandbox.log(method="sendMessage", after=log.sequence)
    (rung,) = [send.parameters["text"] for send in sends if send.chat_id == 1]
    assert "Two" in str(rung)
    assert "Fire!" in str(rung)
    (card,) = await desk.cards(1)
    assert card.text.startswith("Alice · 3 messages\n❗ Urgent\nOne\nTwo\nFire!")


async def test_who_claims_is_shown_what_came_without_a_ring(
    redis: Redis, desk: Desk, push: Push
) -> None:
    """In a silent reply: they are looking at the card. Nobody else is sent anything."""
    ids = await follow(desk, push, "Two", "Three")
    await desk.tap(1, Verb.CLAIM)
    await desk.quiet()
    card, reply = await desk.cards(1)
    assert reply.text == "🟢 Alice · writes again\nTwo\nThree\nAlice writes to The Shop"
    assert (reply.reply_to, reply.silent) == (card.message_id, True)
    assert len(await desk.cards(2)) == 1
    for message in ids:
        assert await redis.hget(deliveries_key(message), "1") == f"sent {reply.message_id}"


async def test_more_than_fits_is_counted(desk: Desk, push: Push) -> None:
    """The newest are shown; who claims gets all."""
    texts = [f"{n} " + "word " * 200 for n in range(1, 11)]
    await follow(desk, push, *texts)
    card = await desk.card(1)
    assert card.text.startswith("Alice · 11 messages\n… 7 earlier messages\n7 word")
    await desk.tap(1, Verb.CLAIM)
    await desk.quiet()
    shown = "\n".join(reply.text for reply in (await desk.cards(1))[1:])
    assert all(text.strip() in shown for text in texts)


async def test_what_a_card_has_no_more_room_for_does_not_come_again(
    desk: Desk, push: Push, move_clock: MoveClock
) -> None:
    """It has rung; with the next ring comes what is new, and the card counts what is further up."""
    texts = [f"<{n}>" for n in range(24)]
    await follow(desk, push, *texts)
    assert "One" not in (await desk.card(2)).text
    await move_clock(1.1 * MINUTE)
    await follow(desk, push, "Still there?")
    shown = await desk.cards(2)
    assert "One" not in "".join(card.text for card in shown)
    await desk.tap(2, Verb.CLAIM)
    await desk.quiet()
    await follow(desk, push, "Thanks", *(f"<<{n}>>" for n in range(24)))
    card, *replies = await desk.cards(2)
    head, earlier, *on_card = card.text.splitlines()
    assert (head, earlier) == (CLAIMED, "… 1 earlier message")
    lines = [line for reply in replies for line in reply.text.splitlines()]
    ours = ("Alice writes to The Shop", "🟢 Alice · writes again")
    written = [line for line in [*on_card, *lines] if line not in ours]
    assert written == [*texts, "Still there?", "Thanks", *(f"<<{n}>>" for n in range(24))]


async def test_a_long_newest_one_shows_its_last_part(desk: Desk, push: Push) -> None:
    """With the lines above it; nothing Telegram would refuse."""
    await follow(desk, push, "word " * 2_000)
    card = await desk.card(1)
    assert card.text.startswith("Alice · 2 messages\n… 1 earlier message\nword")
    assert card.text.endswith("3/3")
    await desk.tap(2, Verb.CLAIM)
    await desk.quiet()
    assert (await desk.card(1)).text == "👤 Alice · Operator 2 is answering"


async def test_a_deleted_card_loses_no_text(desk: Desk, push: Push) -> None:
    """What would have been drawn into it comes as a card of its own, which shows the rest too."""
    await desk.phones[0].delete((await desk.card(1)).message_id)
    await follow(desk, push, "Two")
    (card,) = await desk.cards(1)
    assert card.text == "Alice · 2 messages\nOne\nTwo\nAlice writes to The Shop"
    assert card.button_texts == ["🙋 I'll answer", "⋯"]


async def test_a_clock_set_back_silences_nobody(
    sandbox: Sandbox, desk: Desk, push: Push, move_clock: MoveClock
) -> None:
    """The last ring lies in the future: the next follow-up rings, instead of none for an hour."""
    before = await sends_to(sandbox, 1)
    await move_clock(-timedelta(hours=1))
    await follow(desk, push, "Two")
    assert await sends_to(sandbox, 1) == before + 1
