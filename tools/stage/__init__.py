"""Everything a local run needs, on loopback: control plane, simulated Azure and the operator under its own RBAC."""

from tools.stage.azure import Azure
from tools.stage.cluster import Cluster
from tools.stage.operator import Operator, operator_environment
from tools.stage.whole import Stage

__all__ = ["Azure", "Cluster", "Operator", "Stage", "operator_environment"]
