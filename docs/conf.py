"""How Sphinx makes the site from these pages; `script/docs` calls it.

Nothing is fetched when the site is opened: formulas are MathML, fonts are those of the reader, and the search is Sphinx's own.
"""

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE / "extensions"), str(HERE.parent)]

from nerode import __version__  # noqa: E402  (found only now)

project, author = "nerode", "The nerode developers"
release = version = __version__
extensions = ["myst_parser", "sphinx.ext.autodoc", "docstrings", "fetched", "mathml", "options", "outside"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["extensions"]

myst_enable_extensions = ["deflist", "dollarmath"]
myst_dmath_allow_labels = False
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_preserve_defaults = True
autodoc_type_aliases = {name: name for name in ("BoolArray", "FloatArray", "IntArray", "RealArray", "States", "Words")}
default_role = "code"
smartquotes = False  # texts of programs are shown as they are
highlight_language = "text"

html_theme = "furo"
html_title = "nerode"
html_math_renderer = "mathml"
html_static_path = ["assets"]
html_css_files = ["site.css"]
html_show_sphinx = False
html_copy_source = False
html_show_copyright = False
