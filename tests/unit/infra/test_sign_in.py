"""What an environment's file may say about signing in."""

import pytest
from pydantic import ValidationError

from infra import templates
from infra.sign_in import SignIn

HOSTED = {"domain": "parley-dev", "callback_urls": ["app://in", "https://app.example.com/in"]}
SES = "arn:aws:ses:eu-central-1:123456789012:identity/example.com"
OIDC = {"name": "Acme", "issuer": "https://id.acme.example", "secret": "parley/acme"}


def test_everything_is_off_unless_it_is_said():
    given = SignIn().parameters()
    assert given.pop("PhoneSignUp") == "false"
    assert set(given.values()) == {""}


def test_what_is_said_reaches_the_template():
    sign_in = SignIn.model_validate({**HOSTED, "phone": True, "google": "parley/google", "oidc": OIDC})
    given = sign_in.parameters()
    assert set(given) <= set(templates.load().root["Parameters"])
    assert given["CallbackUrls"] == "app://in,https://app.example.com/in"
    assert (given["GoogleSecret"], given["OidcName"], given["PhoneSignUp"]) == ("parley/google", "Acme", "true")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"google": "parley/google"}, "domain and callback_urls"),
        ({**HOSTED, "callback_urls": [], "google": "x"}, "domain and callback_urls"),
        ({**HOSTED, "google": "a secret, written here!"}, "google"),
        ({**HOSTED, "oidc": {**OIDC, "issuer": "http://id.acme.example"}}, "issuer"),
        ({**HOSTED, "callback_urls": ["http://app.example.com/in"]}, "callback_urls"),
        ({**HOSTED, "callback_urls": ["app://a,app://b"]}, "callback_urls"),
        ({"phone": "yes"}, "phone"),
        ({"email": {"identity_arn": "example.com", "sender": "hello@example.com"}}, "identity_arn"),
        ({"email": {"identity_arn": SES, "sender": "no address"}}, "sender"),
        ({"facebook": "x"}, "facebook"),
    ],
)
def test_what_is_wrong_is_named(given, said):
    with pytest.raises(ValidationError, match=said):
        SignIn.model_validate(given)
