"""How fast galleries and images move, and which undocumented answers they give."""

from azure_simulator.sections import Section, Span, span


class ComputePace(Section):
    """Durations of compute operations in simulated seconds; the defaults are what people report of Azure."""

    gallery: Span = span(5, 15)
    """Making or changing a gallery."""

    definition: Span = span(5, 15)
    """Making or changing an image definition."""

    version_preparation: Span = span(60, 180)
    """Copying a new version's source, before replication begins."""

    replication: Span = span(10 * 60, 30 * 60)
    """Bringing new replicas to one region; the regions do not wait for each other."""

    replication_per_gigabyte: float = 2.0
    """What each gigabyte of the version's disks adds to that."""

    region_removal: Span = span(60, 180)
    """Giving up replicas, or a whole region."""

    metadata_update: Span = span(5, 20)
    """What an update takes before replication begins, and all that it takes when there is nothing to replicate."""

    deletion: Span = span(20, 60)
    """Deleting a gallery, definition, version or managed image."""

    child_lag: float = 20.0
    """How long a parent still counts a child that is gone."""

    managed_image: Span = span(20, 60)
    """Making or changing a managed image."""

    disk: Span = span(2, 10)
    """Making an empty disk, and changing, opening or closing a disk, snapshot or disk encryption set."""

    disk_copy: Span = span(15, 45)
    """Copying or importing a disk or snapshot."""

    disk_copy_per_gigabyte: float = 0.5
    """What each gigabyte adds to that."""

    machine: Span = span(30, 90)
    """Making, changing or deleting a virtual machine."""

    machine_power: Span = span(15, 45)
    """Starting, stopping or deallocating a virtual machine."""

    poll_interval: float = 15.0
    """`Retry-After` of operations under way."""

    progress_steps: int = 10
    """In how many steps the progress of a region moves."""


class ComputeSwitches(Section):
    """Behaviour that Microsoft documents nowhere, each with both answers."""

    refuse_patch_while_updating: bool = True
    """A second write on a version in `Updating` answers 409; otherwise it is accepted and restarts the update."""

    replication_status_lag: float = 0.0
    """Simulated seconds for which `replicationStatus` still tells what it told before a write."""

    regions_removed_in_two_steps: bool = False
    """A region left out of a PATCH stays listed until its replicas are gone; otherwise it goes at once."""

    refuse_parent_delete_after_child: bool = True
    """Deleting a parent is refused for `childLag` seconds after the GET of its last child answers 404."""

    replicas_per_version: int = 100
    """How many replicas a version may have in all of its regions together; Azure's default limit is 100."""

    versions_succeed_before_replication: bool = False
    """A version is `Succeeded` and its operation over while regions still replicate; otherwise it waits for them."""

    images_read_one_at_a_time: bool = False
    """A managed image that is being published is refused as the source of another version until that one is done."""

    encrypt_every_source: bool = True
    """Versions from VHDs and other versions may have customer's keys, as in Azure's examples; a page denies it."""

    ade_sources_accepted: bool = False
    """Disks that Azure Disk Encryption encrypts are taken as sources; otherwise they are refused."""

    sas_replaces_storage_account: bool = False
    """A VHD whose URI has a token needs no `storageAccountId` beside it."""

    version_source_needs_replica: bool = True
    """A version that is copied has to have a replica in the region of the copy; otherwise any region will do."""

    soft_deleted_names_are_taken: bool = True
    """A new version cannot have the name of a soft-deleted one; otherwise both exist."""

    sharing_permissions_may_change: bool = False
    """A gallery that exists may become a shared or community gallery; otherwise that is refused."""
