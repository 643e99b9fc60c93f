"""The overview for programs: plain values, named as the resources name them."""

from typing import Any

from azure_batch_operator.core.overview import (
    ImageBranch,
    KnownPool,
    Overview,
    Pool,
    RegionBranch,
    SeenPool,
    Share,
    Verdict,
)


def document(overview: Overview) -> dict[str, Any]:
    """Everything, ready for JSON or YAML."""
    return {
        "images": [_image(branch) for branch in overview.images],
        "absentImages": [
            {"namespace": each.name[0], "name": each.name[1], "pools": [_pool(pool) for pool in each.pools]}
            for each in overview.absent
        ],
        "poolsWithoutGalleryImage": [_pool(pool) for pool in overview.loose],
    }


def _image(branch: ImageBranch) -> dict[str, Any]:
    image = branch.image
    return {
        "namespace": image.namespace,
        "name": image.name,
        **_verdict(image.verdict),
        "version": image.version,
        "definitionId": image.definition_id,
        "nodes": image.nodes,
        "poolCount": image.user_count,
        "regions": [_region(each) for each in branch.regions],
        "poolsElsewhere": [_pool(pool) for pool in branch.elsewhere],
    }


def _region(branch: RegionBranch) -> dict[str, Any]:
    region = branch.region
    return {
        "name": region.name,
        "nodes": region.nodes,
        "requiredReplicas": region.required,
        "replicas": region.replicas,
        "readyReplicas": region.ready,
        "state": region.state,
        "progress": region.progress,
        "pools": [_pool(pool) for pool in branch.pools],
    }


def _pool(pool: Pool) -> dict[str, Any]:
    match pool:
        case SeenPool():
            return _seen(pool)
        case KnownPool():
            return {
                "title": pool.title,
                "region": pool.region,
                "nodeCount": pool.nodes,
                "version": pool.version,
                "batchPool": pool.ours,
            }


def _seen(pool: SeenPool) -> dict[str, Any]:
    return {
        "namespace": pool.namespace,
        "name": pool.name,
        **_verdict(pool.verdict),
        "account": pool.account,
        "region": pool.region,
        "imageId": pool.image_id,
        "version": pool.version,
        "dedicated": _share(pool.dedicated),
        "spot": _share(pool.spot),
        "resizing": pool.resizing,
        "nodes": dict(pool.nodes),
        "pendingChanges": list(pool.pending),
    }


def _verdict(verdict: Verdict) -> dict[str, Any]:
    return {
        "state": verdict.state.value,
        "reason": verdict.reason,
        "message": verdict.message,
        "advice": verdict.advice,
        "outdated": verdict.outdated,
    }


def _share(share: Share | None) -> dict[str, int] | None:
    return {"had": share.had, "wanted": share.wanted} if share else None
