"""The yardstick of ``make bench``: a bare Flask application that renders given bytes from one query through Jinja."""

import os
from pathlib import Path

from flask import Flask
from sqlalchemy import Column, Integer, MetaData, String, Table, create_engine, insert, select
from sqlalchemy.pool import StaticPool

CHUNK = 64  # a template writes a value every few words
engine = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
piece = Table(
    "piece", MetaData(), Column("id", Integer, primary_key=True), Column("page", String), Column("text", String)
)
piece.metadata.create_all(engine)
with engine.begin() as connection:
    for path in Path(os.environ["BENCH_BODIES"]).iterdir():
        body = path.read_text("utf-8")
        chunks = [body[i : i + CHUNK] for i in range(0, len(body), CHUNK)]
        connection.execute(insert(piece), [{"page": path.name, "text": chunk} for chunk in chunks])

app = Flask(__name__)
page = app.jinja_env.from_string("{% for row in rows %}{{ row.text }}{% endfor %}")  # compiled once, no escaping


@app.get("/<name>")
def show(name: str) -> str:
    """One query, one template, the same bytes as our page."""
    with engine.connect() as reading:
        rows = reading.execute(select(piece.c.text).where(piece.c.page == name).order_by(piece.c.id)).all()
    return page.render(rows=rows)
