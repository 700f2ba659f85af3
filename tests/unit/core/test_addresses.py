"""Addresses are kept in the one form that every mail server takes; what cannot be mailed is refused."""

from email.headerregistry import Address

import pytest

from u4ssc_gov.core.addresses import address_key, mail_address
from u4ssc_gov.core.errors import Invalid


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (" Ana.B@Example.ORG ", "ana.b@example.org"),
        ("a@bücher.example", "a@xn--bcher-kva.example"),
        ("a@BÜCHER.example", "a@xn--bcher-kva.example"),
        ("a@xn--bcher-kva.example", "a@xn--bcher-kva.example"),
        ("a+tag@u4ssc.example", "a+tag@u4ssc.example"),
    ],
)
def test_one_form(typed, kept):
    assert mail_address(typed) == kept == address_key(typed)
    assert Address(addr_spec=kept).addr_spec.isascii()


@pytest.mark.parametrize(
    "typed",
    [
        "", "nobody", "ü@x.example", "a@", "@x.org", "a@x", "a@b@x.org", '"a b"@x.org', "a@[127.0.0.1]",
        "a@ex_ample.org", "a\n@x.org", "a" * 65 + "@x.org", f"a@{'.'.join('b' * 60 for _n in range(5))}.org",
        "a@x..org",
    ],
)  # fmt: skip
def test_what_cannot_be_mailed(typed):
    with pytest.raises(Invalid) as refused:
        mail_address(typed, field="contact")
    assert (refused.value.code, refused.value.field) == ("core.address", "contact")
    assert isinstance(address_key(typed), str)  # looking it up finds nobody and breaks nothing
