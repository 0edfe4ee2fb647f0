"""Names from a log are shown as they are."""

from analytics.charts.markdown import plain


def test_nothing_in_a_name_is_formatting() -> None:
    assert plain("*a* _b_ [c](http://x) $d$ `e` :red[f] <g> #h ![i](j)") == (
        r"\*a\* \_b\_ \[c\](http\://x) \$d\$ \`e\` \:red\[f\] \<g\> \#h \!\[i\](j)"
    )
    assert plain("one\n\n# two") == r"one \# two"
    assert plain("gpt-4o, 97.2% of (all) calls; $5") == r"gpt-4o, 97.2% of (all) calls; \$5"
