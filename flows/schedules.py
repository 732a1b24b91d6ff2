"""Does a running `jalon serve` really schedule? One that answers proves nothing: docs/decisions/0002-pins.md."""

from datetime import datetime, timedelta

from config.settings import Settings
from tasks.prefect_variables import Api, client_variables, environment

GRACE = timedelta(minutes=2)  # the first runs are made some seconds after a start


def silent_schedules(settings: Settings, api: Api, *, now: datetime) -> tuple[str, ...]:
    """The names of what has an active schedule, known since before `now` (aware) less a grace, and no run to come."""
    with environment(client_variables(settings, api)):
        from prefect import get_client
        from prefect.client.schemas.filters import DeploymentFilter, DeploymentFilterId, FlowRunFilter
        from prefect.client.schemas.filters import FlowRunFilterState as OfState
        from prefect.client.schemas.filters import FlowRunFilterStateType as OfStateType
        from prefect.client.schemas.objects import StateType
        from prefect.settings import PREFECT_API_AUTH_STRING, PREFECT_API_URL, temporary_settings

        to_come = FlowRunFilter(state=OfState(type=OfStateType(any_=[StateType.SCHEDULED])))
        of_api = {PREFECT_API_URL: api.url, PREFECT_API_AUTH_STRING: api.auth}
        with temporary_settings(of_api), get_client(sync_client=True) as client:
            return tuple(
                deployment.name
                for deployment in client.read_deployments()
                if any(schedule.active for schedule in deployment.schedules)
                and deployment.updated
                and deployment.updated < now - GRACE
                and not client.read_flow_runs(
                    flow_run_filter=to_come,
                    deployment_filter=DeploymentFilter(id=DeploymentFilterId(any_=[deployment.id])),
                    limit=1,
                )
            )
