"""The directories of Microsoft Entra ID: tenants and the applications that have credentials there."""

import hmac
from collections.abc import Iterable

from azure_simulator.identity.scenario import Proofs
from azure_simulator.scenario import Application, Tenant


class Directory:
    """Tenants by id or domain, applications by client id; names and ids are compared without letter case."""

    def __init__(self, tenants: Iterable[Tenant]) -> None:
        self._tenants: dict[str, Tenant] = {}
        for tenant in tenants:
            self._keep(tenant)

    @property
    def tenants(self) -> tuple[Tenant, ...]:
        """Every tenant once."""
        return tuple({tenant.id: tenant for tenant in self._tenants.values()}.values())

    def tenant(self, name: str) -> Tenant | None:
        """The tenant with this id or domain."""
        return self._tenants.get(name.casefold())

    def application(self, tenant: Tenant, client_id: str) -> Application | None:
        """The application of `tenant` with this client id."""
        matching = (app for app in tenant.applications if app.client_id.casefold() == client_id.casefold())
        return next(matching, None)

    def prove_by(self, name: str, proofs: Proofs) -> None:
        """Let an application sign in by these proofs only; tokens that it has stay good. KeyError: there is none."""
        changed = {field: getattr(proofs, field) for field in Proofs.model_fields}
        for tenant in self.tenants:
            if any(app.name == name for app in tenant.applications):
                applications = (
                    app.model_copy(update=changed) if app.name == name else app for app in tenant.applications
                )
                self._keep(tenant.model_copy(update={"applications": tuple(applications)}))
                return
        raise KeyError(name)

    def named(self, name: str) -> Application | None:
        """The application that the scenario calls `name`, in whatever tenant."""
        return next((app for tenant in self.tenants for app in tenant.applications if app.name == name), None)

    def enrol(self, tenant_id: str, application: Application) -> None:
        """Add an application to a tenant, or what stands for a managed identity. KeyError: there is no such tenant."""
        tenant = self._tenants[tenant_id.casefold()]
        self._keep(tenant.model_copy(update={"applications": (*tenant.applications, application)}))

    def dismiss(self, tenant_id: str, client_id: str) -> None:
        """Remove an application from a tenant: its tokens are good for nothing from now on."""
        tenant = self._tenants[tenant_id.casefold()]
        left = tuple(app for app in tenant.applications if app.client_id != client_id)
        self._keep(tenant.model_copy(update={"applications": left}))

    def _keep(self, tenant: Tenant) -> None:
        self._tenants |= {name.casefold(): tenant for name in (tenant.id, tenant.domain)}


def knows_secret(application: Application, secret: str) -> bool:
    """Whether `secret` is one of the application's client secrets."""
    return any(hmac.compare_digest(known.encode(), secret.encode()) for known in application.secrets)
