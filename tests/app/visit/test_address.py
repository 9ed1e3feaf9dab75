from types import SimpleNamespace

import pytest

from app.visit.address import address_of


def request(peer, forwarded=None):
    headers = {} if forwarded is None else {"x-forwarded-for": forwarded}
    return SimpleNamespace(client=SimpleNamespace(host=peer), headers=headers)


@pytest.mark.parametrize(
    ("forwarded", "address"),
    [
        ("9.9.9.9", "9.9.9.9"),
        ("1.1.1.1, 9.9.9.9", "9.9.9.9"),
        ("1.1.1.1, 9.9.9.9, 10.0.0.3", "9.9.9.9"),
        ("nonsense", "10.0.0.2"),
        (None, "10.0.0.2"),
    ],
)
def test_a_spaces_proxy_is_believed(forwarded, address):
    assert address_of(request("10.0.0.2", forwarded), spaces=True) == address


def test_nobody_else_is():
    assert address_of(request("10.0.0.2", "9.9.9.9"), spaces=False) == "10.0.0.2"
    assert address_of(SimpleNamespace(), spaces=False) == ""
