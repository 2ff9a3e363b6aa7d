// Package carddav reads customers from the address books of CardDAV servers (RFC 6352): Nextcloud,
// Radicale, Baïkal, iCloud and others.
package carddav

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"traybell/hub/certificate"
	"traybell/hub/directory"
	"traybell/hub/directory/vcard"
	"traybell/hub/remote"
	"traybell/shared/protocol"
)

// batch is how many cards are requested at once.
const batch = 100

// Options configure New.
type Options struct {
	Name string
	// URL is an address book, or anything from which the user's address books can be found: the
	// server, /remote.php/dav of Nextcloud, the user's principal
	URL      string
	Username string // empty: anonymous
	Password string // an app password, where the server has them
	CA       string // PEM file of the certificate authority; empty: those of the system
}

// Source reads all cards of one address book or of all address books of a user. It keeps the cards:
// a read requests only those whose ETag has changed.
type Source struct {
	name   string
	client client
	stall  time.Duration

	mu    sync.Mutex // held during a read
	cards map[string]card
}

// card is what was made of a vCard.
type card struct {
	etag      string
	customers []protocol.Customer
	problems  []directory.Problem
}

// New returns a source, which connects in Read. The error is a *remote.OptionError.
func New(o Options) (*Source, error) {
	u, err := url.Parse(strings.TrimSpace(o.URL))
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, &remote.OptionError{
			Key: "url",
			Err: errors.New("it must be https://host/path of an address book or of a CardDAV server, such as " +
				"https://cloud.example.com/remote.php/dav"),
		}
	}
	if u.User != nil {
		return nil, &remote.OptionError{
			Key: "url", Err: errors.New("remove the user and password from the URL; use username and password_file"),
		}
	}
	var roots *x509.CertPool
	if o.CA != "" {
		if roots, err = certificate.Authorities(o.CA); err != nil {
			return nil, &remote.OptionError{Key: "ca", Err: err}
		}
	}
	if u.Path == "" {
		u.Path = "/"
	}
	transport := &http.Transport{
		Proxy: http.ProxyFromEnvironment, TLSHandshakeTimeout: remote.ConnectWithin,
		TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}, ForceAttemptHTTP2: true,
	}
	return &Source{
		name: o.Name, stall: remote.StallAfter,
		client: client{username: o.Username, password: o.Password, start: u, transport: transport, most: maxResource},
	}, nil
}

// Name implements directory.Source.
func (s *Source) Name() string { return s.name }

// Stamp implements directory.Stamped by the synchronization tokens of the address books (RFC 6578),
// or by the ETags of their cards.
func (s *Source) Stamp(ctx context.Context) (stamp string, err error) {
	err = s.watched(ctx, func(ctx context.Context, c *client) error {
		books, err := c.books(ctx)
		if err != nil {
			return err
		}
		for _, b := range books {
			token := b.token
			if token == "" {
				if token, err = c.tags(ctx, b); err != nil {
					return err
				}
			}
			stamp += b.url.String() + " " + token + "\n"
		}
		return nil
	})
	return stamp, err
}

// tags returns a hash of the ETags of an address book.
func (c *client) tags(ctx context.Context, b book) (string, error) {
	hash := sha256.New()
	err := c.list(ctx, b, func(href, etag string) { fmt.Fprintln(hash, href, etag) })
	return hex.EncodeToString(hash.Sum(nil)), err
}

// Read implements directory.Source.
func (s *Source) Read(ctx context.Context, add func(protocol.Customer), problem func(directory.Problem)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.watched(ctx, func(ctx context.Context, c *client) error { return s.read(ctx, c, add, problem) })
}

// watched runs a read that is cancelled when the server sends nothing.
func (s *Source) watched(parent context.Context, read func(context.Context, *client) error) error {
	watch, ctx := remote.NewWatch(parent, s.stall)
	defer watch.Stop()
	c := s.client
	c.watch = watch
	defer c.transport.CloseIdleConnections()
	err := read(ctx, &c)
	switch stalled := watch.Stalled(); {
	case stalled != nil:
		return stalled
	case err != nil && parent.Err() != nil:
		return parent.Err()
	}
	return err
}

func (s *Source) read(ctx context.Context, c *client, add func(protocol.Customer),
	problem func(directory.Problem),
) error {
	books, err := c.books(ctx)
	if err != nil {
		return err
	}
	cards := map[string]card{}
	for _, b := range books {
		var order, changed []string
		err := c.list(ctx, b, func(href, etag string) {
			if _, twice := cards[href]; twice {
				return
			}
			order = append(order, href)
			known := s.cards[href]
			if etag == "" || known.etag != etag {
				changed = append(changed, href)
				known = card{etag: etag}
			}
			cards[href] = known
		})
		if err != nil {
			return err
		}
		for some := range slices.Chunk(changed, batch) {
			if err := c.fetch(ctx, b, some, cards); err != nil {
				return err
			}
		}
		for _, href := range order {
			for _, p := range cards[href].problems {
				problem(p)
			}
			for _, who := range cards[href].customers {
				add(who)
			}
		}
	}
	s.cards = cards
	return nil
}

// list calls each for every card of an address book.
func (c *client) list(ctx context.Context, b book, each func(href, etag string)) error {
	_, err := c.propfind(ctx, b.url, "1", listProps, func(href *url.URL, p prop) {
		if !p.isBook() && p.Type.Collection == nil && strings.Trim(href.Path, "/") != strings.Trim(b.url.Path, "/") {
			each(href.EscapedPath(), p.ETag)
		}
	})
	return err
}

// fetch requests cards and stores what is in them.
func (c *client) fetch(ctx context.Context, b book, hrefs []string, cards map[string]card) error {
	got := map[string]bool{}
	err := c.multiget(ctx, b.url, hrefs, func(href *url.URL, p prop) {
		key := href.EscapedPath()
		if _, asked := cards[key]; !asked || p.Card == "" {
			return
		}
		got[key] = true
		made := card{etag: cards[key].etag}
		told := func(p directory.Problem) {
			made.problems = append(made.problems, directory.Problem{Text: path.Base(href.Path) + ": " + p.Text})
		}
		err := vcard.Read(ctx, strings.NewReader(p.Card), func(who protocol.Customer) {
			made.customers = append(made.customers, who)
		}, told)
		if err != nil {
			told(directory.Problem{Text: err.Error()})
		}
		cards[key] = made
	})
	if err != nil {
		return err
	}
	for _, href := range hrefs {
		if !got[href] {
			// Deleted meanwhile, or the server fails to read it: request it again next time.
			cards[href] = card{problems: []directory.Problem{{
				Text: path.Base(href) + ": the server did not return this card",
			}}}
		}
	}
	return nil
}
