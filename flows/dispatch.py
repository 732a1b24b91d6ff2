"""Every few minutes, within the hours of the channels: what is due in the outbox is sent."""

from prefect import flow

from flows.edge import Apply, now
from tasks import steps


@flow(
    name="dispatch",
    description="Envoie ce qui est dû. Sans canal configuré, tout est écrit dans JALON_HOME/outbox et rien ne part.",
    persist_result=False,
)
async def dispatch(appliquer: Apply = False) -> dict[str, int]:
    counts = await steps.send(at=now(), apply=appliquer)
    if any(counts.values()):
        await steps.publish("envois", "Envois" if appliquer else "Envois, essai à blanc", [counts])
    return counts
