"""How the template's variables configure the links of the HTTP function."""

import pytest

from parley.media.aws.cloudfront import CloudFrontLinks
from parley.media.aws.objects import S3Links
from parley.runtime import bootstrap
from parley.runtime.settings import MissingSetting

ENVIRONMENT = {
    "LOG_TABLE": "Log",
    "DIRECTORY_TABLE": "Directory",
    "CONNECTIONS_URL": "https://a1b2c3d4e5.execute-api.us-east-1.amazonaws.com/live",
    "USER_POOL_ID": "eu-west-1_pool",
    "USER_POOL_CLIENT_ID": "4clientid",
    "USER_FILES_BUCKET": "parley-files",
    "EXPORT_FUNCTION": "parley-export",
    "MEDIA_BUCKET": "parley-media",
    "ARCHIVE_BUCKET": "parley-archive",
    "MEDIA_DOMAIN": "",
    "MEDIA_KEY_ID": "",
    "MEDIA_KEY": "/parley/dev/media-key",
}


def test_links_are_the_distributions_if_there_is_one():
    assert isinstance(bootstrap.rest(ENVIRONMENT).media.showing.links, S3Links)
    distributed = ENVIRONMENT | {"MEDIA_DOMAIN": "d111.cloudfront.net", "MEDIA_KEY_ID": "K2JCJMDEHXQW5F"}
    assert isinstance(bootstrap.rest(distributed).media.showing.links, CloudFrontLinks)
    with pytest.raises(MissingSetting, match="MEDIA_KEY_ID"):
        bootstrap.rest(distributed | {"MEDIA_KEY_ID": ""})


def test_whether_any_two_may_exchange_media_is_the_deployments_choice():
    assert bootstrap.rest(ENVIRONMENT | {"ALLOW_CONSUMER_PAIRS": "true"}).media.rules.allow_consumer_pairs
    assert not bootstrap.rest(ENVIRONMENT).media.rules.allow_consumer_pairs
