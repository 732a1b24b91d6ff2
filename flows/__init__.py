"""What is scheduled or started by hand: a flow a track, dispatch, intake, report."""
