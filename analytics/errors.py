"""Everything that can go wrong in a way a user can mend.

RoutecastError
├── UsageError            a command or a call that does not make sense
├── StoreError            the database: missing, corrupt, newer, busy, of the wrong kind
├── LoadError             a file that cannot be read as a log or as outcomes
│   └── UnknownFormatError  its columns are those of no known format: a mapping can describe them
├── PriceError            a price file that contradicts itself
├── RateError             a file of exchange rates that cannot be used
├── SourceError           a gateway or provider that cannot be read: its address, its key, its answers
├── BudgetError           a budget that does not make sense
├── ArchitectureError     an architecture file that cannot be understood
│   └── PredicateError    its `when` expression is outside the white list
├── SimulationError       a projection that the data cannot carry
├── TrackingError         an adoption that does not fit, or is not there
├── CallError             a server that must not be called as it is given: its address, its key
├── EndpointError         a model API or gateway that must not or cannot be called
├── RunError              a side-by-side run that cannot start or go on
├── ExportError           a file that cannot be made
├── RoleError             a change by somebody who may only look
└── TeamError             sign-in or roles that are not set up as they must be

Each message is one sentence: what, where, and how to mend it. `title` is the short form a screen shows above it.
"""


class RoutecastError(Exception):
    """Base of all errors meant for people; `title` is a short heading for a screen."""

    title = "Something needs attention"


class UsageError(RoutecastError):
    title = "This call does not fit"


class StoreError(RoutecastError):
    title = "The database cannot be used"


class LoadError(RoutecastError):
    title = "This file cannot be loaded"


class UnknownFormatError(LoadError):
    title = "The format of this file is not known"


class PriceError(RoutecastError):
    title = "The price file needs attention"


class RateError(RoutecastError):
    title = "The exchange rates need attention"


class SourceError(RoutecastError):
    title = "This source needs attention"


class BudgetError(RoutecastError):
    title = "This budget does not fit"


class ArchitectureError(RoutecastError):
    title = "This architecture cannot be read"


class PredicateError(ArchitectureError):
    title = "This condition is not allowed"


class SimulationError(RoutecastError):
    title = "This projection is not possible"


class TrackingError(RoutecastError):
    title = "This cannot be tracked"


class CallError(RoutecastError):
    title = "This server is not called"


class EndpointError(RoutecastError):
    title = "This endpoint cannot be called"


class RunError(RoutecastError):
    title = "This run cannot go on"


class ExportError(RoutecastError):
    title = "This file cannot be made"


class RoleError(RoutecastError):
    title = "This takes the role of an editor"


class TeamError(RoutecastError):
    title = "Signing in needs attention"
