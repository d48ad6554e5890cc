"""Sends the same to all admins, each in their language."""

from collections.abc import Callable, Collection
from datetime import timedelta

import structlog

from onduty_bot.answering.admin_languages import AdminLanguages
from onduty_bot.answering.answers import REMEMBERED, AnswerRefused, Answers, TelegramAway
from onduty_desk.model.keys import OperatorId
from onduty_desk.texts import Words

_log = structlog.get_logger()


class ToAdmins:
    """The people of `ONDUTY_ADMIN_IDS`; each must have written to the bot once to be reached."""

    def __init__(
        self,
        admin_ids: Collection[int],
        languages: AdminLanguages,
        answers: Answers,
    ) -> None:
        self.ids = sorted(admin_ids)
        self._languages = languages
        self._answers = answers

    async def tell(
        self,
        occasion: str,
        text: Callable[[Words], str],
        *,
        remembered: timedelta = REMEMBERED,
    ) -> bool:
        """Send each admin a text, once for an occasion; who cannot be reached is logged.

        Returns False if Telegram was away for one of them: a second call sends to those only, as
        long as the occasion is remembered.
        """
        are_told = True
        for admin_id in self.ids:
            catalogue = await self._languages.words_for(OperatorId(admin_id))
            try:
                await self._answers.send_once(
                    admin_id, f"{occasion}:{admin_id}", text(catalogue), remembered=remembered
                )
            except TelegramAway as away:
                are_told = False
                _log.warning("admin.not_told_yet", admin=admin_id, reason=str(away))
            except AnswerRefused as refused:
                _log.error("admin.not_told", admin=admin_id, reason=str(refused))
        return are_told
