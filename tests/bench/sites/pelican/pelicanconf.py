"""Pelican, with everything turned off that the comparison does not need."""

SITENAME = "My paper digest"
DESCRIPTION = "New AI papers, in English and Chinese."
SITEURL = "https://papers.example"
PATH = "content"
THEME = "theme"
TIMEZONE = "UTC"
DEFAULT_LANG = "en"

ARTICLE_URL = "{category}/{slug}/"
ARTICLE_SAVE_AS = "{category}/{slug}/index.html"
DIRECT_TEMPLATES = ["index"]
DEFAULT_PAGINATION = False
AUTHOR_SAVE_AS = ""
CATEGORY_SAVE_AS = ""
TAG_SAVE_AS = ""

FEEDS = [  # for templates
    ("application/atom+xml", "issues (Atom)", "feeds/issues.atom"),
    ("application/rss+xml", "issues (RSS)", "feeds/issues.rss"),
    ("application/feed+json", "issues (JSON Feed)", "feeds/issues.json"),
    ("application/atom+xml", "papers (Atom)", "feeds/papers.atom"),
    ("application/rss+xml", "papers (RSS)", "feeds/papers.rss"),
    ("application/feed+json", "papers (JSON Feed)", "feeds/papers.json"),
]
FEED_ALL_ATOM = None
FEED_MAX_ITEMS = 20
CATEGORY_FEED_ATOM = "feeds/{slug}.atom.xml"  # one of issues, one of papers
TRANSLATION_FEED_ATOM = None
AUTHOR_FEED_ATOM = None
AUTHOR_FEED_RSS = None

PLUGINS: list[str] = []
STATIC_PATHS: list[str] = []
PAGE_PATHS: list[str] = []
LOAD_CONTENT_CACHE = False
CACHE_CONTENT = False
