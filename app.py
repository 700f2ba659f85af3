"""The application object that servers import."""

from u4ssc_gov.factory import create_app
from u4ssc_gov.settings import load_settings
from u4ssc_gov.web.logs import configure_logging

settings = load_settings()
configure_logging(quiet=settings.environment == "demo")
app = create_app(settings)
