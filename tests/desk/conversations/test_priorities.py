"""How urgent a conversation is: set by the backend or on a card, and followed by all lines."""

import asyncio
from datetime import timedelta

import pytest
from redis.asyncio import Redis

from desk_at_work.at_work import Desk
from desk_at_work.fixtures import ComeOn, MoveClock, Push
from onduty import Priority, SupportDesk
from onduty_desk.conversations.rules import Rules
from onduty_desk.conversations.verbs import Verb
from onduty_desk.model.keys import ChatId, ConversationId, OperatorId, conversation_key, waiting_key
from onduty_desk.model.phone_keys import outbox_key, timetable_key
from onduty_desk.roster.operators import Roster
from onduty_dispatcher.wake_ups.routing import Router
from onduty_sandbox.client import Sandbox
from waiting import until

from .three_phones import C1, buttons, texts

MINE = ["☑️ Close", "↩️ Release", "⋯", "📝 Note"]
MENU = ["❗ Urgent", "✓ Normal", "💤 Can wait", "🤝 Pass on"]
A_CARD = "Hello?\nAlice writes to The Shop"


@pytest.fixture
def backend(redis_url: str) -> SupportDesk:
    return SupportDesk(redis_url)


async def prioritize(desk: Desk, backend: SupportDesk, priority: str, of: str = "c1") -> None:
    backend.prioritize(of, Priority(priority))
    await desk.jobs.route()
    await desk.quiet()


async def rings(desk: Desk) -> list[int]:
    """How many messages with a sound each phone has got, those removed since included."""
    await desk.quiet()
    got = [await phone.messages() for phone in desk.phones]
    return [sum(message.from_bot and not message.silent for message in of) for of in got]


async def priority(redis: Redis, conversation: ConversationId = C1) -> str | None:
    found = await redis.hget(conversation_key(conversation), "priority")
    return str(found) if found else None


async def test_raised_it_rings_all_who_can_answer_by_one_new_card(
    desk: Desk, backend: SupportDesk
) -> None:
    """Which says how urgent it is; said again it changes nothing."""
    before = await rings(desk)
    for _ in range(2):
        await prioritize(desk, backend, "urgent")
        assert await rings(desk) == [count + 1 for count in before]
    assert await texts(desk) == [f"❗ Urgent\n{A_CARD}"] * 3
    assert [len(await desk.cards(operator)) for operator in (1, 2, 3)] == [1, 1, 1]


async def test_claimed_while_the_new_card_is_on_its_way_it_is_all_that_comes(
    desk: Desk, backend: SupportDesk, push: Push, sandbox: Sandbox
) -> None:
    """It is drawn with what the old card showed: nothing of that comes below it once more."""
    push("Anybody?", "It is broken.")
    await desk.jobs.route()
    await desk.quiet()
    before = len(await desk.phones[0].messages())

    async def sends() -> int:
        return sum(one.chat_id == 1 for one in await sandbox.log(method="sendMessage"))

    sent = await sends()
    await sandbox.fault("slow", "sendMessage", chat_id=1, delay_s=0.5)
    backend.prioritize("c1", Priority.URGENT)
    await desk.jobs.route()
    await until(sends, equals=sent + 1)
    await desk.tap(1, Verb.CLAIM)
    await desk.quiet()
    (card,) = await desk.cards(1)
    assert card.text.count("Anybody?") == 1
    assert len(await desk.phones[0].messages()) == before + 1


async def test_a_fall_rings_nobody_and_no_card_says_what_is_not_so(
    desk: Desk, backend: SupportDesk
) -> None:
    """Cards are edited where they are."""
    await prioritize(desk, backend, "urgent")
    before = await rings(desk)
    await prioritize(desk, backend, "normal")
    assert await texts(desk) == [A_CARD] * 3
    await prioritize(desk, backend, "low")
    assert await texts(desk) == [f"💤 Can wait\n{A_CARD}"] * 3
    assert await rings(desk) == before


async def test_a_fall_before_it_was_routed_takes_the_ring_back(
    redis: Redis, desk: Desk, backend: SupportDesk
) -> None:
    """A slip that is mended at once disturbs nobody."""
    before = await rings(desk)
    backend.prioritize("c1", "urgent")
    backend.prioritize("c1", "normal")
    await desk.jobs.route()
    assert await rings(desk) == before
    assert await priority(redis) == "normal"


async def test_raised_its_owner_is_rung_and_nobody_else(desk: Desk, backend: SupportDesk) -> None:
    """By a new card in the place of theirs."""
    await desk.tap(2, Verb.CLAIM)
    before = await rings(desk)
    await prioritize(desk, backend, "urgent")
    first, second, third = before
    assert await rings(desk) == [first, second + 1, third]
    (card,) = await desk.cards(2)
    assert card.text == f"🟢 Alice · waits for your answer\n❗ Urgent\n{A_CARD}"
    assert card.button_texts == MINE
    assert await buttons(desk) == [["👀 Open"], MINE, ["👀 Open"]]


async def test_later_messages_only_raise_it_and_a_close_ends_it(
    redis: Redis, desk: Desk, backend: SupportDesk, push: Push
) -> None:
    """Through a claim and a release, too."""
    await prioritize(desk, backend, "low")
    push("And?", priority="low")
    await desk.jobs.route()
    assert await priority(redis) == "low"
    push("It burns", priority="urgent")
    push("It is out", priority="normal")
    await desk.jobs.route()
    for verb in (Verb.CLAIM, Verb.RELEASE, Verb.CLAIM):
        await desk.tap(1, verb)
    push("Are you there?", priority="normal")
    await desk.jobs.route()
    assert await priority(redis) == "urgent"
    await desk.instruct("close")
    await prioritize(desk, backend, "urgent")
    push("Thank you", priority="low")
    await desk.jobs.route()
    assert await priority(redis) == "low"


async def test_an_owners_card_follows_a_message_that_raises_it(desk: Desk, push: Push) -> None:
    """The message itself says so in its own place."""
    await desk.tap(1, Verb.CLAIM)
    await desk.quiet()
    push("It burns", priority="urgent")
    await desk.jobs.route()
    await desk.quiet()
    card, follow_up = await desk.cards(1)
    assert card.text.startswith("🟢 Alice · waits for your answer\n❗ Urgent\n")
    assert follow_up.text.startswith("🟢 Alice · writes again\n❗ Urgent\nIt burns")


async def test_of_a_conversation_that_is_not_known_or_closed_nothing_comes(
    redis: Redis, desk: Desk, backend: SupportDesk
) -> None:
    """As of a close."""
    await prioritize(desk, backend, "urgent", of="c9")
    assert not await redis.exists(conversation_key(ConversationId("c9")))
    await desk.instruct("close")
    before = await rings(desk)
    await prioritize(desk, backend, "urgent")
    assert await priority(redis) == "normal"
    assert await rings(desk) == before


async def test_it_takes_its_place_in_order_with_the_messages(
    redis: Redis, desk: Desk, backend: SupportDesk, push: Push
) -> None:
    """Said before a message, it is raised by that; said after, it stands."""
    backend.prioritize("c1", "low")
    push("It burns", priority="urgent")
    await desk.jobs.route()
    assert await priority(redis) == "urgent"
    push("It burns again", priority="urgent")
    backend.prioritize("c1", "low")
    await desk.jobs.route()
    assert await priority(redis) == "low"


async def test_all_lines_follow_at_once(
    redis: Redis, backend: SupportDesk, come_on: ComeOn, push: Push, router: Router
) -> None:
    """The group's, each phone's, and the class in which the phone is looked at."""
    await come_on(2)
    for conversation in ("c1", "c2", "c3"):
        push("Hello?", conversation=conversation)
    await router.route_accepted()
    order: tuple[tuple[Priority, list[str]], ...] = (
        (Priority.URGENT, ["c3", "c1", "c2"]),
        (Priority.LOW, ["c1", "c2", "c3"]),
    )
    for raised, line in order:
        backend.prioritize("c3", raised)
        await router.route_accepted()
        assert await redis.zrange(waiting_key("support"), 0, -1) == line
        assert await redis.zrange(outbox_key(ChatId(2)), 0, -1) == line
        is_urgent = await redis.zscore(timetable_key(Priority.URGENT), "2") is not None
        assert is_urgent is (raised is Priority.URGENT)


async def test_the_menu_sets_it_and_who_has_set_it_is_not_rung(redis: Redis, desk: Desk) -> None:
    """One button more on the card; behind it the three, the one of now with a tick, and Back."""
    before = await rings(desk)
    assert (await desk.tap(1, Verb.MENU)).result == "menu"
    first, *others = await buttons(desk)
    assert first == [*MENU, "Back"]
    assert others == [["🙋 I'll answer", "⋯"]] * 2
    assert await texts(desk) == [A_CARD] * 3
    tapped = await desk.press(1, "❗ Urgent")
    assert tapped.result == "is_urgent"
    assert await priority(redis) == "urgent"
    assert await texts(desk) == [f"❗ Urgent\n{A_CARD}"] * 3
    assert await buttons(desk) == [["🙋 I'll answer", "⋯"]] * 3
    first_rings, *others_rings = before
    assert await rings(desk) == [first_rings, *(count + 1 for count in others_rings)]


async def test_back_and_a_minute_close_the_menu(desk: Desk, move_clock: MoveClock) -> None:
    """Nothing else has changed."""
    await desk.tap(1, Verb.CLAIM)
    await desk.tap(1, Verb.MENU)
    assert (await buttons(desk))[0] == [*MENU, "🔇 Mute", "Back"]
    await desk.press(1, "Back")
    assert (await buttons(desk))[0] == MINE
    await desk.tap(1, Verb.MENU)
    await desk.quiet()
    await move_clock(timedelta(seconds=61))
    await desk.instruct("touch")
    assert (await buttons(desk))[0] == MINE


@pytest.mark.parametrize("verb", [Verb.MENU, Verb.MAKE_URGENT])
async def test_only_who_has_it_or_can_take_it_sets_it(
    redis: Redis, desk: Desk, roster: Roster, verb: Verb
) -> None:
    """Not of a colleague's, a closed one, or off duty."""
    await desk.tap(2, Verb.CLAIM)
    assert (await desk.tap(1, verb)).result == "taken"
    await roster.sign_out(OperatorId(2))
    assert (await desk.tap(2, verb)).result == "off_duty"
    await desk.instruct("close")
    assert (await desk.tap(1, verb)).result == "is_closed"
    assert await priority(redis) == "normal"


async def test_a_repeated_update_sets_it_once(redis: Redis, desk: Desk) -> None:
    """A killed bot gets the tap again, after somebody has set it back."""
    first = await desk.tap(1, Verb.MAKE_URGENT, update=99)
    await desk.tap(2, Verb.MAKE_NORMAL)
    assert await desk.tap(1, Verb.MAKE_URGENT, update=99) == first
    assert await priority(redis) == "normal"


async def test_two_who_set_it_at_once_leave_one_of_both(redis: Redis, desk: Desk) -> None:
    """And every card says which."""
    taps = [desk.tap(1, Verb.MAKE_URGENT), desk.tap(2, Verb.MAKE_LOW), desk.tap(3, Verb.MENU)]
    await asyncio.gather(*taps)
    line = {"urgent": "❗ Urgent", "low": "💤 Can wait"}[await priority(redis) or ""]
    assert await texts(desk) == [f"{line}\n{A_CARD}"] * 3


class TestAReleaseThatMayBeTakenBack:
    """The others are rung ten seconds later, once, urgent or not."""

    @pytest.fixture
    def rules(self) -> Rules:
        return Rules(buttons_rest=timedelta(0))

    async def test_it_rings_the_others_once(
        self, desk: Desk, backend: SupportDesk, move_clock: MoveClock
    ) -> None:
        """Whoever released it is not rung."""
        await desk.tap(2, Verb.CLAIM)
        await desk.tap(2, Verb.RELEASE)
        before = await rings(desk)
        await prioritize(desk, backend, "urgent")
        assert await rings(desk) == before
        await move_clock(timedelta(seconds=11))
        await desk.run_timers()
        first, second, third = before
        assert await rings(desk) == [first + 1, second, third + 1]
