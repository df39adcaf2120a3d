"""The names in the company, as awkward as real ones: commas, quotes, accents, emoji."""

PEOPLE = (
    ("Zofia Wiśniewska", "Europe/Warsaw"),
    ("Jörg Müller-Lüdenscheidt", "Europe/Berlin"),
    ("Siobhán O'Neill", "Europe/Dublin"),
    ("佐藤 健", "Asia/Tokyo"),
    ("Ana, the Second", "America/Sao_Paulo"),
    ("Robin 🦊", "America/Los_Angeles"),
    ("Δήμητρα Νικολάου", "Europe/Athens"),
    ('Niels "Nix" Ørsted', "Europe/Copenhagen"),
    ("Tama Ngata", "Pacific/Auckland"),
)
"""Names and time zones; after the last one the list repeats with a number."""
GROUPS = ("People", "Design & film", "Entwicklung", "[Inactive]")
PROJECTS = (
    "Development projects",
    "Bäckerei Öhler: Website",
    'Campaign "Spring"; print',
    "株式会社さくら",
    "Internal",
    "Pitch 🚀",
)
PHASES = ("Concept", "Design, 2nd round", "Umsetzung", "Support")
DETAILS = ("Photos", "Corrections ✏️")
TAG_LISTS = {
    "Kind of work": ("on-site", "remote 🏠", "Überstunden"),
    "Cost centre": ("4711", "4712, old"),
    "Empty list": (),
}
ARCHIVED_TAG_LIST = ("Old tags", ("2019",))
DESCRIPTIONS = (
    "",
    "",
    "Meeting with the client",
    "Kick-off, with notes",
    'Fix "the" header',
    "Überarbeitung\nzweite Zeile",
    "Zażółć gęślą jaźń",
    "Layout 🎨",
    "<b>bold</b> & more",
)
WINDOWS = {
    "Visual Studio Code": ("report.py - website", "index.html - Bäckerei Öhler"),
    "Firefox": ("Inbox (3)", 'Search: "fonts" & more', "株式会社さくら | Home"),
    "Photoshop 🎨": ("poster_final_2.psd @ 66.7 %",),
    "Zoom": ("Weekly, with the client", ""),
}
"""Programs and the titles of their windows."""
COLORS = ("#5DCB73", "#34C644", "#4B5A74", "#E2574C", "#F2B01E")
