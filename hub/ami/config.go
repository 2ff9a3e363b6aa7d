package ami

import (
	"cmp"
	"context"
	"crypto/tls"
	"log/slog"
	"net"
	"slices"
	"strings"
	"time"
)

// What may be in memory of what a PBX sends.
const (
	DefaultQueue      = 65536     // events that wait for the consumer
	DefaultQueueBytes = 128 << 20 // their size
	DefaultMaxList    = 64 << 20  // bytes of the rows of a list: 30,000 channels
)

// Config is what Connect needs. Address, Username and Password are required, the rest has defaults.
type Config struct {
	Name     string // what log lines call this PBX
	Address  string // host:port; without a port 5038, with TLS 5039
	Username string
	Password string
	MD5      bool        // log in by challenge: the password is not sent
	TLS      *tls.Config // nil: plain. An empty ServerName is taken from Address

	// Classes are event classes to request in addition to call and agent. Asterisk silently omits
	// those that the manager user may not read.
	Classes []string

	// Wanted are the names of the events to deliver, spelled as in Asterisk; none means all. Other
	// events are skipped unparsed.
	Wanted []string

	Queue      int // events that may wait for the consumer; DefaultQueue
	QueueBytes int // DefaultQueueBytes
	MaxMessage int // bytes; wire.DefaultMaxMessage
	MaxList    int // bytes; DefaultMaxList

	ConnectTimeout time.Duration // for the connection and TLS; 10 s
	// for the greeting, and again for the login; 10 s (Asterisk answers a bad password after 1 s)
	LoginTimeout  time.Duration
	ActionTimeout time.Duration // for an answer, or a whole list; 15 s
	WriteTimeout  time.Duration // for sending one action; 10 s
	KeepAlive     time.Duration // between Pings; 5 s
	Stall         time.Duration // the longest silence after a Ping; 10 s

	// Dial connects, without TLS; nil dials TCP.
	Dial func(ctx context.Context, address string) (net.Conn, error)

	Log *slog.Logger
}

func (c Config) withDefaults() Config {
	c.ConnectTimeout = cmp.Or(c.ConnectTimeout, 10*time.Second)
	c.LoginTimeout = cmp.Or(c.LoginTimeout, 10*time.Second)
	c.ActionTimeout = cmp.Or(c.ActionTimeout, 15*time.Second)
	c.WriteTimeout = cmp.Or(c.WriteTimeout, 10*time.Second)
	c.KeepAlive = cmp.Or(c.KeepAlive, 5*time.Second)
	c.Stall = cmp.Or(c.Stall, 10*time.Second)
	c.Queue = cmp.Or(c.Queue, DefaultQueue)
	c.QueueBytes = cmp.Or(c.QueueBytes, DefaultQueueBytes)
	c.MaxList = cmp.Or(c.MaxList, DefaultMaxList)
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	c.Name = cmp.Or(c.Name, c.Address)
	if _, _, err := net.SplitHostPort(c.Address); err != nil && c.Address != "" {
		port := "5038"
		if c.TLS != nil {
			port = "5039"
		}
		c.Address = net.JoinHostPort(strings.Trim(c.Address, "[]"), port)
	}
	if c.Dial == nil {
		c.Dial = func(ctx context.Context, address string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "tcp", address)
		}
	}
	return c
}

// mask is the login's Events field.
func (c Config) mask() string {
	classes := []string{"call", "agent"}
	for _, class := range c.Classes {
		class = strings.ToLower(strings.TrimSpace(class))
		if class != "" && !slices.Contains(classes, class) {
			classes = append(classes, class)
		}
	}
	return strings.Join(classes, ",")
}
