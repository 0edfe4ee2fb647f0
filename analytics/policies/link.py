"""An architecture's TOML inside a link: compressed, safe in a URL, and bounded when it comes back."""

import base64
import zlib

MAX_PACKED = 8_000
MAX_TEXT = 100_000


def pack(text: str) -> str:
    """`text` for a query parameter; empty when it would be too long for a link."""
    packed = base64.urlsafe_b64encode(zlib.compress(text.encode("utf-8"), 9)).decode("ascii")
    return packed if len(packed) <= MAX_PACKED else ""


def unpack(packed: str) -> str:
    """The text of `pack`, or nothing when the parameter is damaged or too large."""
    if not packed or len(packed) > MAX_PACKED:
        return ""
    try:
        stream = zlib.decompressobj()
        text = stream.decompress(base64.urlsafe_b64decode(packed), MAX_TEXT)
        return "" if stream.unconsumed_tail else text.decode("utf-8")
    except (ValueError, zlib.error):
        return ""
