"""What the central system may call; sees sealed bytes only."""
