"""One customer who writes hundreds of messages costs the operator who claims them a few cards."""

from desk_at_work.at_work import Desk
from desk_at_work.fixtures import AliceWrites, Push, Route
from onduty_desk.conversations.verbs import Verb

MANY = 1_000


async def flood(desk: Desk, push: Push, route: Route) -> None:
    """The customer writes on before anybody answers."""
    push(*(f"<{number}> {'and so on ' * 10}" for number in range(MANY)))
    await route()
    await desk.quiet()


async def test_a_claim_after_a_flood_brings_the_newest_in_a_few_cards(
    alice_writes: AliceWrites, push: Push, route: Route
) -> None:
    """And the card says how many came before."""
    desk = await alice_writes(1)
    await flood(desk, push, route)
    before = len(await desk.cards(1))
    assert (await desk.tap(1, Verb.CLAIM)).result == "claimed"
    await desk.quiet()

    cards = await desk.cards(1)
    assert len(cards) - before <= 3
    assert f"<{MANY - 1}>" in cards[-1].text
    assert "earlier messages" in cards[0].text
    assert cards[0].button_texts == ["☑️ Close", "↩️ Release", "⋯", "👀 Look"]


async def test_no_message_of_a_flood_stays_between_card_and_newest_untold(
    alice_writes: AliceWrites, push: Push, route: Route
) -> None:
    """The card shows what came just before the newest, and counts the rest."""
    desk = await alice_writes(1)
    await flood(desk, push, route)
    await desk.tap(1, Verb.CLAIM)
    await desk.quiet()

    texts = "\n".join(card.text for card in await desk.cards(1))
    told = [number for number in range(MANY) if f"<{number}>" in texts]
    newest = [number for number in told if number > MANY // 2]
    assert newest == list(range(newest[0], MANY))
    assert len(newest) > 60
