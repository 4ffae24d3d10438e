"""The line that says whose a file is."""


def owner(comment: str = "#") -> str:
    """The first line of every file of ours; an agent without memory knows our files by it."""
    return f"{comment} seapoint: written whole, from the cloud's description; what is written here by hand is lost.\n"
