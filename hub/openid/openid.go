// Package openid signs people in by a company's OpenID Connect provider: authorization code with
// PKCE, state and nonce. It hands a verified identity to a function.
package openid

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/subtle"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"traybell/hub/advice"
	"traybell/hub/certificate"
	"traybell/hub/remote"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

const (
	// StartPath begins a sign-in; its parameter "to" is where it leads.
	StartPath = "/sign-in/oidc"
	// CallbackPath ends it.
	CallbackPath = "/sign-in/oidc/callback"

	cookieName  = "traybell-oidc"
	signInTakes = 10 * time.Minute // at most
	answerIn    = 10 * time.Second // of the provider
	mostAnswer  = 1 << 20          // bytes
	awayFor     = 5 * time.Second  // without asking again
)

// Options configure New.
type Options struct {
	Issuer       string // as in the provider's tokens
	ClientID     string
	ClientSecret string
	CA           string // PEM file of the provider's CA; empty: those of the system
	Scopes       []string
	LoginClaim   string
	RolesClaim   string              // a list of texts, or one
	Roles        map[string][]string // roles by value of RolesClaim
	PublicURL    string              // the hub's URL for browsers
	Log          *slog.Logger
}

// Identity is a person whom the provider has verified.
type Identity struct {
	Login string
	Name  string
	Roles []string // not empty
}

// The reasons why a sign-in fails.
var (
	ErrAway    = errors.New("the provider does not respond")
	ErrStale   = errors.New("the sign-in took too long, or was begun in another browser")
	ErrRefused = errors.New("the provider refused the sign-in")
	ErrNoRole  = errors.New("the person has no role")
)

// Provider is a provider of identities. Any goroutine may use it.
type Provider struct {
	o      Options
	client *http.Client
	seal   cipher.AEAD
	asking chan struct{} // of one: who reads the configuration

	mu    sync.Mutex
	found *oidc.Provider       // nil: not asked yet
	away  time.Time            // until then the provider is not asked
	used  map[string]time.Time // states of finished sign-ins, until they are too old anyway
}

// New checks the options. It does not connect. The error is a *remote.OptionError.
func New(o Options) (*Provider, error) {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	if o.CA != "" {
		roots, err := certificate.Authorities(o.CA)
		if err != nil {
			return nil, &remote.OptionError{Key: "ca", Err: err}
		}
		transport.TLSClientConfig = &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
	}
	key := make([]byte, 32)
	rand.Read(key) // never fails
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	seal, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	return &Provider{
		o: o, seal: seal, asking: make(chan struct{}, 1), used: map[string]time.Time{},
		client: &http.Client{
			Transport: limited{transport}, Timeout: answerIn,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}, nil
}

// limited bounds the answers of a provider.
type limited struct{ http.RoundTripper }

func (l limited) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := l.RoundTripper.RoundTrip(r)
	if err == nil {
		resp.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(resp.Body, mostAnswer), resp.Body}
	}
	return resp, err
}

// Check reads the provider's configuration.
func (p *Provider) Check(ctx context.Context) error {
	_, err := p.provider(ctx)
	return err
}

// known returns the configuration, if it was read; ErrAway: it could not be read lately.
func (p *Provider) known() (*oidc.Provider, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.found == nil && time.Now().Before(p.away) {
		return nil, ErrAway
	}
	return p.found, nil
}

// provider returns the provider's configuration, which is read once. Anyone may cause that: one
// request asks, and the others wait for its result.
func (p *Provider) provider(ctx context.Context) (*oidc.Provider, error) {
	if found, err := p.known(); found != nil || err != nil {
		return found, err
	}
	select {
	case p.asking <- struct{}{}:
		defer func() { <-p.asking }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if found, err := p.known(); found != nil || err != nil {
		return found, err
	}
	// the keys are read with this context later
	found, err := oidc.NewProvider(oidc.ClientContext(context.WithoutCancel(ctx), p.client), p.o.Issuer)
	if err != nil {
		p.mu.Lock()
		p.away = time.Now().Add(awayFor)
		p.mu.Unlock()
		if remedy := advice.For(err); remedy != "" {
			return nil, fmt.Errorf("%w; %s", err, remedy)
		}
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.found = found
	return found, nil
}

func (p *Provider) config(found *oidc.Provider) *oauth2.Config {
	return &oauth2.Config{
		ClientID: p.o.ClientID, ClientSecret: p.o.ClientSecret, Endpoint: found.Endpoint(),
		RedirectURL: strings.TrimSuffix(p.o.PublicURL, "/") + CallbackPath, Scopes: p.o.Scopes,
	}
}

// attempt is a sign-in that has begun. It is in a cookie of the browser, encrypted.
type attempt struct {
	State    string    `json:"state"`
	Nonce    string    `json:"nonce"`
	Verifier string    `json:"verifier"`
	To       string    `json:"to"`
	Until    time.Time `json:"until"`
}

// Start sends the browser to the provider. to is a path of the hub's pages. After an error nothing
// was written.
func (p *Provider) Start(w http.ResponseWriter, r *http.Request, to string) error {
	found, err := p.provider(r.Context())
	if err != nil {
		p.o.Log.Warn("the OpenID provider does not respond", "issuer", p.o.Issuer, "error", err)
		return ErrAway
	}
	a := attempt{
		State: rand.Text(), Nonce: rand.Text(), Verifier: oauth2.GenerateVerifier(), To: to,
		Until: time.Now().Add(signInTakes),
	}
	text, err := json.Marshal(a)
	if err != nil {
		return err
	}
	nonce := make([]byte, p.seal.NonceSize())
	rand.Read(nonce)
	http.SetCookie(w, p.cookie(base64.RawURLEncoding.EncodeToString(p.seal.Seal(nonce, nonce, text, nil)),
		int(signInTakes.Seconds())))
	http.Redirect(w, r, p.config(found).AuthCodeURL(a.State, oidc.Nonce(a.Nonce),
		oauth2.S256ChallengeOption(a.Verifier)), http.StatusSeeOther)
	return nil
}

func (p *Provider) cookie(value string, age int) *http.Cookie {
	return &http.Cookie{
		Name: p.cookieName(), Value: value, Path: "/", MaxAge: age, HttpOnly: true, Secure: p.secure(),
		SameSite: http.SameSiteLaxMode,
	}
}

// secure reports whether browsers reach the hub by TLS.
func (p *Provider) secure() bool { return strings.HasPrefix(p.o.PublicURL, "https://") }

// cookieName is the name of a cookie that no other host of the domain can set: it could sign the
// browser in as somebody else.
func (p *Provider) cookieName() string {
	if p.secure() {
		return "__Host-" + cookieName
	}
	return cookieName
}

// Finish verifies the provider's answer and returns who it is, and where the sign-in leads. Errors
// are those of this package.
func (p *Provider) Finish(w http.ResponseWriter, r *http.Request) (who Identity, to string, err error) {
	a, ok := p.begun(r)
	http.SetCookie(w, p.cookie("", -1))
	q := r.URL.Query()
	if !ok || subtle.ConstantTimeCompare([]byte(q.Get("state")), []byte(a.State)) != 1 || !p.first(a) {
		return who, "", ErrStale
	}
	if said := q.Get("error"); said != "" || q.Get("code") == "" {
		p.o.Log.Warn("the OpenID provider refused a sign-in", "error", said, "description", q.Get("error_description"))
		return who, "", ErrRefused
	}
	if iss := q.Get("iss"); iss != "" && iss != p.o.Issuer { // RFC 9207
		p.o.Log.Warn("an answer of another OpenID provider", "issuer", iss)
		return who, "", ErrRefused
	}
	if who, err = p.exchange(r.Context(), q.Get("code"), a); err != nil {
		p.o.Log.Warn("sign-in by OpenID failed", "login", who.Login, "error", err)
		for _, known := range []error{ErrNoRole, ErrAway} {
			if errors.Is(err, known) {
				return who, "", known
			}
		}
		return who, "", ErrRefused
	}
	return who, a.To, nil
}

// begun returns the attempt in the browser's cookie.
func (p *Provider) begun(r *http.Request) (a attempt, ok bool) {
	c, err := r.Cookie(p.cookieName())
	if err != nil {
		return a, false
	}
	sealed, err := base64.RawURLEncoding.DecodeString(c.Value)
	if err != nil || len(sealed) < p.seal.NonceSize() {
		return a, false
	}
	n := p.seal.NonceSize()
	text, err := p.seal.Open(nil, sealed[:n], sealed[n:], nil)
	if err != nil || json.Unmarshal(text, &a) != nil {
		return a, false
	}
	return a, time.Now().Before(a.Until)
}

// first reports whether an attempt ends for the first time.
func (p *Provider) first(a attempt) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	for state, until := range p.used {
		if now.After(until) {
			delete(p.used, state)
		}
	}
	_, again := p.used[a.State]
	p.used[a.State] = a.Until
	return !again
}

// exchange gets the tokens for a code and verifies them.
func (p *Provider) exchange(ctx context.Context, code string, a attempt) (who Identity, err error) {
	found, err := p.provider(ctx)
	if err != nil {
		return who, fmt.Errorf("%w: %w", ErrAway, err)
	}
	ctx = oidc.ClientContext(ctx, p.client)
	tokens, err := p.config(found).Exchange(ctx, code, oauth2.VerifierOption(a.Verifier))
	var refused *oauth2.RetrieveError
	switch {
	case errors.As(err, &refused):
		return who, fmt.Errorf("the code was not accepted: %s", refused.ErrorCode)
	case err != nil:
		return who, fmt.Errorf("%w: %w", ErrAway, err)
	}
	raw, ok := tokens.Extra("id_token").(string)
	if !ok {
		return who, errors.New("the answer has no id_token")
	}
	token, err := found.VerifierContext(ctx, &oidc.Config{ClientID: p.o.ClientID}).Verify(ctx, raw)
	if err != nil {
		return who, fmt.Errorf("id_token: %w", err)
	}
	if subtle.ConstantTimeCompare([]byte(token.Nonce), []byte(a.Nonce)) != 1 {
		return who, errors.New("id_token: the nonce is not that of this sign-in")
	}
	var claims map[string]any
	if err := token.Claims(&claims); err != nil {
		return who, fmt.Errorf("id_token: %w", err)
	}
	if azp, _ := claims["azp"].(string); len(token.Audience) > 1 && azp != p.o.ClientID {
		return who, errors.New("id_token: it was issued to another client")
	}
	if claims[p.o.LoginClaim] == nil || claims[p.o.RolesClaim] == nil { // perhaps only there
		info, err := found.UserInfo(ctx, oauth2.StaticTokenSource(tokens))
		switch {
		case err != nil:
			p.o.Log.Debug("the OpenID provider has no more claims", "error", err)
		case info.Subject != token.Subject:
			return who, errors.New("userinfo: it is of another person")
		default:
			if err := info.Claims(&claims); err != nil {
				return who, fmt.Errorf("userinfo: %w", err)
			}
		}
	}
	return p.identity(claims)
}

// identity reads the claims of a verified person.
func (p *Provider) identity(claims map[string]any) (who Identity, err error) {
	who.Login, _ = claims[p.o.LoginClaim].(string)
	who.Name, _ = claims["name"].(string)
	if who.Login = strings.TrimSpace(who.Login); who.Login == "" || len(who.Login) > 100 {
		return who, fmt.Errorf("no claim %s; set sign_in.oidc.login to another one, or add its scope",
			p.o.LoginClaim)
	}
	var values []string
	switch v := claims[p.o.RolesClaim].(type) {
	case string:
		values = []string{v}
	case []any:
		for _, each := range v {
			if s, ok := each.(string); ok {
				values = append(values, s)
			}
		}
	}
	for _, value := range values {
		for _, role := range p.o.Roles[value] {
			if !slices.Contains(who.Roles, role) {
				who.Roles = append(who.Roles, role)
			}
		}
	}
	if len(who.Roles) == 0 {
		return who, fmt.Errorf("%w: the claim %s has %q", ErrNoRole, p.o.RolesClaim, values)
	}
	return who, nil
}
