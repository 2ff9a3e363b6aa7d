package webhooks

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"syscall"
	"time"

	"traybell/hub/advice"
	"traybell/hub/jobs"
	"traybell/shared/printable"
)

const (
	attemptTime = 15 * time.Second
	dialTime    = 10 * time.Second
	longestWait = time.Hour // that Retry-After may ask for
	// after so many refusals of one event it is set aside: it would hold up those behind it
	mostRefusals = 5
)

// sendError is an attempt that failed.
type sendError struct {
	err     error
	refused bool          // the receiver rejects this event; others may be accepted
	gone    bool          // it wants no events any more
	final   bool          // the event is set aside
	wait    time.Duration // that the receiver asks for
}

func (f *sendError) Error() string { return f.err.Error() }
func (f *sendError) Unwrap() error { return f.err }

// classify is jobs.Options.Classify. Nothing is uncertain: the receiver knows a repetition by its
// id.
func classify(err error) jobs.Outcome {
	var f *sendError
	if !errors.As(err, &f) {
		return jobs.Outcome{Retry: true}
	}
	final := f.final || f.gone
	return jobs.Outcome{Retry: !final, Refused: final, Wait: f.wait}
}

// sender sends the events of a webhook.
type sender struct {
	hook   Webhook
	client *http.Client
	agent  string // User-Agent
}

func newSender(w Webhook, version string) *sender {
	dial := dialer()
	return &sender{
		hook: w, agent: "traybell-hub/" + version,
		client: &http.Client{
			Transport: &http.Transport{
				Proxy: http.ProxyFromEnvironment, DialContext: dial.DialContext, TLSClientConfig: w.TLS,
				TLSHandshakeTimeout: dialTime, ForceAttemptHTTP2: true, MaxIdleConns: 1, IdleConnTimeout: time.Minute,
				MaxResponseHeaderBytes: 16 << 10,
			},
			// A redirect could lead to a server that hub.yml does not name.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}

// dialer returns what connects to receivers.
func dialer() *net.Dialer { return &net.Dialer{Timeout: dialTime, Control: control} }

// control refuses addresses at which no receiver is, but where clouds keep credentials. Private ones
// are allowed: most receivers have one.
func control(_, address string, _ syscall.RawConn) error {
	ap, err := netip.ParseAddrPort(address)
	if err != nil {
		return err
	}
	if ip := ap.Addr().Unmap(); ip.IsLinkLocalUnicast() || ip.IsMulticast() || ip.IsUnspecified() {
		return fmt.Errorf("%s is a link-local or multicast address, to which no events are sent", ip)
	}
	return nil
}

// send sends a delivery once. The error is a *sendError without secrets.
func (s *sender) send(ctx context.Context, d Delivery, now time.Time) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.hook.URL, bytes.NewReader(d.Body))
	if err != nil {
		return &sendError{err: errors.New("the URL in hub.yml is not valid"), refused: true}
	}
	r.Header.Set("Content-Type", "application/cloudevents+json")
	r.Header.Set("User-Agent", s.agent)
	if err := sign(r.Header, s.hook.Secrets, d, now); err != nil {
		return &sendError{err: err}
	}
	resp, err := s.client.Do(r)
	if err != nil {
		return &sendError{err: plain(ctx, err)}
	}
	// The status is the answer. The body is not read, so it may have any length and take any time.
	defer resp.Body.Close()
	code := resp.StatusCode
	f := &sendError{err: fmt.Errorf("HTTP %d %s", code, http.StatusText(code))}
	switch {
	case code >= 200 && code < 300:
		return nil
	case code == http.StatusGone:
		f.gone = true
	case code >= 300 && code < 400:
		f.err = fmt.Errorf("HTTP %d: redirects are not followed; set the new URL in hub.yml", code)
	case code == http.StatusTooManyRequests, code == http.StatusServiceUnavailable:
		f.wait = min(retryAfter(resp.Header.Get("Retry-After"), now), longestWait)
	case code == http.StatusRequestTimeout, code == http.StatusTooEarly:
	case code >= 400 && code < 500:
		f.refused = true
	}
	return f
}

// sign sets the headers of Standard Webhooks.
func sign(h http.Header, secrets []string, d Delivery, now time.Time) error {
	stamp := strconv.FormatInt(now.Unix(), 10)
	var signatures []string
	for _, secret := range secrets {
		key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
		if err != nil {
			return errors.New("the secret in hub.yml is not whsec_ and base64")
		}
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(d.Event + "." + stamp + "."))
		mac.Write(d.Body)
		signatures = append(signatures, "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	}
	h.Set("webhook-id", d.Event)
	h.Set("webhook-timestamp", stamp)
	h.Set("webhook-signature", strings.Join(signatures, " "))
	return nil
}

// retryAfter reads a Retry-After header: seconds or a time.
func retryAfter(text string, now time.Time) time.Duration {
	if seconds, err := strconv.Atoi(text); err == nil && seconds > 0 {
		return time.Duration(min(seconds, int(longestWait/time.Second))) * time.Second
	}
	if at, err := http.ParseTime(text); err == nil {
		return max(0, at.Sub(now))
	}
	return 0
}

// mostSaid bounds an error: a receiver chooses parts of some, such as a header that is none.
const mostSaid = 500 // bytes

// plain returns an error of the connection without the URL, with how to fix it.
func plain(ctx context.Context, err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return fmt.Errorf("no answer within %s", attemptTime)
	}
	said := printable.Line(err.Error(), mostSaid)
	if text := advice.For(err); text != "" {
		said += "; " + text
	}
	return errors.New(said)
}
