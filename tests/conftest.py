"""Makes the fixtures of tests/support known to every test."""

pytest_plugins = [
    "pytester",
    "tests.support.azure_specs",
    "tests.support.charts",
    "tests.support.guard",
    "tests.support.contracts",
    "tests.support.controlplane",
    "tests.support.play",
    "tests.support.gitops",
    "tests.support.simulator",
    "tests.support.azure_session",
    "tests.support.pool_turns",
]
