"""Bodies that say how nodes are reached and kept up to date: subnets, addresses, ports, upgrade policy."""

from typing import Annotated

from pydantic import Field

from azure_simulator.batch.bodies.body import (
    AddressFamily,
    AddressProvision,
    Body,
    Duration,
    Flag,
    Protocol,
    RuleAccess,
    Text,
    UpgradeMode,
    VNetScope,
    Whole,
)
from azure_simulator.batch.versions import V2020_03, V2020_09, V2023_05, V2025_06, Known


class NetworkSecurityGroupRule(Body):
    """Who may reach a port of the nodes."""

    priority: Whole
    access: RuleAccess
    source_address_prefix: Text
    source_port_ranges: Annotated[tuple[Text, ...] | None, Known(since=V2020_03)] = None


class InboundNatPool(Body):
    """A port of the nodes that is reachable from outside."""

    name: Text
    protocol: Protocol
    backend_port: Whole
    frontend_port_range_start: Whole
    frontend_port_range_end: Whole
    network_security_group_rules: tuple[NetworkSecurityGroupRule, ...] | None = None


class EndpointConfiguration(Body):
    """The ports of the nodes that are reachable from outside."""

    inbound_nat_pools: Annotated[tuple[InboundNatPool, ...], Field(alias="inboundNATPools")]


class IpTag(Body):
    """A tag of a public IP address."""

    ip_tag_type: Text | None = None
    tag: Text | None = None


class PublicAddresses(Body):
    """Which public IP addresses nodes have."""

    provision: Annotated[AddressProvision | None, Known(since=V2020_09)] = None
    ip_families: Annotated[tuple[AddressFamily, ...] | None, Known(since=V2025_06)] = None
    ip_address_ids: tuple[Text, ...] | None = None
    ip_tags: Annotated[tuple[IpTag, ...] | None, Known(since=V2025_06)] = None


class NetworkConfiguration(Body):
    """The network that nodes are in."""

    subnet_id: Text | None = None
    dynamic_vnet_assignment_scope: Annotated[VNetScope | None, Field(alias="dynamicVNetAssignmentScope")] = None
    endpoint_configuration: EndpointConfiguration | None = None
    public_ip_address_configuration: Annotated[
        PublicAddresses | None, Field(alias="publicIPAddressConfiguration"), Known(since=V2020_09)
    ] = None
    enable_accelerated_networking: Annotated[Flag | None, Known(since=V2023_05)] = None


class AutomaticUpgrade(Body):
    """Automatic upgrade of the nodes' operating system."""

    disable_automatic_rollback: Flag | None = None
    enable_automatic_os_upgrade: Annotated[Flag | None, Field(alias="enableAutomaticOSUpgrade")] = None
    use_rolling_upgrade_policy: Flag | None = None
    os_rolling_upgrade_deferral: Flag | None = None


class RollingUpgrade(Body):
    """How many nodes are upgraded at once; percents are whole numbers."""

    enable_cross_zone_upgrade: Flag | None = None
    max_batch_instance_percent: Annotated[Whole, Field(ge=5, le=100)] | None = None
    max_unhealthy_instance_percent: Annotated[Whole, Field(ge=5, le=100)] | None = None
    max_unhealthy_upgraded_instance_percent: Annotated[Whole, Field(ge=0, le=100)] | None = None
    pause_time_between_batches: Duration | None = None
    prioritize_unhealthy_instances: Flag | None = None
    rollback_failed_instances_on_policy_breach: Flag | None = None


class UpgradePolicy(Body):
    """How the scale sets behind a pool are upgraded."""

    mode: UpgradeMode
    automatic_os_upgrade_policy: Annotated[AutomaticUpgrade | None, Field(alias="automaticOSUpgradePolicy")] = None
    rolling_upgrade_policy: RollingUpgrade | None = None
