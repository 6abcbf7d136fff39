"""Templates, charts and words, in Chinese and English, of reports, terminal and console."""
