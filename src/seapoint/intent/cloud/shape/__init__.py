"""The shape of the cloud file: a module for each part, and the whole in ``cloud``."""
