"""The file of stored credentials."""

import pytest
from parley_client.cli.credentials import CredentialError, Credentials, CredentialStore
from parley_client.http.cognito import Tokens

# -- the command line


def test_sign_ins_are_kept_by_user_and_the_last_is_found_without_a_name(tmp_path):
    home = CredentialStore(tmp_path / "home")
    one, two = (Credentials(u, "ws://x", "c", "r", None, "a", "f") for u in ("ana", "ben"))
    home.save(one)
    home.save(two)
    home.renew("ana", Tokens("a2", "f2"))
    assert home.find(None) == two
    ana = home.find("ana")
    assert ana is not None
    assert ana.tokens == Tokens("a2", "f2")
    assert home.find("cem") is None
    assert [p.name for p in (tmp_path / "home").iterdir()] == ["sign-ins.json"]
    assert (tmp_path / "home" / "sign-ins.json").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("content", ["{", "[]", '{"users": 1, "last": null}', '{"users": {"a": {}}, "last": "a"}'])
def test_a_damaged_sign_in_file_is_one_clear_error(tmp_path, content):
    (tmp_path / "sign-ins.json").write_text(content)
    with pytest.raises(CredentialError, match="damaged"):
        CredentialStore(tmp_path).find(None)
