"""Sends the bot's own answers to Telegram, at most once per update as far as possible."""

from collections.abc import Awaitable, Collection, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar, assert_never, cast

import structlog
from redis.asyncio import Redis
from telegram import (
    CallbackQuery,
    ForceReply,
    InlineKeyboardMarkup,
    LinkPreviewOptions,
    Message,
    MessageEntity,
    ReplyParameters,
)
from telegram.error import BadRequest, Forbidden, InvalidToken, NetworkError, RetryAfter

from onduty_bot.answering.incoming import Incoming
from onduty_bot.answering.strangers import MOST_A_MINUTE, StrangersLine
from onduty_desk.lua.calling import script
from onduty_desk.model.bot_keys import said_key
from onduty_desk.model.keys import ChatId
from onduty_desk.telegram.bot import Bot
from onduty_desk.telegram.outcomes import (
    Impossible,
    Later,
    Moved,
    NotTaken,
    Refused,
    Sent,
    Unauthorized,
    Unknown,
    Unreadable,
    as_timedelta,
    is_topic_gone,
    is_without_topics,
    outcome_of,
)
from onduty_desk.telegram.pacing import AnswerTo
from onduty_desk.telegram.reachability import Reachability

REMEMBERED = timedelta(days=1)
_MINUTE_MS = 60_000
_NOT_THERE = "message to delete not found"
"""Telegram's error for a message that has been deleted already."""

_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)

Buttons = InlineKeyboardMarkup | ForceReply
"""Buttons below a message; or the request to reply to it, which phones open at once."""

_log = structlog.get_logger()
_T = TypeVar("_T")


class TelegramAway(Exception):  # noqa: N818 - a state that ends; the update is handled again
    """Telegram could not do it now: handle the update again after a pause of at least `wait`."""

    def __init__(self, reason: str, wait: timedelta = timedelta()) -> None:
        super().__init__(reason)
        self.wait = wait


class AnswerRefused(Exception):  # noqa: N818 - PTB's way of naming
    """Telegram will never take this answer, which is a bug of ours."""


class Answers:
    """Sends messages, answers taps, edits and deletes messages.

    Every method raises `TelegramAway` when it should be tried again, also while the token is
    refused. What is impossible (the bot is blocked, a message is gone) is logged and not retried.

    Args:
        bot: sends, at the shared pace.
        redis: records what was answered.
        reachability: gets reports of what Telegram did not take.
        admin_ids: they never count as strangers.
    """

    def __init__(
        self,
        bot: Bot,
        redis: Redis,
        reachability: Reachability,
        admin_ids: Collection[int] = (),
    ) -> None:
        self._bot = bot
        self._reachability = reachability
        self._redis = redis
        self._admin_ids = frozenset(admin_ids)
        self._answering = script(redis, "onduty_bot/answering/permit_answer")
        self.strangers_line = StrangersLine(TelegramAway)

    async def answer(  # noqa: PLR0913 - what is answered, and how
        self,
        incoming: Incoming,
        text: str,
        buttons: Buttons | None = None,
        *,
        occasion: str = "",
        reply_to: int | None = None,
        remembered: timedelta = REMEMBERED,
    ) -> int | None:
        """Answer a message, once per occasion: by default its update, or the album it is part of.

        An answer to a stranger is queued: it may be sent later or, with too many, never. Returns
        the id of the answer; None if it was sent before, cannot be sent, or is queued.
        """
        chat_id = incoming.chat_id
        if not occasion:
            album = incoming.message.media_group_id
            occasion = f"{chat_id}:album:{album}" if album else f"{incoming.update_id}"
        send = partial(
            self.send_once,
            *(chat_id, occasion),
            buttons=buttons,
            remembered=remembered,
            reply_to=reply_to,
            thread=incoming.thread,
        )
        match await self._how_to_answer(chat_id, occasion):
            case ["said"]:
                return None
            case ["known"]:
                self.strangers_line.forget(chat_id)
                return await send(text)
            case ["stranger", int(count)] if count <= MOST_A_MINUTE:
                if count == MOST_A_MINUTE:
                    text += "\n\n" + incoming.words.gettext(
                        "I will not answer for the next minute."
                    )

                async def later() -> None:
                    await send(text, to="strangers")

                self.strangers_line.put(occasion, chat_id, later)
            case _:
                self.strangers_line.count("too_many")
        return None

    async def _how_to_answer(self, chat_id: int, occasion: str) -> list[str | int]:
        if chat_id in self._admin_ids:
            return ["known"]
        asked = await self._answering(args=[chat_id, occasion, MOST_A_MINUTE, _MINUTE_MS])
        return cast("list[str | int]", asked)

    async def send_once(  # noqa: PLR0913 - what is sent, where, when, to whom
        self,
        chat_id: int,
        occasion: str,
        text: str,
        buttons: Buttons | None = None,
        *,
        to: AnswerTo = "operators",
        remembered: timedelta = REMEMBERED,
        reply_to: int | None = None,
        thread: int = 0,
    ) -> int | None:
        """Send a message unless it was sent on this occasion.

        If the process is killed between sending and recording it, it is sent twice.
        """
        if await self._redis.exists(said_key(occasion)):
            return None
        message_id = await self.send(
            chat_id, text, buttons, to=to, reply_to=reply_to, thread=thread
        )
        await self._redis.set(said_key(occasion), "1", ex=remembered)
        return message_id

    async def send(  # noqa: PLR0913 - what is sent, where, to whom
        self,
        chat_id: int,
        text: str,
        buttons: Buttons | None = None,
        *,
        to: AnswerTo = "operators",
        reply_to: int | None = None,
        thread: int = 0,
        is_silent: bool = False,
    ) -> int | None:
        """Send a message to a chat; return its id, or None if the chat cannot be reached.

        It is sent even if the message that it replies to is not there any more, nor the topic.
        """
        elsewhere = partial(
            self.send, text=text, buttons=buttons, to=to, reply_to=reply_to, is_silent=is_silent
        )
        outcome = await outcome_of(
            self._bot.send_message(
                chat_id,
                text,
                link_preview_options=_NO_PREVIEW,
                reply_markup=buttons,
                reply_parameters=_reply_to(reply_to),
                message_thread_id=thread or None,
                disable_notification=is_silent or None,
                rate_limit_args=to,
            )
        )
        match outcome:
            case Sent(message_id):
                return message_id
            case Impossible(reason):
                _log.info("answer.impossible", chat=chat_id, reason=reason)
                return None
            case Moved(new_chat_id):
                return await elsewhere(new_chat_id)
            case Refused(reason) if thread and (is_topic_gone(reason) or is_without_topics(reason)):
                return await elsewhere(chat_id)
            case Later(wait):
                raise TelegramAway("Telegram asks to wait", wait)
            case NotTaken(reason) | Unknown(reason):
                await self._reachability.failed(ChatId(chat_id), reason)
                raise TelegramAway(reason)
            case Unauthorized(reason):
                raise TelegramAway(reason)
            case Unreadable(reason) | Refused(reason):
                raise AnswerRefused(reason)
            case _:
                assert_never(outcome)

    async def edit(
        self,
        tap: CallbackQuery,
        text: str,
        buttons: InlineKeyboardMarkup | None = None,
        entities: Sequence[MessageEntity] = (),
    ) -> datetime | None:
        """Replace text and buttons of the message that was tapped; return Telegram's time of it."""
        if tap.message is None:
            return None
        edited = await _if_possible(
            self._bot.edit_message_text(
                text,
                chat_id=tap.message.chat.id,
                message_id=tap.message.message_id,
                entities=entities or None,
                link_preview_options=_NO_PREVIEW,
                reply_markup=buttons,
            ),
            "answer.not_rewritten",
        )
        return edited.edit_date if isinstance(edited, Message) else None

    async def answer_tap(self, tap: CallbackQuery, text: str) -> None:
        """Answer a tap on a button; Telegram forgets taps after 150 s."""
        await self.answer_tap_of(tap.id, text)

    async def answer_tap_of(self, tap_id: str, text: str) -> None:
        """The same for a tap of which only the id is known."""
        await _if_possible(self._bot.answer_callback_query(tap_id, text), "tap.not_answered")

    async def set_keyboard(
        self, tap: CallbackQuery, buttons: InlineKeyboardMarkup | None = None
    ) -> None:
        """Replace the buttons of the message that was tapped; None removes them."""
        if tap.message is not None:
            await _if_possible(
                self._bot.edit_message_reply_markup(
                    tap.message.chat.id, tap.message.message_id, reply_markup=buttons
                ),
                "buttons.not_removed",
            )

    async def delete(self, message: Message) -> bool:
        """Delete somebody's message from the chat; return whether it is gone.

        Telegram allows it for 48 hours, and in groups only with the right to delete messages.
        """
        return await self.delete_by_id(message.chat_id, message.message_id)

    async def delete_by_id(self, chat_id: int, message_id: int) -> bool:
        """The same for a message of which only the ids are known."""
        reason = await _if_possible(
            self._bot.delete_message(chat_id, message_id), "message.not_removed"
        )
        return not isinstance(reason, str) or _NOT_THERE in reason.lower()


def _reply_to(message_id: int | None) -> ReplyParameters | None:
    return ReplyParameters(message_id, allow_sending_without_reply=True) if message_id else None


async def _if_possible(request: Awaitable[_T], event: str) -> _T | str:
    """Make a request and return what came; if it is impossible, the reason, logged as `event`."""
    try:
        return await request
    except RetryAfter as error:
        raise TelegramAway("Telegram asks to wait", as_timedelta(error.retry_after)) from error
    except (BadRequest, Forbidden) as error:  # BadRequest is a NetworkError, so it is caught first
        _log.info(event, reason=error.message)
        return error.message
    except (InvalidToken, NetworkError) as error:
        raise TelegramAway(error.message) from error
