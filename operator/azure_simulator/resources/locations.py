"""The regions of Azure's public cloud: `westeurope` in requests and ids, `West Europe` in answers."""

_DISPLAY_NAMES = (
    "Australia Central",
    "Australia East",
    "Australia Southeast",
    "Austria East",
    "Brazil South",
    "Canada Central",
    "Canada East",
    "Central India",
    "Central US",
    "East Asia",
    "East US",
    "East US 2",
    "France Central",
    "Germany West Central",
    "Indonesia Central",
    "Israel Central",
    "Italy North",
    "Japan East",
    "Japan West",
    "Jio India West",
    "Korea Central",
    "Korea South",
    "Malaysia West",
    "Mexico Central",
    "New Zealand North",
    "North Central US",
    "North Europe",
    "Norway East",
    "Poland Central",
    "Qatar Central",
    "South Africa North",
    "South Central US",
    "South India",
    "Southeast Asia",
    "Spain Central",
    "Sweden Central",
    "Switzerland North",
    "UAE North",
    "UK South",
    "UK West",
    "West Central US",
    "West Europe",
    "West India",
    "West US",
    "West US 2",
    "West US 3",
)


def normalised(location: str) -> str:
    """The name of a region as it is stored and compared: no spaces, lower case."""
    return location.replace(" ", "").casefold()


LOCATIONS = {normalised(name): name for name in _DISPLAY_NAMES}


def display_name(location: str) -> str:
    """The region as compute answers it; an unknown one stays as it was given."""
    return LOCATIONS.get(normalised(location), location)


def exists(location: str) -> bool:
    """Whether Azure has the region."""
    return normalised(location) in LOCATIONS


_WITHOUT_ZONES = frozenset(
    {
        "australiacentral",
        "australiasoutheast",
        "canadaeast",
        "jioindiawest",
        "koreasouth",
        "northcentralus",
        "southindia",
        "ukwest",
        "westcentralus",
        "westindia",
        "westus",
    }
)


def has_zones(location: str) -> bool:
    """Whether the region has availability zones, and so zone-redundant storage."""
    return normalised(location) not in _WITHOUT_ZONES
