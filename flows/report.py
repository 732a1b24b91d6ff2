"""Once a day: the counts of the day, as a table in Prefect's pages."""

from prefect import flow

from flows.edge import now
from tasks import steps


@flow(
    name="report",
    description="Le point du jour : nuits faites, messages en attente, revues en retard. Des nombres seulement.",
    persist_result=False,
)
async def report() -> steps.Rows:
    counts = await steps.count_the_day(at=now())
    await steps.publish("point-du-jour", "Le point du jour", counts)
    return counts
