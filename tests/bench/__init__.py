"""The benchmark behind `make bench`: the publisher beside Hugo and Pelican.

It measures and prints; it asserts nothing and no test run collects it. Seconds
differ from machine to machine: what carries over are ratios within one run.

All three get the same text and make a page an issue with its papers in full, a
page a paper, a home page and a feed of the 20 newest issues. Not equal are:

- The publisher also writes each issue as a mail, every feed in three formats,
  and whatever else its table row counts under files.
- Hugo renders an abstract once for both its pages; Pelican's way is twice.
- Hugo makes links of bare addresses; Pelican leaves them as text, and makes a
  second feed, of papers.
- Pelican uses one processor, whatever there is.
- Neither peer keeps anything from one build to the next, so what one more digest
  costs them is another cold build.
"""
