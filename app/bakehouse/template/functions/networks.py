"""Functions of network prefixes (go-cty-funcs, cidr/; apparentlymart/go-cidr)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bakehouse.template.callables import Family, Parameter, text
from bakehouse.template.fault import Fault
from bakehouse.template.functions.numeric import whole
from bakehouse.template.kinds import NUMBER, STRING, ListType
from bakehouse.template.numbers import Number

if TYPE_CHECKING:
    import ipaddress

    Network = ipaddress.IPv4Network | ipaddress.IPv6Network

family = Family()
_PREFIX = re.compile(r"(?P<address>[0-9A-Fa-f:.]+)/(?P<length>\d{1,3})\Z", re.ASCII)
_PARAMETER = text("prefix")


def network(given: str) -> Network:
    """The network of a prefix such as 10.0.0.0/8; bits of the host in it count for nothing."""
    import ipaddress

    match = _PREFIX.match(given)
    try:
        if match is None:
            raise ValueError
        return ipaddress.ip_network(f"{match['address']}/{int(match['length'])}", strict=False)
    except ValueError:
        detail = f'"{given}" is not one. One looks like 10.0.0.0/8 or fd00::/64.'
        raise Fault("Not a network prefix", detail, argument=0) from None


def _address(parent: Network, value: int) -> str:
    return str(type(parent.network_address)(value))


@family.function("cidrhost", _PARAMETER, Parameter("hostnum", NUMBER), result=STRING)
def host(prefix: str, number: Number) -> str:
    """The address of a host in a network; negative numbers count from its end."""
    parent, place = network(prefix), whole(number, 1, "hostnum")
    size = parent.num_addresses
    if not -size <= place < size:
        raise Fault("No such host", f"The network has {size} addresses.", argument=1)
    return _address(parent, int(parent.network_address) + place % size)


@family.function("cidrnetmask", _PARAMETER, result=STRING)
def netmask(prefix: str) -> str:
    """The mask of a network, as an address."""
    return str(network(prefix).netmask)


@family.function("cidrsubnet", _PARAMETER, Parameter("newbits", NUMBER), Parameter("netnum", NUMBER), result=STRING)
def subnet(prefix: str, new_bits: Number, number: Number) -> str:
    """The part `netnum` of a network that is divided into parts longer by `newbits`."""
    parent, bits, place = network(prefix), whole(new_bits, 1, "newbits"), whole(number, 2, "netnum")
    length = parent.prefixlen + bits
    if bits < 0 or length > parent.max_prefixlen:
        raise Fault('Unsuitable "newbits"', f"The prefix can be longer by at most {_room(parent)} bits.", argument=1)
    if not 0 <= place < 2**bits:
        raise Fault("No such part", f"The network has {2**bits} such parts.", argument=2)
    return f"{_address(parent, int(parent.network_address) + (place << parent.max_prefixlen - length))}/{length}"


def _room(parent: Network) -> int:
    return parent.max_prefixlen - parent.prefixlen


@family.function("cidrsubnets", _PARAMETER, rest=Parameter("newbits", NUMBER), result=ListType(STRING))
def subnets(prefix: str, *new_bits: Number) -> list[str]:
    """Parts of a network one after the other, each longer by its own number of bits."""
    parent = network(prefix)
    free, result = int(parent.network_address), []
    for at, given in enumerate(new_bits, 1):
        bits = whole(given, at, "newbits")
        if not 1 <= bits <= _room(parent):
            raise Fault('Unsuitable "newbits"', f"It is 1 to {_room(parent)} here.", argument=at)
        size = 2 ** (parent.max_prefixlen - parent.prefixlen - bits)
        start = -(-free // size) * size
        if start + size > int(parent.broadcast_address) + 1:
            raise Fault("No room left", f"What the parts before leave of {parent} is too small.", argument=at)
        result.append(f"{_address(parent, start)}/{parent.prefixlen + bits}")
        free = start + size
    return result
