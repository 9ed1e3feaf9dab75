"""The subcommands of ``python -m train``: what each takes, and what it calls."""
