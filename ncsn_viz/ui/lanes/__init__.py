"""Lanes side by side: cards, headers, the panel of the chosen lane, linking."""
