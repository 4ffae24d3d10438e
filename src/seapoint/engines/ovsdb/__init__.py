"""A small OVSDB client (RFC 7047) with a replica, and the engine that keeps our rows; standard library only."""
