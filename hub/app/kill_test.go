package app_test

import (
	"bufio"
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"traybell/hub/ami/amitest"
	"traybell/hub/app"
	"traybell/hub/config"
	"traybell/shared/protocol"
	"traybell/test/terminal"
)

// hubToRun makes this test binary run a hub with that hub.yml, so that tests can kill it.
const hubToRun = "TRAYBELL_TEST_HUB"

func TestMain(m *testing.M) {
	path := os.Getenv(hubToRun)
	if path == "" {
		os.Exit(m.Run())
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := beHub(ctx, path); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1) //nolint:gocritic // the process ends here
	}
}

func beHub(ctx context.Context, path string) error {
	cfg, err := config.Load(path)
	if err != nil {
		return err
	}
	hub, err := app.New(ctx, app.Options{
		Config: cfg, Version: "test",
		Log: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})),
	})
	if err != nil {
		return err
	}
	if err := hub.Start(ctx); err != nil {
		return err
	}
	fmt.Println(hub.Addr())
	<-ctx.Done()
	return hub.Stop() //nolint:contextcheck // ctx is over: stopping has its own time
}

// mortal is a hub in its own process.
type mortal struct {
	cmd    *exec.Cmd
	addr   string
	errors strings.Builder
}

func (s *story) bear() *mortal {
	s.t.Helper()
	h := &mortal{cmd: exec.CommandContext(context.WithoutCancel(s.t.Context()), os.Args[0])}
	h.cmd.Env = append(os.Environ(), hubToRun+"="+filepath.Join(s.dir, "hub.yml"))
	h.cmd.Stderr = &h.errors
	out, err := h.cmd.StdoutPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	if err := h.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		_ = h.cmd.Wait()
		s.t.Fatalf("the hub did not start: %v\n%s", err, &h.errors)
	}
	h.addr = strings.TrimSpace(line)
	return h
}

func (h *mortal) end(sig os.Signal) error {
	if err := h.cmd.Process.Signal(sig); err != nil {
		return err
	}
	err := h.cmd.Wait()
	if sig == os.Kill {
		return nil
	}
	return err
}

// busy is a simulated call. Its steps wait until the hub has begun a record of it: no hub records a
// call that starts and ends while it is down.
type busy struct {
	*amitest.Call
	number string
	steps  []func()
	next   time.Time
}

// exchange simulates random calls until it is told to stop and all calls have ended.
type exchange struct {
	pbx   *amitest.PBX
	db    *sql.DB
	chaos *rand.Rand

	mu     sync.Mutex
	open   bool
	calls  []*busy
	came   []string // numbers of all callers
	known  map[string]bool
	lastID int
}

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
		Call: x.pbx.Incoming(amitest.Incoming{Number: number, Name: "a|b", DID: "74950000001"}), number: number,
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

// unwritten counts the records that are not final or not in the file.
const unwritten = `SELECT 'left', count(*) FROM call_record WHERE state <> 'final' OR file_state <> 'written'`

// presser creates a ticket for every other answered call until the hub ends.
func presser(ctx context.Context, addr string) {
	anna, _, err := terminal.SignIn(ctx, addr, "101", "secret")
	if err != nil {
		return
	}
	defer anna.CloseNow() //nolint:errcheck // the hub may have ended
	seen := map[string]bool{}
	for {
		m, err := anna.Await(ctx, protocol.CallEvent)
		var c protocol.Call
		if err != nil || m.Decode(&c) != nil {
			return
		}
		if c.State != protocol.Answered || seen[c.ID] {
			continue
		}
		seen[c.ID] = true
		if len(seen)%2 == 0 {
			_, _ = anna.Send(ctx, protocol.TicketCreate, protocol.CreateTicket{Call: c.ID})
		}
	}
}

// After 20 kills during calls every call is once in the database and once in the file.
func killedTwentyTimes(t *testing.T) fault {
	const kills = 20
	s := tell(t)
	s.yaml += "cdr: {grace: 150ms, retention: 0s}\n"
	if err := os.WriteFile(filepath.Join(s.dir, "hub.yml"), []byte(s.yaml), 0o600); err != nil {
		t.Fatal(err)
	}
	hub := s.bear()
	dead := func() { _ = hub.end(os.Kill) }
	defer func() { dead() }()
	db, err := sql.Open("sqlite",
		"file:"+filepath.Join(s.dir, "traybell.db")+"?_pragma=query_only(1)&_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	seed := uint64(time.Now().UnixNano())
	t.Logf("the seed is %d", seed)
	x := &exchange{pbx: s.pbx, db: db, chaos: rand.New(rand.NewPCG(seed, 1)), open: true, known: map[string]bool{}}
	chaos := rand.New(rand.NewPCG(seed, 2))
	ctx, stop := context.WithTimeout(t.Context(), 5*time.Minute)
	defer stop()
	ran := make(chan error, 1)
	go func() { ran <- x.run(ctx) }()

	var born time.Duration
	caught := map[string]int{} // records by state at a kill
	for killed := 0; ; killed++ {
		if _, err := s.pbx.WaitAction(ctx, "Status", killed+1); err != nil {
			t.Fatalf("%v\n%s", err, &hub.errors)
		}
		pressing, gone := context.WithCancel(ctx)
		pressed := make(chan struct{})
		go func() { defer close(pressed); presser(pressing, hub.addr) }()
		if killed == kills {
			defer func() { gone(); <-pressed }()
			break
		}
		for want := s.filed() + int64(chaos.IntN(15)*100); s.filed() < want && ctx.Err() == nil; {
			pause(ctx, 10*time.Millisecond)
		}
		pause(ctx, time.Duration(chaos.IntN(60))*time.Millisecond)
		dead()
		gone()
		<-pressed
		for state, n := range count(t, db, `SELECT state || ' ' || file_state, count(*) FROM call_record GROUP BY 1`) {
			caught[state] += n
		}
		pause(ctx, time.Duration(chaos.IntN(150))*time.Millisecond)
		began := time.Now()
		hub = s.bear()
		born += time.Since(began)
	}
	x.mu.Lock()
	x.open = false
	x.mu.Unlock()
	if err := <-ran; err != nil {
		t.Fatal(err)
	}
	for left := 1; left > 0; pause(ctx, 20*time.Millisecond) {
		if ctx.Err() != nil {
			t.Fatalf("%d records are not final or not in the file\n%s", left, &hub.errors)
		}
		left = count(t, db, unwritten)["left"]
	}
	final := hub
	dead = func() {}
	if err := final.end(os.Interrupt); err != nil {
		t.Errorf("at its stop: %v\n%s", err, &final.errors)
	}

	rows := count(t, db, `SELECT number, count(*) FROM call_record GROUP BY number`)
	tickets := count(t, db,
		`SELECT r.number || ' ' || q.ticket_number, 1 FROM call_record r
			JOIN ticket_request q ON q.call_id = r.call_id AND q.state = 'made'`)
	lines, withTicket, all := map[string]int{}, 0, 0
	files, err := filepath.Glob(filepath.Join(s.dir, "pim_cdr_*.log"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			all++
			f := strings.Split(strings.TrimSuffix(line, "\n"), "|")
			if len(f) != 14 || !strings.HasSuffix(line, "\n") || f[0] != "main" || f[2] == "" || f[4] == "" {
				t.Errorf("broken line: %q", line)
				continue
			}
			lines[f[8]]++
			if f[13] != "" {
				withTicket++
				if tickets[f[8]+" "+f[13]] == 0 {
					t.Errorf("line with the ticket of another call: %q", line)
				}
			}
		}
	}
	for _, number := range x.came {
		if rows[number] != 1 || lines[number] != 1 {
			t.Errorf("the call from %s has %d rows and %d lines", number, rows[number], lines[number])
		}
	}
	unseen := count(t, db, `SELECT 'n', count(*) FROM call_record WHERE end_unseen`)["n"]
	if len(rows) != len(x.came) || all != len(x.came) {
		t.Errorf("%d calls, %d rows, %d lines", len(x.came), len(rows), all)
	}
	if withTicket == 0 || unseen == 0 || len(x.came) < 5*kills {
		t.Errorf("too little happened: %d calls, %d with a ticket, %d that ended while the hub was away", len(x.came),
			withTicket, unseen)
	}
	t.Logf("%d kills, %d calls: %d rows, %d lines, %d with a ticket, %d ended while the hub was away; %v to come "+
		"up; at the kills there were %v",
		kills, len(x.came), len(rows), all, withTicket, unseen, born/kills, caught)
	f := fault{
		what: fmt.Sprintf("The hub: killed (SIGKILL) %d times while calls came, were answered and ended; %d ended "+
			"while it was away",
			kills, unseen),
		asked: fmt.Sprintf("%d calls", len(x.came)),
		came: fmt.Sprintf("%d rows in the database, %d lines in the CDR file, %d with the ticket's number",
			len(rows), all, withTicket),
	}
	f.count(x.came, rows, lines)
	return f
}

// filed is the size of the CDR files in bytes.
func (s *story) filed() (size int64) {
	s.t.Helper()
	files, err := filepath.Glob(filepath.Join(s.dir, "pim_cdr_*.log"))
	if err != nil {
		s.t.Fatal(err)
	}
	for _, file := range files {
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
