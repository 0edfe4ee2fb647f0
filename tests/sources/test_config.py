"""What a sources file may say."""

from pathlib import Path

import pytest

from analytics.errors import SourceError
from analytics.sources import Source, read_sources, save_sources, sources_file

GOOD = Source("gateway", "litellm", "https://llm.example.com", "LITELLM_KEY")


def test_what_is_saved_is_read_again(database: Path) -> None:
    sources = (GOOD, Source("spans", "phoenix", "http://10.0.0.1:6006", project="default", allow_private=True, page_size=10))  # fmt: skip
    save_sources(database, sources)
    assert read_sources(database) == sources
    assert "page_size" not in sources_file(database).read_text().split("[[source]]")[1]


def test_without_a_file_there_is_no_source(database: Path) -> None:
    assert read_sources(database) == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[source", "not valid TOML"),
        ("[source]\nname = 'x'", "[[source]]"),
        ("key = 'x'", "unknown key 'key'"),
        ("[[source]]\nnam = 'x'", "did you mean 'name'?"),
        ("[[source]]\nname = 'x'\nkind = 'litelm'", "there is no kind 'litelm'"),
        ("[[source]]\nname = 'x'\nkind = 'litellm'\nkey_env='LITELLM_KEY'", "url is missing"),
        ("[[source]]\nname = 'x'\nkind = 'litellm'\nurl='https://x.org'", "key_env is missing"),
        ("[[source]]\nname = 'x'\nkind = 'langfuse'\nkey_env='LANGFUSE_KEY'", "user_env is missing"),
        ("[[source]]\nname = 'x'\nkind = 'litellm'\nurl='https://x.org'\nkey_env='sk-1234'", "not a key"),
        ("[[source]]\nname = 'x'\nkind = 'litellm'\nurl='https://x.org'\nkey_env='AWS_SECRET_ACCESS_KEY'", "LITELLM_"),
        ("[[source]]\nname = 'x'\nkind = 'phoenix'\nurl='https://x.org'\npage_size=true", "must be a whole number"),
        ("[[source]]\nname = 'x'\nkind = 'phoenix'\nurl='https://x.org'\npage_size=5000", "between 1 and 1000"),
        ("[[source]]\nname = 'x'\nkind = 'phoenix'\nurl='https://x.org'\noverlap_minutes=-1", "overlap_minutes"),
        ("[[source]]\nname = 'x'\nkind = 'phoenix'\nurl='https://x.org'\nfrom='may'", "must be a date"),
        ("[[source]]\nname = '../x'\nkind = 'phoenix'\nurl='https://x.org'", "name '../x'"),
        ("[[source]]\nname = 'x'\nkind = 'phoenix'\nurl='https://x.org'\n" * 2, "two sources named 'x'"),
    ],
)
def test_what_is_wrong_is_said(text: str, said: str, database: Path) -> None:
    sources_file(database).write_text(text)
    with pytest.raises(SourceError) as caught:
        read_sources(database)
    assert said in str(caught.value)
    assert "sk-1234" not in str(caught.value)


def test_what_makes_no_sense_is_not_saved(database: Path) -> None:
    save_sources(database, (GOOD,))
    with pytest.raises(SourceError):
        save_sources(database, (GOOD, GOOD))
    assert read_sources(database) == (GOOD,)
