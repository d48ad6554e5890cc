"""A hundred customers whom two operators answer at once, through two bots."""

from collections import Counter
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

from balancer import free_ports, running_balancer
from chaos.answering.rounds import AnswerRounds, Round
from chaos.house import open_house
from chaos.plan import Plan
from chaos.shifts import Shifts
from chaos.table import Row, none
from chat_backend import running_chat_backend
from onduty import SupportDesk
from onduty_sandbox.client import Sandbox

ROUNDS = 100
OPERATORS = 2
BOTS = 2


async def race_to_answer(plan: Plan, folder: Path, tell: Callable[[str], None]) -> list[Round]:
    """Let Telegram call the bots in turn, and both operators write at once."""
    plan = replace(plan, bots=0, dispatchers=1, throughout=OPERATORS, coming_and_going=0, teams=())
    more = {"ONDUTY_NUDGE_AFTER": "3600", "ONDUTY_REACTIONS_PER_SECOND": "100"}
    ports = free_ports(BOTS)
    async with AsyncExitStack() as opened:
        balancer = await opened.enter_async_context(running_balancer(ports))
        chat = await opened.enter_async_context(running_chat_backend())
        house = await opened.enter_async_context(open_house(plan, folder, chat.url, **more))
        sandbox = await opened.enter_async_context(Sandbox(house.sandbox_url))
        webhook = {"ONDUTY_WEBHOOK_URL": balancer.url, "ONDUTY_WEBHOOK_SECRET": "the-secret"}
        for n, port in enumerate(ports):
            house.keep(f"bot-{n}", "onduty_bot", **webhook, ONDUTY_WEBHOOK_PORT=str(port))
        await Shifts(sandbox, plan).sign_in_everybody()
        names = [f"Operator {chat_id}" for chat_id in plan.core]
        with SupportDesk(house.valkey.url) as desk:
            return await AnswerRounds(sandbox, desk, chat, plan.core, names).run(ROUNDS, tell)


def rows_of_rounds(rounds: list[Round]) -> list[Row]:
    """Return their part of the table."""
    right = sum(not one.wrong for one in rounds)
    winners = Counter(str(one.winner) for one in rounds)
    slowest_s = max(one.took_s for one in rounds)
    return [
        Row(
            f"rounds of {OPERATORS} who answer at once, through {BOTS} bots",
            f"{right} of {len(rounds)} with one sent and the other told",
            f"{ROUNDS} of {ROUNDS}",
            is_kept=right == ROUNDS == len(rounds),
            cases=tuple(f"{n} × {winner} was first" for winner, n in winners.items()),
        ),
        none("answers that went otherwise", [wrong for one in rounds for wrong in one.wrong]),
        Row("slowest round until both knew", f"{slowest_s:.2f} s", "reported"),
    ]
