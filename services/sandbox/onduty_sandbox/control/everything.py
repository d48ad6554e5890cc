"""GET /control/everything: the whole state at one moment, for a page that has just been opened."""

from dataclasses import asdict

from aiohttp import web

from onduty_sandbox.bot_api.request_log import call_view
from onduty_sandbox.bot_api.telegram import Telegram
from onduty_sandbox.control.asking import answer, read_query
from onduty_sandbox.control.views import bot_view, chat_view, message_view, user_view
from onduty_sandbox.people.strangers import Strangers
from onduty_sandbox.wire.json_types import Json
from onduty_sandbox.world.chats import Chat

MOST_MESSAGES = 300
CALLS_OF_S = 60


async def show_everything(
    telegram: Telegram, strangers: Strangers, request: web.Request
) -> web.Response:
    """Answer with `sequence` and `calls_count`: what comes later are the events after them."""
    most = read_query(request).integer("messages", MOST_MESSAGES)
    world = telegram.world
    count, calls = telegram.log.finished_after(0)
    since = telegram.clock.epoch() - CALLS_OF_S
    return answer(
        {
            "sequence": world.feed.sequence,
            "bots": [bot_view(bot) for bot in telegram.bots.values()],
            "users": [user_view(user) for user in world.users.values() if not user.stranger],
            "chats": [_with_messages(chat, most) for chat in world.chats() if _has_a_phone(chat)],
            "faults": [fault.as_json() for fault in telegram.faults.waiting()],
            "strangers": strangers.state(),
            "limits": asdict(telegram.rates),
            "latency_s": telegram.latency_s,
            "calls_count": count,
            "calls": [call_view(call) for call in calls if call.received_at > since],
        }
    )


def _has_a_phone(chat: Chat) -> bool:
    return chat.user is None or not chat.user.stranger


def _with_messages(chat: Chat, most: int) -> Json:
    """The chat with its latest messages and the pinned ones; deleted ones are left out."""
    there = [message for message in chat.messages.values() if not message.deleted]
    first = max(len(there) - most, 0)
    latest = [message for message in there[:first] if message.pinned] + there[first:]
    return {**chat_view(chat), "messages": [message_view(message) for message in latest]}
