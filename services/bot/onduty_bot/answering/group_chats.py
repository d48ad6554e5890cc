"""Group chats: the first command or mention is answered with a link to the private chat."""

from datetime import timedelta

from telegram import MessageEntity

from onduty_bot.answering.answers import Answers
from onduty_bot.answering.incoming import Incoming
from onduty_desk.telegram.bot import Bot

_SILENT_FOR = timedelta(days=30)


class GroupChats:
    """Answers once in each group chat."""

    def __init__(self, bot: Bot, answers: Answers) -> None:
        self._bot = bot
        self._answers = answers

    async def answer(self, incoming: Incoming) -> None:
        """Answer the first command or mention."""
        if self._is_for_us(incoming):
            text = incoming.words.gettext("Write to me privately: {link}").format(
                link=self._bot.link
            )
            occasion = f"group-chat:{incoming.chat_id}"
            await self._answers.answer(incoming, text, occasion=occasion, remembered=_SILENT_FOR)

    def _is_for_us(self, incoming: Incoming) -> bool:
        message, us = incoming.message, self._bot.name.lower()
        entities = message.parse_entities() | message.parse_caption_entities()
        for entity, text in entities.items():
            if entity.type == MessageEntity.BOT_COMMAND:
                _, _, addressee = text.partition("@")
                if not addressee or f"@{addressee}".lower() == us:
                    return True
            elif entity.type == MessageEntity.MENTION and text.lower() == us:
                return True
        return False
