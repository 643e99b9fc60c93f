import psutil
import pytest

from tests.support.controlplane import Kubectl, temporary_namespace
from tools.controlplane.plane import ControlPlane
from tools.controlplane.servers import ControlPlaneError

WIDGETS = """
    apiVersion: apiextensions.k8s.io/v1
    kind: CustomResourceDefinition
    metadata:
      name: widgets.example.org
    spec:
      group: example.org
      scope: Namespaced
      names: {kind: Widget, plural: widgets, singular: widget}
      versions:
        - name: v1
          served: true
          storage: true
          subresources: {status: {}, scale: {specReplicasPath: .spec.size, statusReplicasPath: .status.size}}
          schema:
            openAPIV3Schema:
              type: object
              properties:
                spec:
                  type: object
                  properties: {size: {type: integer}}
                  x-kubernetes-validations:
                    - rule: self.size < 10
                      message: a widget is smaller than 10
                status: {type: object, properties: {size: {type: integer}}}
"""

WIDGET = """
    apiVersion: example.org/v1
    kind: Widget
    metadata: {{name: {name}, finalizers: [example.org/forever]}}
    spec: {{size: {size}}}
"""


def install_widgets(kubectl: Kubectl) -> None:
    kubectl.applied(WIDGETS)
    kubectl.run("wait", "--for=condition=Established", "customresourcedefinition/widgets.example.org")


def test_clients_see_the_version_that_go_mod_pins(kubectl: Kubectl) -> None:
    assert '"gitVersion": "v1.37.2"' in kubectl.run("get", "--raw=/version")


def test_custom_resources_are_validated_and_scaled_as_on_any_cluster(kubectl: Kubectl) -> None:
    install_widgets(kubectl)
    refused = kubectl.apply(WIDGET.format(name="big", size=12))
    assert refused.exit_status == 1
    assert "a widget is smaller than 10" in refused.stderr
    kubectl.applied(WIDGET.format(name="small", size=3))
    kubectl.run("scale", "widget/small", "--replicas=5")
    assert kubectl.get("widget", "small")["spec"]["size"] == 5


def test_a_namespace_takes_its_custom_resources_along_even_when_they_hold_finalizers(
    control_plane: ControlPlane, kubectl: Kubectl
) -> None:
    install_widgets(kubectl)
    with temporary_namespace(control_plane) as elsewhere:
        elsewhere.applied(WIDGET.format(name="left-behind", size=1))
    assert kubectl.get("widgets", "--all-namespaces")["items"] == []


def test_a_service_account_may_do_what_its_role_grants_and_nothing_else(kubectl: Kubectl) -> None:
    kubectl.run("create", "serviceaccount", "reader")
    kubectl.run("create", "role", "reading", "--verb=get,list", "--resource=configmaps")
    kubectl.run("create", "rolebinding", "reading", "--role=reading", f"--serviceaccount={kubectl.namespace}:reader")
    reader = kubectl.acting_as("reader")
    assert reader.get("configmaps")["items"] == []
    refused = reader("create", "configmap", "mine")
    assert refused.exit_status == 1
    assert f"system:serviceaccount:{kubectl.namespace}:reader" in refused.stderr


def test_a_missing_service_account_is_named(control_plane: ControlPlane) -> None:
    with pytest.raises(ControlPlaneError, match=r'default/nobody: .*serviceaccounts "nobody" not found'):
        control_plane.service_account_token("default", "nobody")


def test_only_loopback_is_listened_on(control_plane: ControlPlane) -> None:
    addresses = {
        connection.laddr.ip
        for server in control_plane.servers
        for connection in psutil.Process(server.process.pid).net_connections("tcp")
        if connection.status == psutil.CONN_LISTEN
    }
    assert addresses == {"127.0.0.1"}
