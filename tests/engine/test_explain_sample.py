"""Each proof over the real sample is what was posted: a third of the moments always, every one in the long form."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from engine import trade
from tessera.context import Context
from tessera.engine import timeline
from tessera.store.system.timeline import moment


@pytest.mark.parametrize("step", [3, pytest.param(1, marks=pytest.mark.long)], ids=["third", "every"])
def test_proofs_of_the_sample_agree_with_what_was_posted(
    sqlite_url: str, tmp_path: Path, shared_data: Path, step: int
) -> None:
    runtime = trade.opened(sqlite_url, tmp_path)
    with runtime.writing(Context()) as work, timeline.deferred(work):
        trade.write(work, trade.read_sample(shared_data / "online-retail" / "sample.csv"))
    timeline.settle_pending(runtime, Context())
    with runtime.reading(Context()) as work:
        every = list(work.tx.execute(sa.select(moment.c.id).where(moment.c.is_present).order_by(moment.c.id)).scalars())
        assert len(every) > 400
        assert [number for number in every[::step] if not timeline.explain(work, number)["agrees"]] == []
    runtime.close()
