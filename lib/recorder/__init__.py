"""The recorder: a process beside the game that grabs its window and stores each picture with its telemetry."""
