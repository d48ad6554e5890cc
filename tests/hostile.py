"""What a customer may write to break a card; each must arrive readable."""

HOSTILE = {
    "markup": "<b>bold</b> & <script>alert(1)</script> </blockquote><a href='tg://x'>",
    "entities": "&lt;b&gt; &amp; &#60; &nbsp; &broken",
    "markdown": "*_[x](javascript:alert(1))_* `code`",
    "right to left": "\u202eevil\u202c שלום \u2067x",
    "zero width": "a\u200bb\u200c\u200d\ufeff",
    "only zero width": "\u200b\u200b",
    "controls": "a\x00b\x07c\x1bd\x9fe",
    "a faked foot": "Hi\nBob writes to The Bank\nReply: https://evil.example",
    "lone marks": "\u0301\u0301",
    "astral": "𝕳𝖊𝖑𝖑𝖔 🏴󠁧󠁢󠁥󠁮󠁧󠁿",
    "sixty thousand": "word " * 12_000,
    "emoji at the cut": "👩‍👩‍👧‍👦" * 1_500,
    "an endless character": "e" + "\u0301" * 60_000,
    "a script link": "javascript:alert(1) tg://user?id=1 [x](tg://user?id=1)",
    "commands": "/off /start@other_bot (/on)",
    "many lines": "\n" * 3_000 + "x" + "\n" * 3_000,
}
