"""Charts and number formats: pure functions from results to Altair charts and text."""
