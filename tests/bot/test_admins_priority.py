"""An admin says how urgent a customer is, on duty or off, and claims nothing."""

from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from bot.customers import dispatching, waiting, writing
from bot.phones import Running, is_about_a_board, sign_in
from desk_at_work.fixtures import ComeOn
from onduty_desk.lua.calling import script
from onduty_desk.model.keys import ChatId, ConversationId, OperatorId, conversation_key, list_key
from onduty_desk.roster.actions import Action, read_actions
from onduty_sandbox.client import ChatMessage, Phone, Sandbox
from waiting import until

ANNA, CHIEF = OperatorId(101), OperatorId(900)
CAROL, DAVE = ConversationId("of Carol"), ConversationId("of Dave")


@pytest.fixture
async def chief(sandbox: Sandbox) -> Phone:
    return await sandbox.add_user(CHIEF, "Chief", language_code="en")


@pytest.fixture
async def desk(
    running: Running, redis: Redis, sandbox: Sandbox, token: str, redis_url: str
) -> AsyncIterator[None]:
    """A bot with two groups and an admin, a dispatcher, and two customers who wait."""
    async with (
        running(groups={"sales": "a good deal"}, admin_ids="900"),
        dispatching(redis, sandbox, token),
    ):
        writing(redis_url)("Carol", "Dave")
        await waiting(redis, 2)
        yield


async def priority(redis: Redis, conversation: ConversationId) -> str:
    return str(await redis.hget(conversation_key(conversation), "priority"))


async def done(redis: Redis) -> list[tuple[str, str | None, str | None]]:
    return [(one.kind, one.conversation, one.priority) for one in await read_actions(redis, 9)]


async def ask(phone: Phone, text: str) -> str:
    """Send a text and return the answer; news for admins may come meanwhile."""
    sent = await phone.send(text)
    answer = await phone.wait_for(
        lambda m: m.from_bot and "⚠️" not in m.text and not is_about_a_board(m), after=sent
    )
    return answer.text


async def question(phone: Phone, about: str) -> ChatMessage:
    return await phone.wait_for(lambda m: m.text.startswith(about) and "How urgent" in m.text)


@pytest.mark.usefixtures("desk")
async def test_a_number_of_an_admins_queue_asks_how_urgent(redis: Redis, chief: Phone) -> None:
    """Off duty: the answer is in the same place, shown by its mark, and written down once."""
    assert "A number: how urgent that customer is" in await ask(chief, "/queue")
    listed = await chief.wait_for(lambda m: m.text.startswith("2 customers wait\n"))
    assert listed.button_texts == ["1", "2"]
    await chief.tap(listed.message_id, "2")
    asked = await question(chief, "Dave (support): waits for an answer.")
    assert asked.message_id == listed.message_id
    assert asked.button_texts == ["❗ Urgent", "✓ Normal", "💤 Can wait", "See who waits"]
    for _ in range(2):
        assert (await chief.tap(asked.message_id, "priority:0")).text == "Urgent now"
    await chief.wait_for(lambda m: "✓ ❗ Urgent" in m.button_texts)
    assert await priority(redis, DAVE) == "urgent"
    assert await done(redis) == [("prioritize", DAVE, "urgent")]
    await chief.tap(asked.message_id, "See who waits")
    await chief.wait_for("1. ❗ Dave")
    assert await redis.zcard("onduty:claims:900") == 0


@pytest.mark.usefixtures("desk")
async def test_an_admin_finds_whom_a_colleague_answers(
    redis: Redis, anna: Phone, chief: Phone
) -> None:
    """On duty in another group or off; the raise rings the owner, and the owner stays owner."""
    await sign_in(anna)
    card = await anna.wait_for("I am Carol")
    await anna.tap(card.message_id, "claim")
    await sign_in(chief, "a good deal")
    assert (await ask(chief, "/priority Car")).startswith("Carol (support): Anna is answering.")
    asked = await question(chief, "Carol (support)")
    assert (await chief.tap(asked.message_id, "priority:0")).text == "Urgent now"
    rung = await anna.wait_for(lambda m: m.message_id > card.message_id and "Carol" in m.text)
    assert not rung.silent
    assert await redis.hget(conversation_key(CAROL), "owner") == "101"


@pytest.mark.usefixtures("desk")
async def test_several_of_a_name_are_listed(chief: Phone, redis_url: str, redis: Redis) -> None:
    """Of all groups; closed ones are not among them."""
    writing(redis_url)("Carla", group="sales")
    await until(lambda: redis.zcard("onduty:waiting:sales"), equals=1)

    async def found() -> bool:
        return (await ask(chief, "/priority Car")).startswith("2 found")

    await until(found)
    listed = await chief.wait_for("2 found")
    await redis.hset(conversation_key(CAROL), mapping={"state": "closed"})
    assert (await ask(chief, "/priority Car")).startswith("Carla (sales): waits for an answer.")
    await chief.tap(listed.message_id, "1")
    await question(chief, "Car")


async def ask_of_dave(phone: Phone) -> ChatMessage:
    sent = await phone.send("/priority of Dave")
    return await phone.wait_for("How urgent is it?", after=sent)


@pytest.mark.usefixtures("desk")
async def test_what_cannot_be_set_gets_a_sentence(redis: Redis, chief: Phone, anna: Phone) -> None:
    """No name, no such name, a list that is too old, one that is closed by now; and no admin."""
    assert (await ask(chief, "/priority")).startswith("Whose? Send /priority and the customer's")
    assert (await ask(chief, "/priority Zoe")).startswith("No open conversation found")
    asked = await ask_of_dave(chief)
    await redis.hset(conversation_key(DAVE), mapping={"state": "closed"})
    tapped = await chief.tap(asked.message_id, "priority:2")
    assert tapped.text == "This conversation is closed"
    await redis.hset(conversation_key(DAVE), mapping={"state": "waiting"})
    asked = await ask_of_dave(chief)
    about = list_key(ChatId(900), asked.message_id)
    await until(lambda: redis.delete(about), equals=1)
    tapped = await chief.tap(asked.message_id, "priority:0")
    assert tapped.text == "This list is too old; send /queue or /priority again."
    asked = await ask_of_dave(chief)
    await redis.delete(conversation_key(DAVE))
    tapped = await chief.tap(asked.message_id, "priority:2")
    assert tapped.text == "This conversation is not there any more"
    assert await done(redis) == []
    assert "I do not know this command" in await ask(anna, "/priority Dave")


async def test_buttons_of_who_is_no_admin_any_more_do_nothing(
    running: Running, redis: Redis, chief: Phone, redis_url: str, sandbox: Sandbox, token: str
) -> None:
    """The list is still on their phone."""
    async with dispatching(redis, sandbox, token):
        writing(redis_url)("Dave")
        await waiting(redis, 1)
        async with running(admin_ids="900"):
            await ask(chief, "/queue")
            listed = await chief.wait_for(lambda m: m.text.startswith("1 customer waits\n"))
        async with running():
            tapped = await chief.tap(listed.message_id, "1")
    assert tapped.text == "This button does not work any more."


async def test_a_repeated_decision_is_written_down_once(redis: Redis, come_on: ComeOn) -> None:
    """A bot that was killed handles the update again; another admin's later word stands."""
    await come_on(ANNA)
    key = conversation_key(DAVE)
    await redis.hset(key, mapping={"group": "support", "state": "waiting", "priority": "normal"})
    prioritize = script(redis, "onduty_bot/administering/prioritize")
    chief, vera = '{"id": "900", "name": "Chief"}', '{"id": "901", "name": ""}'
    assert await prioritize(args=[1, chief, DAVE, "urgent"]) == "set"
    assert await prioritize(args=[2, vera, DAVE, "low"]) == "set"
    assert await prioritize(args=[1, chief, DAVE, "urgent"]) == "set"
    assert await priority(redis, DAVE) == "low"
    assert await prioritize(args=[3, chief, DAVE, "low"]) == "same"
    actions: list[Action] = await read_actions(redis, 9)
    assert [one.admin.id for one in actions] == [900, 901]
