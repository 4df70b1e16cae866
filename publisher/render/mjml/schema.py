"""MJML's components: which attributes each takes, with which values, and what it may hold.

As in MJML 4.18 (`npm view mjml@4.18.0`), whose validator gives the same verdicts: see
tests/unit/data/mjml.json. IGNORED and REFUSED say where mjml-python 1.4 does less than that.
"""

from __future__ import annotations

import re
from functools import cache

#: Components whose content is passed on as it stands: HTML, CSS or text.
ENDING = frozenset(
    (
        *("mj-accordion-text", "mj-accordion-title", "mj-breakpoint", "mj-button"),
        *("mj-carousel-image", "mj-navbar-link", "mj-preview", "mj-raw", "mj-social-element"),
        *("mj-style", "mj-table", "mj-text", "mj-title"),
    )
)

#: What each component may hold.
CHILDREN = {
    "mjml": "mj-head mj-body",
    "mj-head": "mj-attributes mj-breakpoint mj-font mj-preview mj-raw mj-style mj-title",
    "mj-body": "mj-hero mj-raw mj-section mj-wrapper",
    "mj-wrapper": "mj-hero mj-raw mj-section",
    "mj-section": "mj-column mj-group mj-raw",
    "mj-group": "mj-column mj-raw",
    "mj-column": (
        "mj-accordion mj-button mj-carousel mj-divider mj-image mj-navbar mj-raw mj-social"
        " mj-spacer mj-table mj-text"
    ),
    "mj-hero": (
        "mj-accordion mj-button mj-carousel mj-divider mj-image mj-navbar mj-raw mj-social"
        " mj-spacer mj-table mj-text"
    ),
    "mj-accordion": "mj-accordion-element",
    "mj-accordion-element": "mj-accordion-title mj-accordion-text",
    "mj-carousel": "mj-carousel-image",
    "mj-navbar": "mj-navbar-link",
    "mj-social": "mj-social-element",
}

#: What MJML has and mjml-python has not, by tag: it refuses the whole mail for them.
REFUSED = {
    "mj-html-attributes": "set the attributes on the HTML itself",
    "mj-selector": "set the attributes on the HTML itself",
    "mj-html-attribute": "set the attributes on the HTML itself",
    "mj-include": 'write {% include "…" %}',
}

#: Attributes that change nothing in what mjml-python makes, with what to do instead.
IGNORED = {
    "mj-accordion-title": {"font-weight": "put <strong> around the text"},
    "mj-button": {"title": "remove it"},
    "mj-hero": {
        "border-radius": "remove it",
        "container-background-color": "use background-color",
    },
    "mj-image": {
        "border-bottom": "use border",
        "border-left": "use border",
        "border-right": "use border",
        "border-top": "use border",
        "sizes": "remove it",
    },
    "mj-raw": {"position": "remove it"},
    "mj-section": {"text-padding": "use padding on the mj-text"},
    "mj-social": {"table-layout": "remove it"},
    "mj-social-element": {
        "icon-position": "remove it",
        "sizes": "remove it",
        "srcset": "remove it",
    },
    "mj-spacer": dict.fromkeys(
        ("border", "border-bottom", "border-left", "border-right", "border-top"),
        "use mj-divider",
    ),
    "mj-style": {"inline": "set style on the HTML itself"},
    "mj-table": {"font-weight": "set style on the cells", "role": "remove it"},
    "mj-text": {"background-color": "use container-background-color"},
    "mj-wrapper": {"gap": "use padding on the sections", "text-padding": "use padding"},
}

#: Taken by every component.
EVERYWHERE = frozenset(("css-class", "mj-class"))
#: Not in MJML's tables, since its validator never looks at the root.
_ROOT = frozenset(("lang", "dir", "owa"))

# A component and the groups it has, then a kind of value and the attributes of that kind.
_TABLE = """
mj-accordion +padding
  text: border font-family icon-unwrapped-alt icon-unwrapped-url icon-wrapped-alt
      icon-wrapped-url
  color: container-background-color
  length: icon-height icon-width
  top|middle|bottom: icon-align
  left|right: icon-position
mj-accordion-element
  text: border font-family icon-unwrapped-alt icon-unwrapped-url icon-wrapped-alt
      icon-wrapped-url
  color: background-color
  length: icon-height icon-width
  top|middle|bottom: icon-align
  left|right: icon-position
mj-accordion-text +padding
  text: font-family font-weight
  color: background-color color
  px: font-size
  spacing: letter-spacing
  line-height: line-height
mj-accordion-title +padding
  text: font-family font-weight
  color: background-color color
  px: font-size
mj-attributes
mj-body
  color: background-color
  px: width
mj-breakpoint
  px: width
mj-button +padding +border
  text: border-radius font-family font-style font-weight href name rel target
      text-decoration text-transform title
  color: background-color color container-background-color
  px: font-size
  length: height width
  lengths: inner-padding
  left|center|right: align text-align
  spacing: letter-spacing
  line-height: line-height
  top|bottom|middle: vertical-align
mj-carousel +padding
  text: left-icon right-icon tb-border
  color: container-background-color tb-hover-border-color tb-selected-border-color
  length: icon-width tb-border-radius tb-width
  lengths: border-radius
  left|center|right: align
  visible|hidden|supported: thumbnails
mj-carousel-image
  text: alt href rel src target tb-border thumbnails-src title
  lengths: border-radius tb-border-radius
mj-column +padding +border
  text: inner-border inner-border-bottom inner-border-left inner-border-right
      inner-border-top
  color: background-color inner-background-color
  length: width
  lengths: border-radius inner-border-radius
  ltr|rtl: direction
  top|bottom|middle: vertical-align
mj-divider +padding
  text: border-style
  color: border-color container-background-color
  px: border-width
  length: width
  left|center|right: align
mj-font
  text: href name
mj-group
  color: background-color
  length: width
  ltr|rtl: direction
  top|bottom|middle: vertical-align
mj-head
mj-hero +padding
  text: background-position background-url border-radius mode
  color: background-color container-background-color inner-background-color
  length: background-height background-width height inner-padding-bottom
      inner-padding-left inner-padding-right inner-padding-top
  lengths: inner-padding
  top|bottom|middle: vertical-align
mj-image +padding +border
  text: alt href name rel sizes src srcset target title usemap
  color: container-background-color
  px: font-size width
  length: max-height
  lengths: border-radius
  left|center|right: align
  boolean: fluid-on-mobile
  px-or-auto: height
mj-navbar +padding
  text: base-url hamburger ico-close ico-font-family ico-open ico-text-decoration
      ico-text-transform
  color: ico-color
  length: ico-font-size ico-padding-bottom ico-padding-left ico-padding-right
      ico-padding-top
  lengths: ico-padding
  left|center|right: align ico-align
  line-height: ico-line-height
mj-navbar-link +padding
  text: font-family font-style font-weight href name rel target text-decoration
      text-transform
  color: color
  px: font-size
  spacing: letter-spacing
  line-height: line-height
mj-preview
mj-raw
  file-start: position
mj-section +padding +border
  text: background-position background-position-x background-position-y background-size
      background-url border-radius
  color: background-color
  lengths: text-padding
  repeat|no-repeat: background-repeat
  ltr|rtl: direction
  full-width|false|: full-width
  left|center|right: text-align
mj-social +padding
  text: font-family font-style font-weight text-decoration
  color: color container-background-color
  px: font-size
  length: border-radius icon-height icon-size
  lengths: icon-padding inner-padding text-padding
  left|right|center: align
  line-height: line-height
  horizontal|vertical: mode
  auto|fixed: table-layout
  top|bottom|middle: vertical-align
mj-social-element +padding
  text: alt font-family font-style font-weight href name rel sizes src srcset target
      text-decoration title
  color: background-color color
  px: border-radius font-size
  length: icon-height icon-size
  lengths: icon-padding text-padding
  left|center|right: align
  left|right: icon-position
  line-height: line-height
  top|middle|bottom: vertical-align
mj-spacer +padding +border
  color: container-background-color
  length: height
mj-style
  text: inline
mj-table +padding
  text: border font-family font-weight
  color: color container-background-color
  px: font-size
  left|right|center: align
  integer: cellpadding cellspacing
  line-height: line-height
  none|presentation: role
  auto|fixed|initial|inherit: table-layout
  top|bottom|middle: vertical-align
  length-or-auto: width
mj-text +padding
  text: font-family font-style font-weight text-decoration text-transform
  color: background-color color container-background-color
  px: font-size
  length: height
  left|right|center|justify: align
  spacing: letter-spacing
  line-height: line-height
  top|bottom|middle: vertical-align
mj-title
mj-wrapper +padding +border
  text: background-position background-position-x background-position-y background-size
      background-url border-radius
  color: background-color
  px: gap
  lengths: text-padding
  repeat|no-repeat: background-repeat
  ltr|rtl: direction
  full-width|false|: full-width
  left|center|right: text-align
"""

_PADDING = "padding-bottom padding-left padding-right padding-top"
_BORDER = "border border-bottom border-left border-right border-top"

_COLORS = """
    aliceblue antiquewhite aqua aquamarine azure beige bisque black blanchedalmond blue
    blueviolet brown burlywood cadetblue chartreuse chocolate coral cornflowerblue cornsilk
    crimson cyan darkblue darkcyan darkgoldenrod darkgray darkgreen darkgrey darkkhaki
    darkmagenta darkolivegreen darkorange darkorchid darkred darksalmon darkseagreen
    darkslateblue darkslategray darkslategrey darkturquoise darkviolet deeppink deepskyblue
    dimgray dimgrey dodgerblue firebrick floralwhite forestgreen fuchsia gainsboro ghostwhite
    gold goldenrod gray green greenyellow grey honeydew hotpink indianred indigo inherit ivory
    khaki lavender lavenderblush lawngreen lemonchiffon lightblue lightcoral lightcyan
    lightgoldenrodyellow lightgray lightgreen lightgrey lightpink lightsalmon lightseagreen
    lightskyblue lightslategray lightslategrey lightsteelblue lightyellow lime limegreen linen
    magenta maroon mediumaquamarine mediumblue mediumorchid mediumpurple mediumseagreen
    mediumslateblue mediumspringgreen mediumturquoise mediumvioletred midnightblue mintcream
    mistyrose moccasin navajowhite navy oldlace olive olivedrab orange orangered orchid
    palegoldenrod palegreen paleturquoise palevioletred papayawhip peachpuff peru pink plum
    powderblue purple rebeccapurple red rosybrown royalblue saddlebrown salmon sandybrown
    seagreen seashell sienna silver skyblue slateblue slategray slategrey snow springgreen
    steelblue tan teal thistle tomato transparent turquoise violet wheat white whitesmoke yellow
    yellowgreen
"""


@cache
def attributes(tag: str) -> dict[str, str]:
    """Return the attributes that a component takes, and the kind of value of each."""
    return _tables()[tag]


@cache
def tags() -> frozenset[str]:
    """Return the names of all components, and of what stands for several in mj-attributes."""
    return frozenset(_tables()) | {"mj-all", "mj-class"}


@cache
def kinds_of(name: str) -> frozenset[str]:
    """Return the kinds of value that an attribute takes, whatever the component."""
    return frozenset(its[name] for its in _tables().values() if name in its)


def fits(kind: str, value: str) -> bool:
    """Return whether MJML takes the value."""
    return _pattern(kind).search(value) is not None


def wanted(kind: str) -> str:
    """Say what a value of this kind looks like."""
    return _WANTED.get(kind) or "one of " + ", ".join(each for each in kind.split("|") if each)


_WANTED = {
    "color": 'a colour like "#1a5aa3", "rgb(26, 90, 163)" or "navy"',
    "integer": "a whole number",
    "boolean": "true or false",
    "px": 'pixels like "24px"',
    "length": 'a length like "24px" or "50%"',
    "lengths": 'one to four lengths like "0 24px"',
    "line-height": 'a number or length like "1.5" or "24px"',
    "spacing": 'a length like "-1px" or "0.1em"',
    "px-or-auto": 'pixels like "24px", or auto',
    "length-or-auto": 'a length like "24px" or "50%", or auto',
    "file-start": "file-start",
}

# MJML's own expressions (mjml-core/lib/types), with its looseness.
_PATTERNS = {
    "text": "^",
    "color": (
        r"(?i:rgba\(\d{1,3},\s?\d{1,3},\s?\d{1,3},\s?\d(\.\d{1,3})?\))"
        r"|(?i:rgb\(\d{1,3},\s?\d{1,3},\s?\d{1,3}\))"
        r"|^#(?i:[0-9a-f]{3}){1,2}\Z"
        rf"|^(?:{'|'.join(_COLORS.split())})\Z"
    ),
    "integer": r"\d",
    "boolean": r"^(?:true|false)\Z",
    "px": r"^(?:[\d,.]+px|0) ?\Z",
    "length": r"^(?:[\d,.]+(?:px|%)|0) ?\Z",
    "lengths": r"^(?:(?:[\d,.]+(?:px|%)|0) ?){1,4}\Z",
    "line-height": r"^(?:[\d,.]+(?:px|%|)|0) ?\Z",
    "spacing": r"^(?:[-\d,.]+(?:px|em)|0) ?\Z",
    "px-or-auto": r"^(?:[\d,.]+px|0|auto) ?\Z",
    "length-or-auto": r"^(?:[\d,.]+(?:px|%)|0|auto) ?\Z",
}


@cache
def _pattern(kind: str) -> re.Pattern[str]:
    return re.compile(_PATTERNS.get(kind) or rf"^(?:{kind})\Z", re.ASCII)


@cache
def _tables() -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {"mjml": dict.fromkeys(_ROOT, "text")}
    its: dict[str, str] = {}
    kind = ""
    for line in _TABLE.strip().splitlines():
        if line.startswith("mj-"):
            tag, *groups = line.split()
            its = found[tag] = {}
            if "+padding" in groups:
                its |= {"padding": "lengths"} | dict.fromkeys(_PADDING.split(), "length")
            if "+border" in groups:
                its |= dict.fromkeys(_BORDER.split(), "text")
            continue
        head, colon, names = line.strip().rpartition(": ")
        kind = head if colon else kind
        its |= dict.fromkeys(names.split(), kind)
    return found
