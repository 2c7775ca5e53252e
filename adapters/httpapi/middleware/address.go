package middleware

import (
	"errors"
	"net"
	"net/netip"
	"strings"

	"github.com/gofiber/fiber/v2"
)

// Proxies are the networks whose X-Forwarded-For is believed. The zero value believes nobody.
type Proxies struct{ networks []netip.Prefix }

// ParseProxies reads addresses and networks like 10.0.0.0/8.
func ParseProxies(list []string) (Proxies, error) {
	var p Proxies
	for _, s := range list {
		network, err := netip.ParsePrefix(s)
		if err != nil {
			address, err := netip.ParseAddr(s)
			if err != nil {
				return Proxies{}, errors.New("a trusted proxy must be an address or a network, like 10.0.0.0/8")
			}
			network = netip.PrefixFrom(address.Unmap(), address.Unmap().BitLen())
		}
		p.networks = append(p.networks, network.Masked())
	}
	return p, nil
}

func (p Proxies) trust(a netip.Addr) bool {
	for _, n := range p.networks {
		if n.Contains(a) {
			return true
		}
	}
	return false
}

// Address is the network address of the client: of the connection, or as the last trusted proxy saw it. What a client
// writes into the header itself stands to the left of that and is never believed.
func (p Proxies) Address(c *fiber.Ctx) string {
	tcp, ok := c.Context().RemoteAddr().(*net.TCPAddr)
	if !ok {
		return ""
	}
	address, ok := netip.AddrFromSlice(tcp.IP)
	if !ok {
		return ""
	}
	address = address.Unmap()
	var hops []string
	for _, line := range c.Context().Request.Header.PeekAll(fiber.HeaderXForwardedFor) {
		hops = append(hops, strings.Split(string(line), ",")...)
	}
	for i := len(hops) - 1; i >= 0 && p.trust(address); i-- {
		hop, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break
		}
		address = hop.Unmap().WithZone("")
	}
	return address.String()
}
