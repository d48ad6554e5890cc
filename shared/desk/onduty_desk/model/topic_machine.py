"""The state machine of a topic on a phone; see `machines.py`."""

from onduty_desk.model.machines import Transition

TOPIC = (
    Transition("", "claim", "make_topic", "topics", "with operators' answers; one in 10 s"),
    Transition("make_topic", "done", "send_context", "settle_topic", "its thread is known"),
    Transition("make_topic", "unknown", "make_topic", "topic_steps", "once more; one may be left"),
    Transition("make_topic", "refused, unknown twice", "", "using", "flat until the next claim"),
    Transition("make_topic", "no topics", "tell_flat", "using", "flat for a day; said once"),
    Transition("tell_flat", "done", "", "settle_topic", "as without topics"),
    Transition(
        "send_context", "done", "pin_context", "settle_topic", "what is new comes into the topic"
    ),
    Transition("send_context", "gone", "make_topic", "using", "once; then flat"),
    Transition("pin_context", "done, refused", "shown", "settle_topic", "without a sound"),
    Transition("shown", "conversation changed", "edit_context", "topics", "last in line"),
    Transition("edit_context", "done", "shown", "settle_topic", "the current state"),
    Transition("edit_context", "gone", "send_context", "settle_topic", "its owner gets it again"),
    Transition("shown", "closed, passed, released", "rename_topic", "topics", "it stays"),
    Transition("shown", "/start", "rename_topic", "check", "to see whether it is there"),
    Transition("rename_topic", "done", "shown", "settle_topic", "✓, → or ↩"),
    Transition("rename_topic", "gone", "make_topic", "using", "once, for its owner"),
    Transition("shown", "the customer's message: gone", "make_topic", "using", "that comes flat"),
    Transition("shown", "claimed again", "send_context", "topics", "the older one goes"),
    Transition(
        "send_context",
        "closed, passed, released",
        "edit_context",
        "next_topic",
        "the older one stays",
    ),
    Transition("shown", "50 newer ones ended", "delete_topic", "next_topic", "with its messages"),
    Transition("delete_topic", "done", "", "settle_topic", "forgotten"),
)
"""What a dispatcher does next about a topic."""
