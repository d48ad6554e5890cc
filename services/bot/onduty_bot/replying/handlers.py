"""Builds what handles operators' words to and about customers; service.py connects it."""

from dataclasses import dataclass
from typing import Any

from redis.asyncio import Redis

from onduty_bot.answering.answers import Answers
from onduty_bot.answering.news import News
from onduty_bot.conversations.cards import Cards
from onduty_bot.conversations.context import Context
from onduty_bot.conversations.writing import Writing
from onduty_bot.muting.muting import Mutes
from onduty_bot.noting.ending import Ending
from onduty_bot.noting.noting import Noting
from onduty_bot.quick_replies.choosing import Choosing
from onduty_bot.quick_replies.managing import Managing
from onduty_bot.replying.changing import Changing
from onduty_bot.replying.delaying import DelayNotices
from onduty_bot.replying.replying import Replying
from onduty_bot.replying.speaking import Speaking
from onduty_bot.replying.telling import Telling
from onduty_bot.replying.topics import TopicsOnPhone
from onduty_desk.conversations.muting import Muting
from onduty_desk.noting.notes import Notebook
from onduty_desk.quick_replies.quick_replies import QuickReplies
from onduty_desk.replies.delaying import DelayedReplies
from onduty_desk.replies.replying import Replies
from onduty_desk.roster.operators import Roster
from onduty_desk.roster.speaking_names import SpeakingNames
from onduty_desk.settings import BotSettings
from onduty_desk.topics.topics import Topics


@dataclass(frozen=True)
class ReplyingHandlers:
    """They work together, so they are built together."""

    replies: Replies
    replying: Replying
    changing: Changing
    noting: Noting
    writing: Writing
    speaking: Speaking
    choosing: Choosing
    managing: Managing
    mutes: Mutes
    telling: Telling
    ending: Ending
    topics: TopicsOnPhone

    @property
    def news(self) -> list[News[Any]]:
        """What operators are told without having asked."""
        return [self.telling.news, self.ending.news]


def build(
    settings: BotSettings, redis: Redis, roster: Roster, answers: Answers, context: Context
) -> ReplyingHandlers:
    """Return the handlers, none of which has begun to work."""
    cards, language = Cards(redis), settings.language
    replies, notebook = Replies(redis, settings.rules), Notebook(redis, settings.rules)
    notices = DelayNotices(DelayedReplies(redis), cards, answers)
    noting = Noting(notebook, cards, answers, notices)
    replying = Replying(replies, cards, answers, notices)
    names, quick_replies, topics = SpeakingNames(redis), QuickReplies(redis), Topics(redis)
    return ReplyingHandlers(
        replies=replies,
        replying=replying,
        changing=Changing(replies, answers, noting, notices),
        noting=noting,
        writing=Writing(roster, cards, answers, replying, noting),
        speaking=Speaking(names, answers),
        choosing=Choosing(quick_replies, names, cards, context, replying, answers),
        managing=Managing(quick_replies, answers, list(settings.phrases)),
        mutes=Mutes(Muting(redis, settings.rules), cards, answers, settings.admin_ids),
        telling=Telling(replies, roster, answers, language),
        ending=Ending(notebook, noting, roster, answers, language),
        topics=TopicsOnPhone(topics, roster, answers, is_wanted=settings.topics != "off"),
    )
