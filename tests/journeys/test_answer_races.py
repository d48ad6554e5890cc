"""Two operators answer the same waiting customer at once, through two bots."""

import asyncio

from balancer import free_ports, running_balancer
from chaos.answering.rounds import AnswerRounds
from chat_backend import running_chat_backend
from onduty import SupportDesk
from onduty_desk.model.keys import ChatId

from .answering import tell
from .conftest import Desk

ROUNDS = 100
CHATS, NAMES = (ChatId(101), ChatId(102)), ("Anna", "Boris")


async def test_of_two_who_answer_at_once_one_is_sent_and_the_other_is_told(desk: Desk) -> None:
    """In each of a hundred rounds, and nobody's words go in the other's name."""
    desk.environment |= {
        "ONDUTY_SENDS_PER_SECOND": "300",
        "ONDUTY_SENDS_PER_CHAT_PER_SECOND": "40",
        "ONDUTY_REACTIONS_PER_SECOND": "100",
        "ONDUTY_WEBHOOK_SECRET": "the-secret",
    }
    ports = free_ports(2)
    async with running_balancer(ports) as balancer, running_chat_backend() as chat:
        tell(desk, chat.url)
        desk.environment["ONDUTY_WEBHOOK_URL"] = balancer.url
        bots = [desk.start("bot", ONDUTY_WEBHOOK_PORT=str(port)) for port in ports]
        await asyncio.gather(*bots, desk.start("dispatcher"))
        for chat_id, name in zip(CHATS, NAMES, strict=True):
            await desk.operator(chat_id, name)
        with SupportDesk(desk.environment["ONDUTY_REDIS_URL"]) as backend:
            rounds = await AnswerRounds(desk.sandbox, backend, chat, CHATS, NAMES).run(ROUNDS)
        assert [wrong for one in rounds for wrong in one.wrong] == []
        assert len(rounds) == ROUNDS
        assert {one.winner for one in rounds} <= set(CHATS)
        assert set(balancer.taken) == set(ports)
