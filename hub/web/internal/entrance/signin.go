package entrance

import (
	"crypto/rand"
	"errors"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"traybell/hub/signin"
	"traybell/hub/web/pages"
	"traybell/hub/web/session"
)

// pageRules limit the failed sign-ins to the pages.
var pageRules = signin.Rules{
	Address: signin.Limit{Every: time.Second, Burst: 60},
	Pair:    signin.Limit{Every: 10 * time.Second, Burst: 5},
	Name:    signin.Limit{Every: time.Second, Burst: 50},
	AtOnce:  2,
}

// deviceCookie has the name of a browser, a dot and its token: the failures of others do not lock
// a person out of a browser that was in before. Without the password it is of no use.
const deviceCookie = "traybell-device"

// browser returns the name of a browser and its token. A new browser gets a random name.
func browser(r *http.Request) (device, token string) {
	if c, err := r.Cookie(deviceCookie); err == nil {
		if device, token, ok := strings.Cut(c.Value, "."); ok && device != "" {
			return device, token
		}
	}
	return rand.Text(), ""
}

// signInPage is what sign-in.html shows.
type signInPage struct {
	Name     string
	To       string
	Error    string
	Provider bool // people may sign in by OpenID
	Remote   bool // hub.yml has no administrators, so that only agents can sign in from elsewhere
}

// askToSignIn answers a stranger. A browser comes back after the sign-in; the script of an open page
// only learns that it ended.
func (d *Door) askToSignIn(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get(pages.LiveHeader) != "" {
		http.Error(w, "Please sign in.", http.StatusUnauthorized)
		return
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		d.showSignIn(w, r, http.StatusUnauthorized, signInPage{Error: "signin.ended"})
		return
	}
	to := "/sign-in"
	if uri := r.URL.RequestURI(); uri != "/" {
		to += "?" + url.Values{"to": {uri}}.Encode()
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
}

// Form shows the form of the sign-in.
func (d *Door) Form(w http.ResponseWriter, r *http.Request) {
	to := within(r.URL.Query().Get("to"))
	if pages.VisitorOf(r).Session != nil {
		http.Redirect(w, r, to, http.StatusSeeOther)
		return
	}
	d.showSignIn(w, r, http.StatusOK, signInPage{To: to})
}

func (d *Door) showSignIn(w http.ResponseWriter, r *http.Request, status int, page signInPage) {
	page.Remote, page.Provider = !d.closed(), d.provider.Load() != nil
	d.Show(w, r, status, pages.View{Name: "sign-in.html", Title: "signin.title", Data: page})
}

// SignIn signs a person in.
func (d *Door) SignIn(w http.ResponseWriter, r *http.Request) {
	name, to := strings.TrimSpace(r.PostFormValue("name")), within(r.PostFormValue("to"))
	device, token := browser(r)
	grant, err := d.guard.SignIn(r.Context(), signin.Attempt{
		Address: r.RemoteAddr, Name: name, Password: r.PostFormValue("password"), Device: device, Token: token,
	})
	page := signInPage{Name: name, To: to}
	var many *signin.TooManyError
	var alike *signin.AlikeError
	switch {
	case errors.As(err, &many):
		w.Header().Set("Retry-After", retryAfter(many))
		page.Error = "signin.too_many"
		d.showSignIn(w, r, http.StatusTooManyRequests, page)
		return
	case errors.As(err, &alike):
		page.Error = "signin.alike"
		d.showSignIn(w, r, http.StatusUnauthorized, page)
		return
	case errors.Is(err, signin.ErrWrong):
		d.Log.Warn("sign-in refused", "login", name, "from", r.RemoteAddr)
		page.Error = "signin.wrong"
		d.showSignIn(w, r, http.StatusUnauthorized, page)
		return
	case errors.Is(err, signin.ErrUnclear):
		page.Error = "signin.unclear"
		d.showSignIn(w, r, http.StatusUnauthorized, page)
		return
	case errors.Is(err, signin.ErrAway):
		page.Error = "signin.away"
		d.showSignIn(w, r, http.StatusServiceUnavailable, page)
		return
	case err != nil:
		page.Error = "signin.canceled"
		d.showSignIn(w, r, http.StatusServiceUnavailable, page)
		return
	}
	p, ok := d.people.Load().byID[grant.Account.Login]
	if !ok || p.Password != grant.Account.Hash { // hub.yml changed meanwhile
		page.Error = "signin.wrong"
		d.showSignIn(w, r, http.StatusUnauthorized, page)
		return
	}
	who := session.Who{Proof: grant.Account.Hash}
	who.Kind, who.Name, who.From = p.Kind, p.Login, address(r)
	d.sessions.Begin(w, r, who)
	if time.Since(grant.Issued) > signin.RenewAfter {
		http.SetCookie(w, &http.Cookie{
			Name: deviceCookie, Value: device + "." + d.guard.Token(grant), Path: "/sign-in",
			MaxAge: int(signin.TokenFor.Seconds()), HttpOnly: true, Secure: d.secure(r), SameSite: http.SameSiteLaxMode,
		})
	}
	d.Log.Info("signed in to the pages", "kind", p.Kind, "login", p.Login, "from", r.RemoteAddr)
	http.Redirect(w, r, to, http.StatusSeeOther)
}

// Renew signs a visitor in again whose session has ended by a new password.
func (d *Door) Renew(w http.ResponseWriter, r *http.Request) {
	v := pages.VisitorOf(r)
	p, ok := d.people.Load().byID[Person{Kind: v.Kind, Login: v.Name}.id()]
	if !ok || v.Session == nil {
		return
	}
	who := v.Session.Who
	who.Proof = p.Password
	d.sessions.Begin(w, r, who)
}

// SignOut ends the session of a browser.
func (d *Door) SignOut(w http.ResponseWriter, r *http.Request) {
	d.sessions.End(w, r)
	http.Redirect(w, r, "/sign-in", http.StatusSeeOther)
}

// SetLanguage keeps the language that a person chose.
func (d *Door) SetLanguage(w http.ResponseWriter, r *http.Request) {
	pages.ChooseLanguage(w, r.PostFormValue("language"), d.secure(r))
	http.Redirect(w, r, within(r.PostFormValue("to")), http.StatusSeeOther)
}

func retryAfter(many *signin.TooManyError) string {
	return strconv.Itoa(int(math.Ceil(many.Wait.Seconds())))
}

// within returns a path of the hub's pages; "/" in place of all else, so that no link to the sign-in
// leads to another site.
func within(to string) string {
	u, err := url.Parse(to)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || u.Opaque != "" ||
		!strings.HasPrefix(u.Path, "/") || strings.HasPrefix(u.Path, "//") || strings.Contains(u.Path, `\`) {
		return "/"
	}
	u.Fragment = ""
	if to = u.RequestURI(); strings.HasPrefix(to, "//") {
		return "/"
	}
	return to
}
