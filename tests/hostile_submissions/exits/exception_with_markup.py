"""Raise an exception whose text is markup for web pages, reports and consoles.

functions: gd_step
says: raised
"""


def gd_step(W, X, y, lr, l1=0.0):
    raise ValueError(
        '</para><para><img src="/etc/passwd"/><a href="file:///etc/passwd">x</a><script>alert(1)</script>'
        "[red]*bold*[/red] [link=file:///etc/passwd]x[/link] {{7*7}} ${7*7} `id` &lt;&#0;]]> \\input{/etc/passwd}"
    )
