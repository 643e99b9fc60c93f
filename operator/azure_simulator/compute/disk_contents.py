"""What is on a disk as a request describes it, when it is made and later."""

from dataclasses import replace

from azure_simulator.answers import ArmError
from azure_simulator.compute.disk_bodies import DiskSecurity, PlanBody, VolumeProperties
from azure_simulator.compute.volumes import Plan, VolumeData


def described(data: VolumeData, properties: VolumeProperties) -> VolumeData:
    """The data with what the request says of it; only disks with an operating system have a generation."""
    changed = _secured(with_changes(data, properties), properties.security_profile)
    boots = changed.os_type is not None
    whole = replace(
        changed,
        hyper_v_generation=properties.hyper_v_generation or data.hyper_v_generation or ("V1" if boots else None),
        architecture=changed.architecture or ("x64" if boots else None),
    )
    if whole.security is not None and whole.hyper_v_generation == "V1":
        raise ArmError(
            400,
            "InvalidParameter",
            f"The security type {whole.security} needs the Hyper-V generation V2.",
            target="securityProfile",
        )
    return whole


def _secured(data: VolumeData, wanted: DiskSecurity | None) -> VolumeData:
    if wanted is None or wanted.security_type is None:
        return data
    security = None if wanted.security_type.casefold() == "standard" else wanted.security_type
    return replace(data, security=security, security_encryption_set_id=wanted.secure_vm_disk_encryption_set_id)


def with_changes(data: VolumeData, properties: VolumeProperties) -> VolumeData:
    """The data with what may change of it later too."""
    wanted = properties.supported_capabilities
    capabilities = {} if wanted is None else wanted.document()
    architecture = capabilities.pop("architecture", data.architecture)
    return replace(
        data,
        size_gb=properties.disk_size_gb or data.size_gb,
        os_type=properties.os_type or data.os_type,
        architecture=architecture,
        plan=_plan(properties.purchase_plan) or data.plan,
        capabilities=data.capabilities | capabilities,
        encryption_settings=properties.encryption_settings_collection or data.encryption_settings,
    )


def _plan(body: PlanBody | None) -> Plan | None:
    return None if body is None else Plan(**body.model_dump())
