"""The URL of the desk's Redis: every form of it, and a sentence for what is no form."""

import pytest

from onduty import AsyncSupportDesk, SupportDesk
from onduty.address import (
    Place,
    RedisAddress,
    SentinelAddress,
    Tls,
    check_redis_url,
    parse,
    without_password,
)


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("redis://h", RedisAddress(Place("h", 6379), 0, None, None)),
        ("redis://", RedisAddress(Place("localhost", 6379), 0, None, None)),
        ("redis://u:p%40%2F@h:1/3", RedisAddress(Place("h", 1), 3, "u", "p@/")),
        ("redis://:p@[::1]:1/?db=4", RedisAddress(Place("::1", 1), 4, None, "p")),
        ("redis://:a@b@h/", RedisAddress(Place("h", 6379), 0, None, "a@b")),
        ("unix:///run/redis.sock?db=2", RedisAddress(Place(path="/run/redis.sock"), 2, None, None)),
        ("unix://u:p@/a@b.sock", RedisAddress(Place(path="/a@b.sock"), 0, "u", "p")),
        ("unix:///a@b.sock", RedisAddress(Place(path="/a@b.sock"), 0, None, None)),
        ("rediss://h", RedisAddress(Place("h", 6379), 0, None, None, Tls())),
        (
            "rediss://h?ssl_cert_reqs=none",
            RedisAddress(Place("h", 6379), 0, None, None, Tls((("ssl_cert_reqs", "none"),))),
        ),
        (
            "redis+sentinel://u:p%40@a:1,b,[::1],[::2]:7/mymaster/3",
            SentinelAddress(
                (("a", 1), ("b", 26379), ("::1", 26379), ("::2", 7)), "mymaster", 3, "u", "p@"
            ),
        ),
        (
            "rediss+sentinel://h/m?sentinel_username=su&sentinel_password=s%40%26p&db=2",
            SentinelAddress((("h", 26379),), "m", 2, None, None, "su", "s@&p", Tls()),
        ),
    ],
)
def test_a_url_is_taken_apart(url: str, address: RedisAddress | SentinelAddress) -> None:
    """Hosts, master, database, credentials and TLS each find their place."""
    assert parse(url) == address
    assert check_redis_url(url) == url


@pytest.mark.parametrize(("given", "is_checked"), [("true", True), ("false", False)])
def test_whether_the_host_s_name_is_checked_is_no_word_for_redis_py(
    given: str, *, is_checked: bool
) -> None:
    """To redis-py any word is true, "false" too."""
    address = parse(f"rediss://h?ssl_check_hostname={given}")
    assert address.tls
    assert address.tls.options() == {"ssl": True, "ssl_check_hostname": is_checked}


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("localhost:6379", "use redis://"),
        ("http://x", "use redis://"),
        ("redis://h:port", "use redis://"),
        ("redis://h:99999", "use redis://"),
        ("redis://[::1", "use redis://"),
        ("unix://relative", "use redis://"),
        ("redis+sentinel://h", "use redis://"),
        ("redis+sentinel://h:x/m", "use redis://"),
        ("redis+sentinel:///m", "use redis://"),
        ("redis+sentinel://h,/m", "use redis://"),
        ("redis+sentinel://h/m/0/1", "use redis://"),
        ("redis://h/production", "is a number"),
        ("redis://h/0/1", "is a number"),
        ("redis://h/٣", "is a number"),
        ("redis+sentinel://h/m/production", "is a number"),
        ("redis://h?ssl=true", "nobody knows the parameter 'ssl'; TLS wants rediss://"),
        ("redis://h?ssl_cert_reqs=none", "TLS wants rediss://"),
        ("redis://h?socket_timeout=5", "nobody knows the parameter 'socket_timeout'"),
        ("redis+sentinel://h/m?sentinel_user=x", "nobody knows the parameter 'sentinel_user'"),
        ("rediss://h?ssl_cert_reqs=maybe", "none, optional or required"),
        ("rediss://h?ssl_check_hostname=1", "true or false"),
    ],
)
def test_a_url_of_another_form_is_refused_in_a_sentence(url: str, sentence: str) -> None:
    """By both desks, when they are made."""
    for desk in (SupportDesk, AsyncSupportDesk):
        with pytest.raises(ValueError, match=r"^[^\n]*$") as refused:
            desk(url)
        assert sentence in str(refused.value)


@pytest.mark.parametrize("cut_by", ["/", "#", "?", "?db=", "@x/", "/?#"])
@pytest.mark.parametrize("scheme", ["redis", "rediss", "redis+sentinel", "unix"])
def test_a_password_that_is_cut_is_told_and_not_shown(scheme: str, cut_by: str) -> None:
    """What stands before or behind the cut is a part of the password."""
    with pytest.raises(ValueError, match="%2F %23 %3F") as refused:
        parse(f"{scheme}://user:sesame{cut_by}open@host:6379/m/0")
    assert "sesame" not in str(refused.value)
    assert "open" not in str(refused.value)


def test_an_address_and_a_shown_url_hold_no_password() -> None:
    """They get into logs and tracebacks."""
    url = "redis+sentinel://u:sesame@h/m?sentinel_username=su&sentinel_password=open&db=1"
    assert "sesame" not in f"{parse(url)}{parse('redis://:sesame@h')}{without_password(url)}"
    assert "open" not in f"{parse(url)}{without_password(url)}"
    assert without_password(url).endswith("…&db=1")
