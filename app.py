"""The application object that servers import."""

import gc

from u4ssc_gov.core.logs import configure_logging
from u4ssc_gov.factory import create_app
from u4ssc_gov.settings import load_settings

settings = load_settings()
configure_logging(quiet=settings.environment == "demo")
app = create_app(settings)
# What was loaded until here lives as long as the process: collections pass it over, and look at what requests leave
# behind less often than after 700 objects.
gc.collect()
gc.freeze()
gc.set_threshold(5_000, 10, 10)
