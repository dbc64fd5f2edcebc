"""What one would write by hand for the same four endpoints: Flask, SQLAlchemy Core, orjson, and nothing more."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import orjson
import sqlalchemy as sa
from flask import Flask, Response, request

table = sa.Table(
    "ticket",
    sa.MetaData(),
    sa.Column("id", sa.BigInteger, primary_key=True),
    sa.Column("ref", sa.Text),
    sa.Column("version", sa.BigInteger),
    sa.Column("created_at", sa.DateTime(timezone=True)),
    sa.Column("created_by", sa.BigInteger),
    sa.Column("updated_at", sa.DateTime(timezone=True)),
    sa.Column("updated_by", sa.BigInteger),
    sa.Column("code", sa.Text),
    sa.Column("title", sa.Text),
    sa.Column("weight", sa.Numeric(18, 3)),
    sa.Column("amount", sa.Numeric(18, 2)),
    sa.Column("count", sa.BigInteger),
    sa.Column("is_open", sa.Boolean),
    sa.Column("day", sa.Date),
    sa.Column("seen_at", sa.DateTime(timezone=True)),
    sa.Column("state", sa.Text),
    sa.Column("site", sa.BigInteger),
    sa.Column("note", sa.Text),
)
_NAMES = [str.__str__(each.name) for each in table.c]
_NEXT = sa.func.nextval("ticket_sq")


def make_app() -> Flask:
    """The application; it reads and writes the same table, `ticket` of TESSERA_DATABASE_URL."""
    url = sa.make_url(os.environ["TESSERA_DATABASE_URL"]).set(drivername="postgresql+psycopg")
    engine = sa.create_engine(url, pool_size=8, max_overflow=8)
    app = Flask(__name__)

    def answer(value: Any, status: int = 200) -> Response:
        return Response(orjson.dumps(value, default=str), status, content_type="application/json")

    @app.get("/health")
    def health() -> Response:
        return answer({"status": "ok"})

    @app.post("/ticket")
    def create() -> Response:
        body = orjson.loads(request.get_data())
        now = datetime.now(UTC)
        values = {
            **body, "weight": Decimal(body["weight"]), "amount": Decimal(body["amount"]),
            "day": date.fromisoformat(body["day"]), "created_at": now, "updated_at": now, "version": 1,
            "ref": os.urandom(16).hex(), "created_by": 0, "updated_by": 0,
        }
        with engine.begin() as connection:
            statement = sa.insert(table).values(id=_NEXT, **values).returning(*table.c)
            row = connection.execute(statement).one()
        return answer(dict(zip(_NAMES, row, strict=True)), 201)

    @app.patch("/ticket/<int:number>")
    def update(number: int) -> Response:
        body = orjson.loads(request.get_data())
        with engine.begin() as connection:
            statement = sa.update(table).where(table.c.id == number).values(**body).returning(*table.c)
            row = connection.execute(statement).one()
        return answer(dict(zip(_NAMES, row, strict=True)))

    @app.get("/ticket/<int:number>")
    def get(number: int) -> Response:
        with engine.connect() as connection:
            row = connection.execute(sa.select(table).where(table.c.id == number)).one()
        return answer(dict(zip(_NAMES, row, strict=True)))

    @app.get("/ticket")
    def listed() -> Response:
        state, count = request.args["state"], int(request.args["count"])
        statement = (
            sa.select(table)
            .where(table.c.state == state, table.c["count"] >= count)
            .order_by(table.c.day.desc().nulls_last(), table.c.id)
            .limit(int(request.args.get("limit", 50)))
        )
        with engine.connect() as connection:
            rows = connection.execute(statement).all()
        return answer({"data": [dict(zip(_NAMES, row, strict=True)) for row in rows]})

    return app
