"""Where the parts are put together: the only floor that knows every concrete class."""
