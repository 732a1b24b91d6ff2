"""The coordinators' desk: the command line today, the web console later."""
