"""Which addresses a remote file may come from: the public internet's, in whatever way an address is spelled."""

import socket
from ipaddress import ip_address
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import BadRequest
from app.services.fetching import Fetcher, Guard, is_public

PRIVATE = """
0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.127.255.254 127.0.0.1 127.0.0.53 127.255.255.255 169.254.0.1
169.254.169.254 169.254.170.2 172.16.0.1 172.31.255.255 192.0.0.1 192.0.0.170 192.0.2.1 192.88.99.1 192.168.0.1 192.168.255.255
198.18.0.1 198.19.255.255 198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255
:: ::1 ::127.0.0.1 ::10.0.0.1 ::ffff:127.0.0.1 ::ffff:7f00:1 ::ffff:10.0.0.1 ::ffff:169.254.169.254 ::ffff:0:127.0.0.1
64:ff9b::7f00:1 64:ff9b::10.0.0.1 64:ff9b::169.254.169.254 64:ff9b:1::1 64:ff9b:1:fffe::7f00:1 100::1
2001::1 2001:0:7f00:1:: 2001:0:4136:e378:8000:63bf:80ff:fffe 2001:0:808:808::f7f7:f7f7 2001:2::1 2001:10::1 2001:db8::1
2002:7f00:1:: 2002:a00:1:: 2002:a9fe:a9fe:: 2002:808:808::1 3fff::1 5f00::1
fc00::1 fd00::1 fd00:ec2::254 fe80::1 febf::1 fec0::1 feff::1 ff02::1 ff0e::1
""".split()
PUBLIC = (
    "1.1.1.1 8.8.8.8 93.184.215.14 100.63.255.255 172.32.0.1 2606:4700::1111 2a00:1450::1 ::ffff:8.8.8.8 64:ff9b::8.8.8.8".split()
)

# Spellings the system's resolver turns into 127.0.0.1, 10.0.0.1, 169.254.169.254 or 0.0.0.0.
SPELLINGS = """
2130706433 0x7f000001 017700000001 127.1 127.0.1 0x7f.1 0177.0.0.1 127.0.0.0x1 0x7f.0x0.0x0.0x1 00000177.0.0.1
10.1 167772161 0xa000001 012.1 169.254.43518 2852039166 0xa9fea9fe 0251.0376.0251.0376 0 0x0 localhost
""".split()


@pytest.mark.parametrize("literal", PRIVATE)
def test_an_address_outside_the_public_internet_is_refused(literal: str) -> None:
    assert not is_public(ip_address(literal))
    host = f"[{literal}]" if ":" in literal else literal
    with pytest.raises(BadRequest, match="the address is not public"):
        Fetcher(seconds=5).fetch(f"http://{host}/a.jpg", lambda _piece: None)


@pytest.mark.parametrize("literal", PUBLIC)
def test_an_address_of_the_public_internet_is_allowed(literal: str) -> None:
    assert is_public(ip_address(literal))
    assert Guard().checked(literal, 80) == str(ip_address(literal))


@pytest.mark.parametrize("host", SPELLINGS)
def test_numbers_in_any_base_mean_the_address_they_resolve_to(host: str) -> None:
    with pytest.raises(BadRequest, match="the address is not public"):
        Fetcher(seconds=5).fetch(f"http://{host}/a.jpg", lambda _piece: None)


@given(st.ip_addresses(v=4), st.sampled_from(["::ffff:{}", "64:ff9b::{}"]))
def test_an_ipv6_address_is_as_public_as_the_ipv4_one_it_carries(address: object, frame: str) -> None:
    assert is_public(ip_address(frame.format(address))) == is_public(ip_address(str(address)))


def resolving(*addresses: str) -> Any:
    """A resolver that always gives these."""
    return lambda host, port, **more: [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (item, port)) for item in addresses]


def test_one_private_address_among_several_refuses_the_host() -> None:
    with pytest.raises(BadRequest, match=r"Error in loading photos\.example - the address is not public"):
        Guard(resolve=resolving("8.8.8.8", "10.0.0.1")).checked("photos.example", 80)
    assert Guard(resolve=resolving("8.8.8.8", "1.1.1.1")).checked("photos.example", 80) == "8.8.8.8"


def test_a_private_network_may_be_allowed_and_no_other_with_it() -> None:
    guard = Guard(allow=("10.1.0.0/16", "fd00:1::/32"))
    assert guard.checked("10.1.2.3", 80) == "10.1.2.3"
    assert guard.checked("fd00:1::5", 80) == "fd00:1::5"
    for other in ("10.2.0.1", "fd00:2::5", "127.0.0.1"):
        with pytest.raises(BadRequest, match="not public"):
            guard.checked(other, 80)


def test_a_host_without_an_address_fails_as_the_original_says() -> None:
    def broken(*_: object, **__: object) -> list[Any]:
        raise socket.gaierror(-2, "Name or service not known")

    for resolve in (broken, resolving()):
        with pytest.raises(BadRequest, match=r"^Error in loading nowhere\.example - ERR_DNS_FAIL 0$"):
            Guard(resolve=resolve).checked("nowhere.example", 80)
    with pytest.raises(BadRequest, match="ERR_DNS_FAIL"):
        Guard().checked("a" * 70 + ".example", 80)
