"""The application object that servers import."""

from u4ssc_gov.factory import create_app

app = create_app()
