package openid

import (
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"traybell/hub/openid/openidtest"
	"traybell/hub/remote"

	"github.com/google/go-cmp/cmp"
	"github.com/zitadel/oidc/v3/example/server/exampleop"
	"github.com/zitadel/oidc/v3/example/server/storage"
)

// hub is a hub with a sign-in by OpenID, and a browser.
type hub struct {
	t        *testing.T
	provider *Provider
	url      string
	browser  *http.Client
	who      Identity // who signed in last
	err      error
	landed   string // the last URL of the browser at the callback
}

func newHub(t *testing.T, options func(hubURL string) Options) *hub {
	t.Helper()
	h := &hub{t: t}
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+StartPath, func(w http.ResponseWriter, r *http.Request) {
		if h.err = h.provider.Start(w, r, "/calls"); h.err != nil {
			http.Error(w, h.err.Error(), http.StatusServiceUnavailable)
		}
	})
	mux.HandleFunc("GET "+CallbackPath, func(w http.ResponseWriter, r *http.Request) {
		var to string
		h.landed = r.URL.String()
		if h.who, to, h.err = h.provider.Finish(w, r); h.err == nil {
			_, _ = io.WriteString(w, "signed in, to "+to)
		}
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	h.url = server.URL
	o := options(server.URL)
	o.PublicURL, o.Log = server.URL, slog.New(slog.DiscardHandler)
	var err error
	if h.provider, err = New(o); err != nil {
		t.Fatal(err)
	}
	h.newBrowser()
	return h
}

func (h *hub) newBrowser() {
	jar, err := cookiejar.New(nil)
	if err != nil {
		h.t.Fatal(err)
	}
	h.browser = &http.Client{Jar: jar, Timeout: 20 * time.Second}
}

// get follows redirects and returns the last URL and page.
func (h *hub) get(address string) (*url.URL, string) {
	h.t.Helper()
	return h.send(http.MethodGet, address, nil)
}

func (h *hub) send(method, address string, form url.Values) (*url.URL, string) {
	h.t.Helper()
	r, err := http.NewRequestWithContext(h.t.Context(), method, address, strings.NewReader(form.Encode()))
	if err != nil {
		h.t.Fatal(err)
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	resp, err := h.browser.Do(r)
	if err != nil {
		h.t.Fatal(err)
	}
	defer resp.Body.Close() //nolint:errcheck // only read
	text, _ := io.ReadAll(resp.Body)
	return resp.Request.URL, string(text)
}

// zitadel starts zitadel's provider with its example's users and login page.
func zitadel(t *testing.T) (issuer string, clientOf func(hubURL string)) {
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	issuer = "http://" + server.Listener.Addr().String()
	server.Config.Handler = exampleop.SetupServer(issuer, storage.NewStorage(storage.NewUserStore(issuer)),
		slog.New(slog.DiscardHandler), false)
	server.Start()
	t.Cleanup(server.Close)
	return issuer, func(hubURL string) {
		storage.RegisterClients(storage.WebClient("traybell", "hunter2", hubURL+CallbackPath))
	}
}

func TestSignInByARealProvider(t *testing.T) {
	issuer, register := zitadel(t)
	h := newHub(t, func(hubURL string) Options {
		register(hubURL)
		return Options{
			Issuer: issuer, ClientID: "traybell", ClientSecret: "hunter2",
			Scopes:     []string{"openid", "profile", "email"},
			LoginClaim: "preferred_username", RolesClaim: "email",
			Roles: map[string][]string{"test-user2@zitadel.ch": {"view", "notes"}},
		}
	})
	if err := h.provider.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	signIn := func(user string) string {
		at, page := h.get(h.url + StartPath)
		if !strings.HasPrefix(at.Path, "/login/") {
			t.Fatalf("no login page: %s %s", at, page)
		}
		_, page = h.send(http.MethodPost, issuer+"/login/username", url.Values{
			"username": {user}, "password": {"verysecure"}, "id": {at.Query().Get("authRequestID")},
		})
		return page
	}
	if page := signIn("test-user2"); page != "signed in, to /calls" || h.err != nil {
		t.Fatalf("%q, %v", page, h.err)
	}
	want := Identity{Login: "test-user2", Name: "Test User2", Roles: []string{"view", "notes"}}
	if diff := cmp.Diff(want, h.who); diff != "" {
		t.Error(diff)
	}

	// the answer again, in this browser and in another one
	again := h.url + h.landed
	if h.get(again); !errors.Is(h.err, ErrStale) {
		t.Errorf("replayed: %v", h.err)
	}
	h.newBrowser()
	if h.get(again); !errors.Is(h.err, ErrStale) {
		t.Errorf("in another browser: %v", h.err)
	}
	if signIn("test-user@127.0.0.1"); !errors.Is(h.err, ErrNoRole) {
		t.Errorf("without a role: %v", h.err)
	}
}

func options(f *openidtest.Fake) Options {
	return Options{
		Issuer: f.URL, ClientID: "traybell", ClientSecret: "hunter2", Scopes: []string{"openid"},
		LoginClaim: "preferred_username", RolesClaim: "groups", Roles: map[string][]string{"hub": {"admin"}},
	}
}

func TestTokensOfAProvider(t *testing.T) {
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		change func(f *openidtest.Fake, claims map[string]any)
		want   error
	}{
		"as it should be": {func(*openidtest.Fake, map[string]any) {}, nil},
		"another issuer": {func(_ *openidtest.Fake, c map[string]any) {
			c["iss"] = "https://evil.example"
		}, ErrRefused},
		"another audience": {func(_ *openidtest.Fake, c map[string]any) {
			c["aud"] = "other"
		}, ErrRefused},
		"issued to another client": {func(_ *openidtest.Fake, c map[string]any) {
			c["aud"], c["azp"] = []string{"traybell", "other"}, "other"
		}, ErrRefused},
		"several audiences": {func(_ *openidtest.Fake, c map[string]any) {
			c["aud"], c["azp"] = []string{"traybell", "other"}, "traybell"
		}, nil},
		"expired": {func(_ *openidtest.Fake, c map[string]any) {
			c["exp"] = time.Now().Add(-time.Hour).Unix()
		}, ErrRefused},
		"another sign-in's nonce": {func(_ *openidtest.Fake, c map[string]any) {
			c["nonce"] = "other"
		}, ErrRefused},
		"no nonce": {func(_ *openidtest.Fake, c map[string]any) {
			delete(c, "nonce")
		}, ErrRefused},
		"no login": {func(_ *openidtest.Fake, c map[string]any) {
			delete(c, "preferred_username")
		}, ErrRefused},
		"no group of the hub": {func(_ *openidtest.Fake, c map[string]any) {
			c["groups"] = []string{"all"}
		}, ErrNoRole},
		"one group, as a text": {func(_ *openidtest.Fake, c map[string]any) {
			c["groups"] = "hub"
		}, nil},
		"groups in userinfo only": {func(f *openidtest.Fake, c map[string]any) {
			delete(c, "groups")
			f.Info = map[string]any{"sub": "1", "groups": []string{"hub"}}
		}, nil},
		"userinfo of another person": {func(f *openidtest.Fake, c map[string]any) {
			delete(c, "groups")
			f.Info = map[string]any{"sub": "2", "groups": []string{"hub"}}
		}, ErrRefused},
		"signed by another key": {func(f *openidtest.Fake, _ map[string]any) { f.Signer = other }, ErrRefused},
	} {
		t.Run(name, func(t *testing.T) {
			f := openidtest.New(t)
			f.Change = func(claims map[string]any) { c.change(f, claims) }
			h := newHub(t, func(string) Options { return options(f) })
			if h.get(h.url + StartPath); !errors.Is(h.err, c.want) || c.want == nil && h.err != nil {
				t.Errorf("%v, want %v", h.err, c.want)
			}
			if c.want == nil && (h.who.Login != "boss" || len(h.who.Roles) != 1) {
				t.Errorf("%+v", h.who)
			}
		})
	}
}

func TestAnswersThatTheHubDidNotAskFor(t *testing.T) {
	f := openidtest.New(t)
	f.Code = "another"
	h := newHub(t, func(string) Options { return options(f) })
	if h.get(h.url + StartPath); !errors.Is(h.err, ErrRefused) {
		t.Errorf("a code that the provider does not know: %v", h.err)
	}
	for name, query := range map[string]string{
		"without a sign-in": "?code=code&state=x", "without anything": "", "an error": "?error=access_denied&state=x",
	} {
		h.newBrowser()
		if h.get(h.url + CallbackPath + query); !errors.Is(h.err, ErrStale) {
			t.Errorf("%s: %v", name, h.err)
		}
	}
	// a cookie of another hub, or one that was changed
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, CallbackPath+"?code=code&state=x", nil)
	for _, value := range []string{"", "x", strings.Repeat("A", 200)} {
		r.Header.Set("Cookie", fmt.Sprintf("%s=%s", cookieName, value))
		if _, _, err := h.provider.Finish(httptest.NewRecorder(), r); !errors.Is(err, ErrStale) {
			t.Errorf("cookie %q: %v", value, err)
		}
	}
}

func TestProviderIsAway(t *testing.T) {
	f := openidtest.New(t)
	o := options(f)
	o.Issuer = "http://127.0.0.1:1"
	h := newHub(t, func(string) Options { return o })
	if h.get(h.url + StartPath); !errors.Is(h.err, ErrAway) {
		t.Errorf("%v", h.err)
	}
	h.provider.away = time.Time{}
	if err := h.provider.Check(t.Context()); err == nil || !strings.Contains(err.Error(), "check that") {
		t.Errorf("%v", err)
	}
}

// Anyone may begin a sign-in, and many may do so at once.
func TestProviderIsAskedOnce(t *testing.T) {
	var asked atomic.Int64
	release := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		<-release
		w.WriteHeader(http.StatusServiceUnavailable)
	}))
	defer server.Close()
	o := options(openidtest.New(t))
	o.Issuer = server.URL
	h := newHub(t, func(string) Options { return o })
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, StartPath, nil)
			if err := h.provider.Start(httptest.NewRecorder(), r, "/"); !errors.Is(err, ErrAway) {
				t.Errorf("%v", err)
			}
		})
	}
	for len(h.provider.asking) == 0 || asked.Load() == 0 {
		time.Sleep(time.Millisecond)
	}
	close(release)
	all.Wait()
	if n := asked.Load(); n != 1 {
		t.Errorf("asked %d times", n)
	}
}

// A cookie of another host of the domain would sign the browser in as somebody else.
func TestCookieOfAnotherHost(t *testing.T) {
	f := openidtest.New(t)
	o := options(f)
	o.PublicURL, o.Log = "https://hub.example.com", slog.New(slog.DiscardHandler)
	p, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	begin := httptest.NewRequestWithContext(t.Context(), http.MethodGet, StartPath, nil)
	if err := p.Start(w, begin, "/"); err != nil {
		t.Fatal(err)
	}
	c := w.Result().Cookies()[0]
	if !strings.HasPrefix(c.Name, "__Host-") || c.Path != "/" || !c.Secure || c.Domain != "" || !c.HttpOnly {
		t.Errorf("%+v", c)
	}
	to, err := w.Result().Location()
	if err != nil {
		t.Fatal(err)
	}
	end := httptest.NewRequestWithContext(t.Context(), http.MethodGet,
		CallbackPath+"?code=code&state="+to.Query().Get("state"), nil)
	end.Header.Set("Cookie", cookieName+"="+c.Value) // without the prefix any host of the domain sets it
	if _, _, err := p.Finish(httptest.NewRecorder(), end); !errors.Is(err, ErrStale) {
		t.Errorf("%v", err)
	}
}

// Neither the configuration nor an answer without an end fills the memory.
func TestEndlessProvider(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for {
			if _, err := io.WriteString(w, strings.Repeat(" ", 1<<16)); err != nil {
				return
			}
		}
	}))
	defer server.Close()
	o := options(openidtest.New(t))
	o.Issuer = server.URL
	h := newHub(t, func(string) Options { return o })
	if err := h.provider.Check(t.Context()); err == nil {
		t.Error("it is accepted")
	}
}

func TestInvalidCA(t *testing.T) {
	_, err := New(Options{CA: t.TempDir()})
	var option *remote.OptionError
	if !errors.As(err, &option) || option.Key != "ca" {
		t.Error(err)
	}
}
