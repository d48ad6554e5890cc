"""Dispatches an update to the first handler that matches; the order is here."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Collection, Coroutine
from dataclasses import dataclass, replace
from typing import Any

from telegram import Update
from telegram.ext import (
    Application,
    ApplicationBuilder,
    CallbackQueryHandler,
    ChatMemberHandler,
    ContextTypes,
    MessageHandler,
    filters,
)

from onduty_bot.administering.inviting import Inviting
from onduty_bot.administering.kicking import Kicking
from onduty_bot.administering.prioritizing import Prioritizing
from onduty_bot.administering.team import Team
from onduty_bot.answering.about import About
from onduty_bot.answering.admin_languages import AdminLanguages
from onduty_bot.answering.commanded import ANY_COMMAND, IsCommand
from onduty_bot.answering.fallback import Fallback
from onduty_bot.answering.group_chats import GroupChats
from onduty_bot.answering.incoming import Incoming, incoming_of
from onduty_bot.answering.naming import name_of
from onduty_bot.availability.limiting import Limiting
from onduty_bot.availability.pausing import Pausing
from onduty_bot.conversations.board import BoardTaps
from onduty_bot.conversations.finding import Finding
from onduty_bot.conversations.glance import Glances
from onduty_bot.conversations.listing import Listing
from onduty_bot.conversations.taps import Taps
from onduty_bot.muting.muting import Mutes
from onduty_bot.quick_replies.managing import Managing
from onduty_bot.replying.changing import Changing
from onduty_bot.replying.speaking import Speaking
from onduty_bot.replying.topics import TopicsOnPhone
from onduty_bot.signing_in.going_off import GoingOff
from onduty_bot.signing_in.noticing import Noticing
from onduty_bot.signing_in.phrases import Phrases
from onduty_bot.signing_in.private_texts import PrivateTexts
from onduty_bot.signing_in.signing_in import SigningIn
from onduty_bot.updates.setting_aside import Notes
from onduty_bot.updates.stored import Stored
from onduty_bot.updates.taken import Taken
from onduty_desk.model.keys import OperatorId
from onduty_desk.roster.operators import Roster
from onduty_desk.telegram.bot import Bot
from onduty_desk.texts import language_of, words

_PRIVATE = filters.ChatType.PRIVATE
_NEW = _PRIVATE & filters.UpdateType.MESSAGE
_WRITTEN = filters.TEXT | filters.CAPTION

_Context = ContextTypes.DEFAULT_TYPE
_Callback = Callable[[Update, _Context], Coroutine[Any, Any, None]]
_Handler = Callable[[Incoming], Awaitable[None]]


# PTB's six type parameters are not used: there is no job queue, and all data is in Redis.
AnyApplication = Application[Any, Any, Any, Any, Any, Any]


class _Raising(AnyApplication):
    """PTB's dispatching, but a handler's error is raised to the caller, who counts and retries."""

    async def process_error(
        self,
        update: object | None,  # noqa: ARG002 - the signature is PTB's
        error: Exception,
        *_: object,
        **__: object,
    ) -> bool:
        raise error


class _IsPhrase(filters.UpdateFilter):
    def filter(self, update: Update) -> bool:
        return isinstance(update, Taken) and update.stored.phrase is not None


@dataclass(frozen=True)
class Handlers:
    """The bot's handlers, one for each module."""

    glances: Glances
    about: About
    signing_in: SigningIn
    private_texts: PrivateTexts
    going_off: GoingOff
    taps: Taps
    board: BoardTaps
    listing: Listing
    finding: Finding
    limiting: Limiting
    pausing: Pausing
    changing: Changing
    speaking: Speaking
    quick_replies: Managing
    mutes: Mutes
    topics: TopicsOnPhone
    fallback: Fallback
    group_chats: GroupChats
    admin_languages: AdminLanguages
    noticing: Noticing
    team: Team
    kicking: Kicking
    inviting: Inviting
    prioritizing: Prioritizing


def of_admins(handlers: Handlers, admin_ids: Collection[int]) -> dict[str, _Handler]:
    """Return the admins' commands; for everybody else they are unknown ones."""

    def known_to_admins(handler: _Handler) -> _Handler:
        async def handle(incoming: Incoming) -> None:
            is_admin = incoming.operator_id in admin_ids
            await (handler if is_admin else handlers.fallback.unknown_command)(incoming)

        return handle

    commands: dict[str, _Handler] = {
        "team": handlers.team.team,
        "kick": handlers.kicking.kick,
        "unkick": handlers.kicking.unkick,
        "invite": handlers.inviting.invite,
        "replies": handlers.quick_replies.replies,
        "priority": handlers.prioritizing.priority,
    }
    return {name: known_to_admins(handler) for name, handler in commands.items()}


async def _glance(glances: Glances, incoming: Incoming) -> Incoming:
    if not incoming.is_private:
        return incoming
    glance = await glances.of(
        incoming.operator_id,
        incoming.chat_id,
        update_id=incoming.update_id,
        thread=incoming.thread,
        replied=incoming.replied_to,
    )
    return replace(incoming, glance=glance)


def build_application(
    bot: Bot, handlers: Handlers, fallback_language: str, admin_ids: Collection[int]
) -> AnyApplication:
    """Return PTB's application; `Handle` passes updates to it."""
    about, fallback = handlers.about, handlers.fallback
    texts = handlers.private_texts

    def callback_of(handler: _Handler) -> _Callback:
        async def callback(update: Update, _: _Context) -> None:
            assert isinstance(update, Taken)  # noqa: S101 - `Handle` passes no others
            incoming = incoming_of(update, fallback_language)
            await handlers.admin_languages.note(incoming)
            incoming = await handlers.noticing.look(await _glance(handlers.glances, incoming))
            await handler(incoming)
            await handlers.noticing.clear(incoming)

        return callback

    def command(name: str, handler: _Handler) -> MessageHandler[_Context, Any]:
        return MessageHandler(_NEW & IsCommand(name), callback_of(handler))

    async def tap(update: Update, _: _Context) -> None:
        if tapped := update.callback_query:
            language = language_of(tapped.from_user.language_code, fallback_language)
            await handlers.taps.tap(update.update_id, tapped, words(language))

    async def pinned(update: Update, _: _Context) -> None:
        if message := update.effective_message:
            await handlers.board.pinned(message)

    async def membership(update: Update, _: _Context) -> None:
        changed = update.my_chat_member
        if changed and changed.chat.type == changed.chat.PRIVATE:
            await handlers.going_off.membership(update.update_id, changed)

    application = (
        ApplicationBuilder().application_class(_Raising).bot(bot).updater(None).job_queue(None)
    ).build()
    application.add_handlers(
        [
            MessageHandler(_PRIVATE & _IsPhrase("is a phrase"), callback_of(texts.hear)),
            command("start", handlers.inviting.starting(handlers.topics.starting(about.start))),
            command("help", about.help),
            command("on", handlers.pausing.on),
            command("off", handlers.going_off.off),
            command("queue", handlers.listing.queue),
            command("mine", handlers.listing.mine),
            command("find", handlers.finding.find),
            command("who", about.who),
            command("pause", handlers.pausing.pause),
            command("limit", handlers.limiting.limit),
            command("name", handlers.speaking.name),
            command("status", about.status),
            command("topics", handlers.topics.topics),
            command("undo", handlers.changing.undo),
            command("mute", handlers.mutes.mute),
            *(command(name, handler) for name, handler in of_admins(handlers, admin_ids).items()),
            MessageHandler(_NEW & ANY_COMMAND, callback_of(fallback.unknown_command)),
            MessageHandler(_PRIVATE & _WRITTEN & ~ANY_COMMAND, callback_of(texts.hear)),
            MessageHandler(_PRIVATE & filters.StatusUpdate.PINNED_MESSAGE, pinned),
            MessageHandler(_PRIVATE & ~filters.StatusUpdate.ALL, callback_of(fallback.anything)),
            MessageHandler(filters.ChatType.GROUPS, callback_of(handlers.group_chats.answer)),
            CallbackQueryHandler(tap),
            ChatMemberHandler(membership, ChatMemberHandler.MY_CHAT_MEMBER),
        ]
    )
    return application


class Handle:
    """Passes a stored record to the first handler that matches; raises what the handler raises."""

    def __init__(
        self,
        application: AnyApplication,
        notes: Notes,
        phrases: Phrases,
        roster: Roster,
        fallback_language: str,
    ) -> None:
        self._application = application
        self._notes = notes
        self._phrases = phrases
        self._roster = roster
        self._fallback_language = fallback_language

    async def __call__(self, record: str) -> None:
        """Handle an update, or send the note that replaced one."""
        written = json.loads(record)
        if "note" in written:
            await self._notes.send(written["note"])
            return
        stored = Stored.read(written, self._phrases)
        update = Taken.of(stored, self._application.bot)
        if not (author := update.effective_user):
            await self._application.process_update(update)
            return
        language = language_of(author.language_code, self._fallback_language)
        noted = asyncio.ensure_future(  # nothing of the answer waits for it
            self._roster.known_as(OperatorId(author.id), name=name_of(author), language=language)
        )
        try:
            await self._application.process_update(update)
        finally:
            await noted
