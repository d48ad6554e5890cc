"""What became of the topics of a run: made, left behind, and what came outside of its own."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from chaos.house import Ended
from chaos.reckoning import nobody_knows_of
from chaos.topics.threads import Place, told_gone, went_astray
from onduty_sandbox.client import ChatMessage, LoggedRequest, Sandbox


@dataclass(frozen=True)
class TopicCounts:
    """All of a run."""

    made: int
    deleted: int
    """By operators."""
    faults: Counter[str]
    unknown: int
    """In no record at the end."""
    unexplained: list[str]
    """Of those, the ones whose maker could have known of them."""
    left_outside: list[str]
    """Customers' messages that came outside of their topic, and stay there."""


async def count_topics(
    sandbox: Sandbox,
    ended: Sequence[Ended],
    unknown: Collection[Place],
    deleted: Collection[Place],
    faults: Counter[str],
) -> TopicCounts:
    """Read the log, and the phones that something came to outside of its topic."""
    log = await sandbox.log()
    making = [request for request in log if request.method == "createForumTopic"]
    astray = went_astray([request for request in log if request.method == "sendMessage"])
    phones = {send.chat_id or 0: await sandbox.messages(send.chat_id or 0) for send in astray}
    return TopicCounts(
        sum(request.taken for request in making),
        len(deleted),
        faults,
        len(unknown),
        unexplained_topics(unknown, making, told_gone(log), ended),
        left_outside(astray, phones, ended),
    )


def unexplained_topics(
    unknown: Collection[Place],
    making: Sequence[LoggedRequest],
    gone: Collection[Place],
    ended: Sequence[Ended],
) -> list[str]:
    """Return those that nobody knows, though whoever made them was told so, and did not die.

    Args:
        unknown: topics of customers that are in no record.
        making: the requests that made topics.
        gone: of these the desk was told that they are not there.
        ended: who died when.
    """
    return [
        f"topic {request.message_id} on phone {request.chat_id}: {request.parameters.get('name')}"
        for request in making
        if (request.chat_id, request.message_id) in {*unknown} - {*gone}
        and not nobody_knows_of(request, ended)
    ]


def left_outside(
    astray: Sequence[LoggedRequest],
    phones: Mapping[int, Sequence[ChatMessage]],
    ended: Sequence[Ended],
) -> list[str]:
    """Return what came outside of its topic and was not removed, though its sender lived on."""
    there = {
        (chat, message.message_id)
        for chat, shown in phones.items()
        for message in shown
        if not message.deleted
    }
    return [
        f"message {send.message_id} on phone {send.chat_id}: {send.parameters.get('text')!r}"
        for send in astray
        if (send.chat_id, send.message_id) in there and not nobody_knows_of(send, ended)
    ]
