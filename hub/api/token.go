package api

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"math"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"traybell/hub/access"
	"traybell/hub/callpage"
	"traybell/hub/signin"
)

// The names of the ways to sign in.
const (
	bearer  = "token"
	session = "session"
)

// Token admits a program.
type Token struct {
	Name    string
	Hash    string // SHA-256 of the token, in hexadecimal
	Scopes  []access.Role
	Expires time.Time // zero: never
}

// tokenPrefix marks a token, so that it is recognized where it should not be.
const tokenPrefix = "tbt_"

// NewToken returns a random token and its hash for hub.yml.
func NewToken() (token, hash string) {
	token = tokenPrefix + rand.Text() + rand.Text()
	return token, hashOf(token)
}

func hashOf(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// failedTokens limits wrong tokens as wrong passwords of the pages. A right token is not limited.
var failedTokens = signin.Limit{Every: time.Second, Burst: 60}

// tokens admit programs by their tokens, and browsers by their session.
type tokens struct {
	byHash   *atomic.Pointer[map[string]Token]
	visitor  func(http.ResponseWriter, *http.Request) (access.Principal, bool)
	pages    *callpage.Commands
	failures *signin.Failures
	counter  *signin.Counter
	log      *slog.Logger
	now      func() time.Time
}

func newTokens(o Options) tokens {
	return tokens{
		byHash: &atomic.Pointer[map[string]Token]{}, visitor: o.Visitor, pages: o.Pages,
		failures: signin.NewFailures(failedTokens),
		counter:  new(signin.Counter), log: o.Log, now: o.Now,
	}
}

func (t tokens) set(list []Token) error {
	byHash := make(map[string]Token, len(list))
	for _, of := range list {
		if sum, err := hex.DecodeString(of.Hash); err != nil || len(sum) != sha256.Size {
			return fmt.Errorf("the hash of token %s is not a SHA-256 in hexadecimal", of.Name)
		}
		byHash[strings.ToLower(of.Hash)] = of
	}
	t.byHash.Store(&byHash)
	return nil
}

// who returns who sends a request.
func (t tokens) who(w http.ResponseWriter, r *http.Request) (access.Principal, *problem) {
	if query := r.URL.Query(); query.Has("token") || query.Has("access_token") {
		return access.Principal{}, newProblem(http.StatusBadRequest, "A token in a URL ends up in logs: send it in "+
			"the header, `Authorization: Bearer …`, and replace this one.")
	}
	from, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		from = r.RemoteAddr
	}
	header := r.Header.Get("Authorization")
	if header == "" {
		if t.visitor != nil {
			if p, ok := t.visitor(w, r); ok {
				return p, nil
			}
		}
		return access.Principal{}, refused(w,
			"A token is needed: `Authorization: Bearer …`. `traybell-hub token` makes one.")
	}
	scheme, given, _ := strings.Cut(header, " ")
	if strings.HasPrefix(strings.TrimSpace(given), callpage.TokenPrefix) && t.pages != nil {
		login, call, err := t.pages.Service.Grant(strings.TrimSpace(given))
		if err == nil {
			t.counter.Count(nil)
			return access.Principal{Kind: access.Page, Name: login, Call: call, From: from}, nil
		}
		return access.Principal{}, t.wrong(w, r, "This token is not valid any more: "+err.Error()+".")
	}
	of, known := (*t.byHash.Load())[hashOf(strings.TrimSpace(given))]
	switch {
	case !strings.EqualFold(scheme, "Bearer"):
		return access.Principal{}, refused(w, "The header must be `Authorization: Bearer` and a token.")
	case !known:
		return access.Principal{}, t.wrong(w, r, "hub.yml has no such token.")
	case !of.Expires.IsZero() && !t.now().Before(of.Expires):
		t.counter.Count(signin.ErrWrong)
		t.log.Warn("expired token refused", "token", of.Name, "from", r.RemoteAddr)
		return access.Principal{}, refused(w, "This token has expired: `traybell-hub token` makes another one.")
	}
	t.counter.Count(nil)
	return access.Principal{Kind: access.Token, Name: of.Name, Roles: of.Scopes, From: from}, nil
}

// wrong counts a wrong token.
func (t tokens) wrong(w http.ResponseWriter, r *http.Request, text string) *problem {
	if wait := t.failures.Failed(r.RemoteAddr); wait > 0 {
		t.counter.Count(&signin.TooManyError{Wait: wait})
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
		return newProblem(http.StatusTooManyRequests, "Too many wrong tokens. Please wait.")
	}
	t.counter.Count(signin.ErrWrong)
	t.log.Warn("token refused", "from", r.RemoteAddr)
	return refused(w, text)
}

func refused(w http.ResponseWriter, text string) *problem {
	w.Header().Set("WWW-Authenticate", `Bearer realm="traybell"`)
	return newProblem(http.StatusUnauthorized, "%s", text)
}
