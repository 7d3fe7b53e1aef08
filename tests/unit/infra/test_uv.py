"""uv asks the registry that pip is configured for."""

from infra import uv

LISTED = """:env:.cert='/certs/from-the-environment.pem'
global.cert='/certs/from-a-file.pem'
global.index-url='https://packages.example/simple'
install.trusted-host='packages.example other.example'
list.format='columns'
"""


def test_the_environment_overrides_a_file_and_other_commands_do_not_count():
    assert uv.settings(LISTED) == {
        "cert": "/certs/from-the-environment.pem",
        "index-url": "https://packages.example/simple",
        "trusted-host": "packages.example other.example",
    }


def test_uv_is_told_the_same():
    told = uv.variables(uv.settings(LISTED), {})
    assert told["UV_DEFAULT_INDEX"] == "https://packages.example/simple"
    assert told["SSL_CERT_FILE"] == "/certs/from-the-environment.pem"
    assert told["UV_INSECURE_HOST"] == "packages.example other.example"


def test_a_machine_with_pips_defaults_has_uvs():
    assert not {"UV_DEFAULT_INDEX", "UV_INDEX", "SSL_CERT_FILE", "HTTPS_PROXY"} & set(uv.variables({}, {}))


def test_a_proxy_serves_both_schemes():
    told = uv.variables({"proxy": "http://proxy.example:3128"}, {})
    assert told["HTTP_PROXY"] == told["HTTPS_PROXY"] == "http://proxy.example:3128"


def test_a_folder_that_is_not_there_is_left_out(tmp_path):
    there, missing = str(tmp_path), str(tmp_path / "missing")
    told = uv.variables({"find-links": f"{missing} {there}", "extra-index-url": f"file://{missing}"}, {})
    assert told["UV_FIND_LINKS"] == there
    assert "UV_INDEX" not in told


def test_what_uv_was_given_itself_stays():
    assert "UV_DEFAULT_INDEX" not in uv.variables({"index-url": "https://a.example"}, {"UV_DEFAULT_INDEX": "b"})
