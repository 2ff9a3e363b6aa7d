// Package repeat carries out a POST with an Idempotency-Key once, however often it is sent: the
// answer is kept and sent again. It owns no state; any goroutine may use it.
package repeat

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"strings"
	"time"
)

// Answer is the answer to a request with an Idempotency-Key.
type Answer struct {
	Request string // digest
	At      time.Time
	Status  int // 0: not answered yet
	Header  http.Header
	Body    []byte
}

// Store keeps the answers to requests that may be repeated.
type Store interface {
	// BeginAnswer keeps that a request is being answered. If the key has an answer, or is being
	// answered since a time after stale, it returns that one, and first is false.
	BeginAnswer(ctx context.Context, key string, a Answer, stale time.Time) (kept Answer, first bool, err error)
	// KeepAnswer keeps the answer of a key.
	KeepAnswer(ctx context.Context, key string, a Answer) error
	// DropAnswer forgets a key: the request may be carried out again.
	DropAnswer(ctx context.Context, key string) error
	// ForgetAnswers deletes the answers before a time, and the oldest of a client, whose keys have the
	// prefix, if there are more than most.
	ForgetAnswers(ctx context.Context, before time.Time, prefix string, most int) error
}

const (
	keyHeader    = "Idempotency-Key"
	longestKey   = 200              // bytes
	forgetOneIn  = 100              // requests delete old answers, which takes time
	answerFor    = 24 * time.Hour   // how long an answer is kept
	mostAnswers  = 10_000           // of one client are kept
	answerWithin = 50 * time.Second // a request with a key; the server cuts connections after a minute
	answerLost   = 2 * time.Minute  // after which a request without an answer may be carried out again
)

// Requests carries out requests that may be repeated.
type Requests struct {
	Store   Store
	Problem func(w http.ResponseWriter, status int, text string) // answers with an error
	Log     *slog.Logger
	Now     func() time.Time
}

// Serve has next answer a request of a client, or sends the answer to an earlier one. body is that of
// the request, which next reads as well.
func (x Requests) Serve(w http.ResponseWriter, r *http.Request, client string, body []byte, next http.Handler) {
	given := r.Header.Get(keyHeader)
	switch {
	case r.Method != http.MethodPost || given == "":
		next.ServeHTTP(w, r)
		return
	case len(given) > longestKey || strings.ContainsFunc(given, func(c rune) bool { return c < '!' || c > '~' }):
		x.Problem(w, http.StatusBadRequest,
			fmt.Sprintf("An %s has 1 to %d printable ASCII characters.", keyHeader, longestKey))
		return
	}
	prefix := digest(client)
	key := prefix + digest(given)
	asked := Answer{Request: digest(r.Method, r.URL.String(), string(body)), At: x.Now().UTC(), Header: http.Header{}}
	if rand.IntN(forgetOneIn) == 0 {
		if err := x.Store.ForgetAnswers(r.Context(), asked.At.Add(-answerFor), prefix, mostAnswers); err != nil {
			x.Log.Error("cannot delete old answers", "error", err)
		}
	}
	kept, first, err := x.Store.BeginAnswer(r.Context(), key, asked, asked.At.Add(-answerLost))
	switch {
	case err != nil:
		x.Log.Error("cannot keep a request", "error", err)
		w.Header().Set("Retry-After", "5")
		x.Problem(w, http.StatusServiceUnavailable, "The request could not be kept, and was not carried out.")
	case first:
		x.answer(w, r, key, asked, next)
	case kept.Request != asked.Request:
		x.Problem(w, http.StatusUnprocessableEntity, "This "+keyHeader+" was sent with another request.")
	case kept.Status == 0:
		w.Header().Set("Retry-After", "1")
		x.Problem(w, http.StatusConflict, "This request is being carried out.")
	default:
		kept.write(w)
	}
}

// answer carries out a request, also if the client does not wait, and keeps the answer. What may
// succeed later, or was not allowed, is not kept. An answer that must not be stored, such as a
// password, is sent once; a repetition learns that the request was carried out.
func (x Requests) answer(w http.ResponseWriter, r *http.Request, key string, a Answer, next http.Handler) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), answerWithin)
	defer cancel()
	recorder := &recorder{header: http.Header{}}
	done := false
	defer func() {
		if !done { // it panicked
			x.drop(ctx, key)
		}
	}()
	next.ServeHTTP(recorder, r.WithContext(ctx))
	done = true
	a.Status, a.Header, a.Body = max(recorder.code, http.StatusOK), recorder.header, recorder.body
	keep := a
	if a.Header.Get("Cache-Control") == "no-store" {
		keep = x.unkept(a)
	}
	switch {
	case a.Status >= http.StatusInternalServerError, a.Status == http.StatusForbidden, a.Status == http.StatusConflict,
		a.Status == http.StatusTooManyRequests:
		x.drop(ctx, key)
	default:
		if err := x.Store.KeepAnswer(context.WithoutCancel(ctx), key, keep); err != nil {
			x.Log.Error("cannot keep an answer", "error", err)
		}
	}
	a.write(w)
}

// unkept is the answer to repetitions of a request whose own answer is not kept.
func (x Requests) unkept(a Answer) Answer {
	gone := &recorder{header: http.Header{}}
	x.Problem(gone, http.StatusGone, "This request was carried out. Its answer had a password, and was sent once.")
	a.Status, a.Header, a.Body = gone.code, gone.header, gone.body
	return a
}

func (x Requests) drop(ctx context.Context, key string) {
	if err := x.Store.DropAnswer(context.WithoutCancel(ctx), key); err != nil {
		x.Log.Error("cannot drop a request", "error", err)
	}
}

func (a Answer) write(w http.ResponseWriter) {
	for name, values := range a.Header {
		w.Header()[name] = values
	}
	w.WriteHeader(a.Status)
	_, _ = w.Write(a.Body)
}

// recorder keeps an answer.
type recorder struct {
	header http.Header
	code   int
	body   []byte
}

func (a *recorder) Header() http.Header { return a.header }

func (a *recorder) WriteHeader(code int) {
	if a.code == 0 {
		a.code = code
	}
}

func (a *recorder) Write(p []byte) (int, error) {
	a.body = append(a.body, p...)
	return len(p), nil
}

// digest names texts of any length.
func digest(texts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(texts, "\x00")))
	return hex.EncodeToString(sum[:])
}
