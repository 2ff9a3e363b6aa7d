package setup

import (
	"context"
	"crypto/rand"
	"fmt"
	"net"
	"strings"

	"traybell/hub/config"
)

// ManagerSection is the section of manager.conf that gives a hub the rights for all that it can do.
// Without a secret it says to keep the one that is there.
func ManagerSection(ctx context.Context, x config.PBX, secret string) string {
	if secret == "" {
		secret = "(as it is)"
	}
	from := "(this computer's address)"
	if ip := sourceAddress(ctx, x.Address); ip != nil {
		mask := "255.255.255.255"
		if ip.To4() == nil {
			mask = "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"
		}
		from = ip.String() + "/" + mask
	}
	return fmt.Sprintf(`[%s]
secret = %s
deny = 0.0.0.0/0.0.0.0
deny = ::/0
permit = %s
; agent: queues. call, originate of write: call control, test calls. Without them the hub does the rest.
read = system,call,agent
write = system,call,agent,originate
writetimeout = 1000
`, x.Username, secret, from)
}

// sourceAddress is this computer's address on the way to another one; nil if there is none.
// Nothing is sent.
func sourceAddress(ctx context.Context, address string) net.IP {
	c, err := new(net.Dialer).DialContext(ctx, "udp", address)
	if err != nil {
		return nil
	}
	defer c.Close() //nolint:errcheck // nothing was sent
	if a, ok := c.LocalAddr().(*net.UDPAddr); ok {
		return a.IP
	}
	return nil
}

// NewSecret returns a secret for a manager user, of letters and digits, which FreePBX accepts.
func NewSecret() string { return strings.ToLower(rand.Text()) }
