package app_test

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"traybell/hub/ami/amitest"
)

// busy is a simulated call. Its steps wait until the hub has begun a record of it: no hub records a
// call that starts and ends while it is down.
type busy struct {
	*amitest.Call
	steps []func()
	next  time.Time
}

// exchange simulates random calls at a hub that writes CDR files. Make it with newExchange.
type exchange struct {
	*story
	db     *sql.DB    // the hub's, read-only
	chaos  *rand.Rand // of run
	faults *rand.Rand // of the test
	ran    chan error

	mu     sync.Mutex
	open   bool
	calls  []*busy
	came   []string // numbers of all callers
	known  map[string]bool
	lastID int
}

// newExchange starts calls, which go on until finish.
func (s *story) newExchange(ctx context.Context) *exchange {
	s.t.Helper()
	db, err := sql.Open("sqlite",
		"file:"+filepath.Join(s.dir, "traybell.db")+"?_pragma=query_only(1)&_pragma=busy_timeout(5000)")
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { db.Close() })
	seed := uint64(time.Now().UnixNano())
	s.t.Logf("the seed is %d", seed)
	x := &exchange{
		story: s, db: db, chaos: rand.New(rand.NewPCG(seed, 1)), faults: rand.New(rand.NewPCG(seed, 2)),
		ran: make(chan error, 1), open: true, known: map[string]bool{},
	}
	go func() { x.ran <- x.run(ctx) }()
	return x
}

// run simulates calls until x.open is false and all calls have ended.
func (x *exchange) run(ctx context.Context) error {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
		if err := x.look(ctx); err != nil {
			return err
		}
		x.mu.Lock()
		if x.open && len(x.calls) < 40 {
			x.comes()
		}
		now := time.Now()
		for _, c := range x.calls {
			if len(c.steps) > 0 && now.After(c.next) && (len(c.steps) > 1 || x.known["main:"+c.Linkedid()]) {
				c.steps[0]()
				c.steps, c.next = c.steps[1:], now.Add(time.Duration(x.chaos.IntN(250))*time.Millisecond)
			}
		}
		x.calls = slices.DeleteFunc(x.calls, func(c *busy) bool { return len(c.steps) == 0 })
		done := !x.open && len(x.calls) == 0
		x.mu.Unlock()
		if done {
			return nil
		}
	}
}

func (x *exchange) comes() {
	number := fmt.Sprintf("8495%07d", 1_000_000+len(x.came))
	x.came = append(x.came, number)
	c := &busy{
		Call: x.pbx.Incoming(amitest.Incoming{Number: number, Name: "a|b", DID: "74950000001"}),
		next: time.Now(),
	}
	c.steps = append(c.steps, func() { c.Ring("101", "102") })
	if x.chaos.IntN(4) == 0 {
		c.steps = append(c.steps, c.GiveUp)
	} else {
		c.steps = append(c.steps, func() { c.Answer([]string{"101", "102"}[x.chaos.IntN(2)]) }, c.Hangup)
	}
	x.calls = append(x.calls, c)
}

// look reads which calls have a record.
func (x *exchange) look(ctx context.Context) error {
	rows, err := x.db.QueryContext(ctx, `SELECT id, call_id FROM call_record WHERE id > ?`, x.lastID)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id string
		if err := rows.Scan(&x.lastID, &id); err != nil {
			return err
		}
		x.known[id] = true
	}
	return rows.Err()
}

// progress waits until a random number of further CDR lines is written.
func (x *exchange) progress(ctx context.Context) {
	x.t.Helper()
	for want := x.filed() + int64(x.faults.IntN(15)*100); x.filed() < want && ctx.Err() == nil; {
		pause(ctx, 10*time.Millisecond)
	}
}

// finish starts no more calls, and waits until all have ended and have their CDR lines.
func (x *exchange) finish(ctx context.Context, log fmt.Stringer) {
	x.t.Helper()
	x.mu.Lock()
	x.open = false
	x.mu.Unlock()
	if err := <-x.ran; err != nil {
		x.t.Fatal(err)
	}
	const unwritten = `SELECT 'left', count(*) FROM call_record WHERE state <> 'final' OR file_state <> 'written'`
	for left := 1; left > 0; pause(ctx, 20*time.Millisecond) {
		if ctx.Err() != nil {
			x.t.Fatalf("%d records are not final or not in the file\n%s", left, log)
		}
		left = count(x.t, x.db, unwritten)["left"]
	}
}

// records counts the database rows and the CDR lines of each number, and returns the fields of all
// complete lines.
func (x *exchange) records() (rows, lines map[string]int, cdr [][]string) {
	x.t.Helper()
	rows, lines = count(x.t, x.db, `SELECT number, count(*) FROM call_record GROUP BY number`), map[string]int{}
	for _, file := range x.cdrFiles() {
		text, err := os.ReadFile(file)
		if err != nil {
			x.t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			f := strings.Split(strings.TrimSuffix(line, "\n"), "|")
			if len(f) != 14 || !strings.HasSuffix(line, "\n") || f[0] != "main" || f[2] == "" || f[4] == "" {
				x.t.Errorf("incomplete CDR line, or a call without an end: %q", line)
				continue
			}
			lines[f[8]]++
			cdr = append(cdr, f)
		}
	}
	if len(rows) != len(x.came) || len(cdr) != len(x.came) {
		x.t.Errorf("%d calls, %d rows, %d lines", len(x.came), len(rows), len(cdr))
	}
	return rows, lines, cdr
}

// cdrFiles returns the paths of the CDR files.
func (s *story) cdrFiles() []string {
	s.t.Helper()
	files, err := filepath.Glob(filepath.Join(s.dir, "pim_cdr_*.log"))
	if err != nil {
		s.t.Fatal(err)
	}
	return files
}

// filed is the size of the CDR files in bytes.
func (s *story) filed() (size int64) {
	s.t.Helper()
	for _, file := range s.cdrFiles() {
		if info, err := os.Stat(file); err == nil {
			size += info.Size()
		}
	}
	return size
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

func count(t *testing.T, db *sql.DB, query string) map[string]int {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	counts := map[string]int{}
	for rows.Next() {
		var key string
		var n int
		if err := rows.Scan(&key, &n); err != nil {
			t.Fatal(err)
		}
		counts[key] = n
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return counts
}
