"""The send limits: off until asked for, then as strict as Telegram's."""

from onduty_sandbox.client import Phone, Sandbox
from sandbox.bot_caller import Ask, HandClock, Reply


async def people(local: Sandbox, count: int) -> list[int]:
    """Add people who have written to the bot."""
    ids = list(range(100, 100 + count))
    for user_id in ids:
        await (await local.add_user(user_id, "User")).start()
    return ids


def refused_for(reply: Reply, seconds: int) -> bool:
    """Whether this is a 429 with so many seconds in body and header."""
    return (
        reply.status == 429
        and reply.error == f"Too Many Requests: retry after {seconds}"
        and reply.body["parameters"] == {"retry_after": seconds}
        and reply.headers["Retry-After"] == str(seconds)
    )


async def test_limits_are_off_until_asked_for(ask: Ask, anna: Phone) -> None:
    """Tests that do not care are never held up."""
    for _ in range(40):
        assert (await ask("sendMessage", chat_id=7, text="hi")).status == 200
    assert len(await anna.messages()) == 41


async def test_thirty_messages_in_any_second(
    local: Sandbox, ask: Ask, hand_clock: HandClock
) -> None:
    """The window slides: what was sent a second ago makes room, one by one."""
    ids = await people(local, 62)
    await local.limits()
    for user_id in ids[:15]:
        assert (await ask("sendMessage", chat_id=user_id, text="hi")).status == 200
    hand_clock.now += 0.5
    for user_id in ids[15:30]:
        assert (await ask("sendMessage", chat_id=user_id, text="hi")).status == 200
    assert refused_for(await ask("sendMessage", chat_id=ids[30], text="hi"), 1)
    hand_clock.now += 0.5
    for user_id in ids[30:45]:
        assert (await ask("sendMessage", chat_id=user_id, text="hi")).status == 200
    assert refused_for(await ask("sendMessage", chat_id=ids[45], text="hi"), 1)


async def test_one_message_a_second_into_a_private_chat(
    local: Sandbox, ask: Ask, anna: Phone, hand_clock: HandClock
) -> None:
    """Edits count as sends; refused requests do not."""
    await local.limits()
    sent = await ask("sendMessage", chat_id=7, text="one")
    message_id = sent.result["message_id"]
    assert refused_for(await ask("editMessageText", chat_id=7, message_id=message_id, text="x"), 1)
    hand_clock.now += 0.99
    assert refused_for(await ask("sendMessage", chat_id=7, text="two"), 1)
    hand_clock.now += 0.01
    edited = await ask("editMessageText", chat_id=7, message_id=message_id, text="x")
    assert edited.status == 200
    assert refused_for(await ask("sendMessage", chat_id=7, text="two"), 1)
    assert (await ask("deleteMessage", chat_id=7, message_id=message_id)).status == 200
    assert len(await anna.messages()) == 2


async def test_a_short_burst_may_be_tolerated(
    local: Sandbox, ask: Ask, anna: Phone, hand_clock: HandClock
) -> None:
    """Three at once, then one a second."""
    await local.limits(private_burst=3)
    for _ in range(3):
        assert (await ask("sendMessage", chat_id=anna.chat_id, text="hi")).status == 200
    assert refused_for(await ask("sendMessage", chat_id=7, text="hi"), 1)
    hand_clock.now += 1
    assert (await ask("sendMessage", chat_id=7, text="hi")).status == 200
    assert refused_for(await ask("sendMessage", chat_id=7, text="hi"), 1)


async def test_twenty_messages_a_minute_into_a_group(
    local: Sandbox, ask: Ask, anna: Phone, hand_clock: HandClock
) -> None:
    """The wait lasts until the first of the twenty is a minute old."""
    group = await local.add_group("Team", [anna.user_id])
    await local.limits()
    for _ in range(20):
        assert (await ask("sendMessage", chat_id=group, text="hi")).status == 200
    hand_clock.now += 10
    assert refused_for(await ask("sendMessage", chat_id=group, text="hi"), 50)
    hand_clock.now += 50
    assert (await ask("sendMessage", chat_id=group, text="hi")).status == 200


async def test_paid_messages_have_a_higher_rate(local: Sandbox, ask: Ask) -> None:
    """allow_paid_broadcast lifts the limit over all chats, not the one per chat."""
    ids = await people(local, 40)
    await local.limits(per_second=5, paid_per_second=40)
    for user_id in ids[:6]:
        reply = await ask("sendMessage", chat_id=user_id, text="hi", allow_paid_broadcast=True)
        assert reply.status == 200
    assert refused_for(await ask("sendMessage", chat_id=ids[6], text="hi"), 1)
    again = await ask("sendMessage", chat_id=ids[0], text="hi", allow_paid_broadcast=True)
    assert refused_for(again, 1)


async def test_rates_can_be_set(local: Sandbox, ask: Ask, anna: Phone) -> None:
    """A faster Telegram for benchmarks; switching off ends all limits."""
    await local.limits(per_second=1000, private_per_second=1000, private_burst=2)
    assert (await ask("sendMessage", chat_id=anna.chat_id, text="hi")).status == 200
    assert (await ask("sendMessage", chat_id=7, text="hi")).status == 200
    await local.limits(enabled=False)
    assert (await ask("sendMessage", chat_id=7, text="hi")).status == 200
