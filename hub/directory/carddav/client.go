package carddav

import (
	"cmp"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"traybell/hub/advice"
	"traybell/hub/charset"
	"traybell/hub/directory/vcard"
	"traybell/hub/remote"

	"golang.org/x/net/publicsuffix"
)

const (
	maxRedirects = 5
	maxResource  = 16 << 20 // bytes of the response for one resource: photos are large
	maxResources = 2_000_000
	maxBooks     = 1000
	maxName      = 4096 // bytes of an href, a tag or a token

	startProps = `<d:resourcetype/><d:current-user-principal/><c:addressbook-home-set/><d:sync-token/><s:getctag/>`
	listProps  = `<d:resourcetype/><d:getetag/>`
	namespaces = `xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:carddav" xmlns:s="http://calendarserver.org/ns/"`
)

// prop has the properties of a resource.
type prop struct {
	Type struct {
		Collection *struct{} `xml:"DAV: collection"`
		Book       *struct{} `xml:"urn:ietf:params:xml:ns:carddav addressbook"`
	} `xml:"DAV: resourcetype"`
	Principal hrefs  `xml:"DAV: current-user-principal"`
	Homes     hrefs  `xml:"urn:ietf:params:xml:ns:carddav addressbook-home-set"`
	Token     string `xml:"DAV: sync-token"`
	CTag      string `xml:"http://calendarserver.org/ns/ getctag"`
	ETag      string `xml:"DAV: getetag"`
	Card      string `xml:"urn:ietf:params:xml:ns:carddav address-data"`
}

type hrefs struct {
	Hrefs []string `xml:"href"` // some servers forget the namespace
}

func (p prop) isBook() bool { return p.Type.Book != nil }

func (p prop) token() string { return cmp.Or(p.Token, p.CTag) }

// response is one resource of a multistatus response (RFC 4918, 13).
type response struct {
	Href   string `xml:"DAV: href"`
	Status string `xml:"DAV: status"`
	Found  []struct {
		Status string `xml:"DAV: status"`
		Prop   prop   `xml:"DAV: prop"`
	} `xml:"DAV: propstat"`
}

func (r response) long() bool {
	long := len(r.Href) > maxName
	for _, found := range r.Found {
		p := found.Prop
		long = long || max(len(p.Token), len(p.CTag), len(p.ETag)) > maxName
	}
	return long
}

// client sends requests with the credentials of the user.
type client struct {
	username, password string
	start              *url.URL // on the server that the credentials are for
	transport          *http.Transport
	watch              *remote.Watch
	most               int // bytes of the response for one resource
	read               int // resources in this read
}

// propfind requests the properties of a resource and, with depth 1, of its members. It returns the
// URL after redirects.
func (c *client) propfind(ctx context.Context, u *url.URL, depth, props string, each func(*url.URL, prop),
) (*url.URL, error) {
	return c.query(ctx, "PROPFIND", u, depth, `<d:propfind `+namespaces+`><d:prop>`+props+
		`</d:prop></d:propfind>`, each)
}

// multiget requests cards, without the properties that are of no use, such as photos.
func (c *client) multiget(ctx context.Context, u *url.URL, hrefs []string, each func(*url.URL, prop)) error {
	var body strings.Builder
	body.WriteString(`<c:addressbook-multiget ` + namespaces + `><d:prop><d:getetag/><c:address-data>`)
	for _, name := range vcard.Properties() {
		body.WriteString(`<c:prop name="` + name + `"/>`)
	}
	body.WriteString(`</c:address-data></d:prop>`)
	for _, href := range hrefs {
		body.WriteString(`<d:href>`)
		_ = xml.EscapeText(&body, []byte(href)) // a builder does not fail
		body.WriteString(`</d:href>`)
	}
	body.WriteString(`</c:addressbook-multiget>`)
	_, err := c.query(ctx, "REPORT", u, "1", body.String(), each)
	return err
}

// query sends a request and reads the multistatus response as it arrives.
func (c *client) query(ctx context.Context, method string, u *url.URL, depth, body string, each func(*url.URL, prop),
) (*url.URL, error) {
	resp, err := c.send(ctx, method, u, depth, `<?xml version="1.0" encoding="utf-8"?>`+body)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close() //nolint:errcheck // only read
	at := resp.Request.URL
	if resp.StatusCode != http.StatusMultiStatus {
		return nil, &statusError{code: resp.StatusCode, url: at, challenge: resp.Header.Values("WWW-Authenticate")}
	}
	limited := &watchedReader{Reader: resp.Body, watch: c.watch, left: c.most}
	in := xml.NewDecoder(limited)
	in.CharsetReader = func(name string, from io.Reader) (io.Reader, error) { return charset.Reader(from, name) }
	for {
		token, err := in.Token()
		if errors.Is(err, io.EOF) {
			return at, nil
		}
		if err != nil {
			return nil, fmt.Errorf("%s: read response: %w", at, err)
		}
		start, ok := token.(xml.StartElement)
		if !ok || start.Name != (xml.Name{Space: "DAV:", Local: "response"}) {
			continue
		}
		var r response
		if err := in.DecodeElement(&r, &start); err != nil {
			return nil, fmt.Errorf("%s: read response: %w", at, err)
		}
		limited.left = c.most
		c.watch.Progress()
		if c.read++; c.read > maxResources {
			return nil, fmt.Errorf("%s has more than %d resources: set url to an address book", at, maxResources)
		}
		if r.long() {
			return nil, fmt.Errorf("%s: a resource has a name or tag of more than %d bytes: is this a CardDAV server? "+
				"Check url", at, maxName)
		}
		href, err := c.resolve(at, r.Href)
		if err != nil {
			return nil, err
		}
		if strings.Contains(r.Status, " 507 ") {
			return nil, fmt.Errorf("%s: the server does not return all cards; raise its limit", at)
		}
		for _, found := range r.Found {
			if strings.Contains(found.Status, " 200 ") || found.Status == "" {
				each(href, found.Prop)
			}
		}
	}
}

// send sends a request and follows redirects, which net/http would turn into GET.
func (c *client) send(ctx context.Context, method string, u *url.URL, depth, body string) (*http.Response, error) {
	for range maxRedirects {
		req, err := http.NewRequestWithContext(ctx, method, u.String(), strings.NewReader(body))
		if err != nil {
			return nil, err
		}
		req.Header.Set("Content-Type", "application/xml; charset=utf-8")
		req.Header.Set("Depth", depth)
		req.Header.Set("User-Agent", "traybell-hub")
		if c.username != "" {
			req.SetBasicAuth(c.username, c.password)
		}
		resp, err := c.transport.RoundTrip(req)
		if err != nil {
			if remedy := advice.For(err); remedy != "" {
				return nil, fmt.Errorf("connect to %s: %w; %s", u.Host, err, remedy)
			}
			return nil, fmt.Errorf("connect to %s: %w", u.Host, err)
		}
		location := resp.Header.Get("Location")
		if resp.StatusCode < 300 || resp.StatusCode > 399 || location == "" {
			return resp, nil
		}
		_ = resp.Body.Close()
		if u, err = c.resolve(u, location); err != nil {
			return nil, err
		}
	}
	return nil, fmt.Errorf("%s redirects in a circle; set url to the address book", u)
}

// resolve returns the URL of a reference. It must be on the server of the credentials, or on one of
// the same domain: iCloud has the address books on another one.
func (c *client) resolve(base *url.URL, reference string) (*url.URL, error) {
	u, err := base.Parse(strings.TrimSpace(reference))
	if err != nil {
		return nil, fmt.Errorf("%s: %q is not a URL", base, reference)
	}
	secure := u.Scheme == "https" || u.Scheme == "http" && c.start.Scheme == "http"
	if !secure || !sameSite(u.Hostname(), c.start.Hostname()) {
		return nil, fmt.Errorf("%s refers to %s, which would get the password: set url to that if it is right", base, u)
	}
	return u, nil
}

func sameSite(a, b string) bool {
	if strings.EqualFold(a, b) {
		return true
	}
	site, err := publicsuffix.EffectiveTLDPlusOne(strings.ToLower(a))
	other, err2 := publicsuffix.EffectiveTLDPlusOne(strings.ToLower(b))
	return err == nil && err2 == nil && site == other
}

// watchedReader tells the watch that the server sends, and ends a response that does not end.
type watchedReader struct {
	io.Reader
	watch *remote.Watch
	left  int // bytes
}

var errLarge = errors.New("the response for one resource is too large: is this a CardDAV server? Check url")

func (r *watchedReader) Read(p []byte) (int, error) {
	r.watch.Reset()
	if r.left <= 0 {
		return 0, errLarge
	}
	n, err := r.Reader.Read(p)
	r.left -= n
	return n, err
}

// statusError is a response that is not a multistatus.
type statusError struct {
	code      int
	url       *url.URL
	challenge []string
}

// elsewhere reports whether there may be CardDAV at another URL of this server.
func (e *statusError) elsewhere() bool {
	switch e.code {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusTooManyRequests:
		return false
	}
	return e.code < 500 || e.code == http.StatusNotImplemented
}

func (e *statusError) Error() string {
	return fmt.Sprintf("%s: %d %s; %s", e.url, e.code, http.StatusText(e.code), e.remedy())
}

func (e *statusError) remedy() string {
	switch e.code {
	case http.StatusUnauthorized:
		digest := strings.HasPrefix(strings.ToLower(strings.Join(e.challenge, ",")), "digest")
		if digest && !strings.Contains(strings.ToLower(strings.Join(e.challenge, ",")), "basic") {
			return "the server wants Digest authentication: set it to Basic"
		}
		return "check username and password; Nextcloud and others need an app password (Settings, Security)"
	case http.StatusForbidden:
		return "this user may not read this: check url, or share the address book with the user"
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		return "the server is overloaded or in maintenance; the hub retries"
	}
	if e.code >= 500 && e.code != http.StatusNotImplemented {
		return "see the log of the server"
	}
	return "this is not a CardDAV server or address book: check url, such as https://cloud.example.com/remote.php/dav"
}
