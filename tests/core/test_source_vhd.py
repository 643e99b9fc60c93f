"""What is said about VHDs as the source of an image version; what is secret of them is never shown."""

import pytest

from azure_batch_operator.cloud.wire import plain
from azure_batch_operator.core.plan.source_vhd import judged_vhds
from azure_batch_operator.core.sources import (
    DataVhd,
    SecretKey,
    SourceAnswer,
    SourceAwaited,
    SourceReady,
    SourceRefused,
    Vhd,
    VhdSource,
)
from tests.support.images import HOME, SUBSCRIPTION

ACCOUNT = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/vhds/providers/Microsoft.Storage/storageAccounts/contoso"
BLOB = "https://contoso.blob.core.windows.net/vhds/os.vhd"
SIGNED = f"{BLOB}?sv=2024-11-04&sr=b&sig=hush"
OPEN = Vhd(where=BLOB, storage_account_id=ACCOUNT)
SECRET = Vhd(where=SecretKey(name="vhds", key="os"), storage_account_id=ACCOUNT)


def judged(disk: Vhd, *, value: bytes | None = SIGNED.encode(), location: str | None = HOME) -> SourceAnswer:
    """What is said about a disk, when the Secret `vhds` holds this value as `os`, or is not there."""
    secret = None if value is None else {"os": value}
    return judged_vhds(VhdSource(os_disk=disk), {"vhds": secret}, location=location)


def ready(answer: SourceAnswer) -> SourceReady:
    assert isinstance(answer, SourceReady)
    return answer


def test_a_version_is_made_from_vhds_in_the_gallerys_region() -> None:
    data = Vhd(where=BLOB.replace("os", "data"), storage_account_id=ACCOUNT)
    source = VhdSource(os_disk=OPEN, data_disks=(DataVhd(lun=2, vhd=data),))
    answer = ready(judged_vhds(source, {}, location=HOME))
    assert (answer.location, answer.told) == (HOME, BLOB)
    assert plain(answer.storage_profile) == {
        "osDiskImage": {"source": {"uri": BLOB, "storageAccountId": ACCOUNT}},
        "dataDiskImages": [{"lun": 2, "source": {"uri": data.where, "storageAccountId": ACCOUNT}}],
    }


def test_the_wire_gets_what_the_secret_holds_without_the_white_space_around_it() -> None:
    answer = ready(judged(SECRET, value=f"{SIGNED}\n".encode()))
    assert plain(answer.storage_profile)["osDiskImage"]["source"]["uri"] == SIGNED


def test_nobody_else_sees_the_signature() -> None:
    answer = ready(judged(SECRET))
    assert answer.told == BLOB
    assert "hush" not in repr(answer)
    assert "hush" not in f"{answer.storage_profile}"


@pytest.mark.parametrize("value", [b"hush", b"http://contoso/os.vhd?sig=hush", b"https://contoso?sig=hush", b"\xff"])
def test_a_secret_that_holds_no_uri_is_refused_without_a_word_of_it(value: bytes) -> None:
    answer = judged(SECRET, value=value)
    assert isinstance(answer, SourceRefused)
    assert [objection.reason for objection in answer.objections] == ["SourceMalformed"]
    assert "hush" not in repr(answer)
    assert "What Secret vhds holds as os is no https URI" in answer.objections[0].message


@pytest.mark.parametrize(
    ("disk", "value", "words"),
    [
        (SECRET, None, "There is no Secret vhds"),
        (Vhd(where=SecretKey(name="vhds", key="data"), storage_account_id=ACCOUNT), b"x", "has no key data"),
    ],
)
def test_a_secret_that_is_not_there_is_waited_for(disk: Vhd, value: bytes | None, words: str) -> None:
    answer = judged(disk, value=value)
    assert isinstance(answer, SourceAwaited)
    assert answer.reason == "SecretMissing"
    assert words in answer.message


def test_without_a_gallery_or_its_region_there_is_no_place_for_the_version() -> None:
    answer = judged(OPEN, location=None)
    assert isinstance(answer, SourceAwaited)
    assert "gallery.location" in answer.message
