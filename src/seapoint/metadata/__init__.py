"""The metadata proxy of a hypervisor: takes instances' questions in their networks and asks the server.

One process for all networks, from the standard library alone. It knows nothing: the server does.
"""
