"""Resource providers of a subscription: what they offer, and whether the subscription may use them."""

from typing import Any

from aiohttp import web

from azure_simulator.answers import ArmError, operation
from azure_simulator.api_versions import RESOURCES
from azure_simulator.arm_lists import page
from azure_simulator.resources.models import Subscription
from azure_simulator.resources.providers import PROVIDERS, Provider, provider_named
from azure_simulator.world import WORLD


@operation("Providers_List", versions=RESOURCES)
async def list_providers(request: web.Request) -> web.Response:
    """Every provider with the subscription's registration state."""
    subscription = _subscription(request)
    return page(
        request,
        PROVIDERS,
        key=lambda provider: provider.namespace,
        render=lambda provider: _document(subscription, provider),
    )


@operation("Providers_Get", versions=RESOURCES)
async def get_provider(request: web.Request) -> web.Response:
    """One provider."""
    return web.json_response(_document(_subscription(request), _provider(request)))


@operation("Providers_Register", versions=RESOURCES)
async def register_provider(request: web.Request) -> web.Response:
    """Begin to register; the state is `Registering` for a while."""
    subscription, provider = _subscription(request), _provider(request)
    request.app[WORLD].resources.begin_registering(subscription, provider.namespace)
    return web.json_response(_document(subscription, provider))


@operation("Providers_Unregister", versions=RESOURCES)
async def unregister_provider(request: web.Request) -> web.Response:
    """Begin to give the registration up."""
    subscription, provider = _subscription(request), _provider(request)
    request.app[WORLD].resources.begin_unregistering(subscription, provider.namespace)
    return web.json_response(_document(subscription, provider))


def _subscription(request: web.Request) -> Subscription:
    return request.app[WORLD].resources.subscription(request.match_info["subscription"])


def _provider(request: web.Request) -> Provider:
    namespace = request.match_info["namespace"]
    found = provider_named(namespace)
    if found is None:
        raise ArmError(404, "InvalidResourceNamespace", f"The resource namespace '{namespace}' is invalid.")
    return found


def _document(subscription: Subscription, provider: Provider) -> dict[str, Any]:
    return {
        "id": f"/subscriptions/{subscription.id}/providers/{provider.namespace}",
        "namespace": provider.namespace,
        "registrationPolicy": "RegistrationRequired",
        "registrationState": subscription.registration(provider.namespace),
        "resourceTypes": [kind.document() for kind in provider.types],
    }
