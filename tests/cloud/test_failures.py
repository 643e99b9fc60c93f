"""The table from Azure's refusals to kinds of failure, and what their messages say."""

import json

import aiohttp
import pytest
from azure.core.exceptions import ServiceRequestError, ServiceResponseError, ServiceResponseTimeoutError

from azure_batch_operator.cloud import operations
from azure_batch_operator.cloud.failures import (
    Call,
    Principal,
    endpoint_not_allowed,
    explained,
    failure_of,
    kind_of,
)
from azure_batch_operator.cloud.operations import Operation
from azure_batch_operator.cloud.refusals import Refusal, read_refusal
from azure_batch_operator.cloud.sign_in_failures import sign_in_failure
from azure_batch_operator.core.failures import FailureKind
from azure_batch_operator.core.json import JsonObject
from azure_batch_operator.runtime.budget import BudgetClosed

US = Principal(
    name="application client-1 of tenant tenant-1",
    issuer="https://login.example/tenant-1",
    remedy="Correct what is in the operator's settings, or by what the application may sign in.",
)
ACCOUNT_ID = "/subscriptions/s/resourceGroups/batch/providers/Microsoft.Batch/batchAccounts/contoso"


def call(operation: Operation = operations.POOL_RESIZE) -> Call:
    return Call(operation=operation, target="contoso/pools/frames", scope=ACCOUNT_ID, request_id="request-1")


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        # Batch status and error codes
        (409, "PoolExists", FailureKind.CONFLICT),
        (409, "PoolBeingResized", FailureKind.CONFLICT),
        (409, "PoolBeingDeleted", FailureKind.CONFLICT),
        (409, "PoolBeingCreated", FailureKind.CONFLICT),
        (409, "OperationInvalidForCurrentState", FailureKind.CONFLICT),
        (409, "OperationNotValidOnPool", FailureKind.CONFLICT),
        (409, "PoolQuotaReached", FailureKind.QUOTA),
        (409, "InvalidApplicationPackageReferences", FailureKind.REFUSED),
        (412, "ConditionNotMet", FailureKind.STALE),
        (404, "PoolNotFound", FailureKind.NOT_FOUND),
        (404, "ApplicationNotFound", FailureKind.NOT_FOUND),
        (404, "NodeAgentSKUNotFound", FailureKind.REFUSED),
        (400, "InvalidPropertyValue", FailureKind.REFUSED),
        (400, "PropertyCannotBeUpdated", FailureKind.REFUSED),
        (400, "InvalidAuthenticationInfo", FailureKind.UNAUTHENTICATED),
        (403, "AuthenticationFailed", FailureKind.UNAUTHENTICATED),
        (403, "InsufficientAccountPermissions", FailureKind.FORBIDDEN),
        (403, "AccountIsDisabled", FailureKind.FORBIDDEN),
        (413, "RequestBodyTooLarge", FailureKind.REFUSED),
        (500, "InternalError", FailureKind.UNAVAILABLE),
        (500, "OperationTimedOut", FailureKind.UNAVAILABLE),
        (503, "ServerBusy", FailureKind.THROTTLED),
        (503, "TooManyEnableAutoScaleRequests", FailureKind.THROTTLED),
        # Resource Manager and Compute
        (401, "ExpiredAuthenticationToken", FailureKind.UNAUTHENTICATED),
        (401, "InvalidAuthenticationTokenTenant", FailureKind.UNAUTHENTICATED),
        (403, "AuthorizationFailed", FailureKind.FORBIDDEN),
        (403, "LinkedAuthorizationFailed", FailureKind.FORBIDDEN),
        (403, "RequestDisallowedByPolicy", FailureKind.REFUSED),
        (409, "ScopeLocked", FailureKind.FORBIDDEN),
        (409, "MissingSubscriptionRegistration", FailureKind.FORBIDDEN),
        (409, "PropertyChangeNotAllowed", FailureKind.REFUSED),
        (409, "CannotDeleteResource", FailureKind.CONFLICT),
        (409, "Conflict", FailureKind.CONFLICT),
        (404, "ResourceNotFound", FailureKind.NOT_FOUND),
        (404, "ResourceGroupNotFound", FailureKind.NOT_FOUND),
        (404, "GalleryImageNotFound", FailureKind.NOT_FOUND),
        (400, "InvalidParameter", FailureKind.REFUSED),
        (429, "SubscriptionRequestsThrottled", FailureKind.THROTTLED),
        (429, "OperationNotAllowed", FailureKind.THROTTLED),
        (501, "NotImplemented", FailureKind.REFUSED),
        # without a code: a proxy or a load balancer in between
        (408, "HTTP 408", FailureKind.UNAVAILABLE),
        (502, "HTTP 502", FailureKind.UNAVAILABLE),
        (504, "HTTP 504", FailureKind.UNAVAILABLE),
        (302, "HTTP 302", FailureKind.UNAVAILABLE),
        (404, "HTTP 404", FailureKind.NOT_FOUND),
    ],
)
def test_each_refusal_has_its_kind(status: int, code: str, kind: FailureKind) -> None:
    assert kind_of(status, code) is kind


def test_the_envelope_of_resource_manager_is_read_with_its_details() -> None:
    body: JsonObject = {
        "error": {
            "code": "BadRequest",
            "message": "It failed.",
            "details": [{"code": "InvalidRegion", "message": "No such region."}],
        }
    }
    refusal = read_refusal(400, {}, body)
    assert (refusal.code, refusal.message) == ("BadRequest", "It failed. (InvalidRegion: No such region.)")


def test_the_envelope_of_batch_is_read_without_what_differs_from_answer_to_answer() -> None:
    body: JsonObject = {
        "code": "PoolBeingResized",
        "message": {
            "lang": "en-US",
            "value": "The specified pool is being resized.\nRequestId:0ab1c2d3-0000-4000-8000-0123456789ab\n"
            "Time:2026-11-23T15:00:00.1234567Z",
        },
        "values": [{"key": "PoolName", "value": "frames"}],
    }
    refusal = read_refusal(409, {}, body)
    assert refusal.code == "PoolBeingResized"
    assert refusal.message == "The specified pool is being resized. (PoolName: frames)"


def test_the_envelope_of_entra_id_is_read_by_its_number() -> None:
    body: JsonObject = {
        "error": "invalid_client",
        "error_description": "AADSTS7000215: Invalid client secret provided. "
        "Trace ID: 0ab1c2d3-0000-4000-8000-0123456789ab Correlation ID: 0ab1c2d3-0000-4000-8000-0123456789ab "
        "Timestamp: 2026-11-23 15:00:00Z",
    }
    refusal = read_refusal(401, {}, body)
    assert refusal.code == "AADSTS7000215"
    assert refusal.message == "AADSTS7000215: Invalid client secret provided."


def test_an_answer_without_a_body_is_told_by_its_status() -> None:
    refusal = read_refusal(503, {"Retry-After": "7"}, {}, reason="Service Unavailable")
    assert refusal == Refusal(status=503, code="HTTP 503", message="Service Unavailable", retry_after=7.0)


@pytest.mark.parametrize(
    "secret",
    [
        "https://store.blob.core.windows.net/c/f?sv=2024&sig=abc%2Fdef",
        "DefaultEndpointsProtocol=https;AccountKey=abc/def;",
        "client_secret=abc/def",
        "Authorization: Bearer abc.def-ghi",
    ],
)
def test_secrets_in_azures_words_are_masked(secret: str) -> None:
    message = read_refusal(400, {}, {"error": {"code": "Bad", "message": f"The value {secret} is wrong."}}).message
    assert "***" in message
    assert "abc" not in message
    assert message.endswith("is wrong.")


def test_a_value_that_azure_repeats_from_the_request_is_left_out() -> None:
    body: JsonObject = {
        "code": "InvalidPropertyValue",
        "message": {"value": "A property is wrong."},
        "values": [
            {"key": "PropertyName", "value": "password"},
            {"key": "PropertyValue", "value": "hunter2"},
            {"key": "Reason", "value": "too short"},
        ],
    }
    message = read_refusal(400, {}, body).message
    assert message == "A property is wrong. (PropertyName: password) (Reason: too short)"


def test_a_missing_right_of_resource_manager_is_named_as_it_says_itself() -> None:
    refusal = Refusal(
        status=403,
        code="AuthorizationFailed",
        message="The client 'client-1' with object id 'o' does not have authorization to perform action "
        "'Microsoft.Compute/galleries/write' over scope '/subscriptions/s/resourceGroups/images' or the scope is "
        "invalid.",
    )
    message = explained(FailureKind.FORBIDDEN, refusal, call(operations.GALLERY_PUT), US)
    assert "this needs Microsoft.Compute/galleries/write on /subscriptions/s/resourceGroups/images" in message
    assert "application client-1 of tenant tenant-1" in message


def test_a_missing_right_of_batch_is_named_by_the_operation() -> None:
    refusal = Refusal(status=403, code="InsufficientAccountPermissions", message="No.")
    message = explained(FailureKind.FORBIDDEN, refusal, call(operations.POOL_RESIZE), US)
    assert f"this needs Microsoft.Batch/batchAccounts/pools/write on {ACCOUNT_ID}" in message


def test_a_missing_right_on_the_image_of_a_pool_is_named_as_batch_says_it() -> None:
    refusal = Refusal(
        status=403,
        code="InsufficientPermissions",
        message="No. (Reason: The user identity used for this operation does not have the required privelege "
        "Microsoft.Compute/disks/beginGetAccess/action on the specified resource /subscriptions/s/image)",
    )
    message = explained(FailureKind.FORBIDDEN, refusal, call(operations.POOL_CREATE), US)
    assert "this needs Microsoft.Compute/disks/beginGetAccess/action on /subscriptions/s/image, granted to" in message


def test_a_refused_pool_creation_names_the_right_on_the_image_too() -> None:
    refusal = Refusal(status=403, code="InsufficientAccountPermissions", message="No.")
    message = explained(FailureKind.FORBIDDEN, refusal, call(operations.POOL_CREATE), US)
    assert "Microsoft.Compute/disks/beginGetAccess/action" in message


def test_what_no_grant_of_ours_would_heal_names_none() -> None:
    refusal = Refusal(status=409, code="ScopeLocked", message="The scope is locked.")
    assert explained(FailureKind.FORBIDDEN, refusal, call(), US) == "The scope is locked."


def test_a_refused_token_says_who_we_are() -> None:
    refusal = Refusal(status=401, code="ExpiredAuthenticationToken", message="The token has expired.")
    assert "application client-1 of tenant tenant-1" in explained(FailureKind.UNAUTHENTICATED, refusal, call(), US)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (TimeoutError(), "RequestTimeout"),
        (ServiceResponseTimeoutError("late"), "RequestTimeout"),
        (ServiceResponseError("lost"), "AnswerLost"),
        (ServiceRequestError("lost", error=aiohttp.ServerDisconnectedError()), "AnswerLost"),
        (aiohttp.ClientPayloadError("broken off"), "AnswerLost"),
        (ConnectionResetError(), "AnswerLost"),
        (json.JSONDecodeError("no JSON", "<html>", 0), "AnswerUnreadable"),
    ],
)
def test_a_call_without_an_answer_may_be_tried_again(error: Exception, code: str) -> None:
    failure = failure_of(error, call(), US)
    assert (failure.kind, failure.code, failure.status) == (FailureKind.UNAVAILABLE, code, None)
    assert (failure.operation, failure.request_id) == ("Pools_ResizePool", "request-1")


def test_a_request_that_was_kept_back_says_when_to_come_again_and_has_no_id() -> None:
    failure = failure_of(BudgetClosed(retry_after=12.5, reason="Azure asked for a pause"), call(), US)
    assert (failure.kind, failure.retry_after, failure.request_id) == (FailureKind.THROTTLED, 12.5, None)
    assert "Azure asked for a pause; nothing was sent" in failure.message


def test_an_unreachable_entra_id_is_no_lack_of_rights() -> None:
    failure = sign_in_failure(ServiceRequestError("lost"), US)
    assert failure.kind is FailureKind.UNAVAILABLE
    assert failure.target == "https://login.example/tenant-1"


def test_a_foreign_endpoint_is_refused_with_a_sentence_that_says_what_to_do() -> None:
    failure = endpoint_not_allowed("https://evil.example", ("batch.azure.com",))
    assert (failure.kind, failure.code) == (FailureKind.REFUSED, "EndpointNotAllowed")
    assert "https://evil.example is not under a host" in failure.message
    assert "AZURE_BATCH_OPERATOR_TOKEN_HOSTS" in failure.message
