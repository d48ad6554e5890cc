"""Passing a customer on: to whom, and why; then the colleague is asked, or the group rung."""

import json
from collections.abc import Collection

from redis.asyncio import Redis
from telegram import CallbackQuery, InlineKeyboardMarkup

from onduty_bot.answering.answers import Answers
from onduty_bot.answering.incoming import Incoming, thread_of
from onduty_bot.conversations.button_data import (
    COLLEAGUES,
    GROUPS,
    NO_REASON,
    NOT_ON,
    TO_COLLEAGUE,
    TO_GROUP,
    ButtonData,
    keyboard,
)
from onduty_bot.conversations.cards import Card, Cards
from onduty_bot.conversations.context import Context
from onduty_bot.conversations.pass_questions import PassQuestions
from onduty_bot.conversations.pass_results import PassResults, result_of
from onduty_bot.replying.words import words_of
from onduty_desk.conversations.lists import Lists
from onduty_desk.conversations.ownership import Conversations
from onduty_desk.model.keys import ChatId, ConversationId, OperatorId
from onduty_desk.roster.operators import Roster
from onduty_desk.texts import Words
from onduty_desk.texts.untrusted_text import short_name

ROWS_A_PAGE = 6
_MOST_OF_A_REASON = 200

_Rows = list[list[tuple[str, str]]]


class Passing:
    """Two questions in one message; what came of them takes its place, or is answered."""

    def __init__(  # noqa: PLR0913, PLR0917 - what it works with
        self,
        redis: Redis,
        roster: Roster,
        lists: Lists,
        conversations: Conversations,
        answers: Answers,
        context: Context,
        *,
        groups: Collection[str],
    ) -> None:
        self._questions = PassQuestions(redis, answers)
        self._results = PassResults(conversations, answers)
        self._roster = roster
        self._lists = lists
        self._conversations = conversations
        self._answers = answers
        self._context = context
        self._groups = sorted(groups)
        self._cards = Cards(redis)

    async def begin(self, update_id: int, tap: CallbackQuery, words: Words) -> None:
        """Ask to whom the customer of the card that was tapped is to be passed; once for a tap.

        A question that was asked before goes.
        """
        if tap.message is None:
            return
        chat_id = ChatId(tap.message.chat.id)
        card = await self._cards.find(chat_id, tap.message.message_id)
        if card is None:
            return
        operator_id, thread = OperatorId(tap.from_user.id), thread_of(tap)
        await self._questions.remove_older(operator_id, chat_id, update_id)
        text, buttons = await self._colleagues(card, operator_id, 1, words)
        message_id = await self._answers.send_once(
            chat_id, f"{update_id}", text, buttons, thread=thread
        )
        if message_id:
            await self._questions.keep(operator_id, update_id, message_id)
            await self._context.keep(chat_id, message_id, [card.conversation_id])

    async def turn(self, _: int, tap: CallbackQuery, tapped: ButtonData, words: Words) -> None:
        """Show another page of colleagues."""
        if card := await self._card(tap, words):
            operator_id = OperatorId(tap.from_user.id)
            shown = await self._colleagues(card, operator_id, tapped.number, words)
            await self._answers.answer_tap(tap, "")
            await self._answers.edit(tap, *shown)

    async def show_groups(
        self, _: int, tap: CallbackQuery, tapped: ButtonData, words: Words
    ) -> None:
        """Show a page of the other groups."""
        if card := await self._card(tap, words):
            numbered = [(n, name) for n, name in enumerate(self._groups) if name != card.group]
            rows = [[(short_name(name), f"{TO_GROUP}:{n}")] for n, name in numbered]
            shown, turns = _page(rows, tapped.number, GROUPS)
            text = words.gettext("🤝 Into which group's line shall {customer} go?")
            back = [(words.gettext("Back"), f"{COLLEAGUES}:1")]
            buttons = keyboard(*shown, turns, [*back, *_cancel(words)])
            await self._answers.answer_tap(tap, "")
            await self._answers.edit(tap, text.format(customer=_customer(card, words)), buttons)

    async def choose_colleague(
        self, _: int, tap: CallbackQuery, tapped: ButtonData, words: Words
    ) -> None:
        """Ask why, if the colleague is on duty still."""
        card = await self._card(tap, words)
        colleague = await self._roster.find(OperatorId(tapped.number)) if card else None
        if card is None:
            return
        if colleague is None:
            text = words.gettext("They are not available any more. Choose again.")
            await self._answers.answer_tap(tap, text)
            return
        text = words.gettext(
            "🤝 {customer}, to {name}. Why? Write one line for {name}, or tap a button."
        )
        to = {"to": str(colleague.id), "name": colleague.name}
        await self._ask_why(tap, card, to, text, words)

    async def choose_group(
        self, _: int, tap: CallbackQuery, tapped: ButtonData, words: Words
    ) -> None:
        """Ask why, if there is such a group still."""
        card = await self._card(tap, words)
        if card is None:
            return
        if tapped.number >= len(self._groups):
            await self._say_too_old(tap, words)
            return
        name = self._groups[tapped.number]
        text = words.gettext(
            "🤝 {customer}, to the group {name}. Why? Write one line, or tap a button."
        )
        await self._ask_why(tap, card, {"group": name, "name": name}, text, words)

    async def give_no_reason(
        self, update_id: int, tap: CallbackQuery, _: ButtonData, words: Words
    ) -> None:
        """Pass it on without a reason."""
        if tap.message is None:
            return
        operator_id, message_id = OperatorId(tap.from_user.id), tap.message.message_id
        done = await self._conversations.pass_on(operator_id, message_id, "", update_id=update_id)
        if done.result == "not_asked":
            await self._say_too_old(tap, words)
            return
        await self._questions.end(operator_id, message_id)
        await self._answers.answer_tap(tap, "")
        await self._answers.edit(tap, result_of(done, words))
        await self._results.told(done, operator_id, ChatId(tap.message.chat.id), message_id)

    async def cancel(self, _: int, tap: CallbackQuery, __: ButtonData, words: Words) -> None:
        """Ask no more; the question goes."""
        if tap.message is None:
            return
        chat_id, message_id = tap.message.chat.id, tap.message.message_id
        await self._questions.end(OperatorId(tap.from_user.id), message_id)
        await self._answers.answer_tap(tap, words.gettext("Not passed on"))
        await self._answers.delete_by_id(chat_id, message_id)

    async def answered(self, incoming: Incoming) -> bool:
        """Pass it on for this reason, if that was asked for; return whether it was."""
        if not incoming.glance.may_be_reason or incoming.is_edit or not incoming.message.text:
            return False
        if await self._is_for_something_else(incoming):
            return False
        done = await self._conversations.pass_on(
            incoming.operator_id,
            incoming.replied_to or None,
            " ".join(incoming.text.split())[:_MOST_OF_A_REASON],
            update_id=incoming.update_id,
        )
        if done.result == "not_asked":
            return False
        text = words_of(incoming) + result_of(done, incoming.words)
        told = await self._answers.answer(incoming, text, reply_to=incoming.message.message_id)
        if told:
            await self._results.told(done, incoming.operator_id, incoming.chat_id, told)
        question = int(json.loads(done.question)["message"])
        await self._questions.end(incoming.operator_id, question)
        await self._answers.delete_by_id(incoming.chat_id, question)
        return True

    async def _is_for_something_else(self, incoming: Incoming) -> bool:
        """Whether it was written before they were asked, or in the topic of another customer."""
        question, of_topic = await self._questions.asked(incoming.operator_id), incoming.glance.card
        if incoming.replied_to or not question:
            return False
        is_elsewhere = of_topic and of_topic.conversation_id != question["conversation"]
        return bool(is_elsewhere) or incoming.message.date.timestamp() < int(
            question.get("shown_s", 0)
        )

    async def _colleagues(
        self, card: Card, operator_id: OperatorId, page: int, words: Words
    ) -> tuple[str, InlineKeyboardMarkup | None]:
        groups = [card.group] if card.group else []
        on_duty = await self._roster.on_duty(groups)
        others = [one for one in on_duty if one.id != operator_id and one.is_available]
        held = await self._lists.held([one.id for one in others]) if others else {}
        others.sort(key=lambda one: held[one.id])
        rows = [
            [(f"{short_name(one.name)} · {held[one.id]}", f"{TO_COLLEAGUE}:{one.id}")]
            for one in others
        ]
        shown, turns = _page(rows, page, COLLEAGUES)
        text = words.gettext("🤝 To whom shall {customer} go? The number is how many they have.")
        if not others:
            text = words.gettext("🤝 {customer}: no colleague is on duty in this group.")
        groups_row: list[tuple[str, str]] = []
        if set(self._groups) - {card.group}:
            groups_row = [(words.gettext("Another group"), f"{GROUPS}:1")]
        buttons = keyboard(*shown, turns, [*groups_row, *_cancel(words)])
        return text.format(customer=_customer(card, words)), buttons

    async def _ask_why(
        self, tap: CallbackQuery, card: Card, to: dict[str, str], text: str, words: Words
    ) -> None:
        if tap.message is None:
            return
        customer = _customer(card, words)
        question: dict[str, str | int] = {
            **to,
            "message": tap.message.message_id,
            "conversation": card.conversation_id,
            "customer": customer,
        }
        operator_id = OperatorId(tap.from_user.id)
        await self._questions.ask_why(operator_id, question, None)
        buttons = keyboard([(words.gettext("No reason"), f"{NO_REASON}:0"), *_cancel(words)])
        await self._answers.answer_tap(tap, "")
        shown_at = await self._answers.edit(
            tap, text.format(customer=customer, name=short_name(to["name"])), buttons
        )
        if shown_at:
            await self._questions.ask_why(operator_id, question, shown_at)

    async def _card(self, tap: CallbackQuery, words: Words) -> Card | None:
        """Return what the question is about; else say that it is too old."""
        these = await self._context.of(tap) or ()
        card = await self._cards.of(ConversationId(these[0])) if these else None
        if card is None:
            await self._say_too_old(tap, words)
        return card

    async def _say_too_old(self, tap: CallbackQuery, words: Words) -> None:
        text = words.gettext("This question is too old; begin at the customer's card again.")
        await self._answers.answer_tap(tap, text)
        await self._answers.set_keyboard(tap)


def _page(rows: _Rows, page: int, verb: str) -> tuple[_Rows, list[tuple[str, str]]]:
    """Return the rows of a page, and the buttons that lead to the others."""
    pages = max(1, -(-len(rows) // ROWS_A_PAGE))
    at = min(max(page, 1), pages)
    before = [("◀️", f"{verb}:{at - 1}")] if at > 1 else []
    after = [("▶️", f"{verb}:{at + 1}")] if at < pages else []
    return rows[(at - 1) * ROWS_A_PAGE : at * ROWS_A_PAGE], [*before, *after]


def _cancel(words: Words) -> list[tuple[str, str]]:
    return [(words.gettext("Cancel"), f"{NOT_ON}:0")]


def _customer(card: Card, words: Words) -> str:
    return short_name(card.customer_name, words.gettext("Customer"))
