//go:build e2e

package faults

import (
	"bufio"
	"context"
	"crypto/tls"
	"database/sql"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"traybell/shared/protocol"
	"traybell/test/accounts"
	"traybell/test/lab"

	"github.com/alexedwards/argon2id"
	_ "modernc.org/sqlite" // reads the hub's database
)

const (
	password = "tray bell"
	atStart  = "start" // why the first process is blind, before any call
)

// hub is the hub program, which is killed, stopped and started again in the same folder.
type hub struct {
	t       *testing.T
	dir     string
	program string
	address string
	log     *os.File

	mu      sync.Mutex
	process *exec.Cmd
	ended   chan struct{}
	blind   []Span // complete ones
	since   time.Time
	why     string // empty: the hub sees calls
	seen    *sync.Cond
}

// newHub writes hub.yml for the phones and starts the hub. The PBX is at ami, where the hub signs in as
// user; more are further sections.
func newHub(t *testing.T, ami, user, more string, extensions []string) *hub {
	t.Helper()
	bin := os.Getenv("TRAYBELL_BIN")
	if bin == "" {
		bin = filepath.Join("..", "..", "..", "bin")
	}
	program, err := filepath.Abs(filepath.Join(bin, "traybell-hub"))
	if err == nil {
		_, err = os.Stat(program)
	}
	if err != nil {
		t.Fatalf("%v: build the programs first (go run ./packaging)", err)
	}
	h := &hub{t: t, dir: t.TempDir(), program: program, address: freeAddress(t)}
	h.seen = sync.NewCond(&h.mu)
	// The cheapest hash: all desktops sign in again after each fault.
	hash, err := argon2id.CreateHash(password,
		&argon2id.Params{Memory: 64, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32})
	if err != nil {
		t.Fatal(err)
	}
	var yaml strings.Builder
	fmt.Fprintf(&yaml, "listen: %s\ndata_dir: .\ncdr: {grace: 1s}\nhelp_desk: {type: builtin}\n", h.address)
	fmt.Fprintf(&yaml, "pbx: [{id: main, address: %q, username: %s, password: %q, trunks: [pstn]}]\n%s", ami,
		user, lab.AMIPassword, more)
	fmt.Fprint(&yaml, "tracking: [{number: \"*\", name: Support}]\nagents:\n")
	for _, extension := range extensions {
		fmt.Fprintf(&yaml, "  - {login: a%[1]s, name: \"%[1]s\", extensions: [%[1]q], password: %[2]q, "+
			"rights: [ticket, control], teams: [day]}\n", extension, hash)
	}
	if err := os.WriteFile(filepath.Join(h.dir, "hub.yml"), []byte(yaml.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	path := os.Getenv("TRAYBELL_FAULTS_LOG")
	if path == "" {
		path = filepath.Join(h.dir, "hub.log")
	}
	if h.log, err = os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		h.end(syscall.SIGTERM)
		h.log.Close()
	})
	h.since, h.why = time.Now(), atStart
	h.start()
	return h
}

var (
	stateChanged = regexp.MustCompile(`^time=(\S+) .*msg="PBX state changed" .*state=(\w+)`)
	logTime      = "2006-01-02T15:04:05.000Z07:00"
)

// start starts the program. It reads calls when WaitWorking returns.
func (h *hub) start() {
	h.t.Helper()
	c := exec.Command(h.program, "serve", "--config", filepath.Join(h.dir, "hub.yml"))
	out, err := c.StderrPipe()
	if err != nil {
		h.t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		h.t.Fatal(err)
	}
	ended := make(chan struct{})
	h.mu.Lock()
	h.process, h.ended = c, ended
	h.mu.Unlock()
	go func() {
		defer close(ended)
		for scan := bufio.NewScanner(out); scan.Scan(); {
			_, _ = fmt.Fprintln(h.log, scan.Text())
			m := stateChanged.FindStringSubmatch(scan.Text())
			if m == nil {
				continue
			}
			at, err := time.Parse(logTime, m[1])
			if err != nil {
				h.t.Errorf("the time of %q: %v", scan.Text(), err)
				continue
			}
			if m[2] == string(protocol.PBXWorking) {
				h.sees(at)
			} else {
				h.blinded(at, "no connection")
			}
		}
		_ = c.Wait()
	}()
}

// blinded begins a blind stretch, unless there is one.
func (h *hub) blinded(at time.Time, why string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.why == "" {
		h.since, h.why = at, why
	}
}

// sees ends it.
func (h *hub) sees(at time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.why != "" && h.why != atStart {
		h.blind = append(h.blind, Span{accounts.Span{From: h.since, To: at}, "hub blind: " + h.why})
	}
	h.why = ""
	h.seen.Broadcast()
}

// waitSeeing waits until the hub has all calls from the PBX.
func (h *hub) waitSeeing(ctx context.Context) error {
	stop := context.AfterFunc(ctx, func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.seen.Broadcast()
	})
	defer stop()
	h.mu.Lock()
	defer h.mu.Unlock()
	for h.why != "" {
		if ctx.Err() != nil {
			return fmt.Errorf("the hub is blind since %s: %s", clock(h.since), h.why)
		}
		h.seen.Wait()
	}
	return nil
}

func (h *hub) running() *exec.Cmd {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.process
}

func (h *hub) signal(s os.Signal) { _ = h.running().Process.Signal(s) }

// end ends the process and waits.
func (h *hub) end(s os.Signal) {
	h.signal(s)
	h.mu.Lock()
	ended := h.ended
	h.mu.Unlock()
	select {
	case <-ended:
	case <-time.After(20 * time.Second):
		h.t.Errorf("the hub does not end on %v", s)
		h.signal(syscall.SIGKILL)
		<-ended
	}
}

// weight is what the process takes.
type weight struct {
	memory     int64 // resident, bytes
	heap       int64 // in use after the last collection
	goroutines int
	files      int
	calls      int // live ones
}

func (w weight) String() string {
	return fmt.Sprintf("%.1f MB resident, heap %.1f MB, %d goroutines, %d files", float64(w.memory)/(1<<20),
		float64(w.heap)/(1<<20), w.goroutines, w.files)
}

// weigh reads the hub's metrics.
func (h *hub) weigh(ctx context.Context) (w weight, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://"+h.address+"/metrics", nil)
	if err != nil {
		return w, err
	}
	client := http.Client{
		Timeout: 5 * time.Second, Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}},
	}
	defer client.CloseIdleConnections()
	answer, err := client.Do(r)
	if err != nil {
		return w, err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return w, err
	}
	for line := range strings.Lines(string(text)) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		n, err := strconv.ParseFloat(value, 64)
		if err != nil {
			continue
		}
		switch {
		case name == "process_resident_memory_bytes":
			w.memory = int64(n)
		case name == "go_memstats_next_gc_bytes": // twice what was in use
			w.heap = int64(n) / 2
		case name == "go_goroutines":
			w.goroutines = int(n)
		case name == "process_open_fds":
			w.files = int(n)
		case strings.HasPrefix(name, "traybell_calls{"):
			w.calls += int(n)
		}
	}
	return w, nil
}

// evidence reads the database and the monthly files.
func (h *hub) evidence(ctx context.Context, e *Evidence) error {
	db, err := sql.Open("sqlite",
		"file:"+filepath.Join(h.dir, "traybell.db")+"?_pragma=query_only(1)&_pragma=busy_timeout(5000)")
	if err != nil {
		return err
	}
	defer db.Close()
	rows, err := db.QueryContext(ctx, `SELECT call_id, direction, number, e164, answered_by, started, answered, ended,
		missed, end_unseen, answer_unseen, ticket, state = 'final' AND file_state = 'written'
		FROM call_record ORDER BY started`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var r Row
		var e164, started, answered, ended string
		if err := rows.Scan(&r.ID, &r.Direction, &r.Number, &e164, &r.AnsweredBy, &started, &answered, &ended,
			&r.Missed, &r.EndUnseen, &r.AnswerUnseen, &r.Ticket, &r.Final); err != nil {
			return err
		}
		if e164 != "" {
			r.Number = strings.TrimPrefix(e164, "+")
		}
		r.Started, r.Answered, r.Ended = stored(started), stored(answered), stored(ended)
		e.Rows = append(e.Rows, r)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	e.Tickets = map[string][]string{}
	tickets, err := db.QueryContext(ctx, `SELECT call_id, number FROM listed_ticket`)
	if err != nil {
		return err
	}
	defer tickets.Close()
	for tickets.Next() {
		var id, number string
		if err := tickets.Scan(&id, &number); err != nil {
			return err
		}
		e.Tickets[id] = append(e.Tickets[id], number)
	}
	if err := tickets.Err(); err != nil {
		return err
	}
	files, err := filepath.Glob(filepath.Join(h.dir, "pim_cdr_*.log"))
	if err != nil {
		return err
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		for line := range strings.Lines(string(text)) {
			const fields = 14
			f := strings.Split(strings.TrimSuffix(line, "\n"), "|")
			if len(f) != fields || !strings.HasSuffix(line, "\n") {
				return fmt.Errorf("%s has a broken line: %q", file, line)
			}
			e.Lines = append(e.Lines, Line{Linkedid: f[1], Ticket: f[13]})
		}
	}
	return nil
}

// unfinished counts the records that are not final or not in the file.
func (h *hub) unfinished(ctx context.Context) (n int, err error) {
	db, err := sql.Open("sqlite",
		"file:"+filepath.Join(h.dir, "traybell.db")+"?_pragma=query_only(1)&_pragma=busy_timeout(5000)")
	if err != nil {
		return 0, err
	}
	defer db.Close()
	err = db.QueryRowContext(ctx,
		`SELECT count(*) FROM call_record WHERE state <> 'final' OR file_state <> 'written'`).Scan(&n)
	return n, err
}

// stored reads a time of the database; the zero time is empty.
func stored(text string) time.Time {
	t, _ := time.Parse("2006-01-02T15:04:05.000000Z", text)
	return t
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
