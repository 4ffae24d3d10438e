"""Where a failing probe's packets stay: repeated with a mark, while every host on the way looks for it."""
