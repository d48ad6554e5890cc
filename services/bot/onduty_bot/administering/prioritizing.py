"""`/priority NAME`, and the numbers of an admin's `/queue`: how urgent a customer is."""

from collections.abc import Collection, Sequence
from typing import Literal, cast

import structlog
from redis.asyncio import Redis
from telegram import CallbackQuery, InlineKeyboardMarkup

from onduty import Priority
from onduty_bot.administering.people import Somebody
from onduty_bot.answering.answers import Answers
from onduty_bot.answering.incoming import Incoming
from onduty_bot.answering.naming import name_of
from onduty_bot.conversations.button_data import ASK_PRIORITY, PRIORITY, ButtonData, keyboard
from onduty_bot.conversations.cards import Card, Cards
from onduty_bot.conversations.context import Context
from onduty_bot.conversations.finding import BUTTONS_A_ROW, listed
from onduty_desk.conversations.finding import Finder, Found
from onduty_desk.lua.calling import script
from onduty_desk.model.keys import ConversationId, OperatorId, conversation_key
from onduty_desk.texts import Words
from onduty_desk.texts.untrusted_text import short_name

_PRIORITIES = (Priority.URGENT, Priority.NORMAL, Priority.LOW)
"""A button carries the place in this list."""

_Outcome = Literal["set", "same", "is_closed", "unknown"]

_log = structlog.get_logger()


class Prioritizing:
    """Asks how urgent a customer is, and sets that. Whoever is no admin is told so at a tap."""

    def __init__(
        self,
        redis: Redis,
        answers: Answers,
        context: Context,
        *,
        admin_ids: Collection[int],
        groups: Sequence[str],
    ) -> None:
        self._prioritize = script(redis, "onduty_bot/administering/prioritize")
        self._redis = redis
        self._finder = Finder(redis)
        self._cards = Cards(redis)
        self._answers = answers
        self._context = context
        self._admin_ids = admin_ids
        self._groups = groups

    async def priority(self, incoming: Incoming) -> None:
        """`/priority NAME`: of any group, whoever answers; the closed ones are left out."""
        words = incoming.words
        _, *name = incoming.text.split(maxsplit=1)
        if not name:
            text = words.gettext(
                "Whose? Send /priority and the customer's name, or its first letters."
            )
            await self._answers.answer(incoming, text)
            return
        found = await self._open_ones(incoming.operator_id, name[0])
        if not found.rows:
            text = words.gettext("No open conversation found: no name starts like this.")
            await self._answers.answer(incoming, text)
            return
        these = [row.conversation_id for row in found.rows]
        if len(these) == 1 and found.more == 0:
            shown, buttons = await self._question(these[0], words)
        else:
            shown, buttons = listed(found, words), _numbers(len(these))
        if message_id := await self._answers.answer(incoming, shown, buttons):
            await self._context.keep(incoming.chat_id, message_id, these)

    async def _open_ones(self, admin_id: OperatorId, name: str) -> Found:
        found = await self._finder.find(admin_id, name, groups=self._groups)
        assert found is not None  # noqa: S101 - only who has no group is off duty
        rows = tuple(row for row in found.rows if row.state != "closed")
        # The open ones come first: behind a closed one there are no more of them.
        return Found(rows, found.more if len(rows) == len(found.rows) else 0)

    async def ask(self, _: int, tap: CallbackQuery, tapped: ButtonData, words: Words) -> None:
        """Ask how urgent the customer of a row is, in place of the list."""
        rows = await self._context.of(tap) or ()
        if not await self._may(tap, words):
            return
        if not 1 <= tapped.number <= len(rows):
            await self._say_too_old(tap, words)
            return
        one = rows[tapped.number - 1]
        shown = await self._question(one, words)
        await self._context.keep_tapped(tap, [one])
        await self._answers.answer_tap(tap, "")
        await self._answers.edit(tap, *shown)

    async def choose(
        self, update_id: int, tap: CallbackQuery, tapped: ButtonData, words: Words
    ) -> None:
        """Set it, once for a tap; the question shows the new one."""
        rows = await self._context.of(tap) or ()
        if not await self._may(tap, words):
            return
        if len(rows) != 1 or tapped.number >= len(_PRIORITIES):
            await self._say_too_old(tap, words)
            return
        priority = _PRIORITIES[tapped.number]
        admin = Somebody(OperatorId(tap.from_user.id), name_of(tap.from_user))
        done = await self._prioritize(args=[update_id, admin.json, rows[0], priority])
        outcome = cast("_Outcome", done)
        if outcome == "set":
            _log.info(
                "conversation.prioritized",
                conversation=rows[0],
                priority=str(priority),
                admin=admin.id,
            )
        await self._answers.answer_tap(tap, _result(outcome, priority, words))
        if outcome in {"is_closed", "unknown"}:
            await self._answers.set_keyboard(tap, keyboard(_to_queue(words)))
        else:
            await self._answers.edit(tap, *await self._question(rows[0], words))

    async def _question(
        self, conversation_id: ConversationId, words: Words
    ) -> tuple[str, InlineKeyboardMarkup | None]:
        card = await self._cards.of(conversation_id)
        fields = ("priority", "owner_name")
        key = conversation_key(conversation_id)
        now, owner = cast("list[str | None]", await self._redis.hmget(key, fields))
        lines = [_about(card, owner, words), words.gettext("How urgent is it?")]
        chosen = Priority(now) if now in set(_PRIORITIES) else Priority.NORMAL
        buttons = [
            (f"✓ {text}" if one == chosen else text, f"{PRIORITY}:{place}")
            for place, (one, text) in enumerate(zip(_PRIORITIES, _names(words), strict=True))
        ]
        return "\n\n".join(lines), keyboard(buttons, _to_queue(words))

    async def _may(self, tap: CallbackQuery, words: Words) -> bool:
        if tap.from_user.id in self._admin_ids:
            return True
        await self._answers.answer_tap(tap, words.gettext("This button does not work any more."))
        await self._answers.set_keyboard(tap)
        return False

    async def _say_too_old(self, tap: CallbackQuery, words: Words) -> None:
        text = words.gettext("This list is too old; send /queue or /priority again.")
        await self._answers.answer_tap(tap, text)
        await self._answers.set_keyboard(tap)


def _about(card: Card, owner: str | None, words: Words) -> str:
    customer = short_name(card.customer_name, words.gettext("Customer"))
    if owner:
        text = words.gettext("{customer} ({group}): {name} is answering.")
    else:
        text = words.gettext("{customer} ({group}): waits for an answer.")
    group = short_name(card.group or "")
    return text.format(customer=customer, group=group, name=short_name(owner or ""))


def _names(words: Words) -> tuple[str, str, str]:
    return words.gettext("❗ Urgent"), words.gettext("Normal"), words.gettext("💤 Can wait")


def _result(outcome: _Outcome, priority: Priority, words: Words) -> str:
    if outcome == "is_closed":
        return words.gettext("This conversation is closed")
    if outcome == "unknown":
        return words.gettext("This conversation is not there any more")
    texts = {
        Priority.URGENT: words.gettext("Urgent now"),
        Priority.NORMAL: words.gettext("As urgent as most now"),
        Priority.LOW: words.gettext("It can wait"),
    }
    return texts[priority]


def _to_queue(words: Words) -> list[tuple[str, str]]:
    return [(words.gettext("See who waits"), "queue:1")]


def _numbers(count: int) -> InlineKeyboardMarkup | None:
    buttons = [(f"{n}", f"{ASK_PRIORITY}:{n}") for n in range(1, count + 1)]
    return keyboard(*(buttons[n : n + BUTTONS_A_ROW] for n in range(0, count, BUTTONS_A_ROW)))
