"""The commands of `routecast`, by what they work on."""
