"""Desired against held network state, as operations."""

import pytest

from seapoint.agent.network import (
    Address,
    HeldAddress,
    HeldRoute,
    HeldRule,
    Kernel,
    Link,
    NetRoute,
    NetRule,
    Wanted,
    WantedLink,
    family_of,
    prefix,
)
from seapoint.agent.plan import (
    AddAddress,
    AddLink,
    AddRule,
    DeleteAddress,
    DeleteLink,
    DeleteRoute,
    DeleteRule,
    Difference,
    PutRoute,
    SetLink,
    plan_addresses,
    plan_links,
    plan_routes,
    plan_rules,
)

ETH0 = Link("eth0", 2)
NOTHING = Difference(())


def links(*held: Link) -> Kernel:
    return Kernel(links={link.name: link for link in held})


class TestLinks:
    vlan = WantedLink("vlan7", kind="vlan", parent="eth0", vlan=7, mtu=9000)

    def test_made_with_its_parent_and_put_up(self) -> None:
        difference = plan_links(links(ETH0), Wanted(links=(self.vlan,)))
        assert difference == Difference((AddLink(self.vlan), SetLink("vlan7", up=True, mtu=9000)))

    def test_standing_right_nothing_is_done(self) -> None:
        held = Link("vlan7", 3, "vlan", mtu=9000, parent="eth0", vlan=7, ours=True)
        assert plan_links(links(ETH0, held), Wanted(links=(self.vlan,))) == NOTHING

    def test_down_or_of_another_size_it_is_set(self) -> None:
        held = Link("vlan7", 3, "vlan", up=False, mtu=1500, parent="eth0", vlan=7, ours=True)
        difference = plan_links(links(ETH0, held), Wanted(links=(self.vlan,)))
        assert difference.operations == (SetLink("vlan7", up=True, mtu=9000),)

    def test_an_access_cable_of_its_name_is_taken(self) -> None:
        cable = Link("vlan7", 3, "veth", mtu=9000)
        assert plan_links(links(ETH0, cable), Wanted(links=(self.vlan,))) == NOTHING

    def test_ours_with_another_vlan_is_made_anew(self) -> None:
        held = Link("vlan7", 3, "vlan", mtu=9000, parent="eth0", vlan=8, ours=True)
        difference = plan_links(links(ETH0, held), Wanted(links=(self.vlan,)))
        assert difference.operations[:2] == (DeleteLink("vlan7"), AddLink(self.vlan))

    def test_somebody_elses_with_another_vlan_is_left_and_told(self) -> None:
        held = Link("vlan7", 3, "vlan", mtu=9000, parent="eth0", vlan=8)
        difference = plan_links(links(ETH0, held), Wanted(links=(self.vlan,)))
        assert difference.operations == ()
        assert [problem.part for problem in difference.problems] == ["interface vlan7"]

    def test_a_missing_parent_or_cable_is_told(self) -> None:
        difference = plan_links(links(), Wanted(links=(self.vlan, WantedLink("eth9"))))
        assert difference.operations == ()
        assert [problem.part for problem in difference.problems] == ["interface vlan7", "interface eth9"]

    def test_ours_that_is_not_wanted_goes_and_a_foreign_one_stays(self) -> None:
        ours = Link("vlan8", 3, "vlan", parent="eth0", vlan=8, ours=True)
        foreign = Link("vlan9", 4, "vlan", parent="eth0", vlan=9)
        assert plan_links(links(ETH0, ours, foreign), Wanted()).operations == (DeleteLink("vlan8"),)

    def test_enslaved_to_its_vrf_and_released_from_it(self) -> None:
        vrf = Link("cloud", 5, "vrf", table=10, ours=True)
        want = WantedLink("cloud", kind="vrf", table=10)
        enslaved = plan_links(links(ETH0, vrf), Wanted(links=(want, WantedLink("eth0", master="cloud"))))
        assert enslaved.operations == (SetLink("eth0", master="cloud"),)
        released = plan_links(links(Link("eth0", 2, master="cloud"), vrf), Wanted(links=(want, WantedLink("eth0"))))
        assert released.operations == (SetLink("eth0", master=""),)

    def test_somebody_elses_bridge_keeps_its_member(self) -> None:
        kernel = links(Link("eth0", 2, master="br0"), Link("br0", 6, "bridge"))
        assert plan_links(kernel, Wanted(links=(WantedLink("eth0"),))) == NOTHING


@pytest.mark.parametrize("text", ["192.0.2.2/24", "2001:db8::2/64"])
class TestAddresses:
    def test_added_where_its_device_is(self, text: str) -> None:
        wanted = Wanted(addresses=(Address("eth0", text), Address("gone", text)))
        assert plan_addresses(links(ETH0), wanted).operations == (AddAddress(Address("eth0", text)),)

    def test_held_by_whomever_nothing_is_done(self, text: str) -> None:
        for ours in (True, False):
            kernel = Kernel({"eth0": ETH0}, addresses=(HeldAddress(Address("eth0", text), ours),))
            assert plan_addresses(kernel, Wanted(addresses=(Address("eth0", text),))) == NOTHING

    def test_only_ours_is_removed(self, text: str) -> None:
        held = (HeldAddress(Address("eth0", text), True), HeldAddress(Address("eth1", text), False))
        assert plan_addresses(Kernel({"eth0": ETH0}, addresses=held), Wanted()).operations == (
            DeleteAddress(Address("eth0", text)),
        )

    def test_a_wrong_prefix_route_of_ours_is_mended_and_a_foreign_one_left(self, text: str) -> None:
        right = Address("eth0", text, prefix_route=False)
        mended = plan_addresses(
            Kernel({"eth0": ETH0}, addresses=(HeldAddress(Address("eth0", text), True),)), Wanted(addresses=(right,))
        )
        assert mended.operations == (DeleteAddress(Address("eth0", text)), AddAddress(right))
        foreign = Kernel({"eth0": ETH0}, addresses=(HeldAddress(Address("eth0", text), False),))
        assert plan_addresses(foreign, Wanted(addresses=(right,))) == NOTHING

    def test_without_its_connected_route_it_is_put_anew(self, text: str) -> None:
        carrying, address = Link("eth0", 2, carries=True), Address("eth0", text)
        kernel = Kernel({"eth0": carrying}, addresses=(HeldAddress(address, True),))
        wanted = Wanted(addresses=(address,))
        assert plan_addresses(kernel, wanted).operations == (DeleteAddress(address), AddAddress(address))
        connected = NetRoute(family_of(text), prefix(text), 254, 0, device="eth0")
        whole = Kernel(kernel.links, kernel.addresses, routes=(HeldRoute(connected, False),))
        assert plan_addresses(whole, wanted) == NOTHING

    def test_moved_to_another_device_it_is_there_before_it_goes(self, text: str) -> None:
        kernel = Kernel({"eth0": ETH0, "lo": Link("lo", 1)}, addresses=(HeldAddress(Address("lo", text), True),))
        assert plan_addresses(kernel, Wanted(addresses=(Address("eth0", text),))).operations == (
            AddAddress(Address("eth0", text)),
            DeleteAddress(Address("lo", text)),
        )

    def test_with_another_length_the_old_goes_first(self, text: str) -> None:
        longer = Address("eth0", text.partition("/")[0] + "/28")
        kernel = Kernel({"eth0": ETH0}, addresses=(HeldAddress(Address("eth0", text), True),))
        assert plan_addresses(kernel, Wanted(addresses=(longer,))).operations == (
            DeleteAddress(Address("eth0", text)),
            AddAddress(longer),
        )


def route(family: int, via: str | None = None, device: str | None = None) -> NetRoute:
    destination = {4: "10.0.0.0/8", 6: "2001:db8::/32"}[family]
    return NetRoute(family, destination, 254, {4: 0, 6: 1024}[family], via=via, device=device)


@pytest.mark.parametrize(
    ("family", "first", "second"), [(4, "192.0.2.1", "192.0.2.9"), (6, "2001:db8::1", "2001:db8::9")]
)
class TestRoutes:
    def test_added_replaced_in_place_and_removed(self, family: int, first: str, second: str) -> None:
        old, new = route(family, first), route(family, second)
        held = Kernel(routes=(HeldRoute(old, True),))
        assert plan_routes(Kernel(), Wanted(routes=(new,))).operations == (PutRoute(new),)
        assert plan_routes(held, Wanted(routes=(new,))).operations == (PutRoute(new, replace=True),)
        assert plan_routes(held, Wanted(routes=(old,))) == NOTHING
        assert plan_routes(held, Wanted()).operations == (DeleteRoute(old),)

    def test_a_foreign_route_is_neither_removed_nor_replaced(self, family: int, first: str, second: str) -> None:
        foreign = Kernel(routes=(HeldRoute(route(family, first), False),))
        assert plan_routes(foreign, Wanted()) == NOTHING
        assert plan_routes(foreign, Wanted(routes=(route(family, first),))) == NOTHING
        blocked = plan_routes(foreign, Wanted(routes=(route(family, second),)))
        assert blocked.operations == ()
        assert len(blocked.problems) == 1

    def test_any_device_will_do_where_none_is_named(self, family: int, first: str, second: str) -> None:
        held = Kernel(routes=(HeldRoute(route(family, first, device="eth0"), True),))
        assert plan_routes(held, Wanted(routes=(route(family, first),))) == NOTHING
        moved = plan_routes(held, Wanted(routes=(route(family, first, device="eth1"),)))
        assert moved.operations == (PutRoute(route(family, first, device="eth1"), replace=True),)
        assert plan_routes(held, Wanted(routes=(route(family, second),))).operations == (
            PutRoute(route(family, second), replace=True),
        )

    def test_connected_routes_come_before_those_via_a_gateway(self, family: int, first: str, second: str) -> None:
        via, linked = route(family, first), NetRoute(family, f"{second}/{ {4: 32, 6: 128}[family] }", 10, 5, device="e")
        operations = plan_routes(Kernel(), Wanted(routes=(via, linked))).operations
        assert operations == (PutRoute(linked), PutRoute(via))


@pytest.mark.parametrize(("family", "source"), [(4, "192.0.2.2/32"), (6, "2001:db8::2/128")])
def test_rules_are_added_and_only_ours_removed(family: int, source: str) -> None:
    wanted, old = NetRule(family, 1000, 10, source=source), NetRule(family, 900, 9, source=source)
    foreign = NetRule(family, 800, 8, source=source)
    kernel = Kernel(rules=(HeldRule(old, True), HeldRule(foreign, False)))
    assert plan_rules(kernel, Wanted(rules=(wanted,))).operations == (AddRule(wanted), DeleteRule(old))
    assert plan_rules(Kernel(rules=(HeldRule(wanted, False),)), Wanted(rules=(wanted,))) == NOTHING
