"""The console: the desk's pages for people, in Chinese and English, rendered on the server.

`console_handlers` gives all routes; `problem_page` shows an error in the same frame.
"""

from vermilion.web.console.problem import problem_page
from vermilion.web.console.routes import console_handlers

__all__ = ["console_handlers", "problem_page"]
