"""Refusals of the Batch service, worded as in Microsoft's "Batch Status and Error Codes" and recorded traffic."""

from azure_simulator.answers import BatchError


def invalid_property(name: str, reason: str, value: str | None = None) -> BatchError:
    """A value in the body that the service does not take."""
    values = {"PropertyName": name} | ({} if value is None else {"PropertyValue": value}) | {"Reason": reason}
    return BatchError(
        400,
        "InvalidPropertyValue",
        "The value provided for one of the properties in the request body is invalid.",
        values=values,
    )


def missing_property(name: str) -> BatchError:
    """A property that the body must have."""
    return BatchError(
        400,
        "MissingRequiredProperty",
        "A required property was not specified in the request body.",
        values={"PropertyName": name},
    )


def invalid_body(reason: str) -> BatchError:
    """A body that is not JSON, or has properties that nobody knows."""
    return BatchError(
        400,
        "InvalidRequestBody",
        "The specified Request Body is not syntactically valid.",
        values={"Reason": reason},
    )


def missing_query(name: str) -> BatchError:
    """A query parameter that must be there."""
    return BatchError(
        400,
        "MissingRequiredQueryParameter",
        "A query parameter that's mandatory for this request is not specified.",
        values={"QueryParameterName": name},
    )


def invalid_query(name: str, value: str, reason: str) -> BatchError:
    """A query parameter with a value that cannot be understood."""
    return BatchError(
        400,
        "InvalidQueryParameterValue",
        "Value for one of the query parameters specified in the request URI is invalid.",
        values={"QueryParameterName": name, "QueryParameterValue": value, "Reason": reason},
    )


def out_of_range_query(name: str, value: str, lowest: int, highest: int) -> BatchError:
    """A number in the query beyond what is allowed."""
    return BatchError(
        400,
        "OutOfRangeQueryParameterValue",
        "A query parameter specified in the request URI is outside the permissible range.",
        values={
            "QueryParameterName": name,
            "QueryParameterValue": value,
            "MinimumAllowed": str(lowest),
            "MaximumAllowed": str(highest),
        },
    )


def unsupported_version(version: str) -> BatchError:
    """An api-version that the service never had, or has no more."""
    return BatchError(
        400,
        "UnsupportedRequestVersion",
        "The specified request version is not supported.",
        values={"ApiVersion": version},
    )


def invalid_header(name: str, value: str) -> BatchError:
    """A header that cannot be understood."""
    return BatchError(
        400,
        "InvalidHeaderValue",
        "The value for one of the HTTP headers is not in the correct format.",
        values={"HeaderName": name, "HeaderValue": value},
    )


def multiple_conditions() -> BatchError:
    """Conditional headers that contradict each other."""
    return BatchError(400, "MultipleConditionHeadersNotSupported", "Multiple condition headers are not supported.")


def condition_not_met() -> BatchError:
    """A write whose conditional headers do not hold."""
    return BatchError(
        412,
        "ConditionNotMet",
        "The condition specified in the conditional header(s) was not met for a write operation.",
    )


def pool_not_found(pool_id: str) -> BatchError:
    """No such pool, or no more."""
    return BatchError(404, "PoolNotFound", "The specified pool does not exist.", values={"PoolName": pool_id})


def pool_exists(pool_id: str) -> BatchError:
    """The id is taken; ids that differ only in letter case are the same."""
    return BatchError(409, "PoolExists", "The specified pool already exists.", values={"PoolName": pool_id})


def pool_quota_reached(quota: int) -> BatchError:
    """The account may not have more pools."""
    return BatchError(
        409,
        "PoolQuotaReached",
        "Pool quota for the account has been reached.",
        values={"PoolQuota": str(quota)},
    )


def pool_being_resized(pool_id: str) -> BatchError:
    """Not while a resize is under way."""
    return BatchError(409, "PoolBeingResized", "The specified pool is being resized.", values={"PoolName": pool_id})


def pool_being_deleted(pool_id: str) -> BatchError:
    """Not any more."""
    return BatchError(
        409,
        "PoolBeingDeleted",
        "The specified pool has been marked for deletion and is being reclaimed.",
        values={"PoolName": pool_id},
    )


def invalid_for_state(reason: str) -> BatchError:
    """The operation does not fit the state of the resource."""
    return BatchError(
        409,
        "OperationInvalidForCurrentState",
        "The specified operation is not valid for the current state of the resource.",
        values={"Reason": reason},
    )


def cannot_be_updated(name: str) -> BatchError:
    """A node-bound property of a pool with nodes, as the management plane words it (Azure/Batch#85)."""
    return BatchError(
        400,
        "PropertyCannotBeUpdated",
        "A property that cannot be updated was specified as part of the update.",
        values={"PropertyName": name, "PropertyPath": name},
    )


def node_not_found(node_id: str) -> BatchError:
    """No such node in the pool."""
    return BatchError(404, "NodeNotFound", "The specified node does not exist.", values={"NodeName": node_id})


def job_not_found(job_id: str) -> BatchError:
    """No such job, or no more."""
    return BatchError(404, "JobNotFound", "The specified job does not exist.", values={"JobName": job_id})


def job_exists(job_id: str) -> BatchError:
    """The id is taken."""
    return BatchError(409, "JobExists", "The specified job already exists.", values={"JobName": job_id})


def job_quota_reached(quota: int) -> BatchError:
    """The account may not have more active jobs and schedules."""
    return BatchError(
        409,
        "ActiveJobAndScheduleQuotaReached",
        "The active job and job schedule quota for the account has been reached.",
        values={"ActiveJobAndScheduleQuota": str(quota)},
    )


def job_in_state(code: str, state: str) -> BatchError:
    """The operation does not fit the state of the job, which has a code of its own."""
    return BatchError(409, code, f"The specified job is {state}.")


def task_not_found(task_id: str) -> BatchError:
    """No such task in the job."""
    return BatchError(404, "TaskNotFound", "The specified task does not exist.", values={"TaskName": task_id})


def task_exists(task_id: str) -> BatchError:
    """The id is taken in this job."""
    return BatchError(409, "TaskExists", "The specified task already exists.", values={"TaskName": task_id})


def task_completed(task_id: str) -> BatchError:
    """The task is over already."""
    return BatchError(409, "TaskCompleted", "The specified task is completed.", values={"TaskName": task_id})


def packages_not_found(references: list[str]) -> BatchError:
    """References to applications or versions that are not there, not activated, or have no default version."""
    return BatchError(
        409,
        "InvalidApplicationPackageReferences",
        "One or more application package references could not be satisfied. This occurs if the application id or "
        "version does not exist or is not active, or if the reference did not specify a version and there is no "
        "default version configured.",
        values=dict.fromkeys(references, "The specified application package does not exist."),
    )


def application_not_found(name: str) -> BatchError:
    """No such application in the account."""
    return BatchError(
        404, "ApplicationNotFound", "The specified application does not exist.", values={"ApplicationId": name}
    )


def node_agent_not_found(sku: str) -> BatchError:
    """A node agent SKU that no supported image has."""
    return BatchError(
        404,
        "NodeAgentSKUNotFound",
        "The specified Node Agent SKU does not exist.",
        values={"NodeAgentSKUId": sku},
    )


def formula_syntax(reason: str) -> BatchError:
    """An autoscale formula that cannot be read."""
    return BatchError(
        400,
        "AutoScalingFormulaSyntaxError",
        "The specified auto-scaling formula has a syntax error.",
        values={"Reason": reason},
    )


def formula_too_long() -> BatchError:
    """An autoscale formula beyond the limits."""
    return BatchError(400, "AutoScalingFormulaTooLong", "The specified auto-scaling formula exceeds lengths limit.")


def autoscale_settings(reason: str) -> BatchError:
    """Autoscale settings that do not fit together."""
    return BatchError(
        400,
        "InvalidAutoScalingSettings",
        "The specified auto-scaling settings are not valid.",
        values={"Reason": reason},
    )


def not_simulated(operation: str, what: str) -> BatchError:
    """Something that Azure does and this simulator does not."""
    return BatchError(
        501,
        "NotImplemented",
        f"The Azure simulator does not simulate {what} in the operation {operation}.",
        values={"Operation": operation, "Missing": what},
    )
