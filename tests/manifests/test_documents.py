"""Objects in text: which of them are ours, where their properties stand, and what cannot be read."""

from azure_batch_operator.manifests.documents import Document, documents
from azure_batch_operator.manifests.findings import Finding

POOL = """\
apiVersion: azurebatch.io/v1alpha1
kind: BatchPool
metadata:
  name: frames
  namespace: rendering
spec:
  vmSize: STANDARD_D2_V3
  userAccounts:
  - name: first
  - {name: second}
"""


def only(text: str) -> Document:
    (document,) = documents("pool.yaml", text)
    assert isinstance(document, Document)
    return document


def told(text: str) -> list[str]:
    return [f"{each.place}: {each.message}" for each in documents("pool.yaml", text) if isinstance(each, Finding)]


def test_a_property_stands_where_its_name_is_written() -> None:
    document = only(POOL)

    assert str(document.place(("spec", "vmSize"))) == "pool.yaml:7:3"
    assert str(document.place(("spec", "userAccounts", 1))) == "pool.yaml:10:5"
    assert str(document.place(("spec", "userAccounts", 1, "name"))) == "pool.yaml:10:6"


def test_a_property_that_is_missing_stands_where_it_is_missing_from() -> None:
    assert str(only(POOL).place(("spec", "account", "name"))) == "pool.yaml:6:1"


def test_objects_of_others_are_passed_over() -> None:
    others = "apiVersion: v1\nkind: Namespace\nmetadata: {name: rendering}\n"

    assert [
        each.about for each in documents("all.yaml", f"{others}---\n{POOL}---\n") if isinstance(each, Document)
    ] == ["BatchPool rendering/frames"]


def test_a_text_that_mentions_none_of_ours_need_not_even_be_yaml() -> None:
    assert list(documents("chart.yaml", "{{ if .Values.on }}\nkind: Namespace\n{{ end }}\n")) == []


def test_the_objects_of_a_list_have_their_own_places() -> None:
    listed = "apiVersion: v1\nkind: List\nitems:\n- apiVersion: azurebatch.io/v1alpha1\n  kind: BatchPool\n"

    assert str(only(listed).place(("kind",))) == "pool.yaml:5:3"


def test_json_is_read_too() -> None:
    document = only('{"apiVersion": "azurebatch.io/v1alpha1",\n "kind": "BatchPool", "metadata": {"name": "frames"}}')

    assert document.about == "BatchPool frames"
    assert str(document.place(("metadata", "name"))) == "pool.yaml:2:36"


def test_a_date_stays_the_text_that_kubectl_would_send() -> None:
    document = only(f"{POOL}  endOfLifeDate: 2027-06-30T00:00:00Z\n")

    spec = document.body["spec"]
    assert isinstance(spec, dict)
    assert spec["endOfLifeDate"] == "2027-06-30T00:00:00Z"


def test_what_is_no_yaml_is_told_with_its_place() -> None:
    assert told(f"{POOL}  broken: [\n") == [
        "pool.yaml:12:1: this is no YAML: did not find expected node content while parsing a flow node"
    ]


def test_a_key_that_is_written_twice_is_told_with_its_second_place() -> None:
    assert told(f"{POOL}  vmSize: STANDARD_D4_V3\n") == [
        "pool.yaml:11:3: 'vmSize' is written twice in one place: kubectl refuses the file, remove one of them"
    ]


def test_a_mapping_that_is_merged_into_another_may_be_overridden() -> None:
    anchored = "x: &base {vmSize: a}\ny:\n  <<: *base\n  vmSize: azurebatch.io\n"

    assert told(anchored) == []
