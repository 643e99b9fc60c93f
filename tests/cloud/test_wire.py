"""Bodies as they leave for Azure: the one place at which secrets show themselves."""

import pytest

from azure_batch_operator.cloud.wire import plain
from azure_batch_operator.core.confidential import Confidential, ConfidentialObject, InSecret
from azure_batch_operator.core.json import JsonObject


def test_secrets_show_themselves_on_the_wire_and_nowhere_else() -> None:
    body: JsonObject = {
        "password": Confidential("c2VjcmV0"),
        "extensions": [{"protectedSettings": ConfidentialObject('{"key": "c2VjcmV0"}')}],
    }

    assert plain(body) == {"password": "c2VjcmV0", "extensions": [{"protectedSettings": {"key": "c2VjcmV0"}}]}
    assert "c2VjcmV0" not in repr(body)


def test_a_body_never_leaves_without_its_secrets() -> None:
    with pytest.raises(TypeError, match="the body lacks what is in Secret users, key build"):
        plain({"password": InSecret(name="users", key="build")})
