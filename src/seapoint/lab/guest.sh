#!/bin/sh
# What an instance does with a lease, called by udhcpc (word $1) and by dhclient -6 (variable reason).
# Sources: busybox udhcpc's environment; dhclient-script(8); RFC 3442 (classless routes replace the router option).

resolvers() { # family, resolvers, search domains
	{
		for resolver in $2; do echo "nameserver $resolver"; done
		[ -z "$3" ] || echo "search $3"
	} >"/run/resolv.$1"
	cat /run/resolv.? >/etc/resolv.conf
}

routes4() {
	[ -n "$staticroutes" ] || for gateway in $router; do staticroutes="0.0.0.0/0 $gateway"; done
	# shellcheck disable=SC2086
	set -- $staticroutes
	while [ $# -ge 2 ]; do
		if [ "$2" = 0.0.0.0 ]; then
			ip -4 route replace "$1" dev "$interface"
		else
			ip -4 route replace "$1" via "$2" dev "$interface" onlink
		fi
		shift 2
	done
}

case "${1:-$reason}" in
deconfig)
	ip link set "$interface" up
	ip -4 addr flush dev "$interface"
	;;
bound | renew)
	[ -z "$mtu" ] || ip link set "$interface" mtu "$mtu"
	ip -4 addr replace "$ip/$mask" dev "$interface"
	routes4
	resolvers 4 "$dns" "$domain"
	;;
PREINIT6) # a link-local address still in duplicate detection cannot send
	for _ in $(seq 100); do
		ip -6 addr show dev "$interface" scope link -tentative | grep -q inet6 && break
		sleep 0.05
	done
	;;
BOUND6 | RENEW6 | REBIND6)
	[ -z "$new_ip6_address" ] || ip -6 addr replace "$new_ip6_address/${new_ip6_prefixlen:-128}" dev "$interface"
	resolvers 6 "$new_dhcp6_name_servers" "$new_dhcp6_domain_search"
	;;
EXPIRE6 | STOP6 | RELEASE6)
	[ -z "$old_ip6_address" ] || ip -6 addr del "$old_ip6_address/${old_ip6_prefixlen:-128}" dev "$interface"
	;;
esac
exit 0
