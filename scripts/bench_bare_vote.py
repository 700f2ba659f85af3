"""The yardstick of a vote: a bare Flask application whose one view makes one durable insert, on the same engine."""

import os
from contextlib import suppress

from flask import Flask, redirect, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Column, Integer, MetaData, String, Table, insert
from sqlalchemy.exc import SQLAlchemyError

from u4ssc_gov.core.db import Database

database = Database(os.environ["BENCH_DATABASE"])  # for its settings: WAL and FULL on SQLite
metadata = MetaData()
vote = Table(
    "bare_vote",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("position", String),
    Column("comment", String),
    Column("text_sha256", String),
)
with suppress(SQLAlchemyError):  # another worker was first
    metadata.create_all(database.engine)
app = Flask(__name__)


@app.post("/vote")
def cast() -> ResponseReturnValue:
    """One insert, committed to the disk before the answer."""
    form = request.form
    values = {name: form[name] for name in ("position", "comment", "text_sha256")}
    with database.engine.execution_options(u4_write=True).begin() as connection:
        connection.execute(insert(vote), values)
    return redirect("/receipt", 303)
