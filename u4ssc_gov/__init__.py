"""U4SSC Governance: the Terms of Reference of United for Smart Sustainable Cities, as working software."""

__version__ = "0.1.0"
