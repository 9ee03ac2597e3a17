import os

from hypothesis import HealthCheck, settings

pytest_plugins = ["pytester", "tests.strict_skips"]

# No time limit for an example: how fast a machine is must not decide a test.
settings.register_profile(
    "ci", max_examples=300, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("long", settings.get_profile("ci"), max_examples=20_000, derandomize=False)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))
