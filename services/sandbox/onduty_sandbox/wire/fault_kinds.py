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
]
KINDS: tuple[str, ...] = get_args(Kind)
ContentType = Literal["text/html", "text/plain", "application/json"]
CONTENT_TYPES: tuple[str, ...] = get_args(ContentType)
