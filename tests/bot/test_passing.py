"""Pass on: behind ⋯ on a card, then to whom and why; a colleague is asked, or a group rung."""

import asyncio

import pytest
from redis.asyncio import Redis

from bot.customers import Customers, ask, claim, dispatching, sign_in, writing
from bot.phones import Running
from onduty_desk.model.keys import ConversationId, OperatorId, claims_key, conversation_key
from onduty_sandbox.client import ChatMessage, Phone, Sandbox
from waiting import until

CAROL = conversation_key(ConversationId("of Carol"))
BOB = OperatorId(202)


async def choose(phone: Phone, text: str, *, of: str) -> ChatMessage:
    """Tap a button of the newest message that begins so; return the message."""
    shown = await phone.wait_for(lambda m: m.text.startswith(of) and text in m.button_texts)
    await phone.tap(shown.message_id, text)
    return shown


async def begin(phone: Phone) -> ChatMessage:
    """Tap ⋯ and Pass on at Carol's card; return the question."""
    await choose(phone, "⋯", of="🟢 Carol")
    await choose(phone, "🤝 Pass on", of="🟢 Carol")
    return await phone.wait_for("🤝 To whom shall Carol go?")


@pytest.fixture
async def carols(customers: Customers, anna: Phone, bob: Phone) -> None:
    """Anna answers Carol; Bob is on duty, too."""
    await sign_in(anna)
    await sign_in(bob)
    customers("Carol")
    await claim(anna, "Carol")


@pytest.mark.usefixtures("carols")
async def test_the_next_text_is_the_reason_and_the_colleague_accepts(
    redis: Redis, anna: Phone, bob: Phone
) -> None:
    """Four taps and a line; neither the questions nor what was said of it stay behind."""
    question = await begin(anna)
    assert question.button_texts == ["Bob · 0", "Cancel"]
    await anna.tap(question.message_id, "Bob · 0")
    asked = await anna.wait_for("🤝 Carol, to Bob. Why?")
    assert asked.message_id == question.message_id
    assert asked.button_texts == ["No reason", "Cancel"]
    assert await ask(anna, "  speaks\nFrench ") == "🤝 Bob is asked to take over Carol."
    await until(lambda: is_deleted(anna, question), equals=True)
    asked = await anna.wait_for("🤝 Bob is asked to take over Carol.")
    card = await bob.wait_for(lambda m: m.button_texts == ["🙋 Accept", "Decline"])
    assert card.text.startswith(
        "🤝 Carol · Anna asks you to take this over\n“speaks French”\nI am Carol\n"
    )
    assert (await bob.tap(card.message_id, "🙋 Accept")).text == "It is yours"
    await anna.wait_for("👤 Carol · Bob is answering")
    await until(lambda: is_deleted(anna, asked), equals=True)
    assert await redis.zrange(claims_key(BOB), 0, -1) == ["of Carol"]


async def is_deleted(phone: Phone, message: ChatMessage) -> bool:
    shown = {one.message_id: one for one in await phone.messages()}
    return shown[message.message_id].deleted


@pytest.mark.usefixtures("carols")
async def test_without_a_reason_and_declined(redis: Redis, anna: Phone, bob: Phone) -> None:
    """One tap in the place of a line; the text after it is an ordinary one."""
    await begin(anna)
    await choose(anna, "Bob · 0", of="🤝 To whom")
    shown = await choose(anna, "No reason", of="🤝 Carol, to Bob")
    done = await anna.wait_for("🤝 Bob is asked to take over Carol.")
    assert (done.message_id, done.button_texts) == (shown.message_id, [])
    assert (await ask(anna, "speaks French")).startswith("This reached no one.")
    card = await bob.wait_for(lambda m: m.button_texts == ["🙋 Accept", "Decline"])
    assert (await bob.tap(card.message_id, "Decline")).text == "Declined: Anna is told"
    await anna.wait_for("↩️ Bob declined Carol")
    await until(lambda: is_deleted(anna, done), equals=True)  # it would say what is not so
    assert await redis.hget(CAROL, "owner") == "101"


@pytest.mark.usefixtures("carols")
async def test_the_phrase_is_no_reason_and_is_removed(redis: Redis, anna: Phone) -> None:
    """Nor is a reply to another message; the question still waits for the line."""
    await begin(anna)
    await choose(anna, "Bob · 0", of="🤝 To whom")
    await anna.wait_for("🤝 Carol, to Bob. Why?")
    sent = await anna.send("open sesame")
    answer = await anna.wait_for("You are already an operator", after=sent)
    assert "I removed the secret phrase" in answer.text
    card = await anna.wait_for("🟢 Carol")
    sent = await anna.send("On its way", reply_to=card.message_id)
    await anna.wait_for("This did not reach the customer", after=sent)
    assert await redis.hget(CAROL, "pass_to") is None
    assert await ask(anna, "Bob knows her") == "🤝 Bob is asked to take over Carol."
    assert await redis.hget(CAROL, "pass_reason") == "Bob knows her"


@pytest.mark.usefixtures("carols")
async def test_what_was_written_before_one_was_asked_is_no_reason(
    redis: Redis, anna: Phone, sandbox: Sandbox
) -> None:
    """The bot is late: who wrote it had not read the question."""
    question = await begin(anna)

    async def is_under_way(method: str) -> bool:
        return any(not request.status for request in await sandbox.log(method=method))

    await until(lambda: is_under_way("getUpdates"))  # what is asked from now on is answered late
    await sandbox.latency(60)
    tapping = asyncio.create_task(anna.tap(question.message_id, "Bob · 0"))
    await until(lambda: is_under_way("answerCallbackQuery"))
    sent = await anna.send("Your tickets are on their way")
    await asyncio.sleep(1.1)  # Telegram's times are in seconds
    await sandbox.latency(0)
    await tapping
    await anna.wait_for("This reached no one.", after=sent)
    assert await redis.hget(CAROL, "pass_to") is None
    await anna.wait_for("🤝 Carol, to Bob. Why?")
    assert await ask(anna, "speaks French") == "🤝 Bob is asked to take over Carol."


@pytest.mark.usefixtures("carols")
async def test_what_came_of_the_reason_is_a_reply_to_it(redis: Redis, anna: Phone) -> None:
    """Be it nothing: another group has the customer by then."""
    await begin(anna)
    await choose(anna, "Bob · 0", of="🤝 To whom")
    await anna.wait_for("🤝 Carol, to Bob. Why?")
    await redis.hdel(CAROL, "owner")
    await redis.hset(CAROL, mapping={"state": "waiting", "group": "sales"})
    sent = await anna.send("speaks French")
    told = await anna.wait_for("Carol is another group's customer now: nothing was passed on.")
    assert told.reply_to == sent


@pytest.mark.usefixtures("carols")
async def test_cancel_leaves_all_as_it_is(redis: Redis, anna: Phone) -> None:
    """The question goes, and the next text is an ordinary one."""
    question = await begin(anna)
    await choose(anna, "Bob · 0", of="🤝 To whom")
    await choose(anna, "Cancel", of="🤝 Carol, to Bob")
    await until(lambda: is_deleted(anna, question), equals=True)
    assert (await ask(anna, "speaks French")).startswith("This reached no one.")
    assert await redis.hget(CAROL, "pass_to") is None


@pytest.mark.usefixtures("carols")
async def test_a_colleague_who_goes_off_meanwhile_is_not_asked(
    redis: Redis, anna: Phone, bob: Phone
) -> None:
    """At each step it is said."""
    question = await begin(anna)
    await ask(bob, "/off")
    tapped = await anna.tap(question.message_id, "Bob · 0")
    assert tapped.text == "They are not available any more. Choose again."
    await sign_in(bob)
    await anna.tap(question.message_id, "Bob · 0")
    await anna.wait_for("🤝 Carol, to Bob. Why?")
    await ask(bob, "/off")
    assert (await ask(anna, "speaks French")).startswith("Bob is not available any more.")
    assert await redis.hget(CAROL, "owner") == "101"


@pytest.mark.usefixtures("carols")
async def test_alone_on_duty_there_is_nobody_to_choose(anna: Phone, bob: Phone) -> None:
    """It is said, and only Cancel is left."""
    await ask(bob, "/off")
    await choose(anna, "⋯", of="🟢 Carol")
    await choose(anna, "🤝 Pass on", of="🟢 Carol")
    shown = await anna.wait_for("🤝 Carol: no colleague is on duty in this group.")
    assert shown.button_texts == ["Cancel"]


@pytest.mark.usefixtures("carols")
async def test_many_colleagues_come_in_pages_the_least_busy_first(
    customers: Customers, sandbox: Sandbox, anna: Phone, bob: Phone
) -> None:
    """Six on a page."""
    others = [await sandbox.add_user(300 + n, f"Eve {n}") for n in range(1, 7)]
    await asyncio.gather(*(sign_in(other) for other in others))
    customers("Dave")
    await claim(bob, "Dave")
    question = await begin(anna)
    assert question.button_texts[6:] == ["▶️", "Cancel"]
    assert {text[:3] for text in question.button_texts[:6]} == {"Eve"}
    await anna.tap(question.message_id, "▶️")
    await anna.wait_for(lambda m: m.button_texts == ["Bob · 1", "◀️", "Cancel"])


async def test_to_another_group(
    redis: Redis,
    running: Running,
    sandbox: Sandbox,
    token: str,
    redis_url: str,
    anna: Phone,
    bob: Phone,
) -> None:
    """By its name, with a way back; its operators read why."""
    async with (
        running(groups={"sales": "deal", "returns": "sesame"}),
        dispatching(redis, sandbox, token),
    ):
        write = writing(redis_url)
        await sign_in(anna)
        await sign_in(bob, "deal")
        write("Carol")
        await claim(anna, "Carol")
        await choose(anna, "⋯", of="🟢 Carol")
        await choose(anna, "🤝 Pass on", of="🟢 Carol")
        await choose(anna, "Another group", of="🤝 Carol")
        shown = await anna.wait_for("🤝 Into which group's line shall Carol go?")
        assert shown.button_texts == ["returns", "sales", "Back", "Cancel"]
        await anna.tap(shown.message_id, "sales")
        await anna.wait_for("🤝 Carol, to the group sales. Why?")
        answer = await ask(anna, "wants to buy")
        assert answer == "🤝 Carol waits in the group sales now."
        card = await bob.wait_for("🤝 Carol · passed on by Anna\n“wants to buy”\nI am Carol")
        assert (await bob.tap(card.message_id, "claim")).text == "It is yours"
    assert await redis.hmget(CAROL, "group", "owner") == ["sales", "202"]


async def test_a_group_that_is_there_no_more_cannot_be_chosen(
    redis: Redis, running: Running, sandbox: Sandbox, token: str, redis_url: str, anna: Phone
) -> None:
    """A restart with fewer groups between the question and the tap: it is answered."""
    async with dispatching(redis, sandbox, token):
        async with running(groups={"sales": "deal", "returns": "sesame"}):
            await sign_in(anna)
            writing(redis_url)("Carol")
            await claim(anna, "Carol")
            await choose(anna, "⋯", of="🟢 Carol")
            await choose(anna, "🤝 Pass on", of="🟢 Carol")
            await choose(anna, "Another group", of="🤝 Carol")
            shown = await anna.wait_for("🤝 Into which group's line shall Carol go?")
        async with running():
            told = (await anna.tap(shown.message_id, "sales")).text
    assert told == "This question is too old; begin at the customer's card again."
