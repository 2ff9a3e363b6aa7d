package app_test

import (
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"traybell/hub/fail"
	"traybell/hub/helpdesk/znuny"
	"traybell/hub/jobs"
	"traybell/hub/tickettemplate"
	"traybell/test/ticketing"
)

// badDesk is a Generic Interface where the first requests of each call fail, in a different order
// per call.
type badDesk struct {
	*httptest.Server

	mu       sync.Mutex
	sessions int
	down     bool
	made     []string       // the call of each ticket, in order of creation
	faults   map[string]int // failed requests by call
	went     map[string]int // by kind of fault
}

// Kinds of faults.
const (
	fine = iota
	cutBefore
	failsBefore
	failsAfter
	emptyAfter
	cutAfter
	creepsAfter // creates the ticket after the hub's timeout
	forgetful   // loses the session
	kinds
)

var faultNames = []string{
	"fine", "cut before", "500 before", "500 after", "empty after", "cut after", "too slow", "session lost",
}

func newBadDesk(t *testing.T) *badDesk {
	b := &badDesk{faults: map[string]int{}, went: map[string]int{}}
	b.Server = httptest.NewServer(b)
	t.Cleanup(b.Close)
	return b
}

// fault returns the fault of this request; each call has three at most.
func (b *badDesk) fault(call, of string) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.down {
		return cutBefore
	}
	n := b.faults[call+of]
	if n >= 3 {
		return fine
	}
	b.faults[call+of]++
	h := fnv.New32a()
	fmt.Fprint(h, call, of, n)
	kind := int(h.Sum32()>>8) % kinds
	b.went[faultNames[kind]]++
	return kind
}

// outage lets every request fail, or ends that.
func (b *badDesk) outage(on bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.down = on
}

func (b *badDesk) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	var in struct {
		SessionID    string
		DynamicField []struct{ Name, Value string }
		Search       struct{ Equals string } `json:"DynamicField_CallUniqueID"`
	}
	_ = json.Unmarshal(body, &in)
	route := r.URL.Path[strings.LastIndex(r.URL.Path, "Traybell/")+len("Traybell/"):]
	switch {
	case route == "Session":
		b.mu.Lock()
		down := b.down
		b.sessions++
		n := b.sessions
		b.mu.Unlock()
		if down {
			panic(http.ErrAbortHandler)
		}
		reply(w, map[string]any{"SessionID": fmt.Sprint("s", n)})
	case route == "Ticket" && r.Method == http.MethodPost:
		b.create(w, r, in.DynamicField[slices.IndexFunc(in.DynamicField, func(f struct{ Name, Value string }) bool {
			return f.Name == "CallUniqueID"
		})].Value)
	case route == "TicketSearch":
		b.search(w, in.Search.Equals)
	default: // TicketGet
		list := []map[string]any{}
		b.mu.Lock()
		for each := range strings.SplitSeq(strings.TrimPrefix(route, "Ticket/"), ",") {
			if n, err := strconv.Atoi(each); err == nil && n > 0 && n <= len(b.made) {
				list = append(list, map[string]any{
					"TicketID": n, "TicketNumber": number(n),
					"DynamicField": []map[string]any{{"Name": "CallUniqueID", "Value": b.made[n-1]}},
				})
			}
		}
		b.mu.Unlock()
		reply(w, map[string]any{"Ticket": list})
	}
}

func (b *badDesk) create(w http.ResponseWriter, r *http.Request, call string) {
	do := func() int {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.made = append(b.made, call)
		return len(b.made)
	}
	switch b.fault(call, " create") {
	case cutBefore:
		panic(http.ErrAbortHandler)
	case failsBefore:
		http.Error(w, `{"faultcode":"Server"}`, http.StatusInternalServerError)
	case failsAfter:
		do()
		http.Error(w, `{"faultcode":"Server"}`, http.StatusInternalServerError)
	case emptyAfter:
		do()
	case cutAfter:
		do()
		panic(http.ErrAbortHandler)
	case creepsAfter:
		<-r.Context().Done()
		do()
	case forgetful:
		reply(w, map[string]any{
			"Error": map[string]string{
				"ErrorCode": "TicketCreate.AuthFail", "ErrorMessage": "TicketCreate: Authorization failing!",
			},
		})
	default:
		n := do()
		reply(w, map[string]any{"TicketID": strconv.Itoa(n), "TicketNumber": number(n)})
	}
}

func (b *badDesk) search(w http.ResponseWriter, call string) {
	switch b.fault(call, " search") {
	case cutBefore, cutAfter:
		panic(http.ErrAbortHandler)
	case failsBefore, failsAfter:
		http.Error(w, "oops", http.StatusInternalServerError)
	case emptyAfter:
	default:
		var ids []string
		b.mu.Lock()
		for i, c := range b.made {
			if c == call {
				ids = append(ids, strconv.Itoa(i+1))
			}
		}
		b.mu.Unlock()
		if ids == nil {
			reply(w, map[string]any{})
			return
		}
		reply(w, map[string]any{"TicketID": ids})
	}
}

func reply(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}

func number(n int) string { return fmt.Sprintf("20261122%08d", n) }

// 1,000 presses, a help desk with three faults per call and an outage, and a restart of the hub
// result in 1,000 tickets, one per call, and every agent gets the number.
func aThousandPresses(t *testing.T) fault {
	n := 1000
	if testing.Short() {
		n = 100
	}
	bad := newBadDesk(t)
	db := ticketing.OpenStore(t)
	numbers := ticketing.NewNumbers(n)
	call := func(i int) string { return fmt.Sprint("main:", i) }
	epoch := uint64(0)
	hub := func() *ticketing.Desk {
		log := slog.New(slog.DiscardHandler)
		helpDesk, err := znuny.New(znuny.Options{
			URL: bad.URL, Username: "traybell", Password: "x", UnknownCustomer: "unknown", CallField: "CallUniqueID",
			Timeout: 400 * time.Millisecond, Log: log,
		})
		if err != nil {
			t.Fatal(err)
		}
		d := ticketing.Start(t, ticketing.Options{
			HelpDesk: helpDesk, Store: db, Numbers: numbers, Template: tickettemplate.Text{Queue: "Raw"},
			Patience: 100 * time.Millisecond, Log: log,
			Pace: jobs.Pace{
				Look: 200 * time.Millisecond, Settle: 3 * time.Second,
				First: 20 * time.Millisecond, Longest: time.Second, AtOnce: 64,
			},
		})
		epoch++
		for i := range n {
			if err := d.Ring(t.Context(), epoch, uint64(i+1), call(i)); err != nil {
				t.Fatal(err)
			}
		}
		return d
	}
	press := func(d *ticketing.Desk, i int) bool {
		err := d.Press(t.Context(), call(i))
		if err != nil && !fail.Of(err).Retry {
			t.Errorf("call %d: %v", i, err)
		}
		return err == nil
	}
	everybody := func(d *ticketing.Desk, from, to int) (unanswered []int) {
		var mu sync.Mutex
		var work sync.WaitGroup
		next := make(chan int)
		for range 50 {
			work.Go(func() {
				for i := range next {
					if !press(d, i) {
						mu.Lock()
						unanswered = append(unanswered, i)
						mu.Unlock()
					}
				}
			})
		}
		for i := from; i < to; i++ {
			next <- i
		}
		close(next)
		work.Wait()
		return unanswered
	}

	began := time.Now()
	d := hub()
	again := everybody(d, 0, n/2)
	d.Stop()
	before := numbers.Calls()
	bad.outage(true)
	d = hub()
	again = append(again, everybody(d, n/2, 3*n/4)...)
	bad.outage(false)
	again = append(again, everybody(d, 3*n/4, n)...)
	for tries := 0; len(again) > 0 && tries < 100; tries++ {
		again = slices.DeleteFunc(again, func(i int) bool { return press(d, i) })
	}
	select {
	case <-numbers.All():
	case <-time.After(2 * time.Minute):
		t.Errorf("of %d calls %d have a reported ticket", n, numbers.Calls())
	}
	bad.mu.Lock()
	defer bad.mu.Unlock()
	t.Logf("%d presses in %v; %d numbers before the restart of the hub; requests by fault: %v", n,
		time.Since(began).Round(time.Millisecond), before, bad.went)
	count := map[string]int{}
	for _, call := range bad.made {
		count[call]++
	}
	if len(bad.made) != n || len(count) != n {
		t.Errorf("%d tickets of %d calls", len(bad.made), len(count))
	}
	for call, numbers := range numbers.Ambiguous() {
		t.Errorf("call %s has several tickets: %v", call, numbers)
	}
	for _, kind := range faultNames {
		if bad.went[kind] == 0 && !testing.Short() {
			t.Errorf("no fault of the kind %s", kind)
		}
	}
	// the agent gets the number just before the end is stored
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for {
		pending, err := db.ClaimTickets(t.Context(), jobs.Claim{Owner: ticketing.Owner})
		if err == nil && len(pending) > 0 && ctx.Err() == nil {
			pause(ctx, 10*time.Millisecond)
			continue
		}
		if err != nil || len(pending) > 0 {
			t.Errorf("%d presses are pending, %v", len(pending), err)
		}
		break
	}
	wrong := 0
	for kind, went := range bad.went {
		if kind != faultNames[fine] {
			wrong += went
		}
	}
	return fault{
		what: fmt.Sprintf("Help desk: %d requests failed in %d ways (connection cut before, 500 before, 500 after, "+
			"empty after, cut after, too slow, session lost), one longer outage, one restart of the hub",
			wrong, kinds-1),
		asked: fmt.Sprintf("%d presses of OK", n),
		came:  fmt.Sprintf("%d tickets, each number reported to the agent", len(bad.made)),
		lost:  n - len(count), doubled: len(bad.made) - len(count),
	}
}
