"""What trouble is called by those who ask for it and those who make it."""

from typing import Literal, get_args

Kind = Literal[
    "429",
    "500",
    "502",
    "401",
    "404",
    "403",
    "migrate",
    "slow",
    "cut_before",
    "cut_after",
    "html_429",
    "page",
    "half_body",
    "long_header",
    "bad_status_line",
    "redirect",
    "redirect_loop",
    "hang",
    "refuse",
    "thread_not_found",
    "topic_deleted",
    "not_a_forum",
    "topic_lost",
]
KINDS: tuple[str, ...] = get_args(Kind)
# What only a request meets that names a topic or makes one.
TOPIC_KINDS = frozenset({"thread_not_found", "topic_deleted", "not_a_forum", "topic_lost"})
ContentType = Literal["text/html", "text/plain", "application/json"]
CONTENT_TYPES: tuple[str, ...] = get_args(ContentType)
