"""GalleryImage as the API server stores it, parsed into what the planner reads."""

from dataclasses import dataclass
from typing import TypeVar

from pydantic import ValidationError

from azure_batch_operator.api.image_definition import Definition
from azure_batch_operator.api.image_gallery import Gallery
from azure_batch_operator.api.image_regions import FollowTemplate as TemplateSpec
from azure_batch_operator.api.image_regions import Replication, TargetRegion
from azure_batch_operator.api.images import GalleryImage
from azure_batch_operator.api.model import wire
from azure_batch_operator.core.accounts import AccountRef
from azure_batch_operator.core.images import (
    FollowTemplate,
    ListedRegion,
    ReplicationPolicy,
    WantedGallery,
    WantedImage,
)
from azure_batch_operator.core.json import JsonObject
from azure_batch_operator.core.names import DefinitionName, GalleryName, Owner, VersionName, same
from azure_batch_operator.reconcile.desired import BadSpec
from azure_batch_operator.reconcile.wanted.accounts import account_ref
from azure_batch_operator.reconcile.wanted.image_sources import wanted_source

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageParser:
    """Parses GalleryImages with the operator's own settings filled in."""

    operator_id: str
    subscription_id: str | None
    """For specs that name no subscription."""
    nodes_per_replica: int
    """For specs that give no number."""

    def __call__(self, body: JsonObject) -> WantedImage | BadSpec:
        """The image that the body asks for, or which field cannot be understood."""
        try:
            resource = GalleryImage.model_validate(body)
        except ValidationError as error:
            return _first_problem(error)
        return self._wanted(resource)

    def _wanted(self, resource: GalleryImage) -> WantedImage | BadSpec:
        spec = resource.spec
        subscription = spec.gallery.subscription_id or self.subscription_id
        if subscription is None:
            return BadSpec(
                field="spec.gallery.subscriptionId",
                message="The gallery names no subscription and the operator has none of its own: "
                "write spec.gallery.subscriptionId.",
            )
        watched = self._watched(resource)
        if isinstance(watched, BadSpec):
            return watched
        name = _name(resource, subscription)
        source = wanted_source(spec.source, name) if spec.source else None
        if isinstance(source, BadSpec):
            return source
        return WantedImage(
            owner=self._owner(resource),
            name=name,
            gallery=_gallery(spec.gallery),
            definition=_definition(spec.definition),
            source=source,
            regions=tuple(_region(region) for region in spec.target_regions),
            replication=self._replication(spec.replication),
            keep_intermediate=spec.source is not None and spec.source.keep_intermediate is True,
            exclude_from_latest=spec.exclude_from_latest is True,
            end_of_life=spec.end_of_life_date,
            keep_versions=spec.keep_versions,
            tags=dict(spec.tags),
            allowed_namespaces=frozenset(spec.allowed_namespaces),
            watch_accounts=watched,
            credentials=spec.credentials_secret_ref.name if spec.credentials_secret_ref else None,
            adoption_policy=spec.adoption_policy or "Refuse",
            deletion_policy=spec.deletion_policy or "Delete",
            suspended=spec.suspend is True,
            deleting=resource.metadata.deleting,
        )

    def _owner(self, resource: GalleryImage) -> Owner:
        metadata = resource.metadata
        return Owner(operator_id=self.operator_id, kind="image", namespace=metadata.namespace, name=metadata.name)

    def _watched(self, resource: GalleryImage) -> tuple[AccountRef, ...] | BadSpec:
        found: list[AccountRef] = []
        for n, reference in enumerate(resource.spec.watch_accounts):
            ref = account_ref(reference, field=f"spec.watchAccounts[{n}]", subscription_id=self.subscription_id)
            if isinstance(ref, BadSpec):
                return ref
            found.append(ref)
        return tuple(found)

    def _replication(self, spec: Replication) -> ReplicationPolicy:
        """The spec's policy; what it leaves out is the operator's number of nodes, or the policy's own default."""
        default = ReplicationPolicy(nodes_per_replica=spec.nodes_per_replica or self.nodes_per_replica)
        return ReplicationPolicy(
            nodes_per_replica=default.nodes_per_replica,
            headroom=_or(spec.headroom_replicas, default.headroom),
            min_replicas=_or(spec.min_replicas, default.min_replicas),
            max_replicas=_or(spec.max_replicas, default.max_replicas),
            scale_down_delay=_or(spec.scale_down_delay, default.scale_down_delay),
            follow_pools=_or(spec.follow_pools, default.follow_pools),
            follow_template=_template(spec.follow_template) if spec.follow_template else None,
            storage_account_strategy=spec.storage_account_strategy,
        )


def _or(given: T | None, default: T) -> T:
    return default if given is None else given


def _name(resource: GalleryImage, subscription: str) -> VersionName:
    spec = resource.spec
    gallery = GalleryName(
        subscription_id=subscription, resource_group=spec.gallery.resource_group, gallery=spec.gallery.name
    )
    definition = DefinitionName(gallery=gallery, definition=resource.definition_name)
    return VersionName(definition=definition, version=spec.version)


def _gallery(spec: Gallery) -> WantedGallery:
    return WantedGallery(
        location=spec.location,
        create=spec.create is not False,
        description=spec.description,
        sharing=wire(spec.sharing) if spec.sharing else None,
        tags=dict(spec.tags or {}),
    )


def _definition(spec: Definition) -> JsonObject:
    """The definition's properties; generation, OS state and security type are never left to Azure's defaults."""
    features: list[JsonObject] = [wire(feature) for feature in spec.features or ()]
    if not any(same(feature.name, "SecurityType") for feature in spec.features or ()):
        features.append({"name": "SecurityType", "value": "Standard"})
    given = {name: value for name, value in wire(spec).items() if name != "name"}
    return {"architecture": "x64", **given, "osState": "Generalized", "features": features}


def _region(spec: TargetRegion) -> ListedRegion:
    return ListedRegion(
        name=spec.name,
        storage_account_type=spec.storage_account_type,
        encryption=wire(spec.encryption) if spec.encryption else None,
        exclude_from_latest=spec.exclude_from_latest,
        min_replicas=spec.min_replicas,
        max_replicas=spec.max_replicas,
    )


def _template(spec: TemplateSpec) -> FollowTemplate:
    return FollowTemplate(
        storage_account_type=spec.storage_account_type,
        encryption=wire(spec.encryption) if spec.encryption else None,
    )


def _first_problem(error: ValidationError) -> BadSpec:
    problem = error.errors()[0]
    field = ".".join(str(part) for part in problem["loc"])
    return BadSpec(field=field, message=f"{field} cannot be understood: {problem['msg']}.")
