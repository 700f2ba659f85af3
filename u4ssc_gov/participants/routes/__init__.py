"""Pages: joining for everybody, the directory and one's own participation, the Secretariat's handling of requests."""

from u4ssc_gov.participants.routes import directory, handling, joining, mine
from u4ssc_gov.participants.routes.blueprint import bp

__all__ = ["bp", "directory", "handling", "joining", "mine"]
