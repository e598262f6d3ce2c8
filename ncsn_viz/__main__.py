"""`python -m ncsn_viz` is `ncsn-viz`."""

from ncsn_viz.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
