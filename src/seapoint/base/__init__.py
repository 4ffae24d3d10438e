"""What every room uses: errors, addresses, keys. Pure: no I/O, no clock, no log."""
