package signin

import "net/netip"

// Site returns the part of host:port that identifies a customer of a provider: the IPv4 address, or
// the /48 network of an IPv6 address.
func Site(address string) string {
	all := networks(address)
	return all[len(all)-1]
}

// networks returns the networks that an address belongs to, narrowest first: an IPv4 address is its
// own; of IPv6 a customer has a /64, a /56 or a /48.
func networks(address string) []string {
	ap, err := netip.ParseAddrPort(address)
	if err != nil {
		return []string{address}
	}
	ip := ap.Addr().Unmap().WithZone("")
	if ip.Is4() {
		return []string{ip.String()}
	}
	return []string{prefix(ip, 64), prefix(ip, 56), prefix(ip, 48)}
}

// region is the neighbourhood of an address, in which a device may move: /24, or /48 of IPv6.
func region(address string) string {
	site := Site(address)
	if ip, err := netip.ParseAddr(site); err == nil && ip.Is4() {
		return prefix(ip, 24)
	}
	return site
}

func prefix(ip netip.Addr, bits int) string {
	return netip.PrefixFrom(ip, bits).Masked().String()
}
