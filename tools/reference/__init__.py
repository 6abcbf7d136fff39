"""The generated reference pages, one module for each kind."""
