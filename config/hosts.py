"""Which machine an address names."""

import ipaddress


def is_loopback(host: str) -> bool:
    """This very machine: what is said to it in clear, nobody overhears."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
