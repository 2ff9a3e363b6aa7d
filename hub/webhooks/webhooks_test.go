package webhooks_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"traybell/hub/batch"
	"traybell/hub/jobs"
	"traybell/hub/store"
	"traybell/hub/store/storetest/empty"
	"traybell/hub/webhooks"

	standard "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	secret    = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
	oldSecret = "whsec_c2l4dGVlbiBieXRlcyBvciBtb3JlIG9mIG5vaXNl"
	patience  = 20 * time.Second
)

// receiver is a program that gets events.
type receiver struct {
	*httptest.Server
	t *testing.T

	mu     sync.Mutex
	got    []received
	answer func(n int, w http.ResponseWriter, r *http.Request) // of the n-th request; nil: 204
}

type received struct {
	header http.Header
	body   []byte
	at     time.Time
}

func (r received) id() string { return r.header.Get("webhook-id") }

func newReceiver(t *testing.T, answer func(n int, w http.ResponseWriter, r *http.Request)) *receiver {
	t.Helper()
	x := &receiver{t: t, answer: answer}
	x.Server = httptest.NewServer(x)
	t.Cleanup(x.Close)
	return x
}

func (x *receiver) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	x.mu.Lock()
	n := len(x.got)
	x.got = append(x.got, received{r.Header.Clone(), body, time.Now()})
	x.mu.Unlock()
	if x.answer != nil {
		x.answer(n, w, r)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// requests waits until there were n requests, and returns them all.
func (x *receiver) requests(n int) []received {
	x.t.Helper()
	for late := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
		x.mu.Lock()
		got := slices.Clone(x.got)
		x.mu.Unlock()
		if len(got) >= n {
			return got
		}
		if time.Now().After(late) {
			x.t.Fatalf("%d requests, want %d", len(got), n)
		}
	}
}

func (x *receiver) hook(name string) webhooks.Webhook {
	return webhooks.Webhook{Name: name, URL: x.URL + "/hook?token=private", Secrets: []string{secret}}
}

// house is a hub's webhooks on a database.
type house struct {
	t     *testing.T
	path  string
	store *store.Store
	hooks *webhooks.Hooks
	stop  func()
	log   *strings.Builder
	now   func() time.Time
}

func newHouse(t *testing.T, hooks ...webhooks.Webhook) *house {
	t.Helper()
	h := &house{t: t, path: filepath.Join(t.TempDir(), "traybell.db")}
	empty.Database(t, h.path)
	h.start(hooks...)
	t.Cleanup(func() { h.end() })
	return h
}

func (h *house) start(hooks ...webhooks.Webhook) {
	h.t.Helper()
	var err error
	if h.store, err = store.Open(h.t.Context(), h.path); err != nil {
		h.t.Fatal(err)
	}
	h.log = &strings.Builder{}
	var mu sync.Mutex
	h.hooks = webhooks.New(webhooks.Options{
		Store: h.store, Source: func() string { return "https://hub:11010" }, Owner: "hub", Version: "1.0.0",
		Now:  h.now,
		Pace: jobs.Pace{First: 5 * time.Millisecond, Longest: 20 * time.Millisecond, Attempt: time.Second},
		Log:  slog.New(slog.NewTextHandler(locked{&mu, h.log}, nil)),
	})
	h.hooks.Set(hooks)
	h.stop = batch.Start(context.Background(), h.hooks.Run)
}

type locked struct {
	mu *sync.Mutex
	w  io.Writer
}

func (l locked) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(p)
}

func (h *house) end() {
	if h.stop != nil {
		h.stop()
		_ = h.store.Close()
		h.stop = nil
	}
}

func event(kind, subject string) webhooks.Event {
	return webhooks.Event{
		ID: webhooks.ID(kind, subject), Type: kind, Subject: subject, Time: time.Now(), Teams: []string{"support"},
		Data: map[string]string{"number": "+74951234567", "of": subject},
	}
}

// status waits until the state of the only webhook is as wanted.
func (h *house) status(what string, is func(webhooks.Status) bool) webhooks.Status {
	h.t.Helper()
	for late := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
		list, err := h.hooks.Status(h.t.Context())
		if err != nil || len(list) != 1 {
			h.t.Fatal(list, err)
		}
		if is(list[0]) {
			return list[0]
		}
		if time.Now().After(late) {
			h.t.Fatalf("not %s: %+v", what, list[0])
		}
	}
}

func subjects(list []received) (all []string) {
	for _, r := range list {
		var e struct{ Subject string }
		_ = json.Unmarshal(r.body, &e)
		all = append(all, e.Subject)
	}
	return all
}

// The reference implementation of Standard Webhooks accepts what is sent, with either secret.
func TestReferenceVerifiesTheSignature(t *testing.T) {
	x := newReceiver(t, nil)
	w := x.hook("crm")
	w.Secrets = []string{secret, oldSecret}
	h := newHouse(t, w)
	e := event(webhooks.CallMissed, "main:1.0")
	h.hooks.Emit(e)
	got := x.requests(1)[0]
	for _, key := range w.Secrets {
		v, err := standard.NewWebhook(key)
		if err != nil {
			t.Fatal(err)
		}
		if err := v.Verify(got.body, got.header); err != nil {
			t.Errorf("%v", err)
		}
		if err := v.Verify(append([]byte(" "), got.body...), got.header); err == nil {
			t.Error("a changed body is accepted")
		}
	}
	other, err := standard.NewWebhook("whsec_" + strings.Repeat("QUFB", 8))
	if err != nil {
		t.Fatal(err)
	}
	if other.Verify(got.body, got.header) == nil {
		t.Error("another key verifies the signature")
	}
	var cloud map[string]any
	if err := json.Unmarshal(got.body, &cloud); err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]any{
		"specversion": "1.0", "id": e.ID, "source": "https://hub:11010", "type": "call.missed", "subject": "main:1.0",
		"time": e.Time.UTC().Format(time.RFC3339Nano), "datacontenttype": "application/json",
	} {
		if cloud[key] != want {
			t.Errorf("%s is %v, want %v", key, cloud[key], want)
		}
	}
	if kind, id := got.header.Get("Content-Type"), got.id(); kind != "application/cloudevents+json" || id != e.ID {
		t.Errorf("content type %q, id %q", kind, id)
	}
	if data, ok := cloud["data"].(map[string]any); !ok || data["of"] != "main:1.0" {
		t.Errorf("data: %v", cloud["data"])
	}
}

func TestFilters(t *testing.T) {
	x := newReceiver(t, nil)
	some := x.hook("some")
	some.Events, some.Teams = []string{webhooks.CallMissed, webhooks.AgentState}, []string{"sales", "support"}
	h := newHouse(t, some)
	for i, kind := range []string{
		webhooks.CallStarted, webhooks.CallMissed, webhooks.TicketCreated, webhooks.AgentState, webhooks.CallEnded,
	} {
		h.hooks.Emit(event(kind, fmt.Sprint("support ", i)))
		other := event(kind, fmt.Sprint("stock ", i))
		other.Teams = []string{"stock"}
		h.hooks.Emit(other)
	}
	last := event(webhooks.CallMissed, "last")
	last.Teams = []string{"stock", "sales"}
	h.hooks.Emit(last)
	if got := subjects(x.requests(3)); !slices.Equal(got, []string{"support 1", "support 3", "last"}) {
		t.Errorf("got %q", got)
	}
}

// What bad receivers do. All events arrive in the end, in order, with the same ids in all attempts.
func TestBadReceivers(t *testing.T) {
	for name, bad := range map[string]func(w http.ResponseWriter, r *http.Request){
		"500":       func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) },
		"redirect":  func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/x", http.StatusFound) },
		"too early": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTooEarly) },
		"404":       func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) },
		"cut": func(http.ResponseWriter, *http.Request) {
			panic(http.ErrAbortHandler)
		},
		"slow": func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
		"endless headers": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-Long", strings.Repeat("x", 1<<20))
			w.WriteHeader(http.StatusOK)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x := newReceiver(t, func(n int, w http.ResponseWriter, r *http.Request) {
				if n == 0 || n == 1 || n == 3 {
					bad(w, r)
				}
			})
			h := newHouse(t, x.hook("crm"))
			for _, subject := range []string{"a", "b", "c"} {
				h.hooks.Emit(event(webhooks.CallEnded, subject))
			}
			got := x.requests(6)
			if order := subjects(got); !slices.Equal(order, []string{"a", "a", "a", "b", "b", "c"}) {
				t.Errorf("got %q", order)
			}
			if got[0].id() != got[2].id() || got[3].id() != got[4].id() || got[0].id() == got[3].id() {
				t.Error("the ids differ between attempts, or are the same for two events")
			}
			s := h.status("working again", func(s webhooks.Status) bool { return s.Delivered == 3 && s.Waiting == 0 })
			if s.Error != "" || !s.Since.IsZero() || s.Attempts != 3 {
				t.Errorf("%+v", s)
			}
			if strings.Contains(h.log.String(), "private") {
				t.Errorf("the log has the query of the URL:\n%s", h.log)
			}
		})
	}
}

// Errors are on each page and in the log, and a receiver chooses what is in some of them.
func TestErrorsOfAReceiverAreBounded(t *testing.T) {
	x := newReceiver(t, func(_ int, w http.ResponseWriter, _ *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\n\u202eno header "+strings.Repeat("x", 9000)+"\r\n\r\n")
	})
	_, err := webhooks.SendTest(t.Context(), x.hook("crm"), "https://hub.example.com", "1.0.0")
	if err == nil || !strings.Contains(err.Error(), "no header") {
		t.Fatalf("%v", err)
	}
	if said := err.Error(); len(said) > 600 || strings.Contains(said, "\u202e") || strings.Contains(said, "private") {
		t.Errorf("%d bytes: %s", len(said), said)
	}
}

// The status is the answer: a body without an end costs nothing.
func TestEndlessBodyOfAnAnswer(t *testing.T) {
	x := newReceiver(t, func(_ int, w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			if _, err := w.Write(make([]byte, 64<<10)); err != nil {
				return
			}
		}
	})
	h := newHouse(t, x.hook("crm"))
	h.hooks.Emit(event(webhooks.CallEnded, "a"))
	h.hooks.Emit(event(webhooks.CallEnded, "b"))
	h.status("both delivered", func(s webhooks.Status) bool { return s.Delivered == 2 })
	if got := x.requests(2); len(got) != 2 {
		t.Errorf("%d requests", len(got))
	}
}

func TestRetryAfterIsHonoured(t *testing.T) {
	x := newReceiver(t, func(n int, w http.ResponseWriter, _ *http.Request) {
		if n == 0 {
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusTooManyRequests)
		}
	})
	h := newHouse(t, x.hook("crm"))
	h.hooks.Emit(event(webhooks.CallEnded, "a"))
	got := x.requests(2)
	if pause := got[1].at.Sub(got[0].at); pause < 900*time.Millisecond {
		t.Errorf("the receiver asked for 1 s, and got the next attempt after %s", pause)
	}
}

// An event that its receiver rejects is set aside, and holds up no other.
func TestRejectedEventIsSetAside(t *testing.T) {
	x := newReceiver(t, nil)
	x.answer = func(n int, w http.ResponseWriter, _ *http.Request) {
		if n < 5 {
			w.WriteHeader(http.StatusUnprocessableEntity)
		}
	}
	h := newHouse(t, x.hook("crm"))
	h.hooks.Emit(event(webhooks.CallEnded, "poison"))
	h.hooks.Emit(event(webhooks.CallEnded, "fine"))
	if got := subjects(x.requests(6)); !slices.Equal(got[4:6], []string{"poison", "fine"}) {
		t.Errorf("got %q", got)
	}
	h.status("one set aside", func(s webhooks.Status) bool {
		return s.SetAside == 1 && s.Delivered == 1 && s.Waiting == 0
	})
	left, err := h.hooks.Undelivered(t.Context(), "crm", 10)
	if err != nil || len(left) != 1 || left[0].State != webhooks.SetAside ||
		left[0].Error != "HTTP 422 Unprocessable Entity" || left[0].Tries != 5 {
		t.Fatalf("%+v %v", left, err)
	}
	// An administrator retries it.
	if err := h.hooks.Retry(t.Context(), "crm", left[0].ID); err != nil {
		t.Fatal(err)
	}
	if got := subjects(x.requests(7)); got[6] != "poison" {
		t.Errorf("got %q", got)
	}
	h.status("nothing left", func(s webhooks.Status) bool { return s.SetAside == 0 && s.Delivered == 2 })
}

// 410 switches a webhook off, also for the next run of the hub, until somebody switches it on or
// changes the URL.
func TestGoneReceiverGetsNothing(t *testing.T) {
	gone := true
	var mu sync.Mutex
	x := newReceiver(t, func(_ int, w http.ResponseWriter, _ *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if gone {
			w.WriteHeader(http.StatusGone)
		}
	})
	h := newHouse(t, x.hook("crm"))
	h.hooks.Emit(event(webhooks.CallEnded, "a"))
	h.status("off", func(s webhooks.Status) bool { return s.Off })
	h.hooks.Emit(event(webhooks.CallEnded, "b"))
	h.end()
	h.start(x.hook("crm"))
	off := h.status("off after a restart", func(s webhooks.Status) bool { return s.Off && s.Error == "HTTP 410 Gone" })
	if off.URL != x.URL+"/…" || off.Failed.IsZero() || off.Failed != off.Since {
		t.Errorf("%+v", off)
	}
	h.hooks.Emit(event(webhooks.CallEnded, "c"))
	if got := x.requests(1); len(got) != 1 {
		t.Errorf("%d requests to a receiver that is gone", len(got))
	}
	mu.Lock()
	gone = false
	mu.Unlock()
	if err := h.hooks.Retry(t.Context(), "crm", 0); err != nil {
		t.Fatal(err)
	}
	h.hooks.Emit(event(webhooks.CallEnded, "d"))
	if got := subjects(x.requests(3)); !slices.Equal(got, []string{"a", "a", "d"}) {
		t.Errorf("got %q", got)
	}
	h.status("works", func(s webhooks.Status) bool { return s.Error == "" && s.Failed.IsZero() && s.Since.IsZero() })
	if err := h.hooks.Retry(t.Context(), "none", 0); !errors.Is(err, webhooks.ErrUnknown) {
		t.Errorf("retry of an unknown webhook: %v", err)
	}
}

// One receiver that does not answer delays no other.
func TestSlowReceiverDelaysNoOther(t *testing.T) {
	slow := newReceiver(t, func(_ int, _ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	quick := newReceiver(t, nil)
	h := newHouse(t, slow.hook("slow"), quick.hook("quick"))
	const events = 50
	for i := range events {
		h.hooks.Emit(event(webhooks.CallEnded, fmt.Sprint(i)))
	}
	quick.requests(events)
	if n := len(slow.requests(1)); n > 25 { // one attempt a second
		t.Errorf("%d attempts at the slow one", n)
	}
	for i, subject := range subjects(quick.requests(events)) {
		if subject != fmt.Sprint(i) {
			t.Fatalf("event %d is %s: the order is not kept", i, subject)
		}
	}
}

// What was not delivered is delivered by the next run; an event that occurs again then is not sent
// again.
func TestRestartDeliversWhatIsLeft(t *testing.T) {
	down := true
	var mu sync.Mutex
	x := newReceiver(t, func(_ int, w http.ResponseWriter, _ *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if down {
			w.WriteHeader(http.StatusBadGateway)
		}
	})
	h := newHouse(t, x.hook("crm"))
	for _, subject := range []string{"a", "b"} {
		h.hooks.Emit(event(webhooks.CallStarted, subject))
	}
	first := x.requests(3)[0].id()
	h.end()
	mu.Lock()
	down = false
	mu.Unlock()
	x.mu.Lock()
	x.got = nil
	x.mu.Unlock()
	h.start(x.hook("crm"))
	h.hooks.Emit(event(webhooks.CallStarted, "a")) // the PBX reports the call again
	h.hooks.Emit(event(webhooks.CallAnswered, "a"))
	got := x.requests(3)
	if order := subjects(got); !slices.Equal(order, []string{"a", "b", "a"}) || got[0].id() != first {
		t.Errorf("got %q, the first was %s and is %s", order, first, got[0].id())
	}
	h.hooks.Emit(event(webhooks.CallStarted, "b"))
	h.hooks.Emit(event(webhooks.CallEnded, "b"))
	if got := x.requests(4); len(got) != 4 || got[3].id() != webhooks.ID(webhooks.CallEnded, "b") {
		t.Errorf("a delivered event is sent again: %q", subjects(got))
	}
}

func TestDropEmptiesAQueue(t *testing.T) {
	x := newReceiver(t, func(n int, w http.ResponseWriter, _ *http.Request) {
		if n < 3 {
			w.WriteHeader(http.StatusBadGateway)
		}
	})
	h := newHouse(t, x.hook("crm"))
	for i := range 4 {
		h.hooks.Emit(event(webhooks.CallEnded, fmt.Sprint(i)))
	}
	x.requests(1)
	h.status("all are kept", func(s webhooks.Status) bool { return s.Waiting == 4 || s.Delivered > 0 })
	if n, err := h.hooks.Drop(t.Context(), "crm", 0); err != nil || n == 0 {
		t.Fatal(n, err)
	}
	h.status("nothing waits", func(s webhooks.Status) bool { return s.Waiting == 0 })
	h.hooks.Emit(event(webhooks.CallEnded, "next"))
	for got := x.requests(1); ; got = x.requests(len(got) + 1) {
		if list := subjects(got); list[len(list)-1] == "next" {
			break
		}
	}
}

func TestOldEventsAreSetAside(t *testing.T) {
	x := newReceiver(t, func(_ int, w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) })
	h := newHouse(t, x.hook("crm"))
	old := event(webhooks.CallEnded, "old")
	old.Time = time.Now().Add(-4 * 24 * time.Hour)
	h.hooks.Emit(old)
	h.status("set aside", func(s webhooks.Status) bool { return s.SetAside == 1 })
}

// A reload that changes a webhook goes on with its queue at the new URL; one that is removed gets
// nothing.
func TestReload(t *testing.T) {
	before := newReceiver(t, func(_ int, w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusBadGateway)
	})
	after := newReceiver(t, nil)
	h := newHouse(t, before.hook("crm"))
	h.hooks.Emit(event(webhooks.CallEnded, "a"))
	before.requests(2)
	h.hooks.Set([]webhooks.Webhook{after.hook("crm")})
	after.requests(1)
	h.hooks.Set(nil)
	h.hooks.Emit(event(webhooks.CallEnded, "b"))
	if list, err := h.hooks.Status(t.Context()); err != nil || len(list) != 0 {
		t.Error(list, err)
	}
	if got := subjects(after.requests(1)); !slices.Equal(got, []string{"a"}) {
		t.Errorf("got %q", got)
	}
}

func TestLinkLocalAddressesGetNothing(t *testing.T) {
	w := webhooks.Webhook{Name: "cloud", URL: "http://169.254.169.254/latest/meta-data", Secrets: []string{secret}}
	_, err := webhooks.SendTest(t.Context(), w, "https://hub", "1.0.0")
	if err == nil || !strings.Contains(err.Error(), "link-local") {
		t.Errorf("%v", err)
	}
	x := newReceiver(t, nil)
	if _, err := webhooks.SendTest(t.Context(), x.hook("crm"), "https://hub", "1.0.0"); err != nil {
		t.Error(err)
	}
	var cloud struct {
		Type string
		Data map[string]bool
	}
	if err := json.Unmarshal(x.requests(1)[0].body, &cloud); err != nil || cloud.Type != "webhook.test" ||
		!cloud.Data["test"] {
		t.Errorf("%+v %v", cloud, err)
	}
}

func TestLargeEventIsNotSent(t *testing.T) {
	x := newReceiver(t, nil)
	h := newHouse(t, x.hook("crm"))
	large := event(webhooks.CallEnded, "large")
	large.Data = strings.Repeat("x", 64<<10)
	h.hooks.Emit(large)
	h.hooks.Emit(event(webhooks.CallEnded, "small"))
	if got := subjects(x.requests(1)); !slices.Equal(got, []string{"small"}) {
		t.Errorf("got %q", got)
	}
}
