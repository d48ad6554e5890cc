"""The history that routing writes: bounded, and of pages of any length."""

import json

from redis.asyncio import Redis

from desk_at_work.at_work import Desk
from desk_at_work.fixtures import AliceWrites, ComeOn, Lua, Push, Route
from onduty import SupportDesk
from onduty.wire import history_key, message_key
from onduty_desk.conversations.verbs import Verb

from .pages_of_a_card import looked_at

ADD = """
local entry = { kind = 'reply', id = ARGV[3], place = tonumber(ARGV[2]), text = ARGV[4] }
entry.author, entry.at = { id = 4503599627370495, name = 'Anna' }, '2026-11-27T14:00:00Z'
history.add(ARGV[1], entry)
"""


async def test_it_has_the_newest_thousand(
    redis: Redis, route: Route, come_on: ComeOn, push: Push, redis_url: str
) -> None:
    """The oldest go; the others keep their places."""
    await come_on(1)
    for n in range(0, 1_200, 300):
        push(*(f"<{n + i}>" for i in range(1, 301)))
    await route()
    entries = SupportDesk(redis_url).history("c1")
    assert [entry.text for entry in entries] == [f"<{n}>" for n in range(201, 1_201)]
    assert [entry.place for entry in entries] == list(range(201, 1_201))
    assert await redis.llen(history_key("c1")) == 1_000


async def test_files_are_there(route: Route, push: Push, redis_url: str) -> None:
    """Whole numbers stay whole; a conversation that is not known has none."""
    file = {"url": "https://shop.example/cat.jpg", "file_name": "cat.jpg", "size": 2**53 - 1}
    push("Look", attachments=[file])
    await route()
    desk = SupportDesk(redis_url)
    (entry,) = desk.history("c1")
    assert [(one.file_name, one.size) for one in entry.attachments] == [("cat.jpg", 2**53 - 1)]
    assert desk.history("c2") == []


async def test_what_cannot_be_read_is_left_out(
    redis: Redis, route: Route, push: Push, redis_url: str
) -> None:
    """Another program has written over a message: the others are there."""
    odd, _ = push("Hello", "Hello?")
    await redis.set(message_key(odd), "no JSON")
    await route()
    assert [entry.text for entry in SupportDesk(redis_url).history("c1")] == ["Hello?"]


async def test_a_page_has_the_answers_that_stand_there(
    redis: Redis, lua: Lua, come_on: ComeOn, at_work: Desk, push: Push
) -> None:
    """Between the messages that they stood between, on no other page."""
    await come_on(1)
    script = lua(ADD, "history/history")
    for n in range(1, 46):
        push(f"<{n}>")
        await at_work.jobs.route()
        if n in {1, 20, 21, 45}:
            await redis.eval(script, 0, "c1", n, f"r{n}", f"[{n}]")
    await at_work.quiet()
    await redis.hset("onduty:conversation:c1", "replied", "1")
    await at_work.tap(1, Verb.OPEN)
    shown = [await looked_at(at_work, 1)]
    for _ in range(2):
        await at_work.press(1, "◀️")
        shown.append(await looked_at(at_work, 1))
    last, middle, first = shown
    for page, here in ((first, [1, 20]), (middle, [21]), (last, [45])):
        answers = [n for n in (1, 20, 21, 45) if f"[{n}]" in page]
        assert answers == here
        for n in here:
            below = page.split(f"<{n}>")[1].splitlines()
            assert below[2:4] == [f"[{n}]", "↪️ Anna answered"]


async def test_of_an_answer_its_author_keeps_their_id(
    redis: Redis, lua: Lua, alice_writes: AliceWrites
) -> None:
    """Telegram's ids have up to 52 bits; a change writes them as they were."""
    await alice_writes(1)
    await redis.eval(lua(ADD, "history/history"), 0, "c1", 1, "r1", "Hello")
    change = "history.change('c1', 'r1', function(entry) entry.text = 'Good day' end)"
    await redis.eval(lua(change, "history/history"), 0)
    _, written = await redis.lrange(history_key("c1"), 0, -1)
    assert json.loads(written) == {
        "kind": "reply",
        "id": "r1",
        "place": 1,
        "author": {"id": 4503599627370495, "name": "Anna"},
        "at": "2026-11-27T14:00:00Z",
        "text": "Good day",
    }
