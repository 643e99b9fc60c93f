"""Resource ids of Azure Resource Manager: parsed once, compared without letter case."""

from dataclasses import dataclass, field


def key_of(resource_id: str) -> str:
    """The form of an id under which it is stored and compared: Azure's ids ignore letter case."""
    return resource_id.rstrip("/").casefold()


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceId:
    """An id such as `/subscriptions/S/resourceGroups/G/providers/N/type/name[/child/name…]`.

    `path` holds the (type, name) pairs below the provider's namespace, outermost first.
    """

    subscription: str
    group: str
    namespace: str
    path: tuple[tuple[str, str], ...] = field(default=())

    @classmethod
    def parse(cls, text: str) -> "ResourceId | None":
        """The id that `text` spells, or None when it names no resource in a resource group.

        An empty segment is left out: clients of resources of any type write an empty parent as one.
        """
        parts = [part for part in text.split("/") if part]
        if len(parts) < 8 or len(parts) % 2:
            return None
        words = [parts[index].casefold() for index in (0, 2, 4)]
        if words != ["subscriptions", "resourcegroups", "providers"]:
            return None
        pairs = tuple(zip(parts[6::2], parts[7::2], strict=True))
        return cls(subscription=parts[1], group=parts[3], namespace=parts[5], path=pairs)

    @property
    def text(self) -> str:
        """The id as Azure writes it, with the letter case of its parts kept."""
        tail = "".join(f"/{kind}/{name}" for kind, name in self.path)
        return f"{self.group_id}/providers/{self.namespace}{tail}"

    @property
    def key(self) -> str:
        """The id for comparing and storing."""
        return key_of(self.text)

    @property
    def group_id(self) -> str:
        """The id of the resource group."""
        return f"/subscriptions/{self.subscription}/resourceGroups/{self.group}"

    @property
    def type(self) -> str:
        """The full type, such as `Microsoft.Compute/galleries/images`."""
        return "/".join((self.namespace, *(kind for kind, _ in self.path)))

    @property
    def name(self) -> str:
        """The last name of the path."""
        return self.path[-1][1]

    @property
    def parent(self) -> "ResourceId | None":
        """The resource that this one is nested in, or None for a top-level one."""
        if len(self.path) == 1:
            return None
        return ResourceId(
            subscription=self.subscription, group=self.group, namespace=self.namespace, path=self.path[:-1]
        )

    def child(self, kind: str, name: str) -> "ResourceId":
        """The id of a resource nested in this one."""
        return ResourceId(
            subscription=self.subscription,
            group=self.group,
            namespace=self.namespace,
            path=(*self.path, (kind, name)),
        )

    def is_a(self, full_type: str) -> bool:
        """Whether the type is `full_type`, without letter case."""
        return self.type.casefold() == full_type.casefold()
