"""What the tests of `onduty failed` write into Redis and call."""

from collections.abc import Callable

from redis import Redis

from onduty import CustomerMessage

Run = Callable[..., tuple[int, str, str]]
Record = Callable[..., None]


def accepted(redis: Redis, message_id: str, conversation: str, name: str) -> None:
    """Write a message as the desk has it when it is routed."""
    message = CustomerMessage(
        id=message_id,
        conversation_id=conversation,
        text="Hello",
        customer_name=name,
        recipient="The Shop",
    )
    redis.set(f"onduty:message:{message_id}", message.model_dump_json())
    redis.zadd(f"onduty:messages:{conversation}", {message_id: 1})
