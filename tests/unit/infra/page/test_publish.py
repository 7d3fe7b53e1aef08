"""The page's files in its bucket: types, how long they may be kept, the settings, and each document's policy."""

import json
import re

import boto3
import pytest
from moto import mock_aws

from infra import package
from infra.deploy import __main__ as command
from infra.deploy import account, retained
from infra.page import build, publish
from infra.page.build import CannotBuild, Page
from tests.unit.infra.stub import REGION
from tests.unit.infra.templates.test_page import NAMED, ON, policy

PAGE = Page(
    hashed={"assets/app-ABCDEFGH.js": b"app", "assets/app-ABCDEFGH.css": b"css", "assets/icon-ABCDEFGH.svg": b"<svg/>"},
    modules={"elements/widget.js": b"widget"},
    documents={
        "index.html": '<html>\n  <meta charset="utf-8">\n  <script src="/a"></script>',
        "widget": '<meta charset="utf-8">',
    },
)
OUTPUTS = {
    "PageBucket": "the-page", "PageUrl": "https://d1.cloudfront.net/", "Region": "eu-central-1",
    "WebSocketUrl": "wss://sock.execute-api.eu-central-1.amazonaws.com/live",
    "HttpUrl": "https://http.execute-api.eu-central-1.amazonaws.com",
    "UserPoolId": "eu-central-1_pool", "UserPoolClientId": "client", "IdentityPoolId": "eu-central-1:identities",
    "UserFilesBucket": "files", "MediaBucket": "parley-media-0a1b2c3d-0000-1111-2222-0123456789ab",
}  # fmt: skip


@pytest.fixture
def s3():
    with mock_aws():
        client = boto3.client("s3", REGION)
        client.create_bucket(Bucket="the-page")
        yield client


def stored(s3):
    keys = [o["Key"] for o in s3.list_objects_v2(Bucket="the-page").get("Contents", [])]
    return {key: s3.get_object(Bucket="the-page", Key=key) for key in keys}


def narrowed(document):
    (text,) = re.findall(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">', document)
    return {
        name: set(sources.split())
        for name, _, sources in (p.partition(" ") for p in text.replace("&#x27;", "'").split("; "))
    }


def test_every_file_is_there_with_its_type_and_how_long_it_may_be_kept(s3):
    assert publish.publish(s3, OUTPUTS, PAGE) == 7
    headers = {key: (o["ContentType"], o["CacheControl"]) for key, o in stored(s3).items()}
    for_good = "public, max-age=31536000, immutable"
    assert headers == {
        "assets/app-ABCDEFGH.js": ("text/javascript; charset=utf-8", for_good),
        "assets/app-ABCDEFGH.css": ("text/css; charset=utf-8", for_good),
        "assets/icon-ABCDEFGH.svg": ("image/svg+xml", for_good),
        "elements/widget.js": ("text/javascript; charset=utf-8", "no-cache"),
        "settings.json": ("application/json", "no-cache"),
        "index.html": ("text/html; charset=utf-8", "no-cache"),
        "widget": ("text/html; charset=utf-8", "no-cache"),
    }


def test_what_refers_to_others_comes_after_them():
    keys = [file.key for file in publish.objects(PAGE, OUTPUTS)]
    assert keys == [*PAGE.hashed, *PAGE.modules, "settings.json", *PAGE.documents]


def test_the_settings_are_the_stacks_and_have_no_laptops_addresses(s3):
    publish.publish(s3, OUTPUTS, PAGE)
    assert json.loads(stored(s3)["settings.json"]["Body"].read()) == {
        "pageUrl": "https://d1.cloudfront.net/",
        "socketUrl": OUTPUTS["WebSocketUrl"],
        "httpUrl": OUTPUTS["HttpUrl"],
        "region": "eu-central-1",
        "userPoolId": "eu-central-1_pool",
        "clientId": "client",
        "identityPoolId": "eu-central-1:identities",
        "bucket": "files",
        "mediaBucket": OUTPUTS["MediaBucket"],
        "cognitoUrl": None,
        "s3Url": None,
    }


@pytest.mark.parametrize("key", PAGE.documents)
def test_a_document_names_exactly_the_addresses_that_its_scripts_talk_to(key):
    document = {file.key: file.body.decode() for file in publish.objects(PAGE, OUTPUTS)}[key]
    ours = narrowed(document)
    uploads = {f"https://{OUTPUTS['MediaBucket']}.s3{region}.amazonaws.com" for region in ("", ".eu-central-1")}
    assert ours == {
        "connect-src": {
            "'self'",
            "wss://sock.execute-api.eu-central-1.amazonaws.com",
            OUTPUTS["HttpUrl"],
            "https://cognito-idp.eu-central-1.amazonaws.com",
            *uploads,
        },
        "img-src": {"'self'", "blob:", "data:", *uploads},
        "media-src": {"'self'", "blob:", "data:", *uploads},
    }
    assert document.index("Content-Security-Policy") < document.find("<script") or "<script" not in document


NAMES = {
    "WebSocketUrl": "wss://live.example.com", "HttpUrl": "https://api.example.com", "MediaUrl": "https://media.example.com"
}  # fmt: skip


def test_where_everything_has_a_name_document_and_header_say_the_same():
    [*_, last] = publish.objects(PAGE, OUTPUTS | NAMES)
    header = policy(NAMED)
    assert narrowed(last.body.decode()) == {name: header[name] for name in ("connect-src", "img-src", "media-src")}


@pytest.mark.parametrize(("media", "key"), [({}, ""), ({"MediaUrl": "https://d2.cloudfront.net"}, "a key")])
def test_the_header_lets_through_whatever_a_document_names(media, key):
    """A browser applies both policies, so an address counts only if it is in both."""
    [*_, last] = publish.objects(PAGE, OUTPUTS | media)
    header = policy({**ON, "MediaPublicKey": key})
    for name, sources in narrowed(last.body.decode()).items():
        patterns = [re.escape(source).replace(r"\*", "[a-z0-9]+") for source in header[name]]
        assert all(any(re.fullmatch(p, source) for p in patterns) for source in sources), name


@pytest.fixture
def deploying(stub, monkeypatch):
    """Runs ``make deploy`` of an environment whose page is on or off. Returns what was done, in order."""
    done: list[str] = []
    real = command.command.on_aws

    def on_aws(name, *, page):
        environment, session = real(name)
        return environment.model_copy(update={"page": page}), session

    monkeypatch.setattr(command.command, "announce", lambda *_: done.append("announced"))
    monkeypatch.setattr(account, "prepared", lambda *_: (stub.target, "b"))
    monkeypatch.setattr(package, "whole_codes", lambda *_: {})
    monkeypatch.setattr(package, "lost", lambda: None)

    def does(what, answer):
        def do(*_):
            done.append(what)
            return answer

        return do

    monkeypatch.setattr(command, "deploy", does("deployed", OUTPUTS))
    monkeypatch.setattr(publish, "publish", does("published", 7))
    monkeypatch.setattr(retained, "empty", lambda _, bucket: done.append(f"{bucket} emptied"))

    def run(*, page):
        monkeypatch.setattr(command.command, "on_aws", lambda name: on_aws(name, page=page))
        return command.main(["dev"]), done

    return run


def test_the_page_is_built_before_and_uploaded_after_the_stack_is_there(deploying, monkeypatch, capsys):
    monkeypatch.setattr(build, "build", lambda: PAGE)
    assert deploying(page=True) == (0, ["announced", "deployed", "published"])
    assert "the page is at https://d1.cloudfront.net/ (7 files)\n" in capsys.readouterr().out


def test_where_it_cannot_be_built_nothing_is_touched(deploying, monkeypatch, capsys):
    def refuse():
        raise CannotBuild("the page cannot be built: Node 20 or newer is not installed")

    monkeypatch.setattr(build, "build", refuse)
    assert deploying(page=True) == (1, [])
    assert capsys.readouterr().err == "deploy: the page cannot be built: Node 20 or newer is not installed\n"


def test_a_page_that_is_switched_off_is_emptied_so_that_its_bucket_can_go(deploying, stub, monkeypatch):
    monkeypatch.setattr(build, "build", pytest.fail)
    stub.state("CREATE_COMPLETE", {"PageBucket": "the-page"})
    assert deploying(page=False) == (0, ["announced", "the-page emptied", "deployed"])
    stub.done()


@pytest.mark.parametrize("status", [None, "CREATE_COMPLETE"])
def test_without_a_page_nothing_is_emptied(deploying, stub, status):
    stub.state(status, {})
    assert deploying(page=False) == (0, ["announced", "deployed"])
    stub.done()
