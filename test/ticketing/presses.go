package ticketing

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"traybell/hub/fail"
	"traybell/hub/helpdesk"
	"traybell/hub/jobs"
	"traybell/hub/store"
	"traybell/hub/tickets"
	"traybell/hub/tickettemplate"
	"traybell/shared/protocol"
)

// timeout is how long the hub waits for a reply.
const timeout = 400 * time.Millisecond

// Server is a help desk over HTTP for Presses.
type Server struct {
	Handler http.Handler // replies as the help desk does, without faults
	// New returns the adapter for a base URL, with a time limit for each request.
	New      func(url string, timeout time.Duration) (helpdesk.HelpDesk, error)
	Made     func() []string // the call of each ticket
	Template tickettemplate.Text
	Faults   []Fault // besides those of every help desk
	// CannotFind: after an uncertain request the agent looks whether the ticket exists, and presses
	// again if it does not.
	CannotFind bool
}

// Fault replies to a request instead of the help desk, or after it.
type Fault struct {
	Name  string
	Reply func(w http.ResponseWriter, r *http.Request, helpDesk http.Handler)
}

// everyHelpDesk are the faults of every help desk; the first is none.
var everyHelpDesk = []Fault{
	{"fine", func(w http.ResponseWriter, r *http.Request, h http.Handler) { h.ServeHTTP(w, r) }},
	{"cut before", func(http.ResponseWriter, *http.Request, http.Handler) { panic(http.ErrAbortHandler) }},
	{"500 before", func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		http.Error(w, "oops", http.StatusInternalServerError)
	}},
	{"429 with Retry-After", func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		w.Header().Set("Retry-After", "1")
		http.Error(w, "slow down", http.StatusTooManyRequests)
	}},
	{"500 after", func(w http.ResponseWriter, r *http.Request, h http.Handler) {
		h.ServeHTTP(httptest.NewRecorder(), r)
		http.Error(w, "oops", http.StatusInternalServerError)
	}},
	{"empty after", func(_ http.ResponseWriter, r *http.Request, h http.Handler) {
		h.ServeHTTP(httptest.NewRecorder(), r)
	}},
	{"cut after", func(_ http.ResponseWriter, r *http.Request, h http.Handler) {
		h.ServeHTTP(httptest.NewRecorder(), r)
		panic(http.ErrAbortHandler)
	}},
	{"wrong reply after", func(w http.ResponseWriter, r *http.Request, h http.Handler) {
		h.ServeHTTP(httptest.NewRecorder(), r)
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `["ok"]`)
	}},
	{"too slow", func(_ http.ResponseWriter, r *http.Request, h http.Handler) {
		<-r.Context().Done()
		h.ServeHTTP(httptest.NewRecorder(), r)
	}},
}

// Result is what came of presses.
type Result struct {
	Presses int // one for each call
	Tickets int
	Calls   int            // with a ticket
	Faults  map[string]int // requests by fault
	Names   []string       // of the faults
	Again   int            // presses that agents repeated after a look into the help desk
}

// Failed is the number of requests that failed.
func (r Result) Failed() (failed int) {
	for name, n := range r.Faults {
		if name != everyHelpDesk[0].Name {
			failed += n
		}
	}
	return failed
}

// breaking breaks up to two requests of each kind for each call.
type breaking struct {
	Server
	faults []Fault

	mu     sync.Mutex
	down   bool
	broken map[string]int // by call, method and path
	went   map[string]int
}

// callID matches the ids of the calls of Presses.
var callID = regexp.MustCompile(`main:\d+`)

func (b *breaking) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Connection", "close") // else the transport repeats a request on a lost idle connection
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	text, _ := url.QueryUnescape(r.URL.RawQuery + " " + string(body))
	b.fault(callID.FindString(text)+r.Method+r.URL.Path).Reply(w, r, b.Handler)
}

func (b *breaking) fault(of string) Fault {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.down {
		return b.faults[1]
	}
	n := b.broken[of]
	if n >= 2 {
		return b.faults[0]
	}
	b.broken[of]++
	h := fnv.New32a()
	fmt.Fprint(h, of, n)
	f := b.faults[int(h.Sum32()>>8)%len(b.faults)]
	b.went[f.Name]++
	return f
}

// outage lets every request fail, or ends that.
func (b *breaking) outage(on bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.down = on
}

// Some is the number of presses to try on a help desk: TRAYBELL_PRESSES, or 100, which take seconds.
func Some(t *testing.T) int {
	t.Helper()
	text, set := os.LookupEnv("TRAYBELL_PRESSES")
	if !set {
		return 100
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("TRAYBELL_PRESSES is %q, not a number of presses", text)
	}
	return n
}

// Presses creates the tickets of n calls while the help desk breaks two requests of each kind for
// each call, has an outage, and the hub restarts. It fails unless each call has one ticket and its
// agent the number.
func Presses(t *testing.T, n int, s Server) Result {
	t.Helper()
	b := &breaking{
		Server: s, faults: slices.Concat(everyHelpDesk, s.Faults), broken: map[string]int{}, went: map[string]int{},
	}
	server := httptest.NewServer(b)
	defer server.Close()
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	run := &presses{
		t: t, b: b, url: server.URL, n: n, db: OpenStore(t), numbers: NewNumbers(n), tries: make([]int, n),
	}
	run.all()
	r := Result{Presses: n, Faults: b.went}
	for _, again := range run.tries {
		r.Again += again
	}
	count := map[string]int{}
	for _, call := range s.Made() {
		count[call]++
		r.Tickets++
	}
	r.Calls = len(count)
	if r.Tickets != n || r.Calls != n {
		t.Errorf("%d tickets of %d calls, want %d", r.Tickets, r.Calls, n)
	}
	for call, numbers := range run.numbers.Ambiguous() {
		t.Errorf("call %s has several tickets: %v", call, numbers)
	}
	for _, f := range b.faults {
		r.Names = append(r.Names, f.Name)
		if b.went[f.Name] == 0 && n >= 1000 {
			t.Errorf("no fault of the kind %s", f.Name)
		}
	}
	t.Logf("%d requests failed, %d tickets of %d calls, %d presses again", r.Failed(), r.Tickets, r.Calls, r.Again)
	return r
}

type presses struct {
	t       *testing.T
	b       *breaking
	url     string
	n       int
	db      *store.Store
	numbers *Numbers
	epoch   uint64
	desk    *Desk

	tries []int    // presses after a look into the help desk, by call
	seen  sync.Map // the calls whose ticket the agent saw there
}

func (p *presses) all() {
	p.start()
	p.press(0, p.n/2)
	p.desk.Stop()
	p.b.outage(true)
	p.start()
	p.press(p.n/2, 3*p.n/4)
	p.b.outage(false)
	p.press(3*p.n/4, p.n)
	ctx, cancel := context.WithTimeout(p.t.Context(), 10*time.Minute)
	defer cancel()
	for left := p.left(); len(left) > 0; left = p.left() {
		for _, i := range left {
			p.look(ctx, i)
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
			r, _, err := p.db.TicketOf(p.t.Context(), call(left[0]))
			p.t.Errorf(
				"%d of %d calls have no ticket that was reported to the agent, such as %s: %s, %d tries, %q, %v",
				len(left),
				p.n,
				r.CallID,
				r.State,
				r.Tries,
				r.Error,
				err,
			)
			return
		}
	}
	// the agent gets the number just before the end is stored
	for ctx.Err() == nil {
		pending, err := p.db.ClaimTickets(ctx, jobs.Claim{Owner: Owner})
		if err == nil && len(pending) == 0 {
			return
		}
		if err != nil {
			p.t.Error(err)
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	p.t.Error("presses are pending")
}

// start starts a hub, where all calls ring.
func (p *presses) start() {
	p.t.Helper()
	helpDesk, err := p.b.New(p.url, timeout)
	if err != nil {
		p.t.Fatal(err)
	}
	p.desk = Start(p.t, Options{
		HelpDesk: helpdesk.Bounded(unchecked{helpDesk}), Store: p.db, Numbers: p.numbers, Template: p.b.Template,
		Patience: 100 * time.Millisecond, Log: slog.New(slog.DiscardHandler),
		Pace: jobs.Pace{
			Look: 200 * time.Millisecond, Settle: 3 * time.Second,
			First: 20 * time.Millisecond, Longest: time.Second, AtOnce: 64,
		},
	})
	p.epoch++
	for i := range p.n {
		if err := p.desk.Ring(p.t.Context(), p.epoch, uint64(i+1), call(i)); err != nil {
			p.t.Fatal(err)
		}
	}
}

// unchecked is a help desk without a check.
type unchecked struct{ helpdesk.HelpDesk }

func (unchecked) Check(context.Context, []helpdesk.Wanted) ([]string, error) {
	return nil, errors.ErrUnsupported
}

func call(i int) string { return fmt.Sprint("main:", i) }

// press presses for the calls of a range, 50 at a time.
func (p *presses) press(from, to int) {
	var work sync.WaitGroup
	next := make(chan int)
	for range 50 {
		work.Go(func() {
			for i := range next {
				p.one(i)
			}
		})
	}
	for i := from; i < to; i++ {
		next <- i
	}
	close(next)
	work.Wait()
}

func (p *presses) one(i int) {
	// An error reaches the agent, who looks.
	if err := p.desk.Press(p.t.Context(), call(i)); err != nil && !fail.Of(err).Retry {
		p.t.Logf("call %d: %v", i, err)
	}
}

// left are the calls whose number the agent does not know.
func (p *presses) left() (left []int) {
	for i := range p.n {
		if _, seen := p.seen.Load(i); !seen && !p.numbers.Has(call(i)) {
			left = append(left, i)
		}
	}
	return left
}

// look does what an agent does whose press has not succeeded yet.
func (p *presses) look(ctx context.Context, i int) {
	r, ok, err := p.db.TicketOf(ctx, call(i))
	switch {
	case err != nil || r.State == tickets.Pending:
	case !ok || r.State == tickets.Made: // the press was too late, or its answer
		p.one(i)
	case !p.b.CannotFind &&
		(r.Problem == protocol.HelpDeskUncertain || r.Problem == protocol.HelpDeskCreated) || p.tries[i] > 5:
		p.t.Errorf("call %d: %s", i, r.Error)
		p.seen.Store(i, true)
	case r.Problem == protocol.HelpDeskCreated && !slices.Contains(p.b.Made(), call(i)):
		p.t.Errorf("call %d: the agent reads that the ticket was created: %s", i, r.Error)
		p.seen.Store(i, true)
	case (r.Problem == protocol.HelpDeskUncertain || r.Problem == protocol.HelpDeskCreated) &&
		slices.Contains(p.b.Made(), call(i)):
		p.seen.Store(i, true)
	default:
		p.tries[i]++
		p.one(i)
	}
}
