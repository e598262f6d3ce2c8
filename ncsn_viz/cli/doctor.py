"""`ncsn-viz doctor`: what is installed and what is missing."""

from __future__ import annotations

import argparse


def main(words: list[str]) -> int:
    """Print the report; exit code 1 if something is missing."""
    parser = argparse.ArgumentParser(prog="ncsn-viz doctor", description="What there is and what is missing.")
    parser.parse_args(words)
    from ncsn_viz.ui.shell.doctor import report

    lines, complete = report()
    print("\n".join(lines))
    return 0 if complete else 1
