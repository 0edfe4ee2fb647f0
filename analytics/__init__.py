"""Routecast's core: from request logs and evidence to projections. It knows nothing of the user interface."""
