"""A real Prometheus scrapes a desk at work: each documented figure is there, and load moves it."""

import re
from pathlib import Path

from bot.phones import sign_in
from chat_backend import ChatBackend
from desk.metrics.test_documentation import ROWS
from observability.prometheus import Prometheus, scraping
from onduty import CustomerMessage, SupportDesk
from onduty.testing import WEBHOOK_SECRET
from onduty_sandbox.client import Sandbox
from waiting import until

from .conftest import Processes

MOVED = (
    'onduty_telegram_request_duration_seconds_count{method="sendMessage",result="ok"}',
    'onduty_telegram_request_duration_seconds_count{method="getUpdates",result="ok"}',
    'onduty_slot_wait_seconds_count{class="normal"}',
    'onduty_slot_wait_seconds_count{class="operators"}',
    "onduty_redis_round_trip_seconds_count",
    "onduty_redis_script_seconds_total",
    "onduty_conversations_routed_total",
    'onduty_deliveries_total{outcome="done"}',
    'onduty_steps_total{step="send",outcome="done"}',
    "onduty_first_card_seconds_count",
    "onduty_last_card_seconds_count",
    'onduty_events_total{result="confirmed"}',
    "onduty_updates_stored_total",
    'onduty_updates_handled_total{result="done"}',
    "onduty_update_handling_seconds_count",
    "onduty_claim_seconds_count",
    "process_cpu_seconds_total",
)
"""What a short load moves."""


async def test_each_documented_figure_is_scraped_and_moves(
    program: str, sandbox: Sandbox, chat: ChatBackend, processes: Processes, tmp_path: Path
) -> None:
    """With the kind that docs/metrics.md names; our rules are evaluated without an error."""
    processes.environment |= {
        "ONDUTY_EVENTS_URL": chat.url,
        "ONDUTY_EVENTS_SECRET": WEBHOOK_SECRET,
    }
    processes.start("bot", "dispatcher")
    async with scraping(program, tmp_path, processes.ports.values()) as seen:
        await until(lambda: seen.value('sum(up{job="onduty"})'), equals=2)
        before = {figure: await total(seen, figure) for figure in MOVED}
        anna = await sandbox.add_user(101, "Anna")
        await sign_in(anna)
        with SupportDesk(processes.environment["ONDUTY_REDIS_URL"]) as backend:
            for n in range(20):
                backend.notify(CustomerMessage(text=f"Hello {n}", customer_name="A", recipient="B"))
        card = await anna.wait_for("Hello 19")
        await anna.tap(card.message_id, "claim")
        await until(lambda: bool(chat.received))
        assert await seen.value('sum(onduty_waiting_conversations{priority="normal"})') is not None
        for figure in MOVED:
            await until(lambda figure=figure: moved(seen, figure, before[figure]))  # type: ignore[misc]
        deliveries = 'sum(onduty_deliveries_total{outcome="done"})'
        await until(lambda: seen.value(deliveries), equals=20)
        await until(lambda: seen.value("max(onduty_operators_available)"), equals=1)
        described, names = await seen.described(), await seen.names()
        assert await seen.rule_errors() == []
        assert await seen.firing() == set()
    assert missing(described, names) == []


def missing(described: dict[str, str], seen: set[str]) -> list[str]:
    """Return the documented figures that were not scraped, or as another kind."""
    rows = [(name, kind) for names, kind, *_ in ROWS for name in re.findall(r"`(\w+)`", names)]
    assert len(rows) > 50
    return [
        name
        for name, kind in rows
        if described.get(name) not in ({kind} if kind else {"counter", "gauge"})
        or (kind == "gauge" and name not in seen)
    ]


async def total(prometheus: Prometheus, figure: str) -> float:
    return await prometheus.value(f"sum({figure})") or 0.0


async def moved(prometheus: Prometheus, figure: str, before: float) -> bool:
    return await total(prometheus, figure) > before
