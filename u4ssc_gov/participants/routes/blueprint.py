"""The blueprint, apart so that each module of pages adds its views to it."""

from flask import Blueprint

bp = Blueprint("participants", __name__)
