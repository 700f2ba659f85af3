"""The application object that servers import."""

import gc

from u4ssc_gov.core.logs import configure_logging
from u4ssc_gov.factory import create_app
from u4ssc_gov.settings import load_settings

settings = load_settings()
configure_logging(quiet=settings.environment == "demo")
app = create_app(settings)
gc.freeze()  # what is loaded stays: workers share it, no collection walks it, and the process ends at once when told to
