"""Rules that relate one part of a GalleryImage's spec to another.

They are written with `has(…)` where optionals would be shorter: of a value behind an optional the API server cannot
tell how large it may be, and refuses the rule as too costly.
"""

from azure_batch_operator.api.image_regions import MOST_REPLICAS
from azure_batch_operator.api.image_sources import same_source
from azure_batch_operator.api.model import Rule, unchanged

_FEWEST = (
    "(has(region.minReplicas) ? region.minReplicas : "
    "has(self.replication) && has(self.replication.minReplicas) ? self.replication.minReplicas : 1)"
)
_MOST = (
    "(has(region.maxReplicas) ? region.maxReplicas : "
    f"has(self.replication) && has(self.replication.maxReplicas) ? self.replication.maxReplicas : {MOST_REPLICAS})"
)
_TEMPLATE = "self.replication.followTemplate"
_HAS_TEMPLATE = f"has(self.replication) && has({_TEMPLATE})"


def _security_type(test: str) -> str:
    """CEL for whether the definition has a security type for which `test` holds of the lower-case `feature.value`."""
    return (
        "has(self.definition.features) && self.definition.features.exists(feature, feature.name == 'SecurityType' && "
        f"feature.value.lowerAscii(){test})"
    )


def _all_regions(hold: str) -> str:
    """CEL for whether `hold` is true of each listed `region`."""
    return f"(!has(self.targetRegions) || self.targetRegions.all(region, {hold}))"


def _secured(place: str) -> str:
    """CEL for whether the encryption of a place has a security profile."""
    image = f"{place}.encryption.osDiskImage"
    return f"has({place}.encryption) && has({image}) && has({image}.securityProfile)"


def _fixed_for_a_version(field: str) -> Rule:
    same = unchanged(f"region.{field}", f"before.{field}")
    return Rule(
        "self.version != oldSelf.version || !has(oldSelf.targetRegions) || "
        + _all_regions(f"oldSelf.targetRegions.all(before, before.name != region.name || ({same}))"),
        f"{field} of a listed region cannot be changed for a version that is published: Azure never changes it; write "
        "a new version together with it",
        ".targetRegions",
    )


_CARRIES_STATE = _security_type(" in ['trustedlaunch', 'confidentialvm']")
_CONFIDENTIAL = _security_type(" == 'confidentialvm'")
_IS_UNSECURED = f"!({_secured('region')})"

SPEC_RULES = (
    Rule(
        "self.version != oldSelf.version || !has(oldSelf.source) || "
        f"(has(self.source) && {same_source('self.source', 'oldSelf.source')})",
        "source cannot be changed for a version that is published: write a new version together with it",
        ".source",
    ),
    Rule(
        "has(self.source) || (has(self.adoptionPolicy) && self.adoptionPolicy == 'Adopt')",
        "a version is made from a source: write source, or adoptionPolicy: Adopt to take over a version that exists",
        ".source",
    ),
    Rule(
        f"!has(self.source) || !(has(self.source.managedImage) || has(self.source.vhd)) || !({_CARRIES_STATE})",
        "a managed image cannot carry Trusted Launch or Confidential, nor can a VHD: write SecurityType Standard, or "
        "TrustedLaunchSupported or ConfidentialVMSupported on generation 2",
        ".definition.features",
    ),
    Rule(
        f"({_all_regions(_IS_UNSECURED)} && !({_HAS_TEMPLATE} && {_secured(_TEMPLATE)})) || ({_CONFIDENTIAL})",
        "securityProfile is for Confidential images: remove it, or write SecurityType ConfidentialVM into "
        "definition.features",
        ".targetRegions",
    ),
    Rule(
        f"!({_HAS_TEMPLATE} && has({_TEMPLATE}.encryption)) || {_all_regions('has(region.encryption)')}",
        "followTemplate encrypts and a listed region does not: write encryption for all listed regions, too",
        ".replication.followTemplate",
    ),
    Rule(
        _all_regions(f"{_FEWEST} <= {_MOST}"),
        "a region's minReplicas is larger than its maxReplicas, with what replication says where it says nothing: "
        "lower minReplicas or raise maxReplicas",
        ".targetRegions",
    ),
    Rule(
        f"!has(self.targetRegions) || self.targetRegions.map(region, {_FEWEST}).sum() <= {MOST_REPLICAS}",
        f"Azure keeps at most {MOST_REPLICAS} replicas of a version over all regions: lower minReplicas, or list "
        "fewer regions",
        ".targetRegions",
    ),
    _fixed_for_a_version("storageAccountType"),
    _fixed_for_a_version("encryption"),
)
