"""Somebody comes or goes while their card is on its way: it shows what is so in the end."""

import json

from redis.asyncio import Redis

from desk_at_work.at_work import Desk
from desk_at_work.fixtures import ComeOn, Push
from onduty_desk.conversations.verbs import Verb
from onduty_desk.model.keys import OperatorId, conversation_key, copies_key
from onduty_desk.phones.outbox import Outbox
from onduty_desk.roster.operators import Roster
from onduty_dispatcher.wake_ups.routing import Router
from onduty_sandbox.client import Sandbox
from waiting import until

from .three_phones import C1, buttons

MINE = ["☑️ Close", "↩️ Release"]
ON_DUTY = [*MINE, "⋯", "📝 Note"]


async def is_drawing(sandbox: Sandbox, operator: int, before: int) -> None:
    """Wait until one more edit of the operator's card is on its way."""

    async def edits() -> int:
        log = await sandbox.log(method="editMessageText")
        return len([one for one in log if one.chat_id == operator])

    await until(edits, equals=before + 1)


async def test_who_goes_while_the_card_is_drawn_has_two_buttons(
    desk: Desk, sandbox: Sandbox, roster: Roster
) -> None:
    """What only who is on duty can do is not offered afterwards."""
    await sandbox.fault("slow", "editMessageText", chat_id=1, delay_s=0.5, taken_first=True)
    await desk.tap(1, Verb.CLAIM)
    await is_drawing(sandbox, 1, 0)
    await roster.sign_out(OperatorId(1))
    assert (await buttons(desk))[0] == MINE


async def test_who_comes_back_while_the_card_is_drawn_has_all_buttons(
    owned: Desk, sandbox: Sandbox, roster: Roster, come_on: ComeOn
) -> None:
    """The card was on its way without them."""
    assert (await buttons(owned))[0] == ON_DUTY
    await sandbox.fault("slow", "editMessageText", chat_id=1, delay_s=0.5, taken_first=True)
    await roster.sign_out(OperatorId(1))
    await owned.jobs.look()
    await is_drawing(sandbox, 1, 1)
    await come_on(1)
    assert (await buttons(owned))[0] == ON_DUTY


async def test_who_comes_back_has_all_buttons_again(
    owned: Desk, roster: Roster, come_on: ComeOn
) -> None:
    """On what they kept when they went."""
    await roster.sign_out(OperatorId(1))
    assert (await buttons(owned))[0] == MINE
    await come_on(1)
    assert (await buttons(owned))[0] == ON_DUTY


async def test_a_menu_ends_with_off(owned: Desk, roster: Roster) -> None:
    """Nothing in it can be done off duty."""
    await owned.tap(1, Verb.MENU)
    assert "🤝 Pass on" in (await buttons(owned))[0]
    await roster.sign_out(OperatorId(1))
    assert (await buttons(owned))[0] == MINE


async def test_a_look_takes_the_place_of_a_menu(redis: Redis, desk: Desk) -> None:
    """Opened while it waited; a colleague has it now."""
    await desk.tap(1, Verb.MENU)
    await desk.tap(2, Verb.CLAIM)
    await desk.tap(1, Verb.OPEN)
    assert (await buttons(desk))[0] == ["Take over", "Back"]
    copy = json.loads(await redis.hget(copies_key(C1), "1") or "{}")
    assert (copy.get("view"), copy.get("menu_until_ms")) == ("open", None)
    await desk.press(1, "Back")
    assert (await buttons(desk))[0] == ["👀 Open"]


async def test_a_card_that_comes_anew_is_looked_at_by_nobody(
    redis: Redis, router: Router, outbox: Outbox, come_on: ComeOn, push: Push
) -> None:
    """Its owner had opened the one before, which is not there any more."""
    await come_on(1)
    push("Hello?")
    await router.route_accepted()
    await redis.hset(conversation_key(C1), mapping={"state": "claimed", "owner": "1"})
    await redis.hset(copies_key(C1), "1", '{"view": "open"}')
    (taken,), _ = await outbox.take(10)
    assert (taken.step, taken.view.card, taken.view.view) == ("send", None, "")


async def test_what_was_looked_for_comes_as_a_card_that_nobody_has_opened(
    redis: Redis, desk: Desk, outbox: Outbox
) -> None:
    """Its operator has tapped the card before meanwhile."""
    await desk.tap(2, Verb.CLAIM)
    await desk.quiet()
    copy = json.loads(await redis.hget(copies_key(C1), "1") or "{}")
    looked_at = copy | {"view": "confirm", "note": "found", "silent": True}
    await redis.hset(copies_key(C1), "1", json.dumps(looked_at))
    await redis.zadd("onduty:outbox:1", {"c1": 1})
    await redis.zadd("onduty:timetable:normal", {"1": 1})
    (taken,), _ = await outbox.take(10)
    assert (taken.step, taken.view.note, taken.view.view) == ("send_note", "found", "")


async def test_who_is_taken_off_duty_keeps_no_card_that_says_it_is_theirs(
    owned: Desk, roster: Roster
) -> None:
    """Nor what the customer wrote: one line, which goes when somebody takes it."""
    await owned.tap(1, Verb.MENU)
    await owned.quiet()
    await roster.sign_out(OperatorId(1), "removed")
    await owned.quiet()
    (card,) = await owned.cards(1)
    assert (card.text, card.button_texts) == ("⏸️ Alice · you are off duty", [])
    await owned.tap(2, Verb.CLAIM)
    await owned.quiet()
    assert await owned.cards(1) == []
