"""Further applications of the simulated tenant, and the issuer of tokens that they may trust."""

import functools
import time
from dataclasses import dataclass
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from azure_simulator.scenario import Application, RoleAssignment
from tests.support.simulator import default_scenario

AUDIENCE = "api://AzureADTokenExchange"
OPERATOR = "system:serviceaccount:azure-batch-operator:azure-batch-operator"
ROLES = ("Contributor", "Azure Batch Data Contributor")


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuer:
    """A cluster that signs tokens of its service accounts."""

    url: str
    key: rsa.RSAPrivateKey

    def token(self, subject: str = OPERATOR, *, audience: str = AUDIENCE, age: float = 0, key_id: str = "one") -> str:
        """A token that was issued so many seconds ago, for an hour."""
        now = int(time.time() - age)
        claims = {"iss": self.url, "sub": subject, "aud": [audience], "iat": now, "nbf": now, "exp": now + 3600}
        return jwt.encode(claims, self.key, algorithm="RS256", headers={"kid": key_id})

    def trusted(self, subject: str = OPERATOR) -> dict[str, Any]:
        """The federated credential of an application that trusts one of its service accounts."""
        public = jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key(), as_dict=True)
        return {"issuer": self.url, "subject": subject, "keySet": {"keys": [{**public, "kid": "one"}]}}


@functools.cache
def issuer(url: str = "https://cluster.example") -> Issuer:
    """One issuer, and one key, for each address."""
    return Issuer(url=url, key=rsa.generate_private_key(public_exponent=65537, key_size=2048))


def application(name: str, number: int = 4, **proofs: Any) -> Application:
    """An application whose ids are made of one digit, and that signs in with these proofs."""
    digits = f"{number}" * 8, f"{number}" * 4
    made = f"{digits[0]}-{digits[1]}-4{digits[1][1:]}-8{digits[1][1:]}-{digits[1] * 3}"
    return Application(name=name, client_id=f"c{made[1:]}", object_id=f"a{made[1:]}", **proofs)


def with_applications(*further: Application, roles: tuple[str, ...] = ROLES) -> dict[str, Any]:
    """Changes of the default scenario: the tenant has these applications too, with the roles on the subscription."""
    scenario = default_scenario()
    (tenant,) = scenario.tenants
    scope = f"/subscriptions/{scenario.subscriptions[0].id}"
    granted = [RoleAssignment(application=each.name, role=role, scope=scope) for each in further for role in roles]
    tenants = [tenant.model_copy(update={"applications": (*tenant.applications, *further)})]
    return {
        "tenants": [each.model_dump(mode="json") for each in tenants],
        "role_assignments": [each.model_dump(mode="json") for each in (*scenario.role_assignments, *granted)],
    }
