"""The blueprint of the Terms of Reference pages, apart so that several modules add their views to it."""

from flask import Blueprint

bp = Blueprint("terms", __name__)
