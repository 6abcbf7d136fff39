"""Judge events under a draft rulebook beside the one in force, and tell what would change."""
