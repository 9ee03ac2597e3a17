"""Root-cause codes: what each does to attestation, and which comes first when several are found."""

from enum import IntEnum, StrEnum


class Effect(IntEnum):
    """What a cause does to attestation, worst first."""

    STOPS = 1
    LEAVES_UNKNOWN = 2
    WARNS = 3


class Code(StrEnum):
    """Every root cause that this version can find, in the order in which boot evidence meets them."""

    EXTENSION_FAILED = "extension-failed"
    GENERATION_1 = "generation-1"
    NOT_TRUSTED_LAUNCH = "not-trusted-launch"
    SECURE_BOOT_OFF = "secure-boot-off"
    VTPM_OFF = "vtpm-off"
    AGENT_NOT_READY = "agent-not-ready"
    EXTENSION_NOT_INSTALLED = "extension-not-installed"
    EXTENSION_STUCK = "extension-stuck"
    IMDS_BLOCKED = "imds-blocked"
    PROXY_REQUIRED = "proxy-required"
    DNS_FAILURE = "dns-failure"
    ADMIN_RULE_DENIES = "admin-rule-denies-attestation"
    NSG_DENIES = "nsg-denies-attestation"
    ROUTE_DROPS = "route-drops-attestation"
    FIREWALL_DENIES = "firewall-denies-attestation"
    TLS_INSPECTION = "tls-inspection"
    NO_EGRESS = "no-egress"
    CUSTOM_PROVIDER_UNREACHABLE = "custom-provider-unreachable"
    PROVIDER_OUTAGE = "provider-outage"
    DEFENDER_REPORTING_FAILED = "defender-reporting-failed"
    VM_NOT_RUNNING = "vm-not-running"
    NEXT_HOP_NOT_VISIBLE = "next-hop-not-visible"
    ALLOW_LIST_TOO_NARROW = "allow-list-too-narrow"
    AUTO_UPGRADE_OFF = "auto-upgrade-off"

    @property
    def effect(self) -> "Effect":
        """What this cause does to attestation."""
        return _EFFECTS.get(self, Effect.STOPS)

    @property
    def order(self) -> int:
        """Where this cause stands among those of its group."""
        return list(Code).index(self)


_EFFECTS = {
    Code.VM_NOT_RUNNING: Effect.LEAVES_UNKNOWN,
    Code.NEXT_HOP_NOT_VISIBLE: Effect.LEAVES_UNKNOWN,
    Code.ALLOW_LIST_TOO_NARROW: Effect.WARNS,
    Code.AUTO_UPGRADE_OFF: Effect.WARNS,
}
