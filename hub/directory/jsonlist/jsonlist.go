// Package jsonlist reads customers from any list in JSON over HTTP: of a CRM, of 1C, of a program of
// the company's own. It may also ask for the customer of a single number.
package jsonlist

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"text/template"
	"time"

	"traybell/hub/certificate"
	"traybell/hub/directory"
	"traybell/hub/directory/contact"
	"traybell/hub/remote"
	"traybell/shared/phone"
	"traybell/shared/protocol"
)

// Options configure New.
type Options struct {
	Name string
	// URL is the address of the list, a template with {{.Token}}.
	URL                string
	Username, Password string // for basic authentication; empty: none
	// Token is sent as Authorization: Bearer, unless URL or Headers use it.
	Token   string
	Headers map[string]string // of all requests; the values are templates with {{.Token}}
	CA      string            // PEM file of the certificate authority; empty: those of the system
	List    string            // place of the list in a reply, see package jsonplace; empty: the reply
	// Map has the places of customer fields in an entry of the list, as ldap.Options.Map has
	// attributes. Without it, keys of an entry are fields if a CSV file could have them as columns.
	Map    map[string]string
	Pages  Pages
	Lookup Lookup
}

// Lookup is how the server is asked for one number.
type Lookup struct {
	// URL is a template with {{.E164}} (+74951234567), {{.Digits}}, {{.National}} (4951234567) and
	// {{.Token}}. Values are escaped. Empty: the server is not asked.
	URL    string
	List   string        // place of the list; empty: Options.List
	Within time.Duration // how long the answer may take
}

// Source is a list.
type Source struct {
	name    string
	url     *url.URL
	client  client
	list    string
	fields  []field // nil: by the keys of the entries
	pages   Pages
	lookup  *template.Template // nil: none
	found   string             // place of the list in an answer to lookup
	within  time.Duration
	stall   time.Duration
	secrets map[string]string // for templates
}

// New returns a source, which connects in Read. The error is a *remote.OptionError.
func New(o Options) (*Source, error) {
	s := &Source{
		name: o.Name, list: o.List, pages: o.Pages, found: cmp.Or(o.Lookup.List, o.List), within: o.Lookup.Within,
		stall: remote.StallAfter, secrets: map[string]string{"Token": o.Token},
	}
	address, err := fill(o.URL, s.secrets)
	if err == nil {
		s.url, err = parse(address)
	}
	if err != nil {
		return nil, &remote.OptionError{Key: "url", Err: err}
	}
	if s.fields, err = fieldsOf(o.Map); err != nil {
		return nil, &remote.OptionError{Key: "map", Err: err}
	}
	if err := s.pages.check(); err != nil {
		return nil, err
	}
	if err := s.setLookup(o.Lookup.URL); err != nil {
		return nil, &remote.OptionError{Key: "lookup.url", Err: err}
	}
	header := http.Header{"Accept": {"application/json"}}
	used := strings.Contains(o.URL+o.Lookup.URL, ".Token")
	for name, text := range o.Headers {
		value, err := fill(text, s.secrets)
		if err != nil {
			return nil, &remote.OptionError{Key: "headers", Err: err}
		}
		used = used || strings.Contains(text, ".Token")
		header.Set(name, value)
	}
	if o.Token != "" && !used {
		header.Set("Authorization", "Bearer "+o.Token)
	}
	var roots *x509.CertPool
	if o.CA != "" {
		if roots, err = certificate.Authorities(o.CA); err != nil {
			return nil, &remote.OptionError{Key: "ca", Err: err}
		}
	}
	s.client = client{
		username: o.Username, password: o.Password, token: o.Token, header: header, host: s.url.Host,
		http: &http.Client{
			Transport: &http.Transport{
				Proxy: http.ProxyFromEnvironment, TLSHandshakeTimeout: remote.ConnectWithin,
				TLSClientConfig:   &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
				ForceAttemptHTTP2: true, IdleConnTimeout: time.Minute,
			},
			// a redirect could take the secrets elsewhere
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
	return s, nil
}

// parse returns an address without user and password.
func parse(address string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimSpace(address))
	switch {
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "":
		return nil, errors.New("it must be https://host/path of the list, such as https://crm.example.com/api/contacts")
	case u.User != nil:
		return nil, errors.New("remove the user and password from the URL; use username and password_file")
	}
	return u, nil
}

// fill fills in a template.
func fill(text string, values map[string]string) (string, error) {
	t, err := template.New("").Option("missingkey=error").Parse(text)
	if err != nil {
		return "", fmt.Errorf("not a valid template: %s", strings.TrimPrefix(err.Error(), "template: "))
	}
	return run(t, values)
}

func run(t *template.Template, values map[string]string) (string, error) {
	var b strings.Builder
	if err := t.Execute(&b, values); err != nil {
		return "", errors.New(
			"a template can use {{.Token}}, that of lookup also {{.E164}}, {{.Digits}} and {{.National}}",
		)
	}
	return b.String(), nil
}

// Name implements directory.Source.
func (s *Source) Name() string { return s.name }

// Read implements directory.Source.
func (s *Source) Read(ctx context.Context, add func(protocol.Customer), problem func(directory.Problem)) error {
	rows := rows{fields: s.fields, add: add, problem: problem}
	err := s.each(ctx, func(entry any) { rows.entry(entry) }, problem)
	rows.end()
	return err
}

// setLookup parses the template of a look-up, and tries it.
func (s *Source) setLookup(text string) error {
	if text == "" {
		return nil
	}
	var err error
	if s.lookup, err = template.New("").Option("missingkey=error").Parse(text); err != nil {
		return fmt.Errorf("not a valid template: %s", strings.TrimPrefix(err.Error(), "template: "))
	}
	sample := phone.Number{E164: "+74951234567"}
	u, err := s.lookupURL(sample)
	if err != nil {
		return err
	}
	if u.Host != s.url.Host || u.Scheme != s.url.Scheme {
		return fmt.Errorf("it must be on the server of url, %s://%s: it gets the same password or token", s.url.Scheme,
			s.url.Host)
	}
	if other, err := s.lookupURL(phone.Number{E164: "+4930123456"}); err == nil && *other == *u {
		return errors.New("it does not contain the number: use {{.E164}}, {{.Digits}} or {{.National}}")
	}
	return nil
}

func (s *Source) lookupURL(n phone.Number) (*url.URL, error) {
	address, err := run(s.lookup, map[string]string{
		"Token": s.secrets["Token"], "E164": url.QueryEscape(n.E164),
		"Digits": strings.TrimPrefix(n.E164, "+"), "National": phone.NationalDigits(n.E164),
	})
	if err != nil {
		return nil, err
	}
	return parse(address)
}

// Within implements directory.Live.
func (s *Source) Within() time.Duration {
	if s.lookup == nil {
		return 0
	}
	return s.within
}

// Look implements directory.Live.
func (s *Source) Look(ctx context.Context, n phone.Number) (found []protocol.Customer, err error) {
	u, err := s.lookupURL(n)
	if err != nil {
		return nil, err
	}
	reply, err := s.client.get(ctx, u, nil)
	if none := (*notFoundError)(nil); errors.As(err, &none) {
		return nil, nil // how many servers say that no customer has the number
	}
	if err != nil {
		return nil, err
	}
	entries, err := reply.entries(s.found, true)
	if err != nil {
		return nil, err
	}
	rows := rows{
		fields: s.fields, problem: func(directory.Problem) {},
		add: func(c protocol.Customer) { found = append(found, c) },
	}
	for _, entry := range entries {
		rows.entry(entry)
	}
	rows.end()
	return found, nil
}

// identifying are the fields that say who a customer is.
var identifying = []contact.Column{
	contact.Login, contact.Name, contact.First, contact.Last, contact.Email, contact.Company,
}

// numbers are the fields with numbers.
var numbers = []contact.Column{contact.Phone, contact.Mobile, contact.Home, contact.Fax}
