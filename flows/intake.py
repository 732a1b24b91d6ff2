"""By hand: a county's exports, put beforehand in a folder of JALON_HOME/imports, are imported."""

from prefect import flow

from flows.edge import Apply, Folder, today
from tasks import steps


@flow(
    name="intake",
    description="Importe les exports d'un dossier de JALON_HOME/imports. Les lignes refusées sont dans reports/.",
    persist_result=False,
)
async def intake(dossier: Folder, appliquer: Apply = False) -> steps.Rows:
    counts = await steps.import_folder(dossier, on=today(), apply=appliquer)
    await steps.publish("import", "Import" if appliquer else "Import, essai à blanc", counts)
    return counts
