"""Managed disks: whose they are and what state that puts them in."""

from dataclasses import dataclass

from azure_simulator.compute.volumes import Volume

ULTRA = "UltraSSD_LRS"


@dataclass(slots=True, kw_only=True)
class ManagedDisk(Volume):
    """A managed disk; `managed_by` is the ARM id of the machine that it is attached to."""

    managed_by: str | None = None

    @property
    def disk_state(self) -> str:
        """Who uses its bytes: `Attached` to a running machine, `Reserved` by a deallocated one, and so on."""
        machine = None if self.managed_by is None else self.compute.find_machine(self.managed_by)
        if machine is not None:
            return "Reserved" if machine.power == "deallocated" else "Attached"
        if self.creation.option == "Upload":
            return "ActiveUpload" if self.being_read else "ReadyToUpload"
        return "ActiveSAS" if self.being_read else "Unattached"

    def purge(self) -> None:
        """Be gone."""
        self.compute.disks.forget(self)
