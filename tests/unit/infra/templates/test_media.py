"""The media bucket, its distribution, and the functions that uploads trigger."""

from tests.unit.infra.templates.whole import FUNCTIONS, OFF, RESOURCES, evaluated, in_any_case, there


def test_media_go_to_the_deep_archive_after_half_a_year_unfetched_and_no_sooner():
    (archive,) = RESOURCES["Media"]["Properties"]["IntelligentTieringConfigurations"]
    assert archive["Tierings"] == [{"AccessTier": "DEEP_ARCHIVE_ACCESS", "Days": 180}]
    assert archive["Status"] == "Enabled"
    rules = RESOURCES["Media"]["Properties"]["LifecycleConfiguration"]["Rules"]
    assert not [r for r in rules if "Transitions" in r or "ExpirationInDays" in r], "those go by age, not by use"
    outlives = RESOURCES["Media"]["DeletionPolicy"], RESOURCES["Media"]["UpdateReplacePolicy"]
    assert outlives == ("RetainExceptOnCreate", "Retain")


def test_uploads_set_off_their_functions_and_thumbnails_none():
    told = RESOURCES["Media"]["Properties"]["NotificationConfiguration"]["LambdaConfigurations"]
    created = {c["Filter"]["S3Key"]["Rules"][0]["Value"]: c["Function"] for c in told if "Created" in c["Event"]}
    assert created == {
        "files/": {"Ref": "UploadsFunction.Alias"},
        "images/": {"Ref": "ImagesFunction.Alias"},
    }
    archive = {c["Event"] for c in told if "Filter" not in c}
    assert archive == {"s3:IntelligentTiering", "s3:ObjectRestore:Completed", "s3:ObjectRestore:Delete"}


def test_only_what_needs_other_libraries_has_a_package_of_its_own():
    own = {name: f["CodeUri"]["Key"] for name, f in FUNCTIONS.items() if "CodeUri" in f}
    assert own == {
        "ImagesFunction": {"Ref": "ImagesCodeKey"},
        "MigrationFunction": {"Ref": "MigrationCodeKey"},
        "CanaryFunction": {"Ref": "CanaryCodeKey"},
    }


def test_without_a_public_key_there_is_no_distribution_and_with_one_only_signed_links_are_served():
    parts = {"MediaPublicKeyOfLinks", "MediaKeys", "MediaAccess", "MediaHeaders", "MediaDistribution"}
    assert there(OFF) & parts == set()
    assert there({**OFF, "MediaPublicKey": "PEM"}) & parts == parts
    behaviour = RESOURCES["MediaDistribution"]["Properties"]["DistributionConfig"]["DefaultCacheBehavior"]
    assert behaviour["TrustedKeyGroups"] == [{"Ref": "MediaKeys"}]
    assert behaviour["ViewerProtocolPolicy"] == "https-only"
    allowed = in_any_case(RESOURCES["MediaPolicy"]["Properties"]["PolicyDocument"]["Statement"])[1]
    assert (allowed["Principal"], allowed["Action"]) == ({"Service": "cloudfront.amazonaws.com"}, "s3:GetObject")
    assert "${MediaDistribution}" in allowed["Condition"]["StringEquals"]["AWS:SourceArn"]["Fn::Sub"]


def test_web_pages_may_upload_only_from_where_it_is_said():
    assert "CorsConfiguration" not in evaluated(RESOURCES["Media"]["Properties"], OFF)
    on = evaluated(RESOURCES["Media"]["Properties"], {**OFF, "WebOrigins": ["https://app.example"]})
    assert on["CorsConfiguration"]["CorsRules"][0]["AllowedOrigins"] == ["https://app.example"]


def test_web_pages_may_fetch_media_through_the_distribution_only_from_where_it_is_said():
    behaviour = RESOURCES["MediaDistribution"]["Properties"]["DistributionConfig"]["DefaultCacheBehavior"]
    headers = RESOURCES["MediaHeaders"]["Properties"]["ResponseHeadersPolicyConfig"]
    assert behaviour["ResponseHeadersPolicyId"] == {"Ref": "MediaHeaders"}
    assert evaluated(behaviour, OFF)["AllowedMethods"] == ["GET", "HEAD"]
    assert "OriginRequestPolicyId" not in evaluated(behaviour, OFF)
    assert "CorsConfig" not in evaluated(headers, OFF)
    assert evaluated(headers, OFF)["SecurityHeadersConfig"]["ContentTypeOptions"] == {"Override": True}
    on = OFF | {"WebOrigins": ["https://app.example"]}
    cors = evaluated(headers, on)["CorsConfig"]
    assert cors["AccessControlAllowOrigins"] == {"Items": ["https://app.example"]}
    assert cors["OriginOverride"], "S3's own answer may have been cached for another page"
    assert not cors["AccessControlAllowCredentials"]
    assert "OPTIONS" in evaluated(behaviour, on)["AllowedMethods"]
    assert evaluated(behaviour, on)["OriginRequestPolicyId"] == "88a5eaf4-2fd4-4709-b370-b4c650ea3fcf"


def test_the_media_bucket_is_the_one_that_its_functions_are_told_of_and_called_by():
    name, values = RESOURCES["Media"]["Properties"]["BucketName"]["Fn::Sub"]
    for function in ("UploadsFunction", "ImagesFunction"):
        assert FUNCTIONS[function]["Environment"]["Variables"]["MEDIA_BUCKET"] == {"Fn::Sub": [name, values]}
    for permission in ("UploadsPermission", "ImagesPermission"):
        arn = {"Fn::Sub": ["arn:${AWS::Partition}:s3:::" + name, values]}
        assert RESOURCES[permission]["Properties"]["SourceArn"] == arn
    uuid = "0" * 36  # the stack's, so that a later stack of its name does not clash with a kept bucket
    assert len(name.replace("${Id}", uuid)) <= 63


def test_uploads_leave_others_their_concurrency_only_if_asked_to():
    for function in ("UploadsFunction", "ImagesFunction"):
        assert "ReservedConcurrentExecutions" not in evaluated(FUNCTIONS[function], OFF | {"UploadsConcurrency": "0"})
        limited = evaluated(FUNCTIONS[function], OFF | {"UploadsConcurrency": "20"})
        assert limited["ReservedConcurrentExecutions"] == "20"
