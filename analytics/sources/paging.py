"""The pages of one window of a stream: one after the other, never in a circle."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from analytics.errors import SourceError
from analytics.sources.api import Api, JsonObject, RefusedError
from analytics.sources.config import Source
from analytics.sources.cursor import Position
from analytics.sources.page import Ask, Page, Stream


@dataclass
class Pages:
    """The pages of one window, in their order; `number`: how many there were."""

    source: Source
    api: Api
    stream: Stream
    until: datetime
    number: int = 0
    _places: set[str] = field(default_factory=set)
    _before: list[JsonObject] = field(default_factory=list)

    async def next(self, position: Position) -> tuple[Position, Page]:
        """The page at a position, and the position that it really has."""
        size = self.source.page_size or self.source.about.usual_page_size
        ask = Ask(self.source.project, position.since, self.until, position.at, size)
        try:
            page = await self.stream.page(self.api, ask)
        except RefusedError as error:
            if self.number or position.at is None or error.status in (401, 403):
                raise
            # The place where an earlier sync stopped is no longer known there: the window once more from its start.
            position = Position(position.since, self.until)
            page = await self.stream.page(self.api, replace(ask, at=None))
        self._check(page, position)
        self.number += 1
        return position, page

    def _check(self, page: Page, position: Position) -> None:
        """Raise SourceError when the source leads in a circle."""
        if position.at is not None:
            self._places.add(position.at)
        if page.following in self._places or (page.records and page.records == self._before):
            raise SourceError(
                f"{self.source.name} gives the same page of {self.stream.name} again and again: try later."
            )
        self._before = page.records
