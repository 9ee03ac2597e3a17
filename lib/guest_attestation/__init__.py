"""Find out why an Azure Trusted Launch VM cannot attest its boot."""

__version__ = "0.1.0"
