"""/mute as a reply to a card, and the button behind ⋯, as phones show it."""

from redis.asyncio import Redis

from bot.customers import Customers, ask, claim, dispatching, sign_in, writing
from bot.phones import Running
from onduty_desk.model.keys import ConversationId, conversation_key
from onduty_sandbox.client import Phone, Sandbox
from waiting import until

KEY = conversation_key(ConversationId("of Carol"))


async def test_an_owner_mutes_by_a_reply_and_undoes_it(
    redis: Redis, customers: Customers, anna: Phone
) -> None:
    """What came meanwhile waits then."""
    customers("Carol")
    await sign_in(anna)
    card = await anna.wait_for("I am Carol")
    await claim(anna, "Carol")
    await anna.send("/mute", reply_to=card.message_id)
    told = await anna.wait_for("🔇 Carol is muted: what they write rings nobody.")
    customers("Carol", text="Buy now!", id="m2")
    await until(lambda: redis.hget(KEY, "last_seq"), equals="2")
    assert await redis.hget(KEY, "state") == "closed"
    tapped = await anna.tap(told.message_id, "Undo")
    assert tapped.text == "Carol rings again; what they wrote meanwhile waits now"
    await anna.wait_for("Buy now!")
    there = [message.text for message in await anna.messages() if not message.deleted]
    assert tapped.text in there
    assert not any("is muted" in text for text in there)


async def test_who_does_not_answer_them_may_not(
    redis: Redis, customers: Customers, bob: Phone
) -> None:
    """They are told who may."""
    customers("Carol")
    await sign_in(bob)
    card = await bob.wait_for("I am Carol")
    await bob.send("/mute", reply_to=card.message_id)
    await bob.wait_for("Only who is answering Carol, or an admin, can do that.")
    assert await redis.hget(KEY, "state") != "closed"
    assert await ask(bob, "/mute") == (
        "To mute a customer, reply to their message here with /mute."
    )


async def test_an_admin_mutes_whoever_waits(
    redis: Redis, redis_url: str, sandbox: Sandbox, token: str, anna: Phone, running: Running
) -> None:
    """Without taking them first."""
    async with running(admin_ids="101"), dispatching(redis, sandbox, token):
        writing(redis_url)("Carol")
        await sign_in(anna)
        card = await anna.wait_for("I am Carol")
        await anna.send("/mute", reply_to=card.message_id)
        await anna.wait_for("🔇 Carol is muted")
        await until(lambda: redis.hget(KEY, "state"), equals="closed")


async def test_the_button_is_behind_the_dots(
    redis: Redis, customers: Customers, anna: Phone
) -> None:
    """Seldom, so not on the card itself."""
    customers("Carol")
    await sign_in(anna)
    card = await anna.wait_for("I am Carol")
    await claim(anna, "Carol")
    await anna.tap(card.message_id, "⋯")
    await anna.wait_for(lambda m: "🔇 Mute" in m.button_texts)
    tapped = await anna.tap(card.message_id, "🔇 Mute")
    assert tapped.text == "Muted: what they write rings nobody any more"
    await anna.wait_for("🔇 Carol · muted by you")
    assert await redis.hget(KEY, "muted_by") == "Anna"
